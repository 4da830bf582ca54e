//! A credential gives the same answers however it is sent: as a header, a WebSocket protocol or a
//! cookie.

use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::{
    revocable::{AccessFixtures, claim},
    world::{Caller, World},
};
use uuid::Uuid;

use super::table::RightsTable;

/// A credential, and how it may be sent besides the `Authorization` header.
struct Credential {
    name: &'static str,
    text: String,
    as_protocol: bool,
    as_cookie: bool,
    /// The status of every read that is not public, if it is always the same.
    expected: Option<StatusCode>,
}

#[tokio::test]
async fn every_read_answers_a_credential_alike_however_it_is_shown() {
    let table = RightsTable::read();
    let world = World::start().await;
    let admin = world.admin().await;
    let credentials = credentials(&world, &admin).await;
    world.wait_until_settled().await;
    let guest = world.guest();
    let (mut failures, mut count) = (vec![], 0);
    for (path, right) in protected_reads(&table) {
        for Credential { name, text, as_protocol, as_cookie, expected } in &credentials {
            let status = async |method: Method, header: &str, value: String| {
                let headers = [(header, value)];
                guest.begin(method, &path, &headers, None).await.unwrap().status()
            };
            let header = status(Method::GET, "Authorization", format!("Bearer {text}")).await;
            let head = status(Method::HEAD, "Authorization", format!("Bearer {text}")).await;
            let protocol = format!("servicebook, bearer.{text}");
            let protocol = status(Method::GET, "Sec-WebSocket-Protocol", protocol).await;
            let cookie = status(Method::GET, "Cookie", format!("__Host-access={text}")).await;
            let or_unauthorized = |may: bool| if may { header } else { StatusCode::UNAUTHORIZED };
            let fits = expected.is_none_or(|expected| header == expected)
                && head == header
                && protocol == or_unauthorized(*as_protocol)
                && cookie == or_unauthorized(*as_cookie);
            count += 4;
            if !fits {
                failures.push(format!(
                    "{path} ({right}) by {name}: header {header}, head {head}, protocol {protocol}, \
                     cookie {cookie}"
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n"));
    assert!(count > 1_500, "only {count} were asked");
}

async fn credentials(world: &World, admin: &Caller) -> Vec<Credential> {
    let fixtures = AccessFixtures::new(world, admin).await;
    let (employee, user) = fixtures.employee().await;
    let token = |caller: &Caller| caller.token.clone().unwrap();
    let any_way = |name, text, expected| {
        let (as_protocol, as_cookie) = (true, true);
        Credential { name, text, as_protocol, as_cookie, expected }
    };
    let not_as_cookie =
        |name, text, expected| Credential { as_cookie: false, ..any_way(name, text, expected) };
    let unauthorized = Some(StatusCode::UNAUTHORIZED);

    let signed_out_caller = world.login(&employee.email).await;
    let session = claim(&signed_out_caller, "sid");
    signed_out_caller.delete(&format!("/auth/sessions/{session}")).await.expect(StatusCode::OK);
    let program = json!({ "name": "ERP", "role": "employee" });
    let program = admin.post("/service-accounts", program).await.expect(StatusCode::CREATED);
    let key = json!({ "name": "first", "rights": ["profile", "customers_read"] });
    let key = admin.post(&format!("/service-accounts/{}/keys", program.id()), key).await;
    let key = key.expect(StatusCode::CREATED).body["data"]["secret"].as_str().unwrap().to_owned();
    let client = world.user_with_role(admin, "client_user", json!({})).await;
    let path = format!("/users/{}/impersonate", claim(&client, "sub"));
    let impersonation = admin.post(&path, json!({ "reason": "ticket 7" })).await;
    let impersonation =
        impersonation.expect(StatusCode::CREATED).body["data"]["access_token"].clone();
    let (sign_in_only, _) = fixtures.application(user, "openid").await;
    let (read_only, _) = fixtures.application(user, "api:read").await;
    vec![
        any_way("an administrator", token(admin), None),
        any_way("an employee", token(&employee), None),
        any_way("who signed out", token(&signed_out_caller), unauthorized),
        not_as_cookie("an application to sign in with", sign_in_only, Some(StatusCode::FORBIDDEN)),
        not_as_cookie("an application that reads", read_only, None),
        not_as_cookie("who acts for another", impersonation.as_str().unwrap().to_owned(), None),
        Credential { as_protocol: false, ..not_as_cookie("a program", key, None) },
        not_as_cookie("nonsense", "nonsense".into(), unauthorized),
    ]
}

/// All paths that need a right to read, with that right; ids are nil, and required query parameters
/// are set.
fn protected_reads(table: &RightsTable) -> Vec<(String, String)> {
    let paths = table.openapi["paths"].as_object().unwrap().iter();
    let protected = paths.filter_map(|(path, item)| {
        let operation = item.get("get")?;
        let right = operation["x-right"].as_str().filter(|right| *right != "public")?;
        let fill = |part: &str| {
            if part.starts_with('{') { Uuid::nil().to_string() } else { part.to_owned() }
        };
        let path = path.split('/').map(fill).collect::<Vec<_>>().join("/");
        let query = super::matrix::query(operation, table);
        Some((format!("{path}?{query}"), right.to_owned()))
    });
    protected.collect()
}
