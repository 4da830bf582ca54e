//! The views of analysts show what the API's lists show, under the same names, without people.

use chrono::{DateTime, Utc};
use projections::analyst::{AnalystColumn, AnalystView, ColumnMapping};
use reqwest::StatusCode;
use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use tests::world::{Caller, World};

use super::{
    busy_business, log_in,
    requested::{request, wait_for},
    rows,
};

/// All views, as they are published.
pub(super) fn published_views() -> Vec<AnalystView> {
    serde_json::from_str(&schemas::contracts()["analyst.json"]).unwrap()
}

/// The address of the list that a view shows, where it has one of its own.
fn path_of_list(openapi: &Value, topic: &str) -> Option<String> {
    let mut paths = openapi["paths"].as_object().unwrap().iter();
    let (path, _) =
        paths.find(|(_, item)| item["get"]["operationId"] == format!("{topic}.list"))?;
    (!path.contains('{')).then(|| path.trim_start_matches("/api/v1").to_owned())
}

/// A value without the ways to write a time.
fn comparable(value: &Value) -> Value {
    let time = value.as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok());
    time.map_or_else(|| value.clone(), |time| time.timestamp_micros().into())
}

/// Compares a column of a row with the row of the API.
fn compare(view: &str, column: &AnalystColumn, row: &Map<String, Value>, answered: &Value) {
    let expected = column.path.iter().fold(answered, |value, name| &value[name.as_str()]);
    let (shown, place) = (&row[&column.name], format!("{view}.{} of {answered}", column.name));
    match column.form {
        _ if column.personal => {
            let is_pseudonym =
                shown.as_str().is_some_and(|text| text.len() == 32 && shown != expected);
            assert!(is_pseudonym || shown.is_null() && expected.is_null(), "{place}: {shown}");
        }
        ColumnMapping::Variant(_) if expected.is_object() => {
            assert!(shown.is_string(), "{place}: {shown}");
        }
        _ => assert_eq!(comparable(shown), comparable(expected), "{place}"),
    }
}

#[tokio::test]
async fn a_view_shows_the_rows_of_the_api_with_pseudonyms() {
    let (mut world, admin) = busy_business().await;
    let replay = json!({ "name": "shown", "read_models": ["crm.customer"] });
    wait_for(&admin, &request(&admin, replay).await, "completed").await;
    world.wait_until_settled().await;
    let (_, mut analyst) = log_in(&world).await;
    let openapi: Value = serde_json::from_str(&schemas::contracts()["openapi.json"]).unwrap();

    let (mut compared, mut empty) = (0, vec![]);
    for view in published_views() {
        let name = &view.name;
        // Each can be asked, also those that no list shows as they are.
        let all = rows(&mut analyst, &format!("table {name}")).await;
        empty.extend(all.is_empty().then_some(name.clone()));
        let path = path_of_list(&openapi, &view.read_model).filter(|_| view.items_of.is_empty());
        let Some(path) = path else { continue };
        let answer = admin.get(&format!("{path}?limit=100")).await.expect(StatusCode::OK).body;
        for answered in answer["data"].as_array().unwrap() {
            let row = all.iter().find(|row| row["id"] == answered["id"]);
            let row = row.unwrap_or_else(|| panic!("{name} lacks {answered}"));
            view.columns.iter().for_each(|column| compare(name, column, row, answered));
            compared += 1;
        }
    }
    assert!(compared > 100 && empty.len() < 15, "{compared} rows, none in {empty:?}");

    // A rebuild swaps the tables under the views.
    let count =
        "select count(*)::int as lines, sum(price_amount * quantity) as amount from purchase_lines";
    let before = rows(&mut analyst, count).await;
    assert!(before[0]["lines"].as_i64().unwrap() > 0);
    world.cli(&["rebuild", "purchasing.purchase"]);
    assert_eq!(rows(&mut analyst, count).await, before);
    assert_readers_hold_up_nobody(&world, &admin, &mut analyst).await;
    assert_lines_are_those_of_purchases(&admin, &mut analyst).await;
    assert_questions_are_answered_as_by_the_api(&admin, &mut analyst).await;
    world.stop().await;
}

/// An analyst who does not end what they read keeps the tables of before, and nothing else from going on.
async fn assert_readers_hold_up_nobody(world: &World, admin: &Caller, analyst: &mut PgConnection) {
    sqlx::query("begin").execute(&mut *analyst).await.unwrap();
    rows(analyst, "select count(*) from customers").await;
    world.cli(&["rebuild", "crm.customer"]);
    let again = world.try_cli(&["rebuild", "crm.customer"]);
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(said.contains("somebody still reads the tables"), "{said}");
    let created = admin.post("/customers", json!({ "name": "Anna Berg", "walk_in": true })).await;
    let path = format!("/customers/{}", created.id());
    admin.get_at(&path, created.position()).await.expect(StatusCode::OK);
    sqlx::query("commit").execute(&mut *analyst).await.unwrap();
    world.cli(&["rebuild", "crm.customer"]);
    let old = "select nspname::text from pg_namespace where nspname like '%\\_\\_old'";
    let old: Vec<String> =
        sqlx::query_scalar(old).fetch_all(&world.database().await).await.unwrap();
    assert_eq!(old, [""; 0]);
}

/// Of each purchase, the lines are rows of a view of their own.
async fn assert_lines_are_those_of_purchases(admin: &Caller, analyst: &mut PgConnection) {
    let purchases = admin.get("/purchases?limit=100").await.expect(StatusCode::OK).body;
    for purchase in purchases["data"].as_array().unwrap() {
        let id = purchase["id"].as_str().unwrap();
        let lines = format!(
            "select line, sku, quantity, price_amount from purchase_lines
             where purchase_id = '{id}' order by number"
        );
        let lines = rows(analyst, &lines).await;
        let expected = purchase["lines"].as_array().unwrap();
        assert_eq!(lines.len(), expected.len());
        for (line, expected) in lines.iter().zip(expected) {
            for name in ["line", "sku", "quantity"] {
                assert_eq!(line[name], expected[name], "{purchase}");
            }
            assert_eq!(line["price_amount"], expected["price"]["amount"], "{purchase}");
        }
    }
}

/// The questions of the dictionary's page, by title.
fn questions() -> Vec<(String, String)> {
    let page = schemas::contracts()["analyst.md"].clone();
    let sections = page.split("\n### ").filter(|section| section.contains("```sql"));
    let question = |section: &str| {
        let (title, rest) = section.split_once("\n\n```sql\n").unwrap();
        (title.to_owned(), rest.split_once("```").unwrap().0.to_owned())
    };
    sections.map(question).collect()
}

/// The question of the page that is about a scenario, asked of another replay than in the example.
pub(super) fn question_about_a_scenario(replay: &str) -> String {
    let page = schemas::contracts()["analyst.md"].clone();
    let mut queries =
        page.split("```sql\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0));
    queries
        .find(|query| query.contains("scenario_diff"))
        .unwrap()
        .replace("dearer.", &format!("{replay}."))
}

async fn assert_questions_are_answered_as_by_the_api(admin: &Caller, analyst: &mut PgConnection) {
    let mut reports = vec![];
    for (title, query) in questions() {
        let answer = rows(analyst, &query).await;
        assert!(!answer.is_empty(), "{title}");
        let Some(report) = title.split('`').nth(1) else { continue };
        reports.push(report.to_owned());
        let year = if report == "utilisation" { "from=2026-01-01&until=2027-01-01&" } else { "" };
        let page = admin.get(&format!("/reports/{report}?{year}limit=200")).await;
        let page = page.expect(StatusCode::OK).body;
        let expected = page["data"].as_array().unwrap();
        assert!(answer.len() == expected.len() || expected.len() == 200, "{title}");
        for expected in expected {
            // What resources are called is a pseudonym.
            let is_same = |row: &Map<String, Value>| {
                row.iter().all(|(name, value)| name == "name" || expected.get(name) == Some(value))
            };
            assert!(answer.iter().any(is_same), "{title}: {expected}");
        }
    }
    assert_eq!(reports, ["issues", "utilisation"]);
}
