//! Lists and reports at earlier moments: they are what they were when they were the present.

use reqwest::StatusCode;
use serde_json::Value;
use tests::world::Caller;

use super::document::Document;

/// What the lists and reports were at some moments.
#[derive(Default)]
pub(super) struct Past(Vec<Answer>);

struct Answer {
    /// With everything but the moment.
    path: String,
    position: i64,
    data: Value,
}

impl Past {
    /// Asks for all lists and reports that can be asked for as of an earlier moment.
    pub(super) async fn remember(&mut self, document: &Document, caller: &Caller) {
        for path in document.paths_of_the_past() {
            let period = if path == "/reports/utilisation" {
                "&from=2030-01-01&until=2030-02-01"
            } else {
                ""
            };
            let path = format!("{path}?limit=200{period}");
            let answer = caller.get(&path).await.expect(StatusCode::OK).body;
            let position = answer["meta"]["position"].as_i64().unwrap();
            self.0.push(Answer { path, position, data: answer["data"].clone() });
        }
    }

    /// Asks for each of them again. Returns how many had changed since.
    pub(super) async fn check(&self, caller: &Caller) -> usize {
        let mut changed = 0;
        for Answer { path, position, data } in &self.0 {
            let then = caller.get(&format!("{path}&as_of={position}")).await;
            let then = then.expect(StatusCode::OK).body;
            assert_eq!(&then["data"], data, "{path} as of {position}");
            assert_eq!(&then["meta"]["position"], position, "{path}");
            let now = caller.get(path).await.expect(StatusCode::OK).body;
            changed += usize::from(&now["data"] != data);
        }
        changed
    }
}
