//! Loads the deployment's master key from the setting or from its file, and rotates it.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use engines::private_file_options;
use indicatif::ProgressBar;
use lease::Leases;
use sealing::{MasterKey, WrappingKey, WrappingKeyReader};
use sqlx::{Connection, PgConnection, PgPool, postgres::PgConnectOptions};
use tokio::time::timeout;

use crate::config::Config;

/// How long to wait for the lease: that of a process that was just killed ends within this time.
const LEASE_TIMEOUT: Duration = Duration::from_secs(2);

/// The keys of the setting, or those in the data folder. Only the first start creates one: with
/// another key nothing in the database could be read.
pub(crate) async fn load_or_create(
    config: &Config,
    db: &PgConnectOptions,
) -> anyhow::Result<MasterKey> {
    let mut db = PgConnection::connect_with(db).await?;
    let (keys, reader) = if let Some(set) = &config.master_key {
        (parse_setting(set.reveal())?, None)
    } else {
        let file = key_file(config)?;
        let keys = match read_file(&file)? {
            Some(keys) => keys,
            None if is_in_use(&mut db).await? && !file.exists() => bail!(
                "The master key is missing, and this database is sealed with one. Put it into {}, \
                 or set SERVICEBOOK_MASTER_KEY.",
                file.display()
            ),
            None => create_file(&file)?,
        };
        let reload: WrappingKeyReader = Box::new(move || read_file(&file).ok().flatten());
        (keys, Some(reload))
    };
    let master = MasterKey::load_or_create(&mut db, keys, reader).await;
    let master = master.context("This database is sealed with another master key")?;
    db.close().await?;
    Ok(master)
}

/// Wraps all keys with a new master key and forgets the old one; other processes go on. Under a lease:
/// two rotations at once would overwrite each other's new key in the file.
pub(crate) async fn rotate(
    config: &Config,
    owner: &PgPool,
    bar: &ProgressBar,
) -> anyhow::Result<String> {
    let leases = Leases::new(&owner.connect_options());
    let lease = timeout(LEASE_TIMEOUT, leases.acquire("master key")).await;
    let lease = lease.context("The master key is being exchanged already.")??;
    lease.run_while_held(Box::pin(rotate_with_lease(config, owner, bar))).await?
}

async fn rotate_with_lease(
    config: &Config,
    owner: &PgPool,
    bar: &ProgressBar,
) -> anyhow::Result<String> {
    let show = |state: sealing::RotationProgress| {
        bar.set_length(state.total);
        bar.set_position(state.done);
    };
    if let Some(set) = &config.master_key {
        let keys = parse_setting(set.reveal())?;
        let [new, _, ..] = &keys[..] else {
            bail!(
                "SERVICEBOOK_MASTER_KEY holds one key. Put the new one (openssl rand -base64 32) \
                 before it, with a comma between, and start all processes with both; then run this \
                 again."
            );
        };
        let id = new.id();
        sealing::allow_wrapping_key(owner, new).await?;
        let done = sealing::rotate_master_key(owner, keys, show).await?;
        return Ok(format!(
            "{done} keys are wrapped by the master key {id}. Take the others out of \
             SERVICEBOOK_MASTER_KEY; backups of before take them still."
        ));
    }
    let file = key_file(config)?;
    let mut keys = read_file(&file)?.with_context(|| format!("There is no {}", file.display()))?;
    // Two keys mean that an earlier rotation was interrupted: this one completes it.
    if keys.len() == 1 {
        let new = WrappingKey::generate().map_err(|_| no_random_numbers())?;
        sealing::allow_wrapping_key(owner, &new).await?;
        keys.insert(0, new);
        write_file(&file, &keys)?;
    }
    let done = sealing::rotate_master_key(owner, keys.clone(), show).await?;
    keys.truncate(1);
    write_file(&file, &keys)?;
    let id = keys.first().map(WrappingKey::id).unwrap_or_default();
    Ok(format!(
        "{done} keys are wrapped by the master key {id}, which is now the only one in {}. Keep a \
         copy of it in a safe place; backups of before take the one of before.",
        file.display()
    ))
}

fn key_file(config: &Config) -> anyhow::Result<PathBuf> {
    Ok(config.data_folder()?.join("master.key"))
}

fn parse_setting(text: &str) -> anyhow::Result<Vec<WrappingKey>> {
    parse_keys(text).context(
        "SERVICEBOOK_MASTER_KEY is not 32 bytes in Base64. `openssl rand -base64 32` makes one.",
    )
}

/// One key, or several separated by commas or lines.
fn parse_keys(text: &str) -> Option<Vec<WrappingKey>> {
    let parts = text.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty());
    let keys = parts.map(WrappingKey::from_base64).collect::<Option<Vec<_>>>()?;
    Some(keys).filter(|keys| !keys.is_empty())
}

fn read_file(file: &Path) -> anyhow::Result<Option<Vec<WrappingKey>>> {
    let text = match fs::read_to_string(file) {
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(None),
        text => text.with_context(|| format!("{} cannot be read", file.display()))?,
    };
    let keys = parse_keys(&text);
    keys.map(Some).with_context(|| format!("{} does not hold 32 bytes in Base64", file.display()))
}

fn create_file(file: &Path) -> anyhow::Result<Vec<WrappingKey>> {
    let key = WrappingKey::generate().map_err(|_| no_random_numbers())?;
    let folder = file.parent().context("the data folder has no path")?;
    fs::create_dir_all(folder)?;
    // If several processes start at once, the key of the first one is used.
    let new = write_draft(file, std::slice::from_ref(&key))?;
    let linked = fs::hard_link(&new, file);
    fs::remove_file(&new)?;
    match linked {
        Err(why) if why.kind() == ErrorKind::AlreadyExists => {
            return read_file(file)?.context("the master key came and went");
        }
        linked => linked?,
    }
    tracing::info!(file = %file.display(), "made the master key; keep a copy of it in a safe place");
    Ok(vec![key])
}

/// Replaces the file atomically; it is on disk when this returns.
fn write_file(file: &Path, keys: &[WrappingKey]) -> anyhow::Result<()> {
    fs::rename(write_draft(file, keys)?, file)?;
    let folder = file.parent().context("the data folder has no path")?;
    Ok(fs::File::open(folder)?.sync_all()?)
}

fn write_draft(file: &Path, keys: &[WrappingKey]) -> anyhow::Result<PathBuf> {
    let new = file.with_extension(format!("key.{}", std::process::id()));
    let mut written = private_file_options().truncate(true).open(&new)?;
    for key in keys {
        writeln!(written, "{}", key.to_base64())?;
    }
    written.sync_all()?;
    Ok(new)
}

fn no_random_numbers() -> anyhow::Error {
    anyhow!("the system gives no random numbers")
}

/// Whether the database holds keys that are wrapped by a master key.
async fn is_in_use(db: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar("select exists (select from key_store.secret)").fetch_one(db).await
}
