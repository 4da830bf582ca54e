//! The OpenAPI of queries: lists, items, histories and explanations.

use projections::listing::{
    COMMON_FIELDS, DEFAULT_AND_MAX_PAGE_LIMIT, Field, FieldType, Listing, MAX_COUNTED, MAX_VALUES,
    NO_VALUE, OwnerColumns,
};
use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

use super::{
    document, item_path, of_item, problem_response,
    schemas::{item_schema, list_schema, row_schema},
};
use crate::{
    explain::Explained,
    history::HistoryEvent,
    tables::{Format, MAX_PDF_ROWS, MAX_ROWS},
    type_schema::TypeSchema,
};

/// The name of the parameter that asks for a file.
pub(crate) const FORMAT_PARAMETER: &str = "format";

pub(crate) fn list_operation(
    aggregate: &str,
    path: &str,
    listing: &Listing,
    row: &TypeSchema,
) -> OpenApi {
    let mut parameters = filter_parameters(listing.fields.iter().chain(COMMON_FIELDS));
    parameters.extend(list_parameters(&listing.owner, listing.search, listing.sort));
    let countable: Vec<_> = listing.countable_fields().collect();
    if !countable.is_empty() {
        let schema = json!({ "type": "string", "enum": countable });
        let how = format!(
            "Adds `meta.counts`: how many rows have which value of this field, whatever the filter \
             of it says. It reads all that match the other filters, the first {MAX_COUNTED} of \
             them at most, which takes longer than a page: ask for it with the first one only."
        );
        parameters.push(query_parameter("count", &schema, &how));
    }
    parameters.extend([as_of_parameter(), format_parameter()]);
    let (row, schemas) = row_schema(aggregate, row);
    let answer = list_schema(row);
    let operation = query(aggregate, "list", "Those that you may see.", &parameters, &answer);
    document(&item_path(path, "get", &operation), &schemas)
}

/// The filter parameters of a list.
pub(crate) fn filter_parameters<'a>(fields: impl IntoIterator<Item = &'a Field>) -> Vec<Value> {
    let filter = |field: &Field| {
        let name = format!("filter[{}]", field.name);
        let one = match field.kind {
            FieldType::Text => {
                let how = "The whole value, as it is written.";
                return query_parameter(&name, &json!({ "type": "string" }), how);
            }
            FieldType::Enum { schema, .. } => json!(schema()),
            FieldType::OneOf { .. } => json!({ "type": "string", "format": "uuid" }),
            FieldType::Uuid => json!({ "anyOf": [
                { "type": "string", "format": "uuid" },
                { "type": "string", "enum": [NO_VALUE] },
            ] }),
            FieldType::Bool => json!({ "type": "boolean" }),
            FieldType::Time | FieldType::Date | FieldType::Int | FieldType::Number => {
                let how = "One value, `from..until`, half-open, or `none` where there is no value.";
                return query_parameter(&name, &json!({ "type": "string" }), how);
            }
        };
        let several = json!({ "type": "array", "items": one, "maxItems": MAX_VALUES });
        let how = match field.kind {
            FieldType::Uuid => {
                "One value, `a,b` for any of several, or `!a,b` for none of them; `none` stands for no value."
            }
            _ => "One value, `a,b` for any of several, or `!a,b` for none of them.",
        };
        let mut parameter = query_parameter(&name, &several, how);
        parameter["explode"] = false.into();
        parameter
    };
    fields.into_iter().map(filter).collect()
}

/// The parameters of a list for cabinet, search, order and page.
pub(crate) fn list_parameters(
    own: &OwnerColumns,
    search: Option<&str>,
    sort: &[&str],
) -> Vec<Value> {
    let cabinet = own.cabinet.map(|_| {
        let uuid = json!({ "type": "string", "format": "uuid" });
        query_parameter("cabinet_id", &uuid, "Only what belongs to this cabinet.")
    });
    let sorts: Vec<_> = sort
        .iter()
        .map(|field| field.trim_start_matches('-'))
        .flat_map(|field| [field.to_owned(), format!("-{field}")])
        .collect();
    let sorts = json!({ "type": "string", "enum": sorts });
    let text = json!({ "type": "string" });
    let search_text = search.map(|_| query_parameter("q", &text, "Words that must all occur."));
    let sort = query_parameter("sort", &sorts, "The order; `-` turns it round.");
    let more = [include_parameter(), min_position_header()];
    cabinet
        .into_iter()
        .chain(search_text)
        .chain([sort])
        .chain(page_parameters())
        .chain(more)
        .collect()
}

/// The parameters of a page.
pub(super) fn page_parameters() -> [Value; 2] {
    let (default, maximum) = DEFAULT_AND_MAX_PAGE_LIMIT;
    let limits = json!({ "type": "integer", "minimum": 1, "maximum": maximum, "default": default });
    let text = json!({ "type": "string" });
    [
        query_parameter("limit", &limits, "How many at most."),
        query_parameter("cursor", &text, "`page.next` of the page before."),
    ]
}

/// The parameter for an earlier moment.
pub(crate) fn as_of_parameter() -> Value {
    query_parameter(
        "as_of",
        &json!({ "type": "string" }),
        "As it was then: a position in the log, or an instant (RFC 3339). What is taken from other \
         things, such as their names, is as it is now. This takes the right to see histories.",
    )
}

pub(crate) fn item_operation(
    aggregate: &str,
    path: &str,
    mut parameters: Vec<Value>,
    row: &TypeSchema,
    offers_pdf: bool,
) -> OpenApi {
    let (row, schemas) = row_schema(aggregate, row);
    let answer = item_schema(row);
    let if_none_match = json!({
        "name": "If-None-Match", "in": "header", "required": false, "schema": { "type": "string" },
        "description": "The ETag of what you have.",
    });
    parameters.extend([
        as_of_parameter(),
        include_parameter(),
        min_position_header(),
        if_none_match,
    ]);
    parameters.extend(offers_pdf.then(document_parameter));
    let mut operation = of_item(query(aggregate, "find", "One of them.", &parameters, &answer));
    if offers_pdf {
        let file = json!({ "schema": { "type": "string", "format": "binary" } });
        operation["responses"]["200"]["content"][Format::Pdf.media_type()] = file;
        operation["responses"]["409"] =
            problem_response("The template of its document fails for it.");
    }
    operation["responses"]["304"] = json!({ "description": "It is as you have it." });
    document(&item_path(path, "get", &operation), &schemas)
}

pub(crate) fn history_operation(
    aggregate: &str,
    path: &str,
    mut parameters: Vec<Value>,
) -> OpenApi {
    parameters
        .extend(page_parameters().into_iter().chain([include_parameter(), min_position_header()]));
    let answer = list_schema(json!({ "$ref": "#/components/schemas/HistoryEvent" }));
    let summary = "What happened to it, in order.";
    let operation = of_item(query(aggregate, "history", summary, &parameters, &answer));
    document(&item_path(path, "get", &operation), &schemas_of(TypeSchema::of::<HistoryEvent>()))
}

pub(crate) fn explain_operation(
    aggregate: &str,
    path: &str,
    mut parameters: Vec<Value>,
) -> OpenApi {
    let field = json!({
        "name": "field", "in": "query", "required": true, "schema": { "type": "string" },
        "description": "A field of the item: `status`.",
    });
    parameters.extend([field, include_parameter(), min_position_header()]);
    let answer = json!({ "$ref": "#/components/schemas/Explained" });
    let summary = "The events that gave a field its value.";
    let operation = of_item(query(aggregate, "explain", summary, &parameters, &answer));
    document(&item_path(path, "get", &operation), &schemas_of(TypeSchema::of::<Explained>()))
}

/// A schema and all that it refers to, by their names.
fn schemas_of(of: TypeSchema) -> Map<String, Value> {
    let schemas = of.referred.into_iter().chain([(of.name, of.schema)]);
    schemas.map(|(name, schema)| (name, json!(schema))).collect()
}

/// A query of the read model of an aggregate, which answers with what a schema describes.
fn query(
    aggregate: &str,
    name: &str,
    summary: &str,
    parameters: &[Value],
    answer: &Value,
) -> Value {
    let content = json!({ "application/json": { "schema": answer } });
    let mut operation = read_operation(&format!("{aggregate}.{name}"), summary, &content);
    operation["parameters"] = json!(parameters);
    operation
}

/// An operation that answers with this content. Its name begins with its tag.
pub(crate) fn read_operation(name: &str, summary: &str, content: &Value) -> Value {
    let (tag, _) = name.split_once('.').unwrap_or_default();
    json!({
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "responses": { "200": { "description": "The answer.", "content": content } },
    })
}

pub(crate) fn query_parameter(name: &str, schema: &Value, description: &str) -> Value {
    json!({
        "name": name, "in": "query", "required": false,
        "schema": schema, "description": description,
    })
}

/// The parameter that asks for a file.
pub(crate) fn format_parameter() -> Value {
    let names: Vec<_> = Format::OF_LISTS.iter().map(|format| format.name()).collect();
    let schema = json!({ "type": "string", "enum": names, "default": "json" });
    let how = format!(
        "What the answer is; it goes before `Accept`. A file has all rows, in their order at one position, \
         whatever `limit` and `cursor` say, with the names of what they refer to. For people, one of more \
         than {MAX_ROWS} rows, one that takes long, or any with `Prefer: respond-async`, becomes an export. A \
         PDF has {MAX_PDF_ROWS} at most."
    );
    query_parameter(FORMAT_PARAMETER, &schema, &how)
}

/// The parameter that asks for a document.
fn document_parameter() -> Value {
    let names: Vec<_> = Format::OF_DOCUMENTS.iter().map(|format| format.name()).collect();
    let schema = json!({ "type": "string", "enum": names, "default": "json" });
    let how = "What the answer is; it goes before `Accept`. A document is in the language of your account; \
         programs have none, and read in that of `Accept-Language`. It is made by the template of the business for \
         its product, else by that for all products, else by the built-in one; with `as_of` by the version of that \
         moment.";
    query_parameter(FORMAT_PARAMETER, &schema, how)
}

/// The parameter that asks for names.
pub(super) fn include_parameter() -> Value {
    let names = json!({ "type": "string", "enum": ["names"] });
    let how = "`names` adds what the things are called whose ids are in the answer, by id. What you may \
               not see has none there.";
    query_parameter("include", &names, how)
}

/// The header that asks for what was done a moment ago.
pub(super) fn min_position_header() -> Value {
    json!({
        "name": "X-Min-Position", "in": "header", "required": false,
        "schema": { "type": "integer" },
        "description": "The X-Position of a command whose effect should be seen; waits up to 2 s.",
    })
}
