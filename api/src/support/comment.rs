//! Endpoints of an issue's comments.

use axum::{extract::State, http::StatusCode};
use commands::{Failure, policy::Right};
use domain::{
    Text,
    support::issue::{Command, CommentId, Issue, IssueId, NewComment, Refusal, Source, Visibility},
};
use projections::support::{
    issue::{self, Comment},
    issue_client,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App,
    caller::Caller,
    describe::{FormatParam, IncludeParam, MinPositionHeader, PageParams},
    dispatcher::CommandResponse,
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
        .guarded(Right::IssuesRead, routes!(list_comments))
        .guarded(Right::IssuesWrite, routes!(add_comment))
}

/// A new comment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CommentRequest {
    text: Text<20_000>,
    #[serde(default)]
    visibility: Visibility,
    #[serde(default)]
    source: Source,
}

/// The comments of an issue, in order. Clients never see internal comments.
#[utoipa::path(get, path = "/issues/{id}/comments", operation_id = "support.issue.comments",
    tag = "support", params(("id" = IssueId, Path), FormatParam, PageParams, IncludeParam, MinPositionHeader),
    responses((status = 200, description = "A list of comments.", body = List<Comment>)))]
async fn list_comments(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<IssueId>,
    ListQuery(query): ListQuery,
) -> Result<ListAnswer<Comment>, Problem> {
    let thread = if works_on_issues(&caller) { &issue::COMMENTS } else { &issue_client::COMMENTS };
    let issue = (Issue::listing(&caller), id.uuid());
    reads::list_children(&app, &caller, issue, (thread, "issue"), Right::IssuesRead, query).await
}

/// Adds a comment. A client's comment reopens an issue that was resolved lately; later, or when the
/// issue is closed, it opens another one that continues it.
#[utoipa::path(post, path = "/issues/{id}/comments", operation_id = "support.issue.comment",
    tag = "support", params(("id" = IssueId, Path)), request_body = CommentRequest,
    responses((status = 201, description = "It was said. `data.id` is the comment's; or, if that \
        opened another issue, that issue's, and `Location` is where it will be.", body = CommandResponse)))]
async fn add_comment(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<IssueId>,
    request: JsonRequest<CommentRequest>,
) -> Result<(StatusCode, CommandResponse), Problem> {
    let CommentRequest { text, visibility, source } = request.body;
    let comment = CommentId::new();
    let command = Command::Comment(NewComment { comment, text, visibility, source });
    let options = CommandOptions { part: Some(comment.uuid()), ..request.options };
    let done = app.dispatcher.execute(&caller, id, vec![command], options).await?;
    let issue = app.commands.aggregates().load(id).await;
    let issue = issue.map_err(|error| Problem::from(Failure::<Refusal>::from(error)))?;
    let opened_another =
        issue.thread().is_some_and(|thread| thread.continued_in.contains(&done.id().into()));
    Ok((StatusCode::CREATED, if opened_another { done.created_below("/issues") } else { done }))
}
