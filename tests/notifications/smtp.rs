//! Mails sent through an SMTP server outside of the program.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use reqwest::StatusCode;
use serde_json::json;
use tempfile::TempDir;
use tests::world::{Caller, World, free_port};
use tokio::time::{sleep, timeout};

const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct MailServer {
    child: Child,
    port: u16,
    mailboxes: TempDir,
}

impl MailServer {
    pub(crate) fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let (port, mailboxes) = (free_port(), tempfile::tempdir().unwrap());
        let mut child = Command::new("python3")
            .arg(root.join("tests/outside/mail_server.py"))
            .arg(port.to_string())
            .arg(mailboxes.path())
            .env("PYTHONPATH", root.join(".tools/python"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self { child, port, mailboxes }
    }

    pub(crate) fn url(&self, password: &str) -> String {
        format!("smtp://servicebook:{password}@127.0.0.1:{}", self.port)
    }

    /// The mails that an address got, in order.
    pub(crate) fn mails(&self, address: &str) -> Vec<String> {
        let mailbox = std::fs::read_to_string(self.mailbox_file(address)).unwrap_or_default();
        // Quoted-printable breaks long lines, and says where they end with a blank.
        let mailbox = mailbox.replace("=\r\n", "").replace("=20\r\n", " \r\n").replace("=3D", "=");
        mailbox.split_terminator('\u{c}').map(str::to_owned).collect()
    }

    fn mailbox_file(&self, address: &str) -> PathBuf {
        self.mailboxes.path().join(format!("{address}.eml"))
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Opens an issue as the client and comments on it, so that they are notified by mail.
async fn trigger_notification(client: &Caller, admin: &Caller) {
    let question = json!({ "title": "No print", "text": "It jams." });
    let issue = client.post("/issues", question).await.expect(StatusCode::CREATED).id();
    let answer = json!({ "text": "Off and on?", "visibility": "public" });
    admin.post(&format!("/issues/{issue}/comments"), answer).await.expect(StatusCode::CREATED);
}

/// For each failed delivery, in order, whether it was the last attempt; waits until there are
/// `count`.
async fn failures(world: &World, count: usize) -> Vec<bool> {
    let db = world.database().await;
    let failures = "select (data->>'last')::bool from event_store.events
         where type = 'NotificationDeliveryFailed' order by position";
    let polled = async {
        loop {
            let failures: Vec<bool> = sqlx::query_scalar(failures).fetch_all(&db).await.unwrap();
            if failures.len() >= count {
                return failures;
            }
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(PATIENCE, polled).await.unwrap()
}

#[tokio::test]
async fn a_mail_is_given_up_without_a_mailbox_and_retried_after_a_failed_login() {
    let server = MailServer::start();
    let mut world = World::start_with(&[("SERVICEBOOK_SMTP_URL", &server.url("wrong"))]).await;
    let admin = world.admin().await;
    let client = world.user_with_role(&admin, "client_user", json!({})).await;
    trigger_notification(&client, &admin).await;
    assert_eq!(failures(&world, 1).await, [false], "the password may be put right");
    world.stop().await;

    world.run(&[("SERVICEBOOK_SMTP_URL", &server.url("let%20me%20in"))]).await;
    let admin = world.login(&admin.email).await;
    let unknown = json!({ "email": "nobody@example.com" });
    let unknown = world.user_with_role(&admin, "client_user", unknown).await;
    trigger_notification(&unknown, &admin).await;
    assert_eq!(failures(&world, 2).await, [false, true], "nobody will have a mailbox tomorrow");

    let client = world.login(&client.email).await;
    trigger_notification(&client, &admin).await;
    let mailbox = server.mailbox_file(&client.email);
    let delivered = async {
        while !mailbox.exists() {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(PATIENCE, delivered).await.unwrap();
    let text = std::fs::read_to_string(mailbox).unwrap();
    assert!(text.contains(&format!("<{}>", client.email)), "{text}");
    assert!(text.contains(": a new comment"), "{text}");

    // A mail of a worker without a notification is parked instead of being retried.
    let cabinet = admin.post("/cabinets", json!({ "name": "Acme" })).await;
    let invitations = format!("/cabinets/{}/invitations", cabinet.expect(StatusCode::CREATED).id());
    let unknown = json!({ "email": "nobody.else@example.com", "role": "client_user" });
    let invited = admin.post(&invitations, unknown).await.expect(StatusCode::CREATED).id();
    let parked = async {
        loop {
            let parked = admin.get("/parked").await.expect(StatusCode::OK).body["data"].clone();
            if parked[0]["id"] == invited.to_string() {
                return parked[0].clone();
            }
            sleep(Duration::from_millis(100)).await;
        }
    };
    let parked = timeout(PATIENCE, parked).await.unwrap();
    assert_eq!(parked["consumer"], "worker/organizations.invitation");
    assert!(parked["permanent"] == true && parked["next_at"].is_null(), "{parked}");
    assert_eq!(parked["attempts"], 1, "{parked}");
    assert!(parked["error"].as_str().unwrap().contains("550"), "{parked}");
    world.stop().await;
}
