//! Records who takes which list or report away as a file.

use projections::listing::{Field, FieldType};
use url::form_urlencoded;

use crate::{App, caller::Caller, problem::Problem, read_query::ReadQuery, trace};

/// What stands in the record for a value that could be the name of somebody.
const LEFT_OUT: &str = "…";

/// Records that somebody takes rows away as a file, which contains everything up to a position.
pub(crate) async fn record_download(
    app: &App,
    caller: &Caller,
    query: &ReadQuery,
    fields: &[&Field],
    (rows, position): (u64, i64),
) -> Result<(), Problem> {
    sqlx::query(
        "insert into audit.exports
             (actor, impersonator, role, path, query, format, rows, position, trace)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(caller.id)
    .bind(caller.impersonator)
    .bind(caller.role.to_string())
    .bind(&query.delivery.path)
    .bind(harmless_query(&query.text, fields))
    .bind(query.format.name())
    .bind(i64::try_from(rows).unwrap_or(i64::MAX))
    .bind(position)
    .bind(trace::current().map(|trace| trace.correlation))
    .execute(&app.db)
    .await?;
    Ok(())
}

/// The query without what people typed: a row here outlives whom it may name.
fn harmless_query(query: &[(String, String)], fields: &[&Field]) -> String {
    let is_text = |name: &str| {
        let field = name.strip_prefix("filter[").and_then(|name| name.strip_suffix(']'));
        name == "q"
            || field.is_some_and(|field| {
                let mut fields = fields.iter().filter(|known| known.name == field);
                fields.any(|known| matches!(known.kind, FieldType::Text))
            })
    };
    let mut text = form_urlencoded::Serializer::new(String::new());
    for (name, value) in query {
        text.append_pair(name, if is_text(name) { LEFT_OUT } else { value });
    }
    text.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_typed_is_left_out() {
        let query = [("q", "anna"), ("filter[name]", "Anna"), ("filter[size]", "1..5")];
        let query = query.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let fields = [&Field::text("name"), &Field::int("size")];
        let text = harmless_query(&query, &fields);
        assert!(!text.to_lowercase().contains("anna") && text.ends_with("=1..5"), "{text}");
    }
}
