//! Who calls the program under test: accounts, and guests.

use std::{
    io::Write,
    net::{IpAddr, Ipv4Addr},
    process::Stdio,
    time::{Duration, Instant},
};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use super::{Caller, PASSWORD, TIMEOUT, World};

impl World {
    /// Creates an administrator on the command line, and logs in.
    pub async fn admin(&self) -> Caller {
        let email = "admin@example.com";
        let mut child = self
            .cli_command(&[
                "admin",
                "create",
                "--email",
                email,
                "--name",
                "Ada",
                "--password-stdin",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.login(email).await
    }

    /// Creates a user with a role, and logs in; `fields` are added to the request.
    pub async fn user_with_role(&self, admin: &Caller, role: &str, fields: Value) -> Caller {
        let email = format!("{role}-{}@example.com", Uuid::now_v7().simple());
        let mut account =
            json!({ "email": email, "name": role, "password": PASSWORD, "role": role });
        for (field, value) in fields.as_object().into_iter().flatten() {
            account[field] = value.clone();
        }
        let email = account["email"].as_str().unwrap().to_owned();
        admin.post("/users", account).await.expect(StatusCode::CREATED);
        self.login(&email).await
    }

    /// Logs in, as soon as the read model has the account.
    pub async fn login(&self, email: &str) -> Caller {
        let guest = self.guest();
        let begun = Instant::now();
        loop {
            let login = json!({ "login": email, "password": PASSWORD });
            let answer = guest.post("/jwt", login).await;
            if answer.status == StatusCode::OK {
                let token = |name: &str| answer.body[name].as_str().map(str::to_owned);
                let (token, refresh_token) = (token("access_token"), token("refresh_token"));
                return Caller { token, refresh_token, email: email.into(), ..guest };
            }
            assert!(begun.elapsed() < TIMEOUT, "{} {}", answer.status, answer.body);
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// A caller who is not signed in.
    pub fn guest(&self) -> Caller {
        self.guest_at(Ipv4Addr::LOCALHOST)
    }

    /// The same, from another address of this machine: `127.…`.
    pub fn guest_at(&self, address: Ipv4Addr) -> Caller {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .local_address(IpAddr::from(address))
            .build()
            .unwrap();
        let (token, refresh_token, email) = (None, None, String::new());
        Caller { client, base: self.url(""), token, refresh_token, email }
    }
}
