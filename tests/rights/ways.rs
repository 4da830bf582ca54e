//! One way in: whatever is asked, and however a credential is shown, it opens the same.

use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::{
    held::{Giver, claim},
    world::{Caller, World},
};
use uuid::Uuid;

use super::table::Table;

/// Somebody's credential, and where it may be shown.
struct Credential {
    name: &'static str,
    text: String,
    as_protocol: bool,
    as_cookie: bool,
    /// What it opens of what is not for everybody, if that is the same everywhere.
    opens: Option<StatusCode>,
}

#[tokio::test]
async fn every_read_answers_a_credential_alike_however_it_is_shown() {
    let table = Table::read();
    let world = World::start().await;
    let admin = world.admin().await;
    let credentials = credentials(&world, &admin).await;
    world.settled().await;
    let guest = world.guest();
    let (mut wrong, mut asked) = (vec![], 0);
    for (path, right) in reads(&table) {
        for Credential { name, text, as_protocol, as_cookie, opens } in &credentials {
            let status = async |method: Method, header: &str, value: String| {
                let headers = [(header, value)];
                guest.begin(method, &path, &headers, None).await.unwrap().status()
            };
            let header = status(Method::GET, "Authorization", format!("Bearer {text}")).await;
            let head = status(Method::HEAD, "Authorization", format!("Bearer {text}")).await;
            let protocol = format!("servicebook, bearer.{text}");
            let protocol = status(Method::GET, "Sec-WebSocket-Protocol", protocol).await;
            let cookie = status(Method::GET, "Cookie", format!("__Host-access={text}")).await;
            let or_none = |may: bool| if may { header } else { StatusCode::UNAUTHORIZED };
            let fits = opens.is_none_or(|opens| header == opens)
                && head == header
                && protocol == or_none(*as_protocol)
                && cookie == or_none(*as_cookie);
            asked += 4;
            if !fits {
                wrong.push(format!(
                    "{path} ({right}) by {name}: header {header}, head {head}, protocol {protocol}, \
                     cookie {cookie}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked > 1_500, "only {asked} were asked");
}

async fn credentials(world: &World, admin: &Caller) -> Vec<Credential> {
    let giver = Giver::new(world, admin).await;
    let (employee, user) = giver.employee().await;
    let token = |caller: &Caller| caller.token.clone().unwrap();
    let own = |name, text, opens| {
        let (as_protocol, as_cookie) = (true, true);
        Credential { name, text, as_protocol, as_cookie, opens }
    };
    let others = |name, text, opens| Credential { as_cookie: false, ..own(name, text, opens) };
    let void = Some(StatusCode::UNAUTHORIZED);

    let left = world.login(&employee.email).await;
    let session = claim(&left, "sid");
    left.delete(&format!("/auth/sessions/{session}")).await.expect(StatusCode::OK);
    let program = json!({ "name": "ERP", "role": "employee" });
    let program = admin.post("/service-accounts", program).await.expect(StatusCode::CREATED);
    let key = json!({ "name": "first", "rights": ["profile", "customers_read"] });
    let key = admin.post(&format!("/service-accounts/{}/keys", program.id()), key).await;
    let key = key.expect(StatusCode::CREATED).body["data"]["secret"].as_str().unwrap().to_owned();
    let client = world.someone(admin, "client_user", json!({})).await;
    let lend = format!("/users/{}/impersonate", claim(&client, "sub"));
    let impersonation = admin.post(&lend, json!({ "reason": "ticket 7" })).await;
    let impersonation =
        impersonation.expect(StatusCode::CREATED).body["data"]["access_token"].clone();
    let (sign_in, _) = giver.application(user, "openid").await;
    let (reads, _) = giver.application(user, "api:read").await;
    vec![
        own("an administrator", token(admin), None),
        own("an employee", token(&employee), None),
        own("who signed out", token(&left), void),
        others("an application to sign in with", sign_in, Some(StatusCode::FORBIDDEN)),
        others("an application that reads", reads, None),
        others("who acts for another", impersonation.as_str().unwrap().to_owned(), None),
        Credential { as_protocol: false, ..others("a program", key, None) },
        others("nonsense", "nonsense".into(), void),
    ]
}

/// The paths that are read by a right, with its name: of nothing there is, and with what the query
/// must have.
fn reads(table: &Table) -> Vec<(String, String)> {
    let paths = table.openapi["paths"].as_object().unwrap().iter();
    let reads = paths.filter_map(|(path, item)| {
        let operation = item.get("get")?;
        let right = operation["x-right"].as_str().filter(|right| *right != "public")?;
        let fill = |part: &str| {
            if part.starts_with('{') { Uuid::nil().to_string() } else { part.to_owned() }
        };
        let path = path.split('/').map(fill).collect::<Vec<_>>().join("/");
        let query = super::matrix::query(operation, table);
        Some((format!("{path}?{query}"), right.to_owned()))
    });
    reads.collect()
}
