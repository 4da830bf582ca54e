//! Mistakes of the first hour: each is answered with what to do.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::Command,
    thread,
};

use crate::common::{Process, running_info, servicebook, temp_folder};

/// What somebody types, the setting that is wrong, if one is, and what the answer says.
type Mistake = (&'static str, Option<(&'static str, &'static str)>, &'static str);

const fn typed(arguments: &'static str, answer: &'static str) -> Mistake {
    (arguments, None, answer)
}

const fn set(name: &'static str, value: &'static str, answer: &'static str) -> Mistake {
    ("config", Some((name, value)), answer)
}

const NO_SERVICEBOOK: &str = "Start one with `servicebook up`";
const SUBJECT: &str = "erase 0199c0de-0000-7000-8000-000000000001";

/// Those for which nothing needs to run.
const ALONE: &[Mistake] = &[
    // Commands and their arguments.
    typed("", "Usage: servicebook"),
    typed("statsu", "'status'"),
    typed("help statsu", "Usage: servicebook"),
    typed("status --jsn", "'--json'"),
    typed("up --demmo", "'--demo'"),
    typed("up --anyway", "--demo"),
    typed("run", "Mirror the log onto the bus"),
    typed("run apii", "'api'"),
    typed("run api --contexts crmm", "There are: analytics, catalog, crm"),
    typed("run projector crm.customers", "did you mean crm.customer?"),
    typed("rebuild crm.customers", "There are analytics.replay, catalog.product"),
    typed("replay crm.customer", "--as-of <MOMENT>"),
    typed("replay crm.customer --into then --as-of yesterday", "such as 2026-01-01T00:00:00Z"),
    typed("replay crm.customer --into then --as-of 2026-13-01", "such as 2026-01-01T00:00:00Z"),
    typed("replay nothing --into then --as-of 2026-01-01T00:00:00Z", "There are analytics.replay"),
    typed("ingest", "<FILE>"),
    typed("export", "<FILE>"),
    typed("erase anna --reason requested", "an id looks like 0199c0de-"),
    typed(SUBJECT, "--reason <REASON>"),
    typed("erase 0199c0de-0000-7000-8000-000000000001 --reason because", "retention_ended"),
    typed("replay drop", "<NAME>"),
    typed("analyst create", "<NAME>"),
    typed("admin creat", "'create'"),
    typed("admin create", "--email <EMAIL>"),
    typed("keys", "rotate-master"),
    typed("keys rotte", "'rotate'"),
    typed("bus user add", "--as <KIND>"),
    typed("bus user add shop --as sources", "'source'"),
    typed("wait --timeout soon", "--timeout <SECONDS>"),
    typed("--config nowhere.toml config", "There is no settings file nowhere.toml"),
    typed("--config folder config", "There is no settings file folder"),
    typed("--config broken.toml config", "line 2"),
    typed("--config unknown.toml config", "There is no setting `lisen` (from unknown.toml)"),
    typed("--config wrong.toml config", "`connections` (from wrong.toml) cannot be used"),
    // Settings.
    set("SERVICEBOOK_LISEN", "127.0.0.1:1", "use one of: "),
    set("SERVICEBOOK_LISTEN", "8080", "For example: 127.0.0.1:8080"),
    set("SERVICEBOOK_LISTEN", "localhost:80", "it is no address with a port"),
    set("SERVICEBOOK_INTERNAL_LISTEN", "here", "it is no address with a port"),
    set("SERVICEBOOK_TLS_LISTEN", "0.0.0.0:443", "it takes tls_certificate and tls_key"),
    set("SERVICEBOOK_PUBLIC_URL", "book.example.com", "https://"),
    set("SERVICEBOOK_ROUTES", "/a", "path=host:port"),
    set("SERVICEBOOK_ROUTES", "a=10.0.0.7:8080", "does not begin with /"),
    set("SERVICEBOOK_CONNECTIONS", "many", "it is no whole number"),
    set("SERVICEBOOK_CONNECTIONS", "3", "it is not between 16 and 1000000"),
    set("SERVICEBOOK_TRUSTED_PROXIES", "10.0.0.0/99", "no network"),
    set("SERVICEBOOK_ORIGINS", "*", "no origin like https://app.example.com"),
    set("SERVICEBOOK_RATES", "user=10", "no rate like 100/s"),
    set("SERVICEBOOK_DEPRECATIONS", "v1", "For example: v1=2027-01-01..2027-07-01"),
    set("SERVICEBOOK_BUS_REPLICAS", "2", "it is neither 1, 3 nor 5"),
    set("SERVICEBOOK_DB_CONNECTIONS", "1", "it is not between 10 and 500"),
    set("SERVICEBOOK_DB_CONNECTIONS", "-4", "it is no whole number"),
    set("SERVICEBOOK_PRIVATE_PROVIDERS", "yes", "it is neither true nor false"),
    set("SERVICEBOOK_BREACHED_PASSWORDS", "/nowhere", "/nowhere is not there"),
    set("SERVICEBOOK_REQUIRE_SECOND_FACTOR", "boss", "For example: admin"),
    set("SERVICEBOOK_IDLE_SESSIONS", "staff=8", "no time like 12h"),
    set("SERVICEBOOK_LOG", "loud=loud", "\"warn\", \"info\""),
    set("SERVICEBOOK_LOG_FORMAT", "xml", "`xml` is none of text, json"),
    set("SERVICEBOOK_LOG_TO", "printer", "`printer` is none of stderr, file, both"),
    set("SERVICEBOOK_MAIL_FROM", "nobody", "it holds no address"),
    set("SERVICEBOOK_SMTP_URL", "mail.example.com", "smtps://"),
    set("DATABASE_URL", "mysql://x/y", "For example: postgres://"),
    set("NATS_URL", "http://x", "For example: nats://"),
    // Nothing runs, or it cannot be started.
    typed("status", NO_SERVICEBOOK),
    typed("ingest feed.jsonl", NO_SERVICEBOOK),
    typed("run relay", NO_SERVICEBOOK),
    typed("wait --timeout 0", "start it with `servicebook up`"),
    typed("run gateway", "Set NATS_URL, or SERVICEBOOK_ROUTES"),
    ("run gateway", Some(("SERVICEBOOK_GATEWAY_KEY", "abc")), "is not 32 bytes in Base64"),
    ("up", Some(("SERVICEBOOK_DATA", "/etc/hostname")), "The data folder /etc/hostname cannot"),
    ("up", Some(("SERVICEBOOK_DATA", "/proc/nowhere")), "The data folder /proc/nowhere cannot"),
    ("up", Some(("SERVICEBOOK_PG_BIN", "/nowhere")), "apt-get install postgresql"),
    ("up", Some(("SERVICEBOOK_NATS_BIN", "/nowhere")), "is no nats-server that can be run"),
    (
        "up",
        Some(("SERVICEBOOK_LISTEN", "192.0.2.1:80")),
        "Choose another address with SERVICEBOOK_LISTEN",
    ),
];

/// Those that a running Servicebook answers.
const RUNNING: &[Mistake] = &[
    typed("up", "Stop it first (Ctrl-C there"),
    typed("run worker nobody", "There are: "),
    typed(
        "replay crm.customer --into event_store --as-of 2026-01-01T00:00:00Z",
        "exists; name one",
    ),
    typed(
        "replay crm.customer --into servicebook --as-of 2026-01-01",
        "begin neither with pg_ nor with servicebook",
    ),
    typed(
        "erase 0199c0de-0000-7000-8000-000000000001 --reason requested",
        "no personal data was ever recorded",
    ),
    typed("ingest nowhere.jsonl", "nowhere.jsonl cannot be read"),
    typed("ingest folder", "folder is a folder"),
    typed("ingest shop.csv", "a CSV file takes --mapping"),
    typed("ingest pretty.json", "one JSON object a line"),
    typed("ingest shop.csv --mapping nowhere.toml", "There is no mapping nowhere.toml"),
    typed("ingest shop.csv --mapping unknown.toml", "`lisen` is none of source, type"),
    typed("ingest shop.csv --mapping mapping.toml", "separator = \";\""),
    typed("export shop.csv", "shop.csv cannot be made"),
    typed("bus user add Web/shop --as source", "it takes letters, digits"),
    typed("bus user remove nobody", "There is no user nobody"),
    typed("admin create --email anna --name Anna", "'anna' is no e-mail address"),
    ("verify", Some(("SERVICEBOOK_MASTER_KEY", "abc")), "`openssl rand -base64 32` makes one"),
    (
        "verify",
        Some(("SERVICEBOOK_MASTER_KEY", "l5NbeMAuGTqCzfylNMyQLUUI6XNrRaBuoZcNxpyFbdY=")),
        "sealed with another master key",
    ),
    (
        "verify",
        Some(("DATABASE_URL", "postgres://x@127.0.0.1:1/y")),
        "uses another DATABASE_URL than is set",
    ),
];

/// Makes each of them in a folder. Nothing is said twice, or in the words of the code.
fn make(mistakes: &[Mistake], data: &Path, folder: &Path) {
    for (arguments, setting, expected) in mistakes {
        let arguments: Vec<_> = arguments.split_whitespace().collect();
        let mut command = servicebook(data, &arguments);
        command.env("SERVICEBOOK_LISTEN", "127.0.0.1:0").envs(*setting).current_dir(folder);
        let answer = refusal(&mut command);
        assert!(answer.contains(expected), "{arguments:?} {setting:?}: {answer}");
        let lines: Vec<_> = answer.lines().collect();
        let is_repeated = lines.windows(2).any(|pair| {
            pair[1].strip_prefix("  because: ").is_some_and(|cause| pair[0].contains(cause))
        });
        assert!(!is_repeated && !answer.contains("usize"), "{arguments:?}: {answer}");
    }
}

/// What a command says that must fail.
fn refusal(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let answer = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{command:?} succeeds: {answer}");
    answer
}

/// Files that mistakes are made with.
fn write_files(folder: &Path) {
    fs::create_dir(folder.join("folder")).unwrap();
    let mapping =
        "source = 'shop'\ntype = 'purchase.recorded'\nid = '{Order}'\ntime = '{Date}'\n[data]\n";
    for (name, content) in [
        ("broken.toml", "log = 'info'\nlisten ="),
        ("unknown.toml", "lisen = '127.0.0.1:80'"),
        ("wrong.toml", "connections = 'many'"),
        ("mapping.toml", mapping),
        ("shop.csv", "Order;Date\n1;2026-01-01"),
        ("pretty.json", "[\n  {}\n]"),
        ("feed.jsonl", "{}"),
    ] {
        fs::write(folder.join(name), content).unwrap();
    }
}

#[test]
fn every_mistake_is_answered_with_what_to_do() {
    let folder = temp_folder();
    write_files(folder.path());
    make(ALONE, &folder.path().join("none"), folder.path());
}

#[test]
fn every_mistake_with_a_running_servicebook_is_answered_with_what_to_do() {
    let (data, folder) = (temp_folder(), temp_folder());
    write_files(folder.path());
    let mut up = servicebook(data.path(), &["up"]);
    up.env("SERVICEBOOK_LISTEN", "127.0.0.1:0");
    let process = Process::start(up, data.path());
    make(RUNNING, data.path(), folder.path());

    // Databases of its server that are not what they should be.
    let running = running_info(data.path());
    let url = |of: &str| running[of].as_str().map(str::to_owned).unwrap();
    let database = |name: &str| url("database_url").replace("/servicebook?", &format!("/{name}?"));
    let other = |name, arguments: &[&str]| {
        let mut command = servicebook(&folder.path().join("none"), arguments);
        refusal(command.env("DATABASE_URL", database(name)).env("NATS_URL", url("nats_url")))
    };
    let missing = other("nowhere", &["verify"]);
    assert!(missing.contains("\"nowhere\" does not exist: create it"), "{missing}");
    for arguments in [&["verify"][..], &["run", "relay"]] {
        let foreign = other("postgres", arguments);
        assert!(foreign.contains("run `servicebook migrate` to begin one"), "{foreign}");
    }
    let sealed = other("servicebook", &["verify"]);
    assert!(sealed.contains("The master key is missing"), "{sealed}");
    process.stop();
}

#[test]
fn another_program_that_listens_is_not_what_one_waits_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let _ = connection.read(&mut [0; 512]);
            let _ = connection.write_all(b"HTTP/1.0 200 OK\r\n\r\n");
        }
    });
    let folder = temp_folder();
    let mut wait = servicebook(folder.path(), &["wait", "--timeout", "0"]);
    let output = wait.env("SERVICEBOOK_LISTEN", address).output().unwrap();
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
