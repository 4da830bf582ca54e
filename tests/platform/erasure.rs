//! After an erasure none of the person's data is left in any table, file or log.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, World};
use tokio::time::sleep;
use uuid::Uuid;

/// How many strings are planted.
const PLANTED: usize = 50;

#[tokio::test]
async fn plt_1_of_an_erased_person_nothing_is_found() {
    let mut world = World::isolated().await;
    let admin = world.admin().await;
    let agent = world.user_with_role(&admin, "support_agent", json!({})).await;
    let mut planted = PlantedWords(Vec::new());

    let customer = create_customer(&admin, &mut planted).await;
    let account = json!({ "name": planted.new_word(), "customer": customer });
    let client = world.user_with_role(&admin, "client_user", account).await;
    let user: Uuid =
        client.get("/me").await.body["data"]["user"].as_str().unwrap().parse().unwrap();
    let issue = json!({ "title": planted.new_word(), "text": planted.new_word() });
    let issue = client.post("/issues", issue).await.expect(StatusCode::CREATED).id();
    let comments = format!("/issues/{issue}/comments");
    let reason = json!({ "reason": planted.new_word() });
    let impersonation = agent.post(&format!("/users/{user}/impersonate"), reason).await;
    impersonation.expect(StatusCode::CREATED);
    let buyer = create_buyer(&world, &admin, &mut planted).await;
    // The agent answers, so that the client gets a mail.
    agent.post(&comments, json!({ "text": "Yes?" })).await.expect(StatusCode::CREATED);
    while planted.0.len() < PLANTED {
        let comment = json!({ "text": planted.new_word() });
        client.post(&comments, comment).await.expect(StatusCode::CREATED);
    }
    for login in [&client.email, &agent.email] {
        let wrong = json!({ "login": login, "password": "not it" });
        world.guest().post("/jwt", wrong).await.expect(StatusCode::UNAUTHORIZED);
    }
    assert_eq!((failures(&world, Some(user)).await, failures(&world, None).await), (1, 2));
    world.wait_until_settled().await;
    let as_of = admin.get("/customers").await.body["meta"]["as_of"].as_str().unwrap().to_owned();
    for (model, schema) in [("crm.customer", "kept"), ("organizations.cabinet", "kept_too")] {
        world.cli(&["replay", model, "--as-of", &as_of, "--into", schema]);
    }
    let found = find_occurrences(&world, &planted.0).await;
    assert!(found.len() >= PLANTED, "the search does not find what is there: {found:?}");
    let in_replay = |places: &[String]| places.iter().any(|place| place.contains(" in kept"));
    assert!(in_replay(&found), "{found:?}");
    assert_eq!(find_in_views(&world, &planted.0).await, Vec::<String>::new(), "ANA-2");

    let mut reports = vec![];
    let (subjects, reason) = ([customer, user, buyer.invitation], json!({ "reason": "requested" }));
    let erase = |subject: Uuid| format!("/subjects/{subject}/erase");
    for subject in subjects {
        client.post(&erase(subject), reason.clone()).await.expect(StatusCode::FORBIDDEN);
    }
    for subject in subjects {
        reports.push(admin.post(&erase(subject), reason.clone()).await.expect(StatusCode::OK).body);
    }
    // The answer lists related accounts and comments of others, for somebody to decide about.
    let related = reports[0]["data"]["related"].to_string();
    assert!(related.contains(&user.to_string()), "{related}");
    assert_eq!(reports[1]["data"]["comments"].as_array().unwrap().len(), 1, "{}", reports[1]);
    let comment = &reports[1]["data"]["comments"][0];
    assert_eq!(comment["issue"], issue.to_string(), "{comment}");

    // Another process destroys the key of the one-person organisation: ours drops its copy at once,
    // not only when its cache expires.
    let history = format!("/cabinets/{}/history", buyer.cabinet);
    let name_is_visible = async || admin.get(&history).await.body.to_string().contains(&buyer.name);
    assert!(name_is_visible().await);
    let output = world.cli(&["erase", &buyer.cabinet.to_string(), "--reason", "requested"]);
    assert!(output.contains("replay kept_too"), "{output}");
    let begun = Instant::now();
    while name_is_visible().await {
        assert!(begun.elapsed() < Duration::from_secs(15), "the key is still in memory");
        sleep(Duration::from_millis(50)).await;
    }
    world.wait_until_settled().await;
    // Its orders are still processed, and nothing personal is written about it any more.
    let cancelled = json!({
        "specversion": "1.0", "type": "purchase.cancelled", "source": "shop", "id": "m-4",
        "time": "2026-01-31T12:00:00Z",
        "data": { "order": "A-1", "sequence": 2, "reason": "Anna moved" },
    });
    let answer =
        buyer.system.post("/ingest/purchases", cancelled).await.expect(StatusCode::OK).body;
    assert_eq!(answer["data"][0]["outcome"], "applied", "{answer}");
    world.wait_until_settled().await;

    assert_eq!(find_occurrences(&world, &planted.0).await, Vec::<String>::new());
    // Only their own failed sign-ins are deleted.
    assert_eq!((failures(&world, Some(user)).await, failures(&world, None).await), (0, 1));
    let thread = agent.get(&format!("{comments}?include=names")).await.expect(StatusCode::OK).body;
    assert_eq!(thread["data"][1]["text"], Value::Null, "{thread}");
    let issues = agent.get("/issues?include=names").await.expect(StatusCode::OK).body;
    for answer in [thread, issues] {
        let name = &answer["names"][user.to_string()];
        assert_eq!(*name, json!({ "topic": "identity.user", "name": null }), "{answer:#}");
    }
    // Nobody is offered to write what cannot be recorded any more.
    let erased = admin.get(&format!("/customers/{customer}")).await.expect(StatusCode::OK).body;
    let acts = &erased["meta"]["acts"];
    assert_eq!(acts["rename"]["code"], "subject_erased", "{acts}");
    assert_eq!(acts["archive"], Value::Null, "{acts}");
    world.cli(&["verify"]);
    for model in [
        "crm.customer",
        "identity.user",
        "support.issue",
        "support.issue_client",
        "organizations.cabinet",
        "purchasing.purchase",
        "purchasing.purchase_event",
        "licensing.license",
    ] {
        let output = world.cli(&["rebuild", model]);
        assert!(output.contains("equal to the live one to the byte"), "{output}");
    }
    world.stop().await;
    let logged: Vec<_> = planted.0.iter().filter(|word| world.log().contains(*word)).collect();
    assert!(logged.is_empty(), "in the log of the program: {logged:?}");
}

/// How many sign-ins of a user, or of any user, failed.
async fn failures(world: &World, user: Option<Uuid>) -> i64 {
    let failures = "select count(*) from identity_store.failed_sign_ins
         where user_id is not null and ($1::uuid is null or user_id = $1)";
    let db = world.database().await;
    sqlx::query_scalar(failures).bind(user).fetch_one(&db).await.unwrap()
}

/// Unique words that are put into personal fields, to search for them later.
struct PlantedWords(Vec<String>);

impl PlantedWords {
    fn new_word(&mut self) -> String {
        let word = format!("planted{}x{}", self.0.len(), Uuid::now_v7().simple());
        self.0.push(word.clone());
        word
    }
}

async fn create_customer(admin: &Caller, planted: &mut PlantedWords) -> Uuid {
    let address = |planted: &mut PlantedWords| {
        json!({ "street": planted.new_word(), "city": planted.new_word(), "region": planted.new_word(),
            "country": "DE" })
    };
    let email = |planted: &mut PlantedWords| json!({ "kind": "email", "value": format!("{}@example.org", planted.new_word()) });
    let new = json!({
        "name": planted.new_word(),
        "organization": planted.new_word(),
        "external_ids": [{ "system": "shop", "id": planted.new_word() }],
        "contact_points": [email(planted), email(planted)],
        "addresses": [address(planted), address(planted)],
    });
    let id = admin.post("/customers", new).await.expect(StatusCode::CREATED).id();
    let renaming = json!({ "name": planted.new_word() });
    admin.patch(&format!("/customers/{id}"), renaming).await.expect(StatusCode::OK);
    id
}

/// A one-person organisation without an account that buys through a purchase system.
struct Buyer {
    system: Caller,
    cabinet: Uuid,
    name: String,
    invitation: Uuid,
}

/// Sends the purchase messages of an organisation without a tax id; one of them stays parked,
/// another is discarded.
async fn create_buyer(world: &World, admin: &Caller, planted: &mut PlantedWords) -> Buyer {
    let system = world.user_with_role(admin, "purchase_system", json!({ "name": "shop" })).await;
    let product = json!({ "sku": "CAD", "name": "CAD" });
    let product = admin.post("/products", product).await.expect(StatusCode::CREATED).id();
    let policy = json!({ "policy": { "term": { "days": 100 } } });
    let set = admin.post(&format!("/products/{product}/set-issuance-policy"), policy).await;
    set.expect(StatusCode::OK);
    let name = planted.new_word();
    let cabinet = json!({
        "name": name, "external_id": "C-1", "contact_email": format!("{}@example.org", planted.new_word()),
    });
    let cabinet = admin.post("/cabinets", cabinet).await.expect(StatusCode::CREATED).id();
    let invitation = json!({
        "email": format!("{}@example.org", planted.new_word()), "role": "client_user",
    });
    let invited = admin.post(&format!("/cabinets/{cabinet}/invitations"), invitation).await;
    let invitation = invited.expect(StatusCode::CREATED).id();

    let mut order = |id: &str, order: &str, kind: &str, sequence: u32, sku: &str| {
        json!({
            "specversion": "1.0", "type": kind, "source": "shop", "id": id,
            "time": "2026-01-31T10:00:00Z",
            "data": {
                "order": order, "sequence": sequence,
                "organisation": {
                    "name": planted.new_word(), "external_id": "C-1",
                    "contact_email": format!("{}@example.org", planted.new_word()),
                },
                "lines": [{
                    "line": 1, "product": sku, "quantity": 1,
                    "price": { "amount": 100, "currency": "EUR" },
                }],
                "total": { "amount": 100, "currency": "EUR" },
            },
        })
    };
    let messages = json!([
        order("m-1", "A-1", "purchase.recorded", 1, "CAD"),
        order("m-2", "A-1", "purchase.amended", 2, "NONE"),
        order("m-3", "A-2", "purchase.recorded", 1, "NONE"),
    ]);
    let mut parked = vec![];
    for message in messages.as_array().unwrap() {
        let answer = system.post("/ingest/purchases", message.clone()).await;
        let answer = answer.expect(StatusCode::OK).body;
        parked.extend(answer["data"][0]["parked"].as_str().map(str::to_owned));
    }
    assert_eq!(parked.len(), 2, "{parked:?}");
    world.wait_until_settled().await;
    let analyst = world.user_with_role(admin, "analyst", json!({})).await;
    for (reader, can_read) in [(admin, true), (&analyst, false)] {
        let message = reader.get(&format!("/ingest/parked/{}", parked[0])).await;
        let message = &message.expect(StatusCode::OK).body["data"];
        let is_shown = message["payload"].is_string() && message["detail"].is_string();
        assert!(is_shown == can_read && message["payload"].is_null() != can_read, "{message}");
    }
    let discard = format!("/ingest/parked/{}/discard", parked[1]);
    admin.post(&discard, json!({ "reason": "a test" })).await.expect(StatusCode::OK);
    Buyer { system, cabinet, name, invitation }
}

/// The views of analysts, on what is live and on what was replayed, that show any of the words.
async fn find_in_views(world: &World, words: &[String]) -> Vec<String> {
    let db = world.database().await;
    let views = "select format('%I.%I', schemaname, viewname) from pg_views
         where schemaname in ('analyst', 'kept', 'kept_too')";
    let views: Vec<String> = sqlx::query_scalar(views).fetch_all(&db).await.unwrap();
    assert!(views.len() > 30, "{views:?}");
    let mut found = Vec::new();
    for view in views {
        let all = format!("select coalesce(string_agg(v::text, ' '), '') from {view} v");
        let text: String =
            sqlx::query_scalar(sqlx::AssertSqlSafe(all)).fetch_one(&db).await.unwrap();
        let present = words.iter().filter(|word| text.contains(*word));
        found.extend(present.map(|word| format!("{word} in {view}")));
    }
    found
}

/// The tables and files that contain any of the words.
async fn find_occurrences(world: &World, words: &[String]) -> Vec<String> {
    let db = world.database().await;
    let tables: Vec<(String, String)> = sqlx::query_as(
        "select format('%I.%I', schemaname, tablename),
            format('select coalesce(string_agg(t::text, E''\\n''), '''') from %I.%I t',
                schemaname, tablename)
         from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
    )
    .fetch_all(&db)
    .await
    .unwrap();
    let mut found = Vec::new();
    for (name, all) in tables {
        let text: String =
            sqlx::query_scalar(sqlx::AssertSqlSafe(all)).fetch_one(&db).await.unwrap();
        let present = words.iter().filter(|word| text.contains(*word));
        found.extend(present.map(|word| format!("{word} in {name}")));
    }
    db.close().await;
    // The database was searched above; its files keep deleted rows until a vacuum.
    for part in std::fs::read_dir(world.data()).unwrap() {
        let part = part.unwrap().path();
        if !part.ends_with("postgres") {
            search_files(&part, words, &mut found);
        }
    }
    found
}

fn search_files(path: &Path, words: &[String], found: &mut Vec<String>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            search_files(&entry.unwrap().path(), words, found);
        }
        return;
    }
    // Sockets and files that were just removed cannot be read.
    let Ok(bytes) = std::fs::read(path) else { return };
    for word in words {
        if bytes.windows(word.len()).any(|part| part == word.as_bytes()) {
            found.push(format!("{word} in {}", path.display()));
        }
    }
}
