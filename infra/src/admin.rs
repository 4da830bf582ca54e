//! `servicebook admin create`: the first user, who can create all others.

use std::io::{Read, stdin};

use anyhow::{anyhow, bail};
use api::BreachedPasswords;
use commands::{CommandEnvelope, Failure};
use domain::identity::{
    Actor, Role,
    user::{Command, Language, Registration, UserId},
};

use crate::system::System;

/// Creates a user with the role of an administrator, with the password from standard input or a
/// generated one, which is printed.
pub(crate) async fn create_administrator(
    system: &System,
    breached: Option<&BreachedPasswords>,
    email: &str,
    name: &str,
    password_stdin: bool,
) -> anyhow::Result<String> {
    let password = if password_stdin {
        let mut password = String::new();
        stdin().read_to_string(&mut password)?;
        Some(password.trim_end_matches(['\r', '\n']).to_owned())
    } else {
        None
    };
    if let Some(password) = &password
        && let Some(why) = api::password_weakness(password, breached)?
    {
        bail!("The password {why}.");
    }
    let generated = engines::random_password()?;
    let registration = Registration {
        email: email.parse().map_err(|why| anyhow!("{email}: {why}"))?,
        name: name.parse().map_err(|why| anyhow!("The name cannot be used: {why}"))?,
        language: Language::default(),
        zone: None,
        password: Some(api::hash_password(password.as_ref().unwrap_or(&generated))?),
        role: Role::Admin,
        membership: None,
        customer: None,
    };
    let (id, by) = (UserId::new(), Actor::system("servicebook admin"));
    let registered =
        system.commands.execute(CommandEnvelope::new(id, Command::Register(registration), by));
    match registered.await {
        Ok(_) => {}
        Err(Failure::Taken { .. }) => bail!("Somebody signs in with {email} already."),
        Err(why) => return Err(why.into()),
    }
    let password =
        if password.is_none() { format!("\nPassword: {generated}") } else { String::new() };
    Ok(format!("{email} is an administrator now ({id}).{password}"))
}
