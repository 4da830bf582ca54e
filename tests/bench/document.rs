//! Measures how long a document of one page takes, with the process that makes it.

use std::time::Instant;

use documents::{Job, Renderer, Source, built_in_template};
use domain::{Language, documents::template::Kind};
use serde_json::{Value, json};
use tests::world::program_path;

use crate::report::Report;

const ROUNDS: usize = 101;
/// Milliseconds.
const MAX_TIME: f64 = 30.0;

pub(crate) async fn measure(report: &mut Report) {
    let renderer = Renderer::new(program_path(), "render");
    let job = license();
    let mut times = vec![];
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        renderer.render(&job).await.unwrap();
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    report.at_most("a page as PDF, median", (times[ROUNDS / 2], "ms"), MAX_TIME);
}

fn license() -> Job {
    let parameter = json!({ "name": "modules", "value": "calendar, billing" });
    let fields = json!({
        "business": "Kamm & Code GmbH", "holder": "Müller Straßenbau GmbH", "product": "Planer",
        "sku": "PLAN", "quantity": 25, "id": "0199c0de-0000-7000-8000-000000000001",
        "terms": [{ "from": "1.1.2030", "until": null }], "parameters": [parameter],
        "grace_days": 14, "revoked": false, "suspended": false, "verify_url": "https://example.com/verify/x",
        "as_of": "1.1.2030, 09:00", "zone": "Europe/Berlin",
    });
    let Value::Object(data) = fields else { unreachable!() };
    Job {
        source: Source::Template {
            markdown: built_in_template(Kind::License, Language::De).to_owned(),
            data,
        },
        language: Language::De,
        title: "Planer".into(),
        author: "Kamm & Code GmbH".into(),
        id: "1".into(),
        date: "2030-01-01T00:00:00Z".parse().unwrap(),
        accent: None,
    }
}
