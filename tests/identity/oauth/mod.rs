//! OIDC with third-party libraries: applications sign users in with us, and users of an organisation
//! sign in at its own provider.

mod forms;
mod key_rotation;
pub(crate) mod misuse;
mod scope_limits;

use std::{net::TcpListener, path::Path, process::Command, time::Duration};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, PASSWORD, World};

/// The application's redirect address; nothing needs to listen there.
const REDIRECT_URI: &str = "https://planner.example.org/back";
const TIMEOUT: Duration = Duration::from_mins(1);

#[tokio::test]
async fn npm_openid_client_completes_everything_unmodified() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let employee = world.user_with_role(&admin, "employee", json!({})).await;
    let (planner, service) =
        (register_planner(&admin).await, register_service(&admin, "purchase_system").await);
    let args = [world.url(""), planner, service, employee.email.clone(), PASSWORD.to_owned()];
    let output = run_client("node", "relying_party.mjs", &args).await;
    for step in [
        "discovery",
        "code and PKCE",
        "userinfo",
        "what was agreed to, and no more",
        "refresh",
        "replay of an old refresh token",
        "single sign-on",
        "replay of a code",
        "prompts",
        "revocation",
        "client credentials",
        "logout",
    ] {
        assert!(output.lines().any(|line| line == step), "no {step}: {output}");
    }
    world.stop().await;
}

#[tokio::test]
async fn pypi_authlib_completes_everything_unmodified() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let employee = world.user_with_role(&admin, "employee", json!({})).await;
    let (planner, service) =
        (register_planner(&admin).await, register_service(&admin, "purchase_system").await);
    let args = [world.url(""), planner, service, employee.email.clone(), PASSWORD.to_owned()];
    let output = run_client("python3", "relying_party.py", &args).await;
    for step in [
        "discovery",
        "code and PKCE",
        "userinfo",
        "refresh",
        "replay of an old refresh token",
        "client credentials",
        "revocation",
        "logout",
    ] {
        assert!(output.lines().any(|line| line == step), "no {step}: {output}");
    }
    world.stop().await;
}

#[tokio::test]
async fn people_sign_in_at_the_provider_of_their_organisation() {
    let mut world = World::start_with(&[("SERVICEBOOK_PRIVATE_PROVIDERS", "true")]).await;
    let admin = world.admin().await;
    let acme = admin.post("/cabinets", json!({ "name": "Acme" })).await.id();
    let other = admin.post("/cabinets", json!({ "name": "Other" })).await.id();
    let mut users = vec![];
    for (name, cabinet) in [("anna", acme), ("otto", other), ("left", acme)] {
        let user = json!({
            "email": format!("{name}@acme.example"), "name": name, "role": "client_user",
            "membership": { "cabinet": cabinet }, "password": PASSWORD,
        });
        users.push(admin.post("/users", user).await.expect(StatusCode::CREATED).id());
    }
    // Two are members of another organisation as well; one of them left the first.
    for user in [users[0], users[2]] {
        let member = json!({ "user": user, "role": "client_user" });
        let joined = admin.post(&format!("/cabinets/{other}/members"), member).await;
        joined.expect(StatusCode::CREATED);
    }
    let left = admin.delete(&format!("/cabinets/{acme}/members/{}", users[2])).await;
    left.expect(StatusCode::OK);
    let anna = world.login("anna@acme.example").await;
    let choice = json!({ "cabinet": other });
    anna.post("/me/cabinet", choice).await.expect(StatusCode::OK);
    world.wait_until_settled().await;
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let provider = json!({
        "cabinet": acme,
        "settings": {
            "name": "Acme", "domain": "acme.example", "client_id": "servicebook",
            "issuer": format!("http://127.0.0.1:{port}"),
        },
        "client_secret": "a secret: of both",
    });
    let registered = admin.post("/identity-providers", provider.clone()).await;
    let registered = registered.expect(StatusCode::CREATED).id();
    world.wait_until_settled().await;
    let again = admin.post("/identity-providers", provider).await.expect(StatusCode::CONFLICT);
    assert_eq!(again.body["invariant"], "IAM-11");
    let planner: Value = serde_json::from_str(&register_planner(&admin).await).unwrap();
    let [id, secret] = ["id", "secret"].map(|field| planner[field].as_str().unwrap().to_owned());
    let people = ["anna", "otto", "left"].map(|name| format!("{name}@acme.example"));
    let cabinets = [acme, other].map(|cabinet| cabinet.to_string());
    let args = [world.url(""), port.to_string(), id, secret];
    let args = [&args[..], &cabinets, &people].concat();
    let output = run_client("node", "federation.mjs", &args).await;
    assert!(
        output.lines().any(|line| line == "refused an answer that nobody waits for"),
        "{output}"
    );
    // Nobody is sent any more to a provider that is switched off, nor is it named.
    let disabled = admin.delete(&format!("/identity-providers/{registered}")).await;
    disabled.expect(StatusCode::OK);
    world.wait_until_settled().await;
    let offered = world
        .guest()
        .get("/public/identity-providers?domain=acme.example")
        .await
        .expect(StatusCode::OK);
    assert_eq!(offered.body["data"], json!([]));
    world.stop().await;
}

/// Registers an application that acts for users: `{"id", "secret"}`.
pub(crate) async fn register_planner(admin: &Caller) -> String {
    let planner = json!({
        "kind": "confidential",
        "details": {
            "name": "Planner",
            "redirect_uris": [REDIRECT_URI],
            "post_logout_redirect_uris": ["https://planner.example.org/goodbye"],
            "permissions": ["openid", "profile", "email", "offline_access", "api:read", "api"],
        },
    });
    register(admin, planner).await
}

/// Registers an application that acts for itself, in a role.
async fn register_service(admin: &Caller, role: &str) -> String {
    let client = json!({
        "kind": { "service": { "role": role } },
        "details": { "name": "Feeder", "permissions": ["api", "api:read"] },
    });
    register(admin, client).await
}

async fn register(admin: &Caller, client: Value) -> String {
    let answer = admin.post("/oauth-clients", client).await.expect(StatusCode::CREATED);
    let secret = answer.body["data"]["secret"].clone();
    json!({ "id": answer.id(), "secret": secret }).to_string()
}

/// Runs a program in another language, which must succeed; returns its output.
async fn run_client(language: &str, file: &str, args: &[String]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut program = Command::new(language);
    program
        .arg(root.join("tests/identity/oauth").join(file))
        .args(args)
        .env("PYTHONPATH", root.join(".tools/python"))
        .env("NODE_PATH", root.join(".tools/node/node_modules"))
        .env("AUTHLIB_INSECURE_TRANSPORT", "1");
    let program = tokio::task::spawn_blocking(move || program.output().unwrap());
    let output = tokio::time::timeout(TIMEOUT, program).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    text
}
