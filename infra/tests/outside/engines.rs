//! `servicebook run engines`: what is started, found, refused, and left behind.

use std::{
    fs,
    path::Path,
    thread::sleep,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;
use sqlx::{Connection, PgConnection};

use crate::common::{Process, children, folder, kill_9, lives, running, servicebook, until};

fn engines(data: &Path) -> Process {
    Process::start(servicebook(data, &["run", "engines"]), data)
}

async fn connect(data: &Path) -> sqlx::Result<PgConnection> {
    PgConnection::connect(running(data)["database_url"].as_str().unwrap()).await
}

async fn write(data: &Path, text: &str) {
    let mut db = connect(data).await.unwrap();
    sqlx::query("create table if not exists notes (text text)").execute(&mut db).await.unwrap();
    sqlx::query("insert into notes values ($1)").bind(text).execute(&mut db).await.unwrap();
}

async fn read(data: &Path) -> Vec<String> {
    let mut db = connect(data).await.unwrap();
    sqlx::query_scalar("select text from notes").fetch_all(&mut db).await.unwrap()
}

async fn nats(data: &Path) -> anyhow::Result<async_nats::Client> {
    let url = running(data)["nats_url"].as_str().unwrap().to_owned();
    let address: async_nats::ServerAddr = url.parse()?;
    let [user, password] =
        [address.username(), address.password()].map(|word| word.unwrap().into());
    Ok(async_nats::ConnectOptions::with_user_and_password(user, password).connect(address).await?)
}

#[tokio::test]
async fn they_keep_what_they_were_given_and_start_again_within_two_seconds() {
    let data = folder();
    let data = data.path();
    let process = engines(data);
    write(data, "kept").await;
    nats(data).await.unwrap();
    let address = running(data)["nats_url"].clone();
    let [postgres, nats] = children(data);
    let said = process.stop();
    assert!(!lives(postgres) && !lives(nats), "nothing is left behind: {said}");
    assert!(!data.join("running.json").exists());

    let began = Instant::now();
    let process = engines(data);
    assert!(began.elapsed() < Duration::from_secs(2), "took {:?}", began.elapsed());
    assert_eq!(read(data).await, ["kept"]);
    assert_eq!(running(data)["nats_url"], address, "the address stays");
    process.stop();
}

#[tokio::test]
async fn a_start_after_a_kill_finds_nothing_in_its_way() {
    let data = folder();
    let data = data.path();
    let mut process = engines(data);
    write(data, "kept").await;
    let orphans = children(data);
    process.signal(Signal::SIGKILL);
    process.ends();
    assert!(orphans.into_iter().all(lives), "they are orphans now");

    let process = engines(data);
    assert_eq!(read(data).await, ["kept"]);
    assert!(!orphans.into_iter().any(lives), "and gone");
    nats(data).await.unwrap();
    process.stop();
}

#[tokio::test]
async fn an_engine_that_is_killed_comes_back_by_itself() {
    let data = folder();
    let data = data.path();
    let process = engines(data);
    write(data, "kept").await;
    let before = children(data);
    before.into_iter().for_each(kill_9);
    until("Postgres is back", async || connect(data).await.is_ok()).await;
    assert_eq!(read(data).await, ["kept"]);
    until("nats-server is back", async || nats(data).await.is_ok()).await;
    let after = children(data);
    assert!(before.into_iter().zip(after).all(|(before, after)| before != after));
    let said = process.stop();
    assert!(said.contains("died") && said.contains("started again"), "{said}");
    assert!(!after.into_iter().any(lives));
}

#[test]
fn two_cannot_work_on_one_folder() {
    let data = folder();
    let first = engines(data.path());
    let mut second = Process(servicebook(data.path(), &["run", "engines"]).spawn().unwrap());
    assert!(!second.ends().success());
    let said = second.said();
    assert!(said.contains("already runs") && said.contains(&first.0.id().to_string()), "{said}");
    first.stop();
}

#[tokio::test]
async fn a_postgres_that_forgets_is_refused_with_what_to_change() {
    let data = folder();
    let process = engines(data.path());
    let url = running(data.path())["database_url"].as_str().unwrap().to_owned();
    let mut db = connect(data.path()).await.unwrap();
    sqlx::query("alter role servicebook set synchronous_commit = off")
        .execute(&mut db)
        .await
        .unwrap();
    let other = folder();
    let refused = servicebook(other.path(), &["migrate"])
        .env("DATABASE_URL", url)
        .env("NATS_URL", "nats://127.0.0.1:1")
        .output()
        .unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success());
    assert!(said.contains("synchronous_commit = off"), "{said}");
    assert!(said.contains("Set `synchronous_commit = on`"), "{said}");
    process.stop();
}

#[tokio::test]
async fn nobody_else_can_talk_to_them() {
    use std::os::unix::fs::PermissionsExt;
    let data = folder();
    let process = engines(data.path());
    let sockets = fs::metadata(data.path().join("run")).unwrap();
    assert_eq!(sockets.permissions().mode() & 0o777, 0o700);
    let reachable = fs::metadata(data.path().join("running.json")).unwrap();
    assert_eq!(reachable.permissions().mode() & 0o777, 0o600);
    let url = running(data.path())["nats_url"].as_str().unwrap().to_owned();
    let (_, host) = url.rsplit_once('@').unwrap();
    assert!(async_nats::connect(host).await.is_err(), "without the password");
    let mut db = connect(data.path()).await.unwrap();
    let network: String =
        sqlx::query_scalar("show listen_addresses").fetch_one(&mut db).await.unwrap();
    assert_eq!(network, "");
    process.stop();
}

/// How many processes of a program were started for this folder.
fn count(program: &str, data: &Path) -> usize {
    let data = data.display().to_string();
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines
        .filter(|line| {
            let mut words = line.split(|&byte| byte == 0).map(String::from_utf8_lossy);
            words.next().is_some_and(|first| first.ends_with(program))
                && words.any(|word| word.contains(&data))
        })
        .count()
}

#[tokio::test]
async fn torn_files_of_an_earlier_start_need_no_person() {
    const FILES: [&str; 7] = [
        "postgres/postmaster.pid",
        "run/.s.PGSQL.5432.lock",
        "nats/server.pid",
        "nats/address",
        "running.json",
        "lock",
        "nats/logins.json",
    ];
    let data = folder();
    let data = data.path();
    let foreign = std::process::id();
    let mut process = engines(data);
    write(data, "kept").await;
    // As a crash may leave them, with and without the servers that go on; and with the number of a
    // process that is somebody else's by now.
    for (torn, servers_live) in [
        ("", true),
        ("", false),
        ("garb\0ge", true),
        ("0", false),
        (&*format!("{foreign}\n/x"), false),
    ] {
        let before = children(data);
        process.signal(Signal::SIGKILL);
        process.ends();
        if !servers_live {
            before.into_iter().for_each(kill_9);
            until("they are gone", async || !before.into_iter().any(lives)).await;
        }
        for file in FILES {
            fs::write(data.join(file), torn).unwrap();
        }
        process = engines(data);
        assert_eq!(read(data).await, ["kept"], "{torn:?}");
        nats(data).await.unwrap();
        assert!(!before.into_iter().any(lives), "{torn:?}: the servers of before are gone");
        assert_eq!([count("postgres", data), count("nats-server", data)], [1, 1], "{torn:?}");
    }
    // While it runs as well.
    let [postgres, _] = children(data);
    fs::write(data.join(FILES[0]), "").unwrap();
    kill_9(postgres);
    until("Postgres is back", async || connect(data).await.is_ok()).await;
    assert_eq!(read(data).await, ["kept"]);
    assert!(lives(foreign.try_into().unwrap()));
    process.stop();
}

#[tokio::test]
async fn a_first_start_that_is_killed_anywhere_hinders_no_second_one() {
    for milliseconds in [60, 500] {
        let data = folder();
        let mut first = Process(servicebook(data.path(), &["run", "engines"]).spawn().unwrap());
        sleep(Duration::from_millis(milliseconds));
        first.signal(Signal::SIGKILL);
        first.ends();
        let second = engines(data.path());
        write(data.path(), "kept").await;
        assert_eq!(count("initdb", data.path()), 0);
        second.stop();
        let left: Vec<_> = fs::read_dir(data.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("postgres."))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}
