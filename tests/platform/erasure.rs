use std::path::Path;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, World};
use uuid::Uuid;

/// How many strings are planted.
const PLANTED: usize = 50;

#[tokio::test]
async fn plt_1_of_an_erased_person_nothing_is_found() {
    let mut world = World::start().await;
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
    // The agent answers, so that the client gets a letter.
    agent.post(&comments, json!({ "text": "Yes?" })).await.expect(StatusCode::CREATED);
    while plant.0.len() < PLANTED {
        let comment = json!({ "text": plant.word() });
        client.post(&comments, comment).await.expect(StatusCode::CREATED);
    }
    world.settled().await;
    let found = found(&world, &plant.0).await;
    assert!(found.len() >= PLANTED, "the search does not find what is there: {found:?}");

    for subject in [customer, user] {
        let erase = format!("/subjects/{subject}/erase");
        let reason = json!({ "reason": "requested" });
        client.post(&erase, reason.clone()).await.expect(StatusCode::FORBIDDEN);
        admin.post(&erase, reason).await.expect(StatusCode::OK);
    }
    world.settled().await;

    assert_eq!(self::found(&world, &plant.0).await, Vec::<String>::new());
    let thread = agent.get(&comments).await.expect(StatusCode::OK).body;
    assert_eq!(thread["data"][1]["text"], Value::Null, "{thread}");
    world.told(&["verify"]);
    for model in ["crm.customer", "identity.user", "support.issue", "support.issue_client"] {
        let told = world.told(&["rebuild", model]);
        assert!(told.contains("equal to the live one to the byte"), "{told}");
    }
    world.stop().await;
    let left: Vec<_> = plant.0.iter().filter(|word| world.log().contains(*word)).collect();
    assert!(left.is_empty(), "in the log of the program: {left:?}");
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
        "contact_points": [email(plant), email(plant)],
        "addresses": [address(plant), address(plant)],
    });
    let id = admin.post("/customers", new).await.expect(StatusCode::CREATED).id();
    let renaming = json!({ "name": plant.word() });
    admin.patch(&format!("/customers/{id}"), renaming).await.expect(StatusCode::OK);
    id
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
