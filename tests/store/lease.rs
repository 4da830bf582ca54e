//! A lease is one process's, and goes to another when its holder is gone, however it went.

use std::time::Instant;

use lease::{EXPIRY, Lease};
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

/// The server by a wire that can be cut without either end being told, as when a host is frozen or
/// leaves the network.
struct Wire {
    options: PgConnectOptions,
    cut: CancellationToken,
    _folder: tempfile::TempDir,
    _carrier: JoinHandle<()>,
}

impl Wire {
    fn to(server: &PgConnectOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = format!(".s.PGSQL.{}", server.get_port());
        let listener = UnixListener::bind(folder.path().join(&name)).unwrap();
        let options = server.clone().socket(folder.path());
        let socket = server.get_socket().map(|folder| folder.join(name));
        let host = format!("{}:{}", server.get_host(), server.get_port());
        let cut = CancellationToken::new();
        let when = cut.clone();
        let carrier = spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let when = when.clone();
                match &socket {
                    Some(socket) => {
                        spawn(carry(near, UnixStream::connect(socket).await.unwrap(), when));
                    }
                    None => {
                        spawn(carry(near, TcpStream::connect(&host).await.unwrap(), when));
                    }
                }
            }
        });
        Self { options, cut, _folder: folder, _carrier: carrier }
    }
}

/// Carries to and fro until the wire is cut; then both ends stay open, and nothing passes any more.
async fn carry(
    mut near: UnixStream,
    mut far: impl AsyncRead + AsyncWrite + Unpin,
    cut: CancellationToken,
) {
    tokio::select! {
        _ = copy_bidirectional(&mut near, &mut far) => {}
        () = cut.cancelled() => std::future::pending().await,
    }
}

#[tokio::test]
async fn a_lease_has_one_holder_and_a_holder_who_falls_silent_is_replaced() {
    let database = Database::new().await;
    let wire = Wire::to(&database.options);
    let first = Lease::acquire(&wire.options, "the chair").await.unwrap();
    assert!(Lease::try_acquire(&database.options, "the chair").await.unwrap().is_none());
    let other = Lease::try_acquire(&database.options, "the table").await.unwrap();
    assert!(other.is_some(), "another one is free");

    // Whoever gives it up is followed at once.
    let (begun, waiting) = (Instant::now(), database.options.clone());
    let second = spawn(async move { Lease::acquire(&waiting, "the chair").await });
    drop(first);
    let second = timeout(EXPIRY / 2, second).await.unwrap().unwrap().unwrap();
    drop(second);
    let silent = Lease::acquire(&wire.options, "the chair").await.unwrap();
    assert!(begun.elapsed() < EXPIRY, "nobody waited for a session to expire");

    // Whoever falls silent notices first, and then loses it.
    wire.cut.cancel();
    let lost = silent.during(std::future::pending::<()>());
    assert!(timeout(EXPIRY, lost).await.unwrap().is_err(), "it would work on");
    let third = Lease::acquire(&database.options, "the chair");
    let third = timeout(EXPIRY * 3, third).await.expect("the silent one is replaced").unwrap();
    let work = third.during(async { 7 }).await;
    assert_eq!(work.unwrap(), 7);
    drop((third, other, silent));
    database.stop().await;
}

#[tokio::test]
async fn while_postgres_is_frozen_a_lease_is_nobodys_and_afterwards_somebodys() {
    let database = Database::alone().await;
    let holder = Lease::acquire(&database.options, "the chair").await.unwrap();
    database.signal(Signal::SIGSTOP);
    // Whoever has it stops before anybody else could have it, and who asks for it is kept waiting no
    // longer than that.
    let begun = Instant::now();
    let (lost, other) = tokio::join!(
        timeout(EXPIRY, holder.during(std::future::pending::<()>())),
        timeout(EXPIRY, Lease::try_acquire(&database.options, "the chair")),
    );
    assert!(lost.unwrap().is_err() && other.unwrap().is_err());
    assert!(begun.elapsed() < EXPIRY, "{:?}", begun.elapsed());
    database.signal(Signal::SIGCONT);
    let next = Lease::acquire(&database.options, "the chair");
    let next = timeout(EXPIRY * 3, next).await.expect("nobody can have it").unwrap();
    assert_eq!(next.during(async { 7 }).await.unwrap(), 7);
    drop((holder, next));
    database.stop().await;
}
