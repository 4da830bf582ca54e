//! What stands in the way of changing an item as it is now.

use std::{borrow::Cow, collections::BTreeMap};

use commands::Verdict;
use domain::Refusal;
use serde::Serialize;
use serde_json::json;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::problem::{ProblemCode, SUBJECT_ERASED};

/// The operations on an item by which it is changed, by the last part of their names. Those that the
/// caller lacks the right to are left out; null are those that the item's state allows.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct ActObstacles(BTreeMap<String, Option<Obstacle>>);

impl PartialSchema for ActObstacles {
    fn schema() -> RefOr<Schema> {
        BTreeMap::<String, Option<Obstacle>>::schema()
    }
}

impl ToSchema for ActObstacles {
    fn name() -> Cow<'static, str> {
        "Acts".into()
    }
}

impl FromIterator<(String, Option<Obstacle>)> for ActObstacles {
    fn from_iter<T: IntoIterator<Item = (String, Option<Obstacle>)>>(acts: T) -> Self {
        Self(acts.into_iter().collect())
    }
}

/// Why something cannot be done with an item as it is now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Obstacle {
    /// The code of the refusal that it would meet; `unchanged` if it would change nothing.
    code: String,
    /// The same for people.
    detail: String,
    /// The rule of the business behind it: `SCH-7`.
    #[serde(skip_serializing_if = "Option::is_none")]
    invariant: Option<&'static str>,
}

impl Obstacle {
    pub(crate) fn from_verdict<R: Refusal>(verdict: Verdict<R>) -> Option<Self> {
        match verdict {
            Verdict::Possible => None,
            Verdict::Unchanged => {
                let detail = "that is so already".into();
                Some(Self { code: ProblemCode::Unchanged.to_string(), detail, invariant: None })
            }
            Verdict::SubjectErased => {
                let detail = SUBJECT_ERASED.into();
                Some(Self { code: ProblemCode::SubjectErased.to_string(), detail, invariant: None })
            }
            Verdict::Refused(refusal) => {
                let code = json!(refusal)["code"].as_str().unwrap_or_default().to_owned();
                Some(Self { code, detail: refusal.to_string(), invariant: refusal.rule() })
            }
        }
    }
}
