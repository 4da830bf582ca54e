//! A list as its request asks for it: a page as JSON, or all of it as a file.

use std::time::Duration;

use axum::{
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, VARY},
    },
    response::{IntoResponse, Response},
};
use futures::future::BoxFuture;
use projections::{
    ConcurrencyLimit,
    listing::{BadQuery, Field, RowStream},
};
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};
use tokio::{join, sync::SemaphorePermit, time::timeout};

use super::{
    about::TableMetadata,
    cell::Cell,
    columns::{Column, columns_for_paper, columns_for_programs},
    delivery::{MAX_PDF_ROWS, MAX_ROWS},
    file_locale::FileLocale,
    format::Format,
    writer::{Writer, blocking, file_body},
};
use crate::{
    App,
    audit::record_download,
    caller::Caller,
    dispatcher::X_POSITION,
    files::{may_have_exports, request_export},
    freshness::Freshness,
    names::{collect_references, resolve_names},
    problem::{Problem, ProblemCode},
    read_query::ReadQuery,
    reads::List,
};

/// How long a file may take that is given with the answer. What takes longer becomes an export.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// How many rows are written at once.
const CHUNK: usize = 500;
/// How many files one process writes at once: each takes a core.
static PERMITS: ConcurrencyLimit = ConcurrencyLimit::new(2);

const X_AS_OF: HeaderName = HeaderName::from_static("x-as-of");
const X_ROWS: HeaderName = HeaderName::from_static("x-rows");
const X_TIME_ZONE: HeaderName = HeaderName::from_static("x-time-zone");

/// A list as its request asks for it.
pub(crate) enum ListAnswer<T> {
    Page(List<T>),
    File(Response),
}

/// Reads rows as their readers see them.
pub(crate) type ParseRows<'a> = dyn Fn(&[Box<RawValue>]) -> Result<Vec<Value>, Problem> + Sync + 'a;

/// The rows of a list, and how they become a table.
pub(crate) struct Table<'a> {
    pub(crate) columns: Vec<Column>,
    /// The fields of its rows that may be ids.
    pub(crate) fields: Vec<&'a Field>,
    pub(crate) rows: RowStream,
    pub(crate) parse: &'a ParseRows<'a>,
    pub(crate) freshness: Freshness,
}

impl<T: Serialize> IntoResponse for ListAnswer<T> {
    fn into_response(self) -> Response {
        let mut response = match self {
            Self::Page(list) => list.into_response(),
            Self::File(file) => file,
        };
        response.headers_mut().append(VARY, HeaderValue::from_static("accept"));
        response
    }
}

/// A table as the file that was asked for; or the answer that it is being made, if it has too many rows for an
/// answer, takes too long, or the caller wishes so.
pub(crate) async fn table_file<'a>(
    app: &App,
    caller: &Caller,
    query: &ReadQuery,
    table: BoxFuture<'a, Result<Table<'a>, Problem>>,
) -> Result<Response, Problem> {
    let writing = Box::pin(write_file(app, caller, query, table));
    if query.delivery.run.is_some() || !may_have_exports(caller) {
        return writing.await?.ok_or_else(|| too_many_rows(query.format));
    }
    if query.delivery.respond_async {
        return Box::pin(request_export(app, caller, query)).await;
    }
    match timeout(TIME_LIMIT, writing).await {
        Ok(Ok(None)) if query.format == Format::Pdf => Err(too_many_rows(query.format)),
        Ok(Ok(None)) | Err(_) => Box::pin(request_export(app, caller, query)).await,
        Ok(Ok(Some(file))) => Ok(file),
        Ok(Err(problem)) => Err(problem),
    }
}

/// The file; none if it has too many rows.
async fn write_file<'a>(
    app: &App,
    caller: &Caller,
    query: &ReadQuery,
    table: BoxFuture<'a, Result<Table<'a>, Problem>>,
) -> Result<Option<Response>, Problem> {
    let (locale, _permit) = reader_and_permit(app, caller, query).await?;
    let mut table = table.await?;
    let headings = if query.format.is_for_programs() {
        table.columns = columns_for_programs(table.columns);
        table.columns.iter().map(Column::name).collect()
    } else {
        if query.format == Format::Pdf {
            table.columns = columns_for_paper(table.columns);
        }
        headings(&table.columns, locale)
    };
    let writer = Writer::begin(query.format, &table.columns, &headings, locale)?;
    let written = write_rows(app, caller, (&mut table, query), locale, writer).await?;
    let Some((writer, rows)) = written else { return Ok(None) };
    let about = TableMetadata {
        locale,
        title: locale.texts().field(&query.name).to_owned(),
        query: query.text.clone(),
        position: table.freshness.complete_up_to(table.rows.position),
        as_of: table.rows.as_of,
        rows,
    };
    record_download(app, caller, query, &table.fields, (rows, about.position)).await?;
    let mut response = headers(&query.name, query.format, &about)?.into_response();
    let file = writer.finish(app, about).await?;
    let (body, size) = blocking(move || file_body(file)).await?;
    *response.body_mut() = body;
    table.freshness.set_headers(&mut response);
    response.headers_mut().insert(CONTENT_LENGTH, size.into());
    Ok(Some(response))
}

/// Who reads the file, and the permit to write it, which only a request needs.
async fn reader_and_permit(
    app: &App,
    caller: &Caller,
    query: &ReadQuery,
) -> Result<(FileLocale, Option<SemaphorePermit<'static>>), Problem> {
    if let Some(run) = &query.delivery.run {
        return Ok((run.locale, None));
    }
    let locale = FileLocale::of(app.commands.aggregates(), caller, query.language).await?;
    Ok((locale, Some(PERMITS.acquire().await.map_err(BadQuery::from)?)))
}

/// Writes all rows, and says how many they were; none if they are too many. While some are written the next ones are
/// made.
async fn write_rows(
    app: &App,
    caller: &Caller,
    (table, query): (&mut Table<'_>, &ReadQuery),
    locale: FileLocale,
    mut writer: Writer,
) -> Result<Option<(Writer, u64)>, Problem> {
    let most = query.delivery.max_rows(query.format).map(u64::from);
    let (mut written, mut cells) = (0, vec![]);
    loop {
        let taken = written + cells.len() as u64;
        let next = async {
            let rows = table.rows.take(CHUNK).await?;
            if most.is_some_and(|most| taken + rows.len() as u64 > most) {
                return Ok(None);
            }
            self::cells(app, caller, table, locale, &rows).await.map(Some)
        };
        let write = blocking(move || writer.write_rows(cells).map(|()| writer));
        let (done, next) = join!(write, next);
        (writer, written) = (done?, taken);
        query.delivery.report_rows(written);
        match next? {
            None => return Ok(None),
            Some(none) if none.is_empty() => return Ok(Some((writer, written))),
            Some(next) => cells = next,
        }
    }
}

fn headings(columns: &[Column], locale: FileLocale) -> Vec<String> {
    let before = [None].into_iter().chain(columns.iter().map(Some));
    let headings = columns.iter().zip(before);
    headings.map(|(column, before)| column.heading(column.holds_ids_of(before), locale)).collect()
}

async fn cells(
    app: &App,
    caller: &Caller,
    table: &Table<'_>,
    locale: FileLocale,
    rows: &[Box<RawValue>],
) -> Result<Vec<Vec<Cell>>, Problem> {
    let rows = (table.parse)(rows)?;
    let named = table.columns.iter().any(Column::holds_names);
    let fields = table.fields.iter().copied().filter(|_| named);
    let references = collect_references(&fields, &rows)?;
    let names = resolve_names(app, caller, references).await?;
    let row =
        |row: &Value| table.columns.iter().map(|column| column.cell(row, &names, locale)).collect();
    Ok(rows.iter().map(row).collect())
}

fn headers(name: &str, format: Format, about: &TableMetadata) -> anyhow::Result<HeaderMap> {
    let day = about.as_of.with_timezone(&about.locale.zone).date_naive();
    let file = format!("attachment; filename=\"{name}-{day}.{}\"", format.name());
    let media_type = match format {
        Format::Csv => format!("{}; charset=utf-8; header=present", format.media_type()),
        _ => format.media_type().to_owned(),
    };
    let language = json!(about.locale.language);
    let headers = [
        (CONTENT_TYPE, media_type),
        (CONTENT_DISPOSITION, file),
        (CONTENT_LANGUAGE, language.as_str().unwrap_or_default().to_owned()),
        (VARY, "accept-language".to_owned()),
        (X_POSITION, about.position.to_string()),
        (X_AS_OF, about.as_of.to_rfc3339()),
        (X_ROWS, about.rows.to_string()),
        (X_TIME_ZONE, about.locale.zone.to_string()),
    ];
    headers.into_iter().map(|(name, value)| Ok((name, value.parse()?))).collect()
}

fn too_many_rows(format: Format) -> Problem {
    let detail = match format {
        Format::Pdf => {
            format!("a PDF has {MAX_PDF_ROWS} rows at most; the other formats hold more")
        }
        _ => format!("a file has {MAX_ROWS} rows at most; narrow the filters"),
    };
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, ProblemCode::TooManyRows, detail)
}
