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
    let mut world = World::alone().await;
    let admin = world.admin().await;
    let agent = world.someone(&admin, "support_agent", json!({})).await;
    let mut plant = Plant(Vec::new());

    let customer = customer(&admin, &mut plant).await;
    let account = json!({ "name": plant.word(), "customer": customer });
    let client = world.someone(&admin, "client_user", account).await;
    let user: Uuid =
        client.get("/me").await.body["data"]["user"].as_str().unwrap().parse().unwrap();
    let issue = json!({ "title": plant.word(), "text": plant.word() });
    let issue = client.post("/issues", issue).await.expect(StatusCode::CREATED).id();
    let comments = format!("/issues/{issue}/comments");
    let reason = json!({ "reason": plant.word() });
    let impersonation = agent.post(&format!("/users/{user}/impersonate"), reason).await;
    impersonation.expect(StatusCode::CREATED);
    let shop = shop(&world, &admin, &mut plant).await;
    // The agent answers, so that the client gets a letter.
    agent.post(&comments, json!({ "text": "Yes?" })).await.expect(StatusCode::CREATED);
    while plant.0.len() < PLANTED {
        let comment = json!({ "text": plant.word() });
        client.post(&comments, comment).await.expect(StatusCode::CREATED);
    }
    for login in [&client.email, &agent.email] {
        let wrong = json!({ "login": login, "password": "not it" });
        world.guest().post("/jwt", wrong).await.expect(StatusCode::UNAUTHORIZED);
    }
    assert_eq!((failures(&world, Some(user)).await, failures(&world, None).await), (1, 2));
    world.settled().await;
    let as_of = admin.get("/customers").await.body["meta"]["as_of"].as_str().unwrap().to_owned();
    for (model, schema) in [("crm.customer", "kept"), ("organizations.cabinet", "kept_too")] {
        world.told(&["replay", model, "--as-of", &as_of, "--into", schema]);
    }
    let found = found(&world, &plant.0).await;
    assert!(found.len() >= PLANTED, "the search does not find what is there: {found:?}");
    let replayed = |found: &[String]| found.iter().any(|place| place.contains(" in kept"));
    assert!(replayed(&found), "{found:?}");

    let mut left = vec![];
    let (subjects, reason) = ([customer, user, shop.invitation], json!({ "reason": "requested" }));
    for subject in subjects {
        let erase = format!("/subjects/{subject}/erase");
        client.post(&erase, reason.clone()).await.expect(StatusCode::FORBIDDEN);
    }
    for subject in subjects {
        let erase = format!("/subjects/{subject}/erase");
        left.push(admin.post(&erase, reason.clone()).await.expect(StatusCode::OK).body);
    }
    // What others said, and who else it may be, somebody decides about.
    let related = left[0]["data"]["related"].to_string();
    assert!(related.contains(&user.to_string()), "{related}");
    assert_eq!(left[1]["data"]["comments"].as_array().unwrap().len(), 1, "{}", left[1]);
    let comment = &left[1]["data"]["comments"][0];
    assert_eq!(comment["issue"], issue.to_string(), "{comment}");

    // Another process destroys the key of the one-person organisation: ours forgets it at once, and
    // not only when what it keeps in memory has become old.
    let history = format!("/cabinets/{}/history", shop.cabinet);
    let knows = async || admin.get(&history).await.body.to_string().contains(&shop.name);
    assert!(knows().await);
    let told = world.told(&["erase", &shop.cabinet.to_string(), "--reason", "requested"]);
    assert!(told.contains("replay kept_too"), "{told}");
    let begun = Instant::now();
    while knows().await {
        assert!(begun.elapsed() < Duration::from_secs(15), "the key is still in memory");
        sleep(Duration::from_millis(50)).await;
    }
    world.settled().await;
    // Its orders come to an end as ever, and nothing new is written about whom nobody knows.
    let cancelled = json!({
        "specversion": "1.0", "type": "purchase.cancelled", "source": "shop", "id": "m-4",
        "time": "2026-01-31T12:00:00Z",
        "data": { "order": "A-1", "sequence": 2, "reason": "Anna moved" },
    });
    let ended = shop.system.post("/ingest/purchases", cancelled).await.expect(StatusCode::OK).body;
    assert_eq!(ended["data"][0]["outcome"], "applied", "{ended}");
    world.settled().await;

    assert_eq!(self::found(&world, &plant.0).await, Vec::<String>::new());
    // That they were not let in is forgotten, and of nobody else.
    assert_eq!((failures(&world, Some(user)).await, failures(&world, None).await), (0, 1));
    let thread = agent.get(&comments).await.expect(StatusCode::OK).body;
    assert_eq!(thread["data"][1]["text"], Value::Null, "{thread}");
    world.told(&["verify"]);
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
        let told = world.told(&["rebuild", model]);
        assert!(told.contains("equal to the live one to the byte"), "{told}");
    }
    world.stop().await;
    let left: Vec<_> = plant.0.iter().filter(|word| world.log().contains(*word)).collect();
    assert!(left.is_empty(), "in the log of the program: {left:?}");
}

/// How often somebody, or anybody, was not let in.
async fn failures(world: &World, user: Option<Uuid>) -> i64 {
    let failures = "select count(*) from identity_store.failed_sign_ins
         where user_id is not null and ($1::uuid is null or user_id = $1)";
    let db = world.database().await;
    sqlx::query_scalar(failures).bind(user).fetch_one(&db).await.unwrap()
}

/// Words that stand nowhere else.
struct Plant(Vec<String>);

impl Plant {
    fn word(&mut self) -> String {
        let word = format!("planted{}x{}", self.0.len(), Uuid::now_v7().simple());
        self.0.push(word.clone());
        word
    }
}

async fn customer(admin: &Caller, plant: &mut Plant) -> Uuid {
    let address = |plant: &mut Plant| {
        json!({ "street": plant.word(), "city": plant.word(), "region": plant.word(),
            "country": "DE" })
    };
    let email = |plant: &mut Plant| json!({ "kind": "email", "value": format!("{}@example.org", plant.word()) });
    let new = json!({
        "name": plant.word(),
        "organization": plant.word(),
        "external_ids": [{ "system": "shop", "id": plant.word() }],
        "contact_points": [email(plant), email(plant)],
        "addresses": [address(plant), address(plant)],
    });
    let id = admin.post("/customers", new).await.expect(StatusCode::CREATED).id();
    let renaming = json!({ "name": plant.word() });
    admin.patch(&format!("/customers/{id}"), renaming).await.expect(StatusCode::OK);
    id
}

/// A person who has no account, and what is known of them.
struct Shop {
    system: Caller,
    cabinet: Uuid,
    name: String,
    invitation: Uuid,
}

/// Somebody buys, whose cabinet has no tax id; of the messages about it one is parked, and one more
/// is put aside for good.
async fn shop(world: &World, admin: &Caller, plant: &mut Plant) -> Shop {
    let system = world.someone(admin, "purchase_system", json!({ "name": "shop" })).await;
    let product = json!({ "sku": "CAD", "name": "CAD" });
    let product = admin.post("/products", product).await.expect(StatusCode::CREATED).id();
    let policy = json!({ "policy": { "term": { "days": 100 } } });
    let set = admin.post(&format!("/products/{product}/set-issuance-policy"), policy).await;
    set.expect(StatusCode::OK);
    let name = plant.word();
    let cabinet = json!({
        "name": name, "external_id": "C-1", "contact_email": format!("{}@example.org", plant.word()),
    });
    let cabinet = admin.post("/cabinets", cabinet).await.expect(StatusCode::CREATED).id();
    let invitation = json!({
        "email": format!("{}@example.org", plant.word()), "role": "client_user",
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
                    "name": plant.word(), "external_id": "C-1",
                    "contact_email": format!("{}@example.org", plant.word()),
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
        let told = system.post("/ingest/purchases", message.clone()).await;
        let told = told.expect(StatusCode::OK).body;
        parked.extend(told["data"][0]["parked"].as_str().map(str::to_owned));
    }
    assert_eq!(parked.len(), 2, "{parked:?}");
    world.settled().await;
    let analyst = world.someone(admin, "analyst", json!({})).await;
    for (reader, reads) in [(admin, true), (&analyst, false)] {
        let message = reader.get(&format!("/ingest/parked/{}", parked[0])).await;
        let message = &message.expect(StatusCode::OK).body["data"];
        let told = message["payload"].is_string() && message["detail"].is_string();
        assert!(told == reads && message["payload"].is_null() != reads, "{message}");
    }
    let discard = format!("/ingest/parked/{}/discard", parked[1]);
    admin.post(&discard, json!({ "reason": "a test" })).await.expect(StatusCode::OK);
    Shop { system, cabinet, name, invitation }
}

/// Where the words are: in which table or file.
async fn found(world: &World, words: &[String]) -> Vec<String> {
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
        let there = words.iter().filter(|word| text.contains(*word));
        found.extend(there.map(|word| format!("{word} in {name}")));
    }
    db.close().await;
    // The database was asked above; its files keep what a vacuum has not yet swept away.
    for part in std::fs::read_dir(world.data()).unwrap() {
        let part = part.unwrap().path();
        if !part.ends_with("postgres") {
            search(&part, words, &mut found);
        }
    }
    found
}

fn search(path: &Path, words: &[String], found: &mut Vec<String>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            search(&entry.unwrap().path(), words, found);
        }
        return;
    }
    // Sockets and files that were just removed have nothing to read.
    let Ok(bytes) = std::fs::read(path) else { return };
    for word in words {
        if bytes.windows(word.len()).any(|part| part == word.as_bytes()) {
            found.push(format!("{word} in {}", path.display()));
        }
    }
}
