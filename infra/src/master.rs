//! Where the deployment's master key is kept.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::Path,
};

use anyhow::{Context, anyhow, bail};
use sealing::MasterKey;
use sqlx::{ConnectOptions, Connection, postgres::PgConnectOptions};

use crate::{config::Config, engines::private};

/// The key that is set, or the one in the data folder. The first start makes one; later ones do
/// not, since another key than the first could read nothing.
pub(crate) async fn key(config: &Config, owner: &PgConnectOptions) -> anyhow::Result<MasterKey> {
    if let Some(set) = &config.master_key {
        return MasterKey::from_base64(set.reveal()).context(
            "SERVICEBOOK_MASTER_KEY is not 32 bytes in Base64. `openssl rand -base64 32` makes one.",
        );
    }
    let file = config.data()?.join("master.key");
    if file.exists() {
        return read(&file);
    }
    if is_in_use(owner).await? && !file.exists() {
        bail!(
            "The master key is missing, and this database is sealed with one. Put it into {}, or \
             set SERVICEBOOK_MASTER_KEY.",
            file.display()
        );
    }
    make(&file)
}

fn read(file: &Path) -> anyhow::Result<MasterKey> {
    let text = fs::read_to_string(file);
    let text = text.with_context(|| format!("{} cannot be read", file.display()))?;
    MasterKey::from_base64(&text)
        .with_context(|| format!("{} does not hold 32 bytes in Base64", file.display()))
}

fn make(file: &Path) -> anyhow::Result<MasterKey> {
    let key = MasterKey::generate().map_err(|_| anyhow!("the system gives no random numbers"))?;
    let folder = file.parent().context("the data folder has no path")?;
    fs::create_dir_all(folder)?;
    // In its place only when it is whole; of several that start at once, the first one's counts.
    let new = folder.join(format!("master.key.{}", std::process::id()));
    let mut written = private().create(true).truncate(true).open(&new)?;
    writeln!(written, "{}", key.to_base64())?;
    written.sync_all()?;
    let linked = fs::hard_link(&new, file);
    fs::remove_file(&new)?;
    match linked {
        Err(why) if why.kind() == ErrorKind::AlreadyExists => return read(file),
        linked => linked?,
    }
    tracing::info!(file = %file.display(), "made the master key; keep a copy of it in a safe place");
    Ok(key)
}

/// Whether something is sealed already.
async fn is_in_use(owner: &PgConnectOptions) -> anyhow::Result<bool> {
    let mut db = owner.connect().await?;
    let sealed = sqlx::query_scalar(
        "select exists (select from key_store.subjects) or exists (select from key_store.signing)",
    )
    .fetch_one(&mut db)
    .await?;
    db.close().await?;
    Ok(sealed)
}
