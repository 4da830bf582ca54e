//! Reports: a route for each that `projections::reports` lists, and which of them the caller may run.

use std::collections::HashMap;

use axum::{Json, extract::State, http::request::Parts, response::Response, routing::get};
use commands::policy::Right;
use domain::identity::RowScope;
use projections::{
    listing::{Field, FieldType, Source},
    reports::{self, Report, ReportArguments, ReportColumn, ReportRequest},
};
use serde::Serialize;
use serde_json::{Map, Value, json, value::RawValue};
use utoipa::{
    ToSchema,
    openapi::{OpenApi, RefOr, Schema, schema::Object},
};
use utoipa_axum::routes;

use crate::{
    App,
    caller::Caller,
    describe,
    freshness::Freshness,
    names::{collect_references, resolve_names},
    problem::Problem,
    read_query::ReadQuery,
    reads::{self, List, cabinet_filter},
    routes::Routes,
    tables::{self, Format, ListAnswer, Table},
};

pub(crate) fn routes() -> Routes {
    let routes = Routes::default().guarded(Right::Profile, routes!(list));
    reports::all_reports().fold(routes, |routes, report| {
        let path = format!("/reports/{}", report.name);
        let document = described(&path, report);
        let handler = move |State(app): State<App>, caller: Caller, parts: Parts| async move {
            run(&app, &caller, report, &parts).await
        };
        routes.with_operation(report.right, get(handler), document)
    })
}

/// A page of the rows of a report that the caller may see.
async fn run(
    app: &App,
    caller: &Caller,
    report: &Report,
    parts: &Parts,
) -> Result<ListAnswer<Box<RawValue>>, Problem> {
    let inputs: Vec<_> =
        report.parameters.iter().flat_map(|parameter| parameter.inputs()).collect();
    let (query, request) = ReadQuery::read(parts, Format::OF_LISTS, &|name| {
        inputs.iter().any(|input| input.name == name)
    })?;
    query.allow_only(&["filter", "sort", "limit", "cabinet_id", "cursor", "include", "as_of"])?;
    let row_scope = row_scope(caller, report, query.as_of.is_some())?;
    let cabinet =
        query.cabinet.map(|cabinet| cabinet_filter(cabinet, report.base, report.right, &row_scope));
    let listings: Vec<_> = report.listings().collect();
    let (freshness, moment) = reads::wait_for_moment(app, &listings, &query).await?;
    let request = ReportRequest {
        query: &query.list,
        base_filters: cabinet.transpose()?.into_iter().collect(),
        arguments: ReportArguments::parse(report.parameters, &request)?,
        row_scope: &row_scope,
        now: moment.map_or_else(|| app.commands.now(), |moment| moment.at),
    };
    let mut source = match moment {
        Some(moment) => reads::past_source(app, &listings, moment, &row_scope).await?,
        None => Source::limited(&app.db, &row_scope).await?,
    };
    if query.format != Format::Json {
        let file = file(app, caller, report, (&request, freshness), source, &query).await?;
        return Ok(ListAnswer::File(file));
    }
    let page = report.run(&mut source, &request).await?;
    let mut list = List::from_page(page, freshness);
    if query.include.is_some() {
        let references = collect_references(&report.fields(), &list.data)?;
        list.names = Some(resolve_names(app, caller, references).await?);
    }
    Ok(ListAnswer::Page(list))
}

/// The rows that the caller may see of what a report is made of: of the past only where they may see histories.
fn row_scope(caller: &Caller, report: &Report, of_the_past: bool) -> Result<RowScope, Problem> {
    if !of_the_past {
        return caller.row_scope(report.right);
    }
    caller.row_scope(Right::History)?;
    caller.row_scope_within(report.right, caller.scope(Right::History))
}

/// All rows as the file that was asked for.
async fn file(
    app: &App,
    caller: &Caller,
    report: &Report,
    (request, freshness): (&ReportRequest<'_>, Freshness),
    source: Source,
    query: &ReadQuery,
) -> Result<Response, Problem> {
    let named: Vec<_> = report.fields().filter_map(Field::id_column_without_names).collect();
    let schema = row_schema(report)?;
    let schemas = HashMap::new();
    let most = query.delivery.max_rows(query.format);
    let parse = |rows: &[Box<RawValue>]| {
        let values = rows.iter().map(|row| serde_json::from_str(row.get()));
        Ok(values.collect::<Result<_, _>>().map_err(anyhow::Error::from)?)
    };
    let table = Box::pin(async {
        let source = query.delivery.with_limits(source).await?;
        Ok(Table {
            columns: tables::columns_of(&schema, &schemas, &named),
            fields: report.fields().collect(),
            rows: report.all_rows(source, request, most).await?,
            parse: &parse,
            freshness,
        })
    });
    tables::table_file(app, caller, query, table).await
}

/// The schema of its rows, with their columns in their order.
fn row_schema(report: &Report) -> anyhow::Result<RefOr<Schema>> {
    let mut row = Object::new();
    for column in report.columns {
        let (name, schema) = schema_of(column);
        row.properties.insert(name, serde_json::from_value(schema)?);
    }
    Ok(RefOr::T(row.into()))
}

/// The operation of a report: its parameters, and the schema of its rows.
fn described(path: &str, report: &Report) -> OpenApi {
    let inputs = report.parameters.iter().flat_map(|parameter| parameter.inputs());
    let inputs = inputs.map(|input| {
        let date = json!({ "type": "string", "format": "date" });
        let schema = if input.is_date { date } else { json!({ "type": "string" }) };
        let mut parameter = describe::query_parameter(input.name, &schema, input.description);
        parameter["required"] = input.required.into();
        parameter
    });
    let filters = describe::filter_parameters(report.columns.iter().map(|column| &column.field));
    let format = describe::format_parameter();
    let pages = describe::list_parameters(&report.base.owner, None, report.sort);
    let columns: Map<_, _> = report.columns.iter().map(schema_of).collect();
    let row = json!({
        "type": "object",
        "required": columns.keys().collect::<Vec<_>>(),
        "properties": columns,
    });
    let content = json!({ "application/json": { "schema": describe::list_schema(row) } });
    let name = format!("reports.{}", report.name);
    let mut operation = describe::read_operation(&name, report.description, &content);
    operation["parameters"] =
        inputs.chain(filters).chain([describe::as_of_parameter(), format]).chain(pages).collect();
    describe::operation_document(path, "get", &operation)
}

fn schema_of(column: &ReportColumn) -> (String, Value) {
    let mut schema = match column.field.kind {
        FieldType::Text => json!({ "type": "string" }),
        FieldType::Enum { schema, .. } => json!(schema()),
        FieldType::Uuid | FieldType::OneOf { .. } => json!({ "type": "string", "format": "uuid" }),
        FieldType::Time => json!({ "type": "string", "format": "date-time" }),
        FieldType::Date => json!({ "type": "string", "format": "date" }),
        FieldType::Int => json!({ "type": "integer" }),
        FieldType::Number => json!({ "type": "number" }),
        FieldType::Bool => json!({ "type": "boolean" }),
    };
    if column.nullable {
        schema["type"] = json!([schema["type"], "null"]);
    }
    schema["description"] = column.description.into();
    (column.field.name.to_owned(), schema)
}

#[derive(Serialize, ToSchema)]
struct Reports {
    data: Vec<OfferedReport>,
}

/// A report that you may run.
#[derive(Serialize, ToSchema)]
struct OfferedReport {
    #[schema(example = "utilisation")]
    name: &'static str,
    /// What it tells.
    about: &'static str,
    /// Where it is.
    #[schema(example = "/api/v1/reports/utilisation")]
    path: String,
}

/// The reports that you may run.
#[utoipa::path(get, path = "/reports", operation_id = "reports.list", tag = "reports",
    responses((status = 200, description = "The reports.", body = Reports)))]
async fn list(caller: Caller) -> Result<Json<Reports>, Problem> {
    caller.row_scope(Right::Profile)?;
    let permitted = reports::all_reports().filter(|report| caller.row_scope(report.right).is_ok());
    let offered = |report: &Report| OfferedReport {
        name: report.name,
        about: report.description,
        path: format!("/api/v1/reports/{}", report.name),
    };
    Ok(Json(Reports { data: permitted.map(offered).collect() }))
}
