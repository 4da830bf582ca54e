//! Work that one process does while the others stand by.

use std::time::Duration;

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// So often those who stand by look, and the one who works makes sure that it still may.
const LOOK: Duration = Duration::from_millis(500);

/// Does some work whenever no other process does, until `stop`.
///
/// The right to work is a lock that Postgres holds for a session, so it falls with the process,
/// however that ends. A session that is lost stops the work before it is begun anew; two may
/// still overlap for a moment, which the work must bear.
pub(crate) async fn alone<W: Future<Output = ()> + Send>(
    database: PgConnectOptions,
    name: &'static str,
    stop: CancellationToken,
    work: impl Fn(CancellationToken) -> W + Send,
) {
    while !stop.is_cancelled() {
        match stop.run_until_cancelled(right(&database, name)).await {
            Some(Ok(session)) => {
                info!(name, "working");
                keep(session, name, &stop, &work).await;
            }
            Some(Err(why)) => warn!(name, "cannot be sure to be alone, trying again: {why}"),
            None => return,
        }
        stop.run_until_cancelled(sleep(LOOK)).await;
    }
}

/// Waits for the right to work.
async fn right(database: &PgConnectOptions, name: &str) -> sqlx::Result<PgConnection> {
    let mut session = PgConnection::connect_with(database).await?;
    if !take(&mut session, name).await? {
        info!(name, "another process does this; standing by");
        while !take(&mut session, name).await? {
            sleep(LOOK).await;
        }
    }
    Ok(session)
}

/// Works as long as the session lasts that holds the right to.
async fn keep<W: Future<Output = ()> + Send>(
    mut session: PgConnection,
    name: &str,
    stop: &CancellationToken,
    work: &(impl Fn(CancellationToken) -> W + Send),
) {
    let working = stop.child_token();
    let lost = async {
        loop {
            sleep(LOOK).await;
            if let Err(why) = session.ping().await {
                break why;
            }
        }
    };
    let work = work(working.clone());
    tokio::pin!(work, lost);
    tokio::select! {
        () = &mut work => {}
        why = &mut lost => {
            warn!(name, "the right to work is lost: {why}");
            working.cancel();
            work.await;
        }
    }
}

async fn take(session: &mut PgConnection, name: &str) -> sqlx::Result<bool> {
    // For tests: whatever must be alone has to bear that it is not.
    fail::fail_point!("alone.not_asked", |_| Ok(true));
    sqlx::query_scalar("select pg_try_advisory_lock(hashtextextended('servicebook/' || $1, 0))")
        .bind(name)
        .fetch_one(session)
        .await
}
