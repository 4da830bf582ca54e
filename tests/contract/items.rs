//! What items say besides their data: which acts are possible, and how they were before.

use chrono::{SecondsFormat, TimeDelta, Utc};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::Caller;

use super::document::Document;

/// Before an operation that will succeed on an item: the item says that it is possible. Where it is the
/// item itself that is asked for, what it says is impossible is refused for the reason it gives, and what
/// it was at this moment is what it is.
#[expect(clippy::disallowed_methods, reason = "the program under test has the same clock")]
pub(super) async fn check(document: &Document, caller: &Caller, name: &str, path: &str) {
    let Some((aggregate, act)) = name.rsplit_once('.') else { return };
    let Some((_, template, _)) = document.request(&format!("{aggregate}.find")) else { return };
    let parts: Vec<_> = path.split('/').collect();
    let Some(item_parts) = parts.get(..template.split('/').count()) else { return };
    let mut same = template.split('/').zip(item_parts);
    if !same.all(|(part, actual)| part == *actual || part.starts_with('{')) {
        return;
    }
    let path = item_parts.join("/");
    let item = caller.get(&path).await;
    let Some(acts) = item.body["meta"]["acts"].as_object() else { return };
    if act != "find" {
        let obstacle = acts.get(act).unwrap_or(&Value::Null);
        let impossible = !obstacle.is_null() && obstacle["code"] != "unchanged";
        assert!(!impossible, "{name} is possible, and announced not to be: {obstacle}");
        return;
    }
    for (act, obstacle) in acts.iter().filter(|(_, obstacle)| !obstacle.is_null()) {
        let operation = format!("{aggregate}.{act}");
        let (method, below, body) = document.request(&operation).unwrap();
        let at: Vec<_> =
            item_parts.iter().copied().chain(below.split('/').skip(item_parts.len())).collect();
        let answer = caller.send(method, &at.join("/"), &[], body).await.unwrap();
        let expected = (&obstacle["code"], &obstacle["detail"], obstacle.get("invariant"));
        match answer.status {
            // A made-up body can be wrong in itself.
            StatusCode::UNPROCESSABLE_ENTITY => {}
            StatusCode::OK => {
                assert_eq!(expected.0, "unchanged", "{operation}: {}", answer.body);
                assert_eq!(answer.body["meta"]["version"], item.body["meta"]["version"]);
            }
            status => {
                let refusal = &answer.body;
                let met = (&refusal["code"], &refusal["detail"], refusal.get("invariant"));
                assert_eq!((status, met), (StatusCode::CONFLICT, expected), "{operation}");
            }
        }
    }
    let now = Utc::now() + TimeDelta::seconds(1);
    let now = format!("{path}?as_of={}", now.to_rfc3339_opts(SecondsFormat::Millis, true));
    let (now, before) = (caller.get(&now).await, caller.get(&format!("{path}?as_of=0")).await);
    if now.status != StatusCode::FORBIDDEN {
        // What is worked on may have gone on in the meantime.
        let again = caller.get(&path).await;
        if again.body["data"]["version"] == item.body["data"]["version"] {
            assert_eq!(now.body["data"], item.body["data"], "{path}");
        }
        assert_eq!(before.status, StatusCode::NOT_FOUND, "{path}: {}", before.body);
    }
    assert_eq!(now.body["meta"].get("acts"), None, "{}", json!(now.body));
}
