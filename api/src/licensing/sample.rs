//! Made-up licences, on which templates are tried: with all that a licence can have, and with as little.

use projections::licensing::license::License;
use serde_json::{Value, json};

use crate::{problem::Problem, reads::Row};

/// The first is the one that previews show.
pub(super) fn licenses() -> Result<Vec<Row<License>>, Problem> {
    let samples = [json!({}), suspended(), revoked()];
    let sample = |differences| serde_json::from_value(with(active(), differences));
    let samples: Result<Vec<_>, _> = samples.into_iter().map(sample).collect();
    Ok(samples.map_err(anyhow::Error::from)?)
}

fn active() -> Value {
    let [first, second] = ["2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"];
    json!({
        "id": "00000000-0000-7000-8000-000000000001",
        "version": 1, "created_at": first, "updated_at": first,
        "cabinet_id": "00000000-0000-7000-8000-000000000002", "cabinet_name": "Example GmbH & Co. KG",
        "product_id": "00000000-0000-7000-8000-000000000003", "product_name": "Example Pro",
        "sku": "EXAMPLE-PRO", "quantity": 10,
        "parameters": { "edition": "professional", "seats": 25, "modules": ["a", "b"], "offline": true },
        "parameters_version": "1.0", "status": "active",
        "starts_at": second, "ends_at": null,
        "terms": [{ "from": first, "until": second }, { "from": second, "until": null }],
        "grace_days": 14, "notices": [30, 7],
        "reason": null, "purchase_id": null, "line": null,
    })
}

/// With nothing that may be left out.
fn suspended() -> Value {
    let [from, until] = ["2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"];
    json!({
        "cabinet_name": null, "product_name": null, "sku": null, "quantity": 1, "parameters": {},
        "status": "suspended", "reason": "unpaid",
        "starts_at": from, "ends_at": until, "terms": [{ "from": from, "until": until }],
    })
}

fn revoked() -> Value {
    json!({ "status": "revoked", "reason": "returned" })
}

fn with(mut license: Value, differences: Value) -> Value {
    if let (Value::Object(license), Value::Object(differences)) = (&mut license, differences) {
        license.extend(differences);
    }
    license
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_licences_and_none_is_like_another() {
        let licenses = licenses().unwrap();
        let mut statuses: Vec<_> =
            licenses.iter().map(|license| json!(license.data.status).to_string()).collect();
        statuses.dedup();
        assert_eq!(statuses.len(), 3, "{statuses:?}");
    }
}
