//! Endpoints of the files that are attached to an issue.

use axum::{
    extract::{FromRequest, Request, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::Response,
};
use commands::policy::Right;
use domain::{
    files::file::{File, FileId, Purpose},
    support::issue::{Command, Issue, IssueId, NewAttachment, Visibility},
};
use projections::{
    listing::Listing,
    support::{
        issue::{self, Attachment},
        issue_client,
    },
};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::{
    App,
    caller::Caller,
    describe::{FormatParam, IncludeParam, MinPositionHeader, PageParams},
    dispatcher::CommandResponse,
    files::{FileForm, discard_file, file_response, record_file, require_available},
    freshness::Freshness,
    json_request::{CommandOptions, JsonRequest, Path},
    problem::Problem,
    read_query::ListQuery,
    reads::{self, List},
    routes::Routes,
    tables::ListAnswer,
    visible::{Visible, works_on_issues},
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .guarded(Right::IssuesRead, routes!(list_attachments))
        .guarded(Right::IssuesWrite, routes!(attach_file))
        .guarded(Right::IssuesRead, routes!(download_attachment))
}

/// A form with the file that is to be attached.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read as a stream; this describes it")]
struct AttachmentUpload {
    #[schema(required = false)]
    visibility: Visibility,
    /// The last field.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

fn listing(caller: &Caller) -> &'static Listing {
    if works_on_issues(caller) { &issue::ATTACHMENTS } else { &issue_client::ATTACHMENTS }
}

/// 404 for callers who may not see the issue.
async fn require_visible(app: &App, caller: &Caller, id: IssueId) -> Result<(), Problem> {
    let row_scope = caller.row_scope(Right::IssuesRead)?;
    let (shown, fresh) = (Issue::listing(caller), Freshness::default());
    reads::find_row::<Value>(app, shown, id.uuid(), &row_scope, fresh).await.map(drop)
}

/// The attachments of an issue, in order. Clients never see internal ones.
#[utoipa::path(get, path = "/issues/{id}/attachments", operation_id = "support.issue.attachments",
    tag = "support", params(("id" = IssueId, Path), FormatParam, PageParams, IncludeParam, MinPositionHeader),
    responses((status = 200, description = "A list of attachments.", body = List<Attachment>)))]
async fn list_attachments(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<IssueId>,
    ListQuery(query): ListQuery,
) -> Result<ListAnswer<Attachment>, Problem> {
    let issue = (Issue::listing(&caller), id.uuid());
    let children = (listing(&caller), "issue");
    reads::list_children(&app, &caller, issue, children, Right::IssuesRead, query).await
}

/// Attaches a file to an issue: one of a form, or one that the caller uploaded before.
#[utoipa::path(post, path = "/issues/{id}/attachments", operation_id = "support.issue.attach_file",
    tag = "support", params(("id" = IssueId, Path)),
    request_body(content(
        (NewAttachment = "application/json"), (AttachmentUpload = "multipart/form-data"))),
    responses((status = 201, description = "It is attached. `data.id` is the attachment's, which is \
        that of the file.", body = CommandResponse)))]
async fn attach_file(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<IssueId>,
    request: Request,
) -> Result<(StatusCode, CommandResponse), Problem> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("multipart/")) {
        let JsonRequest { body, options } = JsonRequest::from_request(request, &app).await?;
        return attach(&app, &caller, id, body, options).await;
    }
    // Nothing is stored for those who cannot see the issue.
    require_visible(&app, &caller, id).await?;
    let mut form = FileForm::from_request(request, &app).await?;
    let visibility = form.take_field("visibility")?;
    let file = record_file(&app, &caller, form, Purpose::IssueAttachment).await?.id();
    let new = NewAttachment { file: file.into(), visibility };
    let attached = attach(&app, &caller, id, new, CommandOptions::none()).await;
    if attached.is_err() {
        discard_file(&app, &caller, file).await;
    }
    attached
}

async fn attach(
    app: &App,
    caller: &Caller,
    issue: IssueId,
    new: NewAttachment,
    options: CommandOptions,
) -> Result<(StatusCode, CommandResponse), Problem> {
    let options = CommandOptions { part: Some(new.file.uuid()), ..options };
    let command = vec![Command::AttachFile(new)];
    let done = app.dispatcher.execute(caller, issue, command, options).await?;
    Ok((StatusCode::CREATED, done))
}

/// The bytes of an attachment, whole or in a range.
#[utoipa::path(get, path = "/issues/{id}/attachments/{attachment}",
    operation_id = "support.issue.download_attachment", tag = "support",
    params(("id" = IssueId, Path), ("attachment" = FileId, Path)),
    responses(
        (status = 200, description = "The file.", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, description = "The range that was asked for.", body = Vec<u8>,
            content_type = "application/octet-stream"),
        (status = 304, description = "The client has it already.")))]
async fn download_attachment(
    State(app): State<App>,
    caller: Caller,
    Path((id, attachment)): Path<(IssueId, Uuid)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    require_visible(&app, &caller, id).await?;
    let aggregates = app.commands.aggregates();
    let (issue, attachment): (Issue, _) = (aggregates.load(id).await?, FileId::from(attachment));
    let found = issue.thread().and_then(|thread| thread.find_attachment(attachment));
    let found =
        found.filter(|found| found.visibility == Visibility::Public || works_on_issues(&caller));
    found.ok_or_else(Problem::not_found)?;
    let file: File = aggregates.load(attachment).await?;
    file_response(&app, attachment, require_available(&app, &file)?, &headers).await
}
