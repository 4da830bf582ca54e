//! Mistakes of the first hour: each is answered with what to do.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use crate::common::{servicebook, temp_folder};

/// A setting that is wrong, if one is.
type Setting = Option<(&'static str, &'static str)>;

#[test]
fn every_mistake_is_answered_with_what_to_do() {
    let replay = ["replay", "crm.customer", "--into", "then", "--as-of"];
    let as_of = |moment| [&replay[..], &[moment]].concat();
    let mistakes: [(Vec<&str>, Setting, &str); 8] = [
        (as_of("yesterday"), None, "such as 2026-01-01T00:00:00Z"),
        (as_of("2026-01-01"), None, "such as 2026-01-01T00:00:00Z"),
        (vec!["statsu"], None, "'status'"),
        (vec!["status"], None, "Start one with `servicebook up`"),
        (vec!["wait", "--timeout", "0"], None, "start it with `servicebook up`"),
        (vec!["config"], Some(("SERVICEBOOK_LOG_FORMAT", "xml")), "expected `text` or `json`"),
        (vec!["config"], Some(("SERVICEBOOK_LISEN", "127.0.0.1:1")), "use one of: "),
        (vec!["config"], Some(("DATABASE_URL", "mysql://x/y")), "For example: postgres://"),
    ];
    let folder = temp_folder();
    for (arguments, setting, expected) in mistakes {
        let mut command = servicebook(&folder.path().join("none"), &arguments);
        let output = command.envs(setting).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
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
