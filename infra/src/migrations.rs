//! The schema of everything but read models, which have their own.

use sqlx::{
    ConnectOptions, Connection,
    migrate::{MigrateError, Migrator},
};

use engines::Engines;

/// The schemas of the event store, the checkpoints and the workers.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// Applies the migrations that the database has not seen. Two processes at once wait for each
/// other. A database that a newer program made is refused here only: roles run on it, so that two versions can
/// work side by side during an update, or go back.
pub(crate) async fn apply(engines: &Engines) -> anyhow::Result<()> {
    let mut connection = engines.owner_options()?.connect().await?;
    if let Err(why) = MIGRATOR.run(&mut connection).await {
        return Err(match why {
            MigrateError::VersionMissing(version) => anyhow::anyhow!(
                "This database was made by a newer Servicebook (its schema has number {version}, which \
                 this one does not know): update this one."
            ),
            why => anyhow::Error::from(why).context("The schema cannot be brought up to date"),
        });
    }
    engines.allow_application_login(&mut connection).await?;
    Ok(connection.close().await?)
}
