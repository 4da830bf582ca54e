//! Who may log in at the private nats-server.

use std::{
    fs::{self, File},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use bus::{Accounts, ExternalUser, ExternalUserKind};
use tracing::error;

use super::data_folder::{private_file_options, write_private_file};
use crate::random_password;

/// The part of the server's configuration that says so.
pub(super) const ACCOUNTS_FILE: &str = "accounts.conf";

/// The users of the bus, and the folder with their logins, which is locked against other processes.
#[derive(Debug)]
pub struct NatsLogins {
    /// All of them.
    pub accounts: Accounts,
    folder: PathBuf,
    _lock: File,
}

impl NatsLogins {
    /// What is written in the folder of the server; what is missing is made.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let lock = private_file_options().open(folder.join("logins.lock"))?;
        lock.lock()?;
        let file = folder.join("logins.json");
        let accounts = match fs::read(&file) {
            Ok(text) => match serde_json::from_slice(&text) {
                Ok(accounts) => Some(accounts),
                Err(why) => {
                    let kept = file.with_extension("json.broken");
                    error!(
                        "{} is broken ({why}) and kept as {}. All passwords of the bus are new: those \
                         outside need `servicebook bus user add` again.",
                        file.display(),
                        kept.display()
                    );
                    fs::rename(&file, kept)?;
                    None
                }
            },
            Err(why) if why.kind() == ErrorKind::NotFound => None,
            Err(why) => return Err(why).with_context(|| format!("{}", file.display())),
        };
        let accounts = accounts.map_or_else(new_accounts, Ok)?;
        let logins = Self { accounts, folder: folder.to_owned(), _lock: lock };
        logins.write()?;
        Ok(logins)
    }

    /// Adds a user, effective when the server restarts. Returns how to log in.
    pub fn add_user(&mut self, name: &str, kind: ExternalUserKind) -> anyhow::Result<ExternalUser> {
        if self.accounts.external_users.iter().any(|user| user.name == name) {
            bail!("There is a user {name} already. Remove it first, or choose another name.");
        }
        let user = ExternalUser { name: name.to_owned(), kind, password: random_password()? };
        self.accounts.external_users.push(user.clone());
        self.write()?;
        Ok(user)
    }

    /// How a user logs in.
    pub fn find(&self, name: &str) -> anyhow::Result<&ExternalUser> {
        let user = self.accounts.external_users.iter().find(|user| user.name == name);
        user.with_context(|| format!("There is no user {name}."))
    }

    /// Removes a user, effective when the server restarts.
    pub fn remove(&mut self, name: &str) -> anyhow::Result<()> {
        self.accounts.external_users.retain(|user| user.name != name);
        self.write()
    }

    fn write(&self) -> anyhow::Result<()> {
        let json = serde_json::to_string_pretty(&self.accounts)?;
        write_private_file(&self.folder.join("logins.json"), &json)?;
        let accounts = format!("# Written by servicebook.\n{}", self.accounts);
        write_private_file(&self.folder.join(ACCOUNTS_FILE), &accounts)
    }
}

fn new_accounts() -> anyhow::Result<Accounts> {
    let mut processes = <[String; 5]>::default();
    for word in &mut processes {
        *word = random_password()?;
    }
    Ok(Accounts { operator: random_password()?, processes, external_users: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_let_in_is_still_known_and_a_torn_file_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let mut logins = NatsLogins::open(folder.path()).unwrap();
        let shop = logins.add_user("webshop", ExternalUserKind::Source).unwrap();
        assert!(logins.add_user("webshop", ExternalUserKind::Subscriber).is_err());
        let accounts = logins.accounts.clone();
        drop(logins);
        let mut logins = NatsLogins::open(folder.path()).unwrap();
        assert_eq!(logins.accounts, accounts);
        let text = || fs::read_to_string(folder.path().join(ACCOUNTS_FILE)).unwrap();
        assert!(text().contains(&shop.password) && text().contains(&accounts.operator));
        assert_eq!(logins.find("webshop").unwrap(), &shop);
        logins.remove("webshop").unwrap();
        assert!(logins.find("webshop").is_err() && !text().contains(&shop.password));
        drop(logins);

        let file = folder.path().join("logins.json");
        fs::write(&file, &fs::read(&file).unwrap()[..40]).unwrap();
        let logins = NatsLogins::open(folder.path()).unwrap();
        assert!(logins.accounts.operator != accounts.operator && logins.find("webshop").is_err());
        assert!(folder.path().join("logins.json.broken").exists());
    }
}
