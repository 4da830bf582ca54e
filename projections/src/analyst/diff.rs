//! The view `scenario_diff`: in which fields the rows of a scenario differ from those that were.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::{
    AnalystSchema, AnalystView, ColumnMapping, Pseudonymization, ViewSource,
    install::{counterfactual_comment, create_view, literal, rows_of},
    views_of,
};
use crate::Projector;

const NAME: &str = "scenario_diff";

/// What says of which types its columns are, if no read model is compared.
const NO_ROWS: &str = "select null::text as read_model, null::text as view, null::uuid as id, \
    null::bigint as number, null::text as field, null::text as actual, null::text as counterfactual, \
    null::text as change where false";

const COLUMNS: [(&str, &str); 9] = [
    ("read_model", "The read model in which a row differs."),
    ("view", "The view that shows the row."),
    ("id", "The id of the row; in the view of a list, that of the row whose list it is."),
    ("number", "The place in the list, from 1 on."),
    ("field", "The column that differs."),
    ("actual", "What was so."),
    ("counterfactual", "What would have been so."),
    ("change", "Whether the row was added, removed, or changed."),
    ("scenario", "The scenario."),
];

/// The tables of a read model as it was, and under a scenario, by their schemas.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ComparedSchemas<'a> {
    pub(crate) projector: &'static Projector,
    pub(crate) actual: &'a str,
    pub(crate) counterfactual: &'a str,
}

/// Makes the view of a scenario's replay, in a transaction. It compares what the other views show, each time that
/// it is asked: so it shows no more of anybody than they do, whoever is erased.
pub(crate) async fn create_diff_view(
    db: &mut PgConnection,
    compared: &[ComparedSchemas<'_>],
    place: AnalystSchema<'_>,
    pseudonyms: &Pseudonymization,
) -> sqlx::Result<()> {
    sqlx::query("set local search_path = ''").execute(&mut *db).await?;
    let label = place.scenario.unwrap_or_default();
    let mut queries = vec![NO_ROWS.to_owned()];
    for schemas in compared {
        for view in views_of(schemas.projector) {
            let actual = rows_of(&mut *db, schemas.actual, view).await?;
            let other = rows_of(&mut *db, schemas.counterfactual, view).await?;
            let lines =
                [actual, other].map(|rows| lines_of(view, &ViewSource { rows: &rows, pseudonyms }));
            queries.extend(lines_of_diff(view, lines));
        }
    }
    let query = format!(
        "select d.*, {}::text as scenario from ({}) d",
        literal(label),
        queries.join(" union all ")
    );
    let description =
        counterfactual_comment(label, "In which fields rows differ from those that were.");
    let columns: BTreeMap<_, _> = COLUMNS.into_iter().collect();
    create_view(db, place, NAME, &query, &description, columns).await
}

/// The rows of a view with their keys; nothing if they have none.
fn lines_of(view: &AnalystView, source: &ViewSource<'_>) -> Option<String> {
    let named = |is_key: fn(&super::AnalystColumn) -> bool| {
        view.columns.iter().find(|column| is_key(column)).map(|column| &column.name)
    };
    let id = named(|column| column.form == ColumnMapping::RowId || column.name == "id")?;
    let number = named(|column| column.form == ColumnMapping::Number);
    let number = number.map_or_else(|| "0".to_owned(), |name| format!("v.\"{name}\""));
    Some(format!(
        "select v.\"{id}\" as id, {number}::bigint as number, to_jsonb(v) as line from ({}) v",
        view.query(source)
    ))
}

fn lines_of_diff(view: &AnalystView, [actual, other]: [Option<String>; 2]) -> Option<String> {
    let (actual, other) = actual.zip(other)?;
    Some(format!(
        "select {}::text as read_model, {}::text as view, coalesce(a.id, c.id) as id,
             nullif(coalesce(a.number, c.number), 0) as number, f.field,
             a.line ->> f.field as actual, c.line ->> f.field as counterfactual,
             case when a.id is null then 'added' when c.id is null then 'removed' else 'changed' end
                 as change
         from ({actual}) a full join ({other}) c on a.id = c.id and a.number = c.number
         cross join lateral jsonb_object_keys(coalesce(a.line, c.line)) f(field)
         where a.line is distinct from c.line
             and (a.line ->> f.field) is distinct from (c.line ->> f.field)",
        literal(&view.read_model),
        literal(&view.name),
    ))
}
