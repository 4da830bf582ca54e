//! Every list and every report as a file: for each role the same rows as in JSON, at one position, and
//! nothing in it that computes.

use std::{collections::BTreeSet, path::Path};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::world::{Answer, Caller};

use super::{
    field_level::create_more,
    fixture::{Fixture, create},
};
use crate::outside::run_python;

/// S-18: what spreadsheets take for a formula.
const FORMULAS: [&str; 6] =
    ["=1+1", "+1+1", "-1+1", "@SUM(1)", "=HYPERLINK(\"http://x\",\"y\")", "=cmd|' /C calc'!A0"];

#[tokio::test]
async fn s_18_everybody_gets_the_same_rows_in_all_formats_and_no_formulas() {
    let mut fixture = Fixture::new().await;
    create_more(&fixture).await;
    for name in FORMULAS {
        create(&fixture.admin, "/customers", json!({ "name": name, "walk_in": true })).await;
    }
    fixture.world.wait_until_settled().await;
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("schemas");
    let file = |name: &str| schemas.join(name).to_str().unwrap().to_owned();
    let mut arguments = vec![fixture.world.url(""), file("openapi.json"), file("texts/en.json")];
    for principal in &fixture.principals {
        let token = principal.caller.token.clone().unwrap_or_default();
        arguments.extend([principal.name.clone(), token]);
    }
    let output = run_python("tables.py", arguments).await;
    println!("{output}");
    fixture.world.stop().await;
}

#[tokio::test]
async fn a_file_has_the_rows_of_its_position_whatever_is_written_meanwhile() {
    let mut world = tests::world::World::start().await;
    let admin = world.admin().await;
    let employee = world.user_with_role(&admin, "employee", json!({})).await;
    let writer = admin.clone();
    let writing = tokio::spawn(async move {
        let mut written = vec![];
        for number in 0..60 {
            let person = json!({ "name": format!("Person {number:03}"), "walk_in": true });
            let created = writer.post("/customers", person).await.expect(StatusCode::CREATED);
            written.push((created.position(), created.id().to_string()));
        }
        written
    });
    let mut files = vec![];
    for (reader, format) in [&admin, &employee]
        .into_iter()
        .cycle()
        .zip(["csv", "xlsx", "parquet", "pdf"].iter().cycle())
    {
        if writing.is_finished() && files.len() >= 8 {
            break;
        }
        let path = format!("/customers?format={format}&sort=created_at&limit=1");
        files.push((format, get(reader, &path, &[]).await.expect(StatusCode::OK)));
    }
    let written = writing.await.unwrap();
    let positions: BTreeSet<i64> = files.iter().map(|(_, file)| position(file)).collect();
    assert!(positions.len() > 1, "nothing was written meanwhile: {positions:?}");
    for (format, file) in &files {
        let reached = written.iter().filter(|(at, _)| *at <= position(file));
        let expected: Vec<_> = reached.map(|(_, id)| id.as_str()).collect();
        let rows = file.headers["x-rows"].to_str().unwrap();
        assert_eq!(rows, expected.len().to_string(), "{format} at {}", position(file));
        if **format == "csv" {
            assert_eq!(column(file, "Id"), expected, "at {}", position(file));
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn a_file_is_written_in_the_language_and_by_the_clock_of_its_reader() {
    let mut world = tests::world::World::start().await;
    let admin = world.admin().await;
    create(&admin, "/customers", json!({ "name": "Anna Berg", "walk_in": true })).await;
    let german = json!({ "language": "de", "zone": "Europe/Berlin" });
    let employee = world.user_with_role(&admin, "employee", german).await;
    world.wait_until_settled().await;
    let file = get(&employee, "/customers", &[("Accept", "text/csv".into())]).await;
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8; header=present");
    assert_eq!(file.headers["content-language"], "de");
    let varies: Vec<_> =
        file.headers.get_all("vary").iter().map(|name| name.to_str().unwrap()).collect();
    assert!(varies.join(", ").contains("accept-language"), "{varies:?}");
    let named = file.headers["content-disposition"].to_str().unwrap();
    assert!(named.starts_with("attachment; filename=\"customers-20"), "{named}");
    assert_eq!(column(&file, "Art"), ["Person"]);
    let since = column(&file, "Seit (Europe/Berlin)").remove(0);
    assert!(since.ends_with("+01:00") || since.ends_with("+02:00"), "{since}");

    let unknown = get(&admin, "/customers?format=odt", &[]).await.expect(StatusCode::BAD_REQUEST);
    assert_eq!(unknown.body["code"], "unsupported_format");
    assert_eq!(unknown.body["offered"], json!(["json", "csv", "xlsx", "pdf", "parquet"]));
    let image = [("Accept", "image/png".to_owned())];
    get(&admin, "/customers", &image).await.expect(StatusCode::NOT_ACCEPTABLE);
    let browser = [("Accept", "text/html,*/*;q=0.8".to_owned())];
    let json = get(&admin, "/customers", &browser).await.expect(StatusCode::OK);
    assert_eq!(json.body["data"][0]["name"], "Anna Berg");
    let item = json.body["data"][0]["id"].as_str().unwrap();
    let item = get(&admin, &format!("/customers/{item}?format=csv"), &[]).await;
    assert_eq!(item.expect(StatusCode::BAD_REQUEST).body["offered"], json!(["json"]));
    world.stop().await;
}

async fn get(caller: &Caller, path: &str, headers: &[(&str, String)]) -> Answer {
    caller.send(Method::GET, path, headers, None).await.unwrap()
}

fn position(file: &Answer) -> i64 {
    file.headers["x-position"].to_str().unwrap().parse().unwrap()
}

/// The values of a column of a CSV file.
fn column(file: &Answer, heading: &str) -> Vec<String> {
    let Value::String(text) = &file.body else { panic!("{}", file.body) };
    let text = text.strip_prefix('\u{feff}').unwrap();
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let headings = rows.headers().unwrap().clone();
    let index = headings.iter().position(|other| other == heading);
    let index = index.unwrap_or_else(|| panic!("no {heading} in {headings:?}"));
    rows.records().map(|row| row.unwrap()[index].to_owned()).collect()
}
