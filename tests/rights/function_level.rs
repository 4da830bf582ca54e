//! S-02: the decision depends on the real method, path and credential of a request, however they
//! are disguised.

use std::collections::HashSet;

use futures::{StreamExt, stream};
use reqwest::{Method, StatusCode};
use serde_json::json;
use tests::world::{Caller, World};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use uuid::Uuid;

use super::{
    matrix::operations,
    table::{RightsTable, Scope},
};

/// How many requests are sent at the same time.
const AT_ONCE: usize = 8;
/// Methods that no operation publishes.
const UNUSUAL_METHODS: [&str; 6] = ["HEAD", "OPTIONS", "TRACE", "PROPFIND", "get", "GET "];
/// Headers by which some servers take another method…
const METHOD_HEADERS: [&str; 5] = [
    "X-HTTP-Method-Override",
    "X-HTTP-Method",
    "X-Method-Override",
    "X-Original-Method",
    "X-Forwarded-Method",
];
/// …or another address…
const PATH_HEADERS: [&str; 16] = [
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-Override-URL",
    "X-Original-URI",
    "X-Forwarded-URI",
    "X-Forwarded-URL",
    "X-Forwarded-Path",
    "X-Forwarded-Prefix",
    "X-Proxy-URL",
    "X-HTTP-DestinationURL",
    "Request-URI",
    "Destination",
    "Content-Location",
    "Location",
    "Base-URL",
    "Referer",
];
/// …or another origin…
const PLACE_HEADERS: [&str; 13] = [
    "X-Forwarded-For",
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "X-Originating-IP",
    "X-Remote-Addr",
    "X-Custom-IP-Authorization",
    "X-Forwarded-Host",
    "X-Forwarded-Server",
    "X-Host",
    "Forwarded",
    "X-Servicebook-Client",
];
/// …or another user.
const PERSON_HEADERS: [&str; 16] = [
    "X-Remote-User",
    "Remote-User",
    "X-Forwarded-User",
    "X-Forwarded-Email",
    "X-Auth-Request-User",
    "X-Webauth-User",
    "X-Authenticated-User",
    "X-User",
    "X-User-Id",
    "X-Impersonate-User",
    "X-Act-As",
    "X-On-Behalf-Of",
    "X-Role",
    "X-Roles",
    "X-SSL-Client-S-DN",
    "From",
];

/// Ways to write a path that some servers or proxies normalize to another one.
fn disguised_paths(path: &str) -> Vec<String> {
    let (parent, last) = path.rsplit_once('/').unwrap();
    let (first, rest) = last.split_at(1);
    let code = u32::from(first.chars().next().unwrap());
    let fixed = [
        format!("{path}/"),
        format!("{path}//"),
        format!("/{path}"),
        format!("{parent}//{last}"),
        format!("{parent}/./{last}"),
        format!("{parent}/x/../{last}"),
        format!("{parent}/%2e/{last}"),
        format!("{parent}/x/%2e%2e/{last}"),
        format!("{parent}/..;/{last}"),
        format!("/api/v1/products/..{}", path.trim_start_matches("/api/v1")),
        format!("/health/..{path}"),
        format!("/oauth2/..;{path}"),
        format!("{parent}\\{last}"),
        format!("{parent}%5c{last}"),
        format!("{parent}%2f{last}"),
        format!("{parent}/%{code:x}{rest}"),
        format!("{parent}/%25{code:x}{rest}"),
        format!("{parent};x=1/{last}"),
        format!("{path};x=1"),
        format!("{path}%2f"),
        format!("{path}%00"),
        format!("{path}%20"),
        format!("{path}%0a"),
        format!("{path}%3fx"),
        format!("{path}%23"),
        format!("{path}."),
        format!("{path}.json"),
        format!("{path}~"),
        format!("{path}%c0%af"),
        format!("{path}?_method=GET&_method=DELETE"),
        format!("{path}?X-HTTP-Method-Override=GET"),
        format!("http://127.0.0.1{path}"),
    ];
    let uppercase_prefix = path.replacen("/api", "/API", 1);
    let uppercase_last = format!("{parent}/{}", last.to_uppercase());
    fixed
        .into_iter()
        .chain([uppercase_prefix, uppercase_last])
        .filter(|disguised_path| disguised_path != path)
        .collect()
}

/// Requests that the caller may not make are refused in every disguise.
#[tokio::test]
async fn s_02_no_disguise_of_a_request_changes_the_decision() {
    let table = RightsTable::read();
    let mut world = World::start().await;
    let admin = world.admin().await;
    let system = world.user_with_role(&admin, "purchase_system", json!({})).await;
    let user = json!({ "email": "otto@example.org", "name": "Otto", "role": "client_user" });
    let user = admin.post("/users", user).await.expect(StatusCode::CREATED);
    let user_path = format!("/users/{}", user.id());
    admin.get_at(&user_path, user.position()).await.expect(StatusCode::OK);

    let (operations, mut requests, mut shapes) = (operations(&table), vec![], HashSet::new());
    for operation in operations.iter().filter(|operation| operation.right != "public") {
        // Sent as the purchase system, or as a guest if that may; skipped if both may.
        let is_allowed = |role| table.cell(operation.right, role, None) != Scope::None;
        if is_allowed("purchase_system") && is_allowed("guest") {
            continue;
        }
        let token = system.token.clone().filter(|_| !is_allowed("purchase_system"));
        let fill = |part: &str| {
            if part.starts_with('{') { user.id().to_string() } else { part.to_owned() }
        };
        let path = operation.path.split('/').map(fill).collect::<Vec<_>>().join("/");
        let method = operation.method.as_str();
        // One path of each shape is disguised.
        let shape = operation.path.split('/').map(|part| part.starts_with('{')).collect::<Vec<_>>();
        let disguised =
            if shapes.insert((method, shape)) { disguised_paths(&path) } else { vec![] };
        let disguised = disguised.into_iter().map(|path| (method, path));
        // HEAD is allowed where GET is.
        let role = if token.is_some() { "purchase_system" } else { "guest" };
        let reads = operations.iter().any(|other| {
            (&other.path, &other.method) == (&operation.path, &Method::GET)
                && table.cell(other.right, role, None) != Scope::None
        });
        let methods = UNUSUAL_METHODS.into_iter().filter(|method| !(reads && *method == "HEAD"));
        let methods = methods.map(|method| (method, path.clone()));
        let all = disguised.chain(methods).chain([(method, path.clone())]);
        requests.extend(all.map(|(method, path)| (method, path, token.clone())));
    }
    let count = requests.len();
    let address = world.address();
    let answers = stream::iter(requests).map(|(method, path, token)| {
        let address = address.clone();
        async move {
            let (status, body) = send_raw(&address, method, &path, token.as_deref()).await;
            (format!("{method} {path}: {status}"), method, status, body)
        }
    });
    let mut failures: Vec<_> = answers
        .buffer_unordered(AT_ONCE)
        .filter_map(async |(request, method, status, body)| {
            let is_empty_options = method == "OPTIONS" && body.is_empty() && status < 500;
            (!is_empty_options && !(400..500).contains(&status)).then_some(request)
        })
        .collect()
        .await;
    failures.sort();
    assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n"));
    assert!(count > 2_000, "only {count} were asked");

    headers_change_nothing(&world, &admin, &system, &user_path).await;
    let item = admin.get(&user_path).await.expect(StatusCode::OK).body;
    assert_eq!(item["data"]["standing"], "active", "nothing of all that deactivated them");
    world.stop().await;
}

/// No such header changes the answer to a request.
async fn headers_change_nothing(world: &World, admin: &Caller, system: &Caller, user_path: &str) {
    let me = admin.get("/me").await.expect(StatusCode::OK).body["data"]["user"].clone();
    let me = me.as_str().unwrap().to_owned();
    let header_values = |names: &[&'static str], values: &[&str]| -> Vec<(&'static str, String)> {
        let each = |name: &&'static str| {
            let name = *name;
            values.iter().map(move |value| (name, (*value).to_owned()))
        };
        names.iter().flat_map(each).collect()
    };
    let url = format!("/api/v1{user_path}");
    let headers = [
        header_values(&METHOD_HEADERS, &["GET", "DELETE"]),
        header_values(&PATH_HEADERS, &[&url, "/health"]),
        header_values(&PLACE_HEADERS, &["127.0.0.1", "for=127.0.0.1;host=localhost"]),
        header_values(&PERSON_HEADERS, &[&me, &admin.email, "admin"]),
    ];
    let guest = world.guest();
    for header in headers.concat() {
        let header = &[header];
        let answer = async |caller: &Caller, method: Method, path: &str| {
            caller.send(method, path, header, None).await.unwrap()
        };
        let refused = answer(&guest, Method::GET, user_path).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{header:?}");
        let refused = answer(system, Method::DELETE, user_path).await.status;
        assert!(matches!(refused.as_u16(), 403 | 404), "{header:?}: {refused}");
        let own = answer(system, Method::GET, "/products").await.expect(StatusCode::OK);
        assert!(!own.body.to_string().contains("otto@example.org"), "{header:?}");
        let item = answer(admin, Method::GET, user_path).await.expect(StatusCode::OK);
        assert_eq!(item.body["data"]["email"], "otto@example.org", "{header:?}");
        let unknown_user = format!("/users/{}", Uuid::nil());
        answer(admin, Method::GET, &unknown_user).await.expect(StatusCode::NOT_FOUND);
    }
}

/// Sends a request unnormalized, as no HTTP client would; answers status and body.
async fn send_raw(address: &str, method: &str, path: &str, token: Option<&str>) -> (u16, String) {
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n{}\r\n",
        token.unwrap_or_default()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may close the connection early.
    let _ = stream.write_all(head.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    (status.unwrap_or_default(), body.unwrap_or_default())
}

/// Who adds `dry_run` believes that nothing happens: where it is not known, nothing may.
#[tokio::test]
async fn what_changes_something_is_refused_with_a_parameter_that_it_does_not_declare() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let table = RightsTable::read();
    let changing = |method: &Method| method != Method::GET;
    let mut asked = 0;
    for operation in operations(&table).into_iter().filter(|it| changing(&it.method)) {
        let declared = &table.openapi["paths"][operation.path];
        let declared = declared[operation.method.as_str().to_lowercase()]["parameters"].to_string();
        let parts = operation.path.split('/').map(|part| {
            if part.starts_with('{') { Uuid::nil().to_string() } else { part.to_owned() }
        });
        let path = parts.collect::<Vec<_>>().join("/");
        for name in ["dry_run", "dryrun"] {
            if declared.contains(&format!("\"{name}\"")) {
                continue;
            }
            let path = format!("{path}?{name}=true");
            let answer = admin.begin(operation.method.clone(), &path, &[], None).await.unwrap();
            let is_forbidden = answer.status() == StatusCode::FORBIDDEN;
            let problem = answer.text().await.unwrap();
            assert!(
                is_forbidden
                    || problem.contains("there is no such parameter") && problem.contains(name),
                "{}: {problem}",
                operation.name
            );
            asked += 1;
        }
    }
    assert!(asked > 150, "only {asked} were asked");
    world.stop().await;
}
