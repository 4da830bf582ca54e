//! The views of analysts: one for each read model and one for each list in its rows, with the names of the
//! API and plain types. `schemas/analyst.json` describes them; it is made of the contract of the API.
//!
//! **Invariant:** a view shows nothing that its description does not name. What may be personal is a
//! pseudonym in it: a keyed hash, by which equal values of a column are known as equal.

mod definition;
mod diff;
mod install;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::Projector;

pub(crate) use definition::{Pseudonymization, ViewSource};
pub(crate) use diff::{ComparedSchemas, create_diff_view};
pub(crate) use install::{
    ANALYSTS, AnalystSchema, counterfactual_comment, create_views, literal, update_views,
};

/// A view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalystView {
    pub name: String,
    /// The read model whose rows it shows, by the name of its projector.
    pub read_model: String,
    pub description: String,
    /// The field with the list whose items are its rows; otherwise these are the rows of the read model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items_of: Vec<String>,
    pub columns: Vec<AnalystColumn>,
}

/// A column of a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalystColumn {
    pub name: String,
    /// In Postgres; of a list, that of its items.
    #[serde(rename = "type")]
    pub sql_type: String,
    pub description: String,
    /// The names of the fields that lead to its value, in the row or in the item of the list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    #[serde(default, skip_serializing_if = "ColumnMapping::is_value")]
    pub form: ColumnMapping,
    /// Whether it may be personal.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub personal: bool,
    /// The view to whose ids it refers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refers_to: Option<String>,
}

/// How a column follows from the value at its path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnMapping {
    #[default]
    Value,
    /// The name of the variant, which stands in this field of the value, or else is the name of its only
    /// field. What the variant has besides is not shown.
    Variant(Option<String>),
    /// An array.
    List,
    /// As it is, as JSON.
    Json,
    /// The id of the row in whose list the item is.
    RowId,
    /// The place of the item in the list, from 1 on.
    Number,
}

impl ColumnMapping {
    fn is_value(&self) -> bool {
        *self == Self::Value
    }
}

/// The file that describes the views.
const FILE: &str = include_str!("../../../schemas/analyst.json");

/// All views, by the file. It is ours; a test reads it.
static VIEWS: LazyLock<Vec<AnalystView>> =
    LazyLock::new(|| serde_json::from_str(FILE).unwrap_or_default());

/// The views on a read model.
pub(crate) fn views_of(projector: &Projector) -> impl Iterator<Item = &'static AnalystView> {
    VIEWS.iter().filter(|view| view.read_model == projector.name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::projector_named;

    #[test]
    fn the_file_can_be_read_and_names_read_models() {
        let views: Vec<AnalystView> = serde_json::from_str(FILE).unwrap();
        assert!(views.len() > 20);
        assert!(views.iter().all(|view| projector_named(&view.read_model).is_ok()));
        let names: BTreeSet<_> = views.iter().map(|view| &view.name).collect();
        assert_eq!(names.len(), views.len(), "two views have one name");
    }
}
