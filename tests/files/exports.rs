//! Exports: what is too large for an answer becomes a file of its own, made once, by the rights of that moment.

use std::{process::Command, time::Duration};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection, PgPool};
use tests::world::{Answer, Caller, World};
use tokio::time::sleep;

use super::expect_object_count;

/// The longest list that an answer gives as a file.
const MAX_ROWS: i32 = 10_000;

#[tokio::test]
async fn doc_5_a_list_too_long_for_an_answer_is_made_beside_it_with_the_same_rows() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    admin.post("/customers", json!({ "name": "Anna Berg", "walk_in": true })).await.id();
    world.wait_until_settled().await;
    world.multiply_customers(MAX_ROWS + 500).await;

    let accepted = ask(&admin, "/customers?format=csv&sort=display_name", &[]).await;
    let export = location(&accepted.expect(StatusCode::ACCEPTED));
    let done = wait_for(&admin, &export, "completed").await;
    assert_eq!(done["rows"], MAX_ROWS + 501, "{done}");
    assert_eq!(
        (&done["path"], &done["query"]),
        (&"/api/v1/customers".into(), &"sort=display_name".into())
    );
    let content = format!("{export}/content");
    let file = admin.get(&content).await.expect(StatusCode::OK);
    let disposition = file.headers["content-disposition"].to_str().unwrap();
    assert!(disposition.contains("customers-20") && disposition.contains(".csv"), "{disposition}");
    let Value::String(text) = &file.body else { panic!("{}", file.body) };
    let rows = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    assert_eq!(rows.into_records().count(), usize::try_from(MAX_ROWS + 501).unwrap());
    let part = ask(&admin, &content, &[("Range", "bytes=0-2".into())]).await;
    part.expect(StatusCode::PARTIAL_CONTENT);

    // Its requester is told, nobody else sees it, and the audit has it.
    world.wait_until_settled().await;
    let inbox = admin.get("/notifications").await;
    assert_eq!(inbox.body["data"][0]["kind"], "export_completed", "{}", inbox.body);
    let other = world.user_with_role(&admin, "employee", json!({})).await;
    for path in [&export, &content] {
        other.get(path).await.expect(StatusCode::NOT_FOUND);
    }
    let taken = admin.get("/audit/exports").await;
    let taken = &taken.body["data"][0];
    assert_eq!((&taken["rows"], &taken["query"]), (&done["rows"], &"sort=display_name".into()));
    assert_eq!(taken["position"], done["at_position"]);
    world.stop().await;
}

#[tokio::test]
async fn exp_2_an_export_is_made_once_although_its_process_is_killed() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    for number in 0..3 {
        let name = format!("Person {number}");
        admin.post("/customers", json!({ "name": name, "walk_in": true })).await.id();
    }
    world.wait_until_settled().await;
    let db = world.database().await;
    let (export, lock) = begin_and_hold(&world, &admin, &db).await;
    world.kill();
    lock.close().await.unwrap();
    // As if the time of the process that died were over.
    sqlx::query("update jobs.runs set until = now()").execute(&db).await.unwrap();
    world.run(&[]).await;
    let done = wait_for(&admin, &export, "completed").await;
    assert_eq!(done["rows"], 3);
    expect_object_count(&world, 1).await;
    let history = admin.get(&format!("{export}/history")).await;
    let types: Vec<_> =
        history.body["data"].as_array().unwrap().iter().map(|e| &e["type"]).collect();
    assert_eq!(types, ["ExportRequested", "ExportCompleted"]);
    let file = admin.get(&format!("{export}/content")).await.expect(StatusCode::OK);
    let inline = admin.get("/customers?format=csv&sort=display_name").await.expect(StatusCode::OK);
    assert_eq!(file.body, inline.body);
    world.stop().await;
}

#[tokio::test]
async fn exp_1_no_file_comes_of_what_was_cancelled_or_of_who_was_locked() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    admin.post("/customers", json!({ "name": "Anna Berg", "walk_in": true })).await.id();
    let employee = world.user_with_role(&admin, "employee", json!({})).await;
    world.wait_until_settled().await;
    let db = world.database().await;

    let (export, lock) = begin_and_hold(&world, &admin, &db).await;
    admin.post(&format!("{export}/cancel"), json!({})).await.expect(StatusCode::OK);
    wait_for(&admin, &export, "cancelled").await;
    lock.close().await.unwrap();
    admin.post(&format!("{export}/cancel"), json!({})).await.expect(StatusCode::CONFLICT);

    let (export, lock) = begin_and_hold(&world, &employee, &db).await;
    let user = employee.get("/me").await.body["data"]["user"].as_str().unwrap().to_owned();
    admin.post(&format!("/users/{user}/lock"), json!({})).await.expect(StatusCode::OK);
    lock.close().await.unwrap();
    let failed = wait_for(&admin, &export, "failed").await;
    assert_eq!(failed["reason"], "forbidden");
    admin.get(&format!("{export}/content")).await.expect(StatusCode::NOT_FOUND);
    expect_object_count(&world, 0).await;
    world.stop().await;
}

#[tokio::test]
async fn exp_4_files_go_when_a_person_is_erased() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    let anna = admin.post("/customers", json!({ "name": "Anna Berg", "walk_in": true })).await.id();
    world.wait_until_settled().await;
    let requested = ask(&admin, "/customers?format=xlsx", &[respond_async()]).await;
    let export = location(&requested.expect(StatusCode::ACCEPTED));
    wait_for(&admin, &export, "completed").await;
    expect_object_count(&world, 1).await;
    world.cli(&["erase", &anna.to_string(), "--reason", "requested"]);
    wait_for(&admin, &export, "expired").await;
    expect_object_count(&world, 0).await;
    admin.get(&format!("{export}/content")).await.expect(StatusCode::CONFLICT);
    world.stop().await;
}

#[tokio::test]
async fn a_list_has_the_same_rows_as_json_csv_and_pdf_and_a_pdf_has_a_bound() {
    let mut world = World::start().await;
    let admin = world.admin().await;
    for name in ["Anna", "Größe", "Иванова"] {
        admin.post("/customers", json!({ "name": name, "walk_in": true })).await.id();
    }
    world.wait_until_settled().await;
    let path = "/customers?sort=display_name";
    let json = admin.get(path).await;
    let pdf = pdf_text(&admin, &format!("{path}&format=pdf")).await;
    let mut before = 0;
    for row in json.body["data"].as_array().unwrap() {
        let name = row["display_name"].as_str().unwrap();
        let at = pdf.find(name).unwrap_or_else(|| panic!("no {name} in {pdf}"));
        assert!(at > before, "{name} is out of order: {pdf}");
        before = at;
    }
    let csv = admin.get(&format!("{path}&format=csv")).await.expect(StatusCode::OK);
    assert_eq!(csv.headers["x-rows"], "3");
    for printed in ["sort = display_name", "Position", "Time zone"] {
        assert!(pdf.contains(printed), "no {printed} in {pdf}");
    }
    world.multiply_customers(1_000).await;
    let refused = admin.get("/customers?format=pdf").await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(
        refused.body["code"] == "too_many_rows" && detail.contains("other formats"),
        "{detail}"
    );
    world.stop().await;
}

/// The text of a PDF, read by a program that is not ours.
async fn pdf_text(caller: &Caller, path: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("list.pdf");
    let answer = caller.begin(Method::GET, path, &[], None).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    std::fs::write(&file, answer.bytes().await.unwrap()).unwrap();
    let text = Command::new("pdftotext").arg("-layout").arg(&file).arg("-").output().unwrap();
    assert!(text.status.success(), "{text:?}");
    String::from_utf8(text.stdout).unwrap()
}

fn respond_async() -> (&'static str, String) {
    ("Prefer", "respond-async".to_owned())
}

/// Requests an export of the customers, and holds it while it is made: nobody can read them.
async fn begin_and_hold(world: &World, caller: &Caller, db: &PgPool) -> (String, PgConnection) {
    let mut lock = db.acquire().await.unwrap().detach();
    let sql = "begin; lock table crm_customer.customers in access exclusive mode";
    sqlx::raw_sql(sql).execute(&mut lock).await.unwrap();
    let path = "/customers?format=csv&sort=display_name";
    let requested = ask(caller, path, &[respond_async()]).await;
    let export = location(&requested.expect(StatusCode::ACCEPTED));
    for _ in 0..200 {
        let runs: i64 =
            sqlx::query_scalar("select count(*) from jobs.runs").fetch_one(db).await.unwrap();
        if runs == 1 {
            return (export, lock);
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("it is not begun:\n{}", world.log());
}

async fn ask(caller: &Caller, path: &str, headers: &[(&str, String)]) -> Answer {
    caller.send(Method::GET, path, headers, None).await.unwrap()
}

fn location(answer: &Answer) -> String {
    let location = answer.headers["location"].to_str().unwrap();
    assert!(location.starts_with("/api/v1/exports/"), "{location}");
    location.to_owned()
}

/// Waits until an export has a status.
async fn wait_for(caller: &Caller, export: &str, status: &str) -> Value {
    let mut last = Value::Null;
    for _ in 0..400 {
        let answer = caller.get(export).await;
        last = answer.body["data"].clone();
        if last["status"] == status {
            return last;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("it is not {status}: {last}");
}
