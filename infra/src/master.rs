//! Where the deployment's master key is kept, and how another one takes its place.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use engines::private;
use indicatif::ProgressBar;
use lease::Lease;
use sealing::{MasterKey, Source, WrappingKey};
use sqlx::{Connection, PgConnection, PgPool, postgres::PgConnectOptions};
use tokio::time::timeout;

use crate::config::Config;

/// How long somebody who was killed a moment ago may take to be gone.
const PATIENCE: Duration = Duration::from_secs(2);

/// The keys that are set, or those in the data folder. The first start makes one; later ones do
/// not, since another key than the first could read nothing.
pub(crate) async fn key(config: &Config, db: &PgConnectOptions) -> anyhow::Result<MasterKey> {
    let mut db = PgConnection::connect_with(db).await?;
    let (keys, source) = if let Some(set) = &config.master_key {
        (set_keys(set.reveal())?, None)
    } else {
        let file = file(config)?;
        let keys = match read(&file)? {
            Some(keys) => keys,
            None if is_in_use(&mut db).await? && !file.exists() => bail!(
                "The master key is missing, and this database is sealed with one. Put it into {}, \
                 or set SERVICEBOOK_MASTER_KEY.",
                file.display()
            ),
            None => make(&file)?,
        };
        let again: Source = Box::new(move || read(&file).ok().flatten());
        (keys, Some(again))
    };
    let master = MasterKey::load(&mut db, keys, source).await;
    let master = master.context("This database is sealed with another master key")?;
    db.close().await?;
    Ok(master)
}

/// Wraps everything by another key and forgets the present one, while others work. Of two at once
/// each would write the file without the key that the other one has just made.
pub(crate) async fn rotate(
    config: &Config,
    owner: &PgPool,
    bar: &ProgressBar,
) -> anyhow::Result<String> {
    let database = owner.connect_options();
    let lease = timeout(PATIENCE, Lease::acquire(&database, "master key")).await;
    let lease = lease.context("The master key is being exchanged already.")??;
    lease.during(Box::pin(exchange(config, owner, bar))).await?
}

async fn exchange(config: &Config, owner: &PgPool, bar: &ProgressBar) -> anyhow::Result<String> {
    let show = |state: sealing::RotationProgress| {
        bar.set_length(state.total);
        bar.set_position(state.done);
    };
    if let Some(set) = &config.master_key {
        let keys = set_keys(set.reveal())?;
        let [new, _, ..] = &keys[..] else {
            bail!(
                "SERVICEBOOK_MASTER_KEY holds one key. Put the new one (openssl rand -base64 32) \
                 before it, with a comma between, and start all processes with both; then run this \
                 again."
            );
        };
        let id = new.id();
        sealing::allow_master_key(owner, new).await?;
        let done = sealing::rotate_master_key(owner, keys, show).await?;
        return Ok(format!(
            "{done} keys are wrapped by the master key {id}. Take the others out of \
             SERVICEBOOK_MASTER_KEY; backups of before take them still."
        ));
    }
    let file = file(config)?;
    let mut keys = read(&file)?.with_context(|| format!("There is no {}", file.display()))?;
    // With a second one an earlier exchange was broken off: it is brought to its end.
    if keys.len() == 1 {
        let new = WrappingKey::generate().map_err(|_| no_random())?;
        sealing::allow_master_key(owner, &new).await?;
        keys.insert(0, new);
        write(&file, &keys)?;
    }
    let done = sealing::rotate_master_key(owner, keys.clone(), show).await?;
    keys.truncate(1);
    write(&file, &keys)?;
    let id = keys.first().map(WrappingKey::id).unwrap_or_default();
    Ok(format!(
        "{done} keys are wrapped by the master key {id}, which is now the only one in {}. Keep a \
         copy of it in a safe place; backups of before take the one of before.",
        file.display()
    ))
}

fn file(config: &Config) -> anyhow::Result<PathBuf> {
    Ok(config.data()?.join("master.key"))
}

fn set_keys(text: &str) -> anyhow::Result<Vec<WrappingKey>> {
    parsed(text).context(
        "SERVICEBOOK_MASTER_KEY is not 32 bytes in Base64. `openssl rand -base64 32` makes one.",
    )
}

/// One key, or several with commas or lines between.
fn parsed(text: &str) -> Option<Vec<WrappingKey>> {
    let words = text.split([',', '\n']).map(str::trim).filter(|word| !word.is_empty());
    let keys = words.map(WrappingKey::from_base64).collect::<Option<Vec<_>>>()?;
    Some(keys).filter(|keys| !keys.is_empty())
}

fn read(file: &Path) -> anyhow::Result<Option<Vec<WrappingKey>>> {
    let text = match fs::read_to_string(file) {
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(None),
        text => text.with_context(|| format!("{} cannot be read", file.display()))?,
    };
    let keys = parsed(&text);
    keys.map(Some).with_context(|| format!("{} does not hold 32 bytes in Base64", file.display()))
}

fn make(file: &Path) -> anyhow::Result<Vec<WrappingKey>> {
    let key = WrappingKey::generate().map_err(|_| no_random())?;
    let folder = file.parent().context("the data folder has no path")?;
    fs::create_dir_all(folder)?;
    // Of several that start at once, the first one's counts.
    let new = draft(file, std::slice::from_ref(&key))?;
    let linked = fs::hard_link(&new, file);
    fs::remove_file(&new)?;
    match linked {
        Err(why) if why.kind() == ErrorKind::AlreadyExists => {
            return read(file)?.context("the master key came and went");
        }
        linked => linked?,
    }
    tracing::info!(file = %file.display(), "made the master key; keep a copy of it in a safe place");
    Ok(vec![key])
}

/// In its place only when it is whole, and there for good when this returns.
fn write(file: &Path, keys: &[WrappingKey]) -> anyhow::Result<()> {
    fs::rename(draft(file, keys)?, file)?;
    let folder = file.parent().context("the data folder has no path")?;
    Ok(fs::File::open(folder)?.sync_all()?)
}

fn draft(file: &Path, keys: &[WrappingKey]) -> anyhow::Result<PathBuf> {
    let new = file.with_extension(format!("key.{}", std::process::id()));
    let mut written = private().truncate(true).open(&new)?;
    for key in keys {
        writeln!(written, "{}", key.to_base64())?;
    }
    written.sync_all()?;
    Ok(new)
}

fn no_random() -> anyhow::Error {
    anyhow!("the system gives no random numbers")
}

/// Whether something is sealed already.
async fn is_in_use(db: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar("select exists (select from key_store.secret)").fetch_one(db).await
}
