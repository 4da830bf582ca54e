//! A lease has one holder; another process gets it when the holder is gone or cannot reach
//! Postgres.

use std::time::Instant;

use lease::{EXPIRY, Leases};
use nix::sys::signal::Signal;
use sqlx::postgres::PgConnectOptions;
use tests::database::Database;
use tokio::{
    io::{AsyncRead, AsyncWrite, copy_bidirectional},
    net::{TcpStream, UnixListener, UnixStream},
    spawn,
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// A proxy in front of Postgres whose connections can be cut without either end noticing, as when a
/// host freezes or leaves the network.
struct CuttableProxy {
    options: PgConnectOptions,
    cut: CancellationToken,
    _folder: tempfile::TempDir,
    _task: JoinHandle<()>,
}

impl CuttableProxy {
    fn to(server: &PgConnectOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = format!(".s.PGSQL.{}", server.get_port());
        let listener = UnixListener::bind(folder.path().join(&name)).unwrap();
        let options = server.clone().socket(folder.path());
        let socket = server.get_socket().map(|folder| folder.join(name));
        let host = format!("{}:{}", server.get_host(), server.get_port());
        let cut = CancellationToken::new();
        let cut_token = cut.clone();
        let task = spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let cut_token = cut_token.clone();
                match &socket {
                    Some(socket) => {
                        spawn(forward(
                            client,
                            UnixStream::connect(socket).await.unwrap(),
                            cut_token,
                        ));
                    }
                    None => {
                        spawn(forward(client, TcpStream::connect(&host).await.unwrap(), cut_token));
                    }
                }
            }
        });
        Self { options, cut, _folder: folder, _task: task }
    }
}

/// Forwards both directions until the connection is cut; then both ends stay open, and nothing
/// passes.
async fn forward(
    mut client: UnixStream,
    mut server: impl AsyncRead + AsyncWrite + Unpin,
    cut: CancellationToken,
) {
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        () = cut.cancelled() => std::future::pending().await,
    }
}

#[tokio::test]
async fn a_lease_has_one_holder_and_a_silent_holder_is_replaced() {
    let database = Database::new().await;
    let proxy = CuttableProxy::to(&database.options);
    let (cuttable, leases) = (Leases::new(&proxy.options), Leases::new(&database.options));
    let first = cuttable.acquire("the chair").await.unwrap();
    assert!(cuttable.try_acquire("the chair").await.unwrap().is_none(), "nor has it twice");
    let beside = cuttable.acquire("the stool").await.unwrap();
    assert!(leases.try_acquire("the chair").await.unwrap().is_none());
    let other = leases.try_acquire("the table").await.unwrap();
    assert!(other.is_some(), "another one is free");

    // A lease that is dropped can be acquired at once.
    let (begun, waiting) = (Instant::now(), leases.clone());
    let second = spawn(async move { waiting.acquire("the chair").await });
    drop(first);
    let second = timeout(EXPIRY / 2, second).await.unwrap().unwrap().unwrap();
    drop(second);
    let silent = cuttable.acquire("the chair").await.unwrap();
    assert!(begun.elapsed() < EXPIRY, "nobody waited for a session to expire");

    // A holder that is cut off notices before the lease can go to another.
    proxy.cut.cancel();
    let lost = silent.run_while_held(std::future::pending::<()>());
    assert!(timeout(EXPIRY, lost).await.unwrap().is_err(), "it would work on");
    assert!(beside.run_while_held(std::future::pending::<()>()).await.is_err(), "nor has it this");
    let third = leases.acquire("the chair");
    let third = timeout(EXPIRY * 3, third).await.expect("the silent one is replaced").unwrap();
    let work = third.run_while_held(async { 7 }).await;
    assert_eq!(work.unwrap(), 7);
    // What was lost and is dropped now is not the third's.
    drop((silent, beside));
    assert!(leases.try_acquire("the chair").await.unwrap().is_none());
    drop((third, other));
    database.stop().await;
}

#[tokio::test]
async fn a_lease_is_lost_while_postgres_is_frozen_and_available_afterwards() {
    let database = Database::isolated().await;
    let (leases, others) = (Leases::new(&database.options), Leases::new(&database.options));
    let holder = leases.acquire("the chair").await.unwrap();
    database.signal(Signal::SIGSTOP);
    // The holder stops before another process can acquire the lease, and an attempt to acquire it
    // fails in that time.
    let begun = Instant::now();
    let (lost, other) = tokio::join!(
        timeout(EXPIRY, holder.run_while_held(std::future::pending::<()>())),
        timeout(EXPIRY, others.try_acquire("the chair")),
    );
    assert!(lost.unwrap().is_err() && other.unwrap().is_err());
    assert!(begun.elapsed() < EXPIRY, "{:?}", begun.elapsed());
    database.signal(Signal::SIGCONT);
    let next = others.acquire("the chair");
    let next = timeout(EXPIRY * 3, next).await.expect("nobody can have it").unwrap();
    assert_eq!(next.run_while_held(async { 7 }).await.unwrap(), 7);
    drop((holder, next));
    database.stop().await;
}
