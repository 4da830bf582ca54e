//! What differs in a scenario, compared here with what was.

use std::collections::BTreeSet;

use projections::analyst::AnalystView;
use serde_json::{Map, Value, json};
use sqlx::PgConnection;

use super::{rows, views::published_views};

type Row = Map<String, Value>;

/// Compares with a comparison done here, of all columns but pseudonyms. Returns the rows of `scenario_diff`.
pub(super) async fn assert_diff(
    login: &mut PgConnection,
    replay: &str,
    read_models: &[&str],
) -> Vec<Row> {
    let diff = rows(login, &format!("select * from {replay}.scenario_diff")).await;
    let found: BTreeSet<_> = diff
        .iter()
        .map(|row| {
            let [was, would] = ["actual", "counterfactual"].map(|name| comparable(&row[name]));
            let place = [&row["view"], &row["id"], &row["number"], &row["field"]];
            json!([place, was, would, row["change"]]).to_string()
        })
        .collect();
    assert_eq!(found.len(), diff.len());
    let mut expected = BTreeSet::new();
    for view in published_views() {
        if read_models.contains(&view.read_model.as_str()) {
            expected.extend(compare(login, replay, &view).await);
        }
    }
    let differs: Vec<_> = expected.symmetric_difference(&found).collect();
    assert!(differs.is_empty(), "{differs:#?}");
    diff
}

/// What differs in a view between `replay` and the replay `actual`.
async fn compare(login: &mut PgConnection, replay: &str, view: &AnalystView) -> Vec<String> {
    let name = &view.name;
    let actual = rows(login, &format!("select * from actual.{name}")).await;
    let other = rows(login, &format!("select * from {replay}.{name}")).await;
    let id = view.columns.iter().find(|column| column.name.ends_with("id")).unwrap();
    let is_list = !view.items_of.is_empty();
    let key = |row: &Row| {
        let number = row.get("number").filter(|_| is_list).cloned().unwrap_or_default();
        [row[&id.name].clone(), number]
    };
    let find = |rows: &[Row], of: &[Value; 2]| rows.iter().find(|row| key(row) == *of).cloned();
    let mut differences = vec![];
    let keys: BTreeSet<_> =
        actual.iter().chain(&other).map(|row| json!(key(row)).to_string()).collect();
    for of in keys {
        let of: [Value; 2] = serde_json::from_str(&of).unwrap();
        let (was, would) = (find(&actual, &of), find(&other, &of));
        let change = match (&was, &would) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        for column in view.columns.iter().filter(|column| !column.personal) {
            let value = |row: &Option<Row>| row.as_ref().map(|row| comparable(&row[&column.name]));
            let [was, would] = [&was, &would].map(|row| value(row).unwrap_or_default());
            let place = [&json!(name), &of[0], &of[1], &json!(column.name)];
            let difference = json!([place, was, would, change]).to_string();
            differences.extend((was != would).then_some(difference));
        }
    }
    differences
}

/// A value however it is written: as JSON, or as the text of that.
fn comparable(value: &Value) -> Value {
    let text = match value {
        Value::Null => return Value::Null,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}
