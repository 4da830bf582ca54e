//! `servicebook run engines`: start, stop, restart after crashes, and protection of the engines.

use std::{
    fs,
    path::Path,
    thread::sleep,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;
use sqlx::{Connection, PgConnection};

use crate::common::{
    Process, engine_pids, is_running, kill_9, running_info, servicebook, temp_folder, wait_until,
};

fn start_engines(data: &Path) -> Process {
    Process::start(servicebook(data, &["run", "engines"]), data)
}

async fn connect_postgres(data: &Path) -> sqlx::Result<PgConnection> {
    PgConnection::connect(running_info(data)["database_url"].as_str().unwrap()).await
}

async fn write(data: &Path, text: &str) {
    let mut db = connect_postgres(data).await.unwrap();
    sqlx::query("create table if not exists notes (text text)").execute(&mut db).await.unwrap();
    sqlx::query("insert into notes values ($1)").bind(text).execute(&mut db).await.unwrap();
}

async fn read(data: &Path) -> Vec<String> {
    let mut db = connect_postgres(data).await.unwrap();
    sqlx::query_scalar("select text from notes").fetch_all(&mut db).await.unwrap()
}

async fn connect_nats(data: &Path) -> anyhow::Result<async_nats::Client> {
    let url = running_info(data)["nats_url"].as_str().unwrap().to_owned();
    let address: async_nats::ServerAddr = url.parse()?;
    let [user, password] =
        [address.username(), address.password()].map(|word| word.unwrap().into());
    Ok(async_nats::ConnectOptions::with_user_and_password(user, password).connect(address).await?)
}

#[tokio::test]
async fn they_keep_what_they_were_given_and_start_again_within_two_seconds() {
    let data = temp_folder();
    let data = data.path();
    let process = start_engines(data);
    write(data, "kept").await;
    connect_nats(data).await.unwrap();
    let address = running_info(data)["nats_url"].clone();
    let [postgres, nats] = engine_pids(data);
    let stderr = process.stop();
    assert!(!is_running(postgres) && !is_running(nats), "nothing is left behind: {stderr}");
    assert!(!data.join("running.json").exists());

    let began = Instant::now();
    let process = start_engines(data);
    assert!(began.elapsed() < Duration::from_secs(2), "took {:?}", began.elapsed());
    assert_eq!(read(data).await, ["kept"]);
    assert_eq!(running_info(data)["nats_url"], address, "the address stays");
    process.stop();
}

#[tokio::test]
async fn a_start_after_a_kill_finds_nothing_in_its_way() {
    let data = temp_folder();
    let data = data.path();
    let mut process = start_engines(data);
    write(data, "kept").await;
    let orphans = engine_pids(data);
    process.signal(Signal::SIGKILL);
    process.wait_for_exit();
    assert!(orphans.into_iter().all(is_running), "they are orphans now");

    let process = start_engines(data);
    assert_eq!(read(data).await, ["kept"]);
    assert!(!orphans.into_iter().any(is_running), "and gone");
    connect_nats(data).await.unwrap();
    process.stop();
}

#[tokio::test]
async fn an_engine_that_is_killed_comes_back_by_itself() {
    let data = temp_folder();
    let data = data.path();
    let process = start_engines(data);
    write(data, "kept").await;
    let before = engine_pids(data);
    before.into_iter().for_each(kill_9);
    wait_until("Postgres is back", async || connect_postgres(data).await.is_ok()).await;
    assert_eq!(read(data).await, ["kept"]);
    wait_until("nats-server is back", async || connect_nats(data).await.is_ok()).await;
    let after = engine_pids(data);
    assert!(before.into_iter().zip(after).all(|(before, after)| before != after));
    let stderr = process.stop();
    assert!(stderr.contains("died") && stderr.contains("started again"), "{stderr}");
    assert!(!after.into_iter().any(is_running));
}

#[test]
fn two_cannot_work_on_one_folder() {
    let data = temp_folder();
    let first = start_engines(data.path());
    let mut second = Process(servicebook(data.path(), &["run", "engines"]).spawn().unwrap());
    assert!(!second.wait_for_exit().success());
    let stderr = second.stderr();
    assert!(
        stderr.contains("already runs") && stderr.contains(&first.0.id().to_string()),
        "{stderr}"
    );
    first.stop();
}

#[tokio::test]
async fn a_postgres_that_forgets_is_refused_with_what_to_change() {
    let data = temp_folder();
    let process = start_engines(data.path());
    let url = running_info(data.path())["database_url"].as_str().unwrap().to_owned();
    let mut db = connect_postgres(data.path()).await.unwrap();
    sqlx::query("alter role servicebook set synchronous_commit = off")
        .execute(&mut db)
        .await
        .unwrap();
    let other = temp_folder();
    let refused = servicebook(other.path(), &["migrate"])
        .env("DATABASE_URL", url)
        .env("NATS_URL", "nats://127.0.0.1:1")
        .output()
        .unwrap();
    let stderr = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success());
    assert!(stderr.contains("synchronous_commit = off"), "{stderr}");
    assert!(stderr.contains("Set `synchronous_commit = on`"), "{stderr}");
    process.stop();
}

#[tokio::test]
async fn nobody_else_can_talk_to_them() {
    use std::os::unix::fs::PermissionsExt;
    let data = temp_folder();
    let process = start_engines(data.path());
    let sockets = fs::metadata(data.path().join("run")).unwrap();
    assert_eq!(sockets.permissions().mode() & 0o777, 0o700);
    let reachable = fs::metadata(data.path().join("running.json")).unwrap();
    assert_eq!(reachable.permissions().mode() & 0o777, 0o600);
    let url = running_info(data.path())["nats_url"].as_str().unwrap().to_owned();
    let (_, host) = url.rsplit_once('@').unwrap();
    assert!(async_nats::connect(host).await.is_err(), "without the password");
    let mut db = connect_postgres(data.path()).await.unwrap();
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
            let mut args = line.split(|&byte| byte == 0).map(String::from_utf8_lossy);
            args.next().is_some_and(|first| first.ends_with(program))
                && args.any(|word| word.contains(&data))
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
    let data = temp_folder();
    let data = data.path();
    let foreign = std::process::id();
    let mut process = start_engines(data);
    write(data, "kept").await;
    // As a crash may leave them, with and without the servers that go on; and with the id of a process
    // that belongs to another program by now.
    for (torn, servers_live) in [
        ("", true),
        ("", false),
        ("garb\0ge", true),
        ("0", false),
        (&*format!("{foreign}\n/x"), false),
    ] {
        let before = engine_pids(data);
        process.signal(Signal::SIGKILL);
        process.wait_for_exit();
        if !servers_live {
            before.into_iter().for_each(kill_9);
            wait_until("they are gone", async || !before.into_iter().any(is_running)).await;
        }
        for file in FILES {
            fs::write(data.join(file), torn).unwrap();
        }
        process = start_engines(data);
        assert_eq!(read(data).await, ["kept"], "{torn:?}");
        connect_nats(data).await.unwrap();
        assert!(!before.into_iter().any(is_running), "{torn:?}: the servers of before are gone");
        assert_eq!([count("postgres", data), count("nats-server", data)], [1, 1], "{torn:?}");
    }
    // While it runs as well.
    let [postgres, _] = engine_pids(data);
    fs::write(data.join(FILES[0]), "").unwrap();
    kill_9(postgres);
    wait_until("Postgres is back", async || connect_postgres(data).await.is_ok()).await;
    assert_eq!(read(data).await, ["kept"]);
    assert!(is_running(foreign.try_into().unwrap()));
    process.stop();
}

#[tokio::test]
async fn a_first_start_that_is_killed_anywhere_hinders_no_second_one() {
    for milliseconds in [60, 500] {
        let data = temp_folder();
        let mut first = Process(servicebook(data.path(), &["run", "engines"]).spawn().unwrap());
        sleep(Duration::from_millis(milliseconds));
        first.signal(Signal::SIGKILL);
        first.wait_for_exit();
        let second = start_engines(data.path());
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
