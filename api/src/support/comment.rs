//! What is said in an issue.

use axum::{extract::State, http::StatusCode};
use commands::{Failure, policy::Right};
use domain::{
    Text,
    support::issue::{Command, CommentId, Issue, IssueId, NewComment, Refusal, Source, Visibility},
};
use projections::{
    listing::{self, Page},
    support::{
        issue::{self, Said},
        issue_client,
    },
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App,
    ask::Ask,
    caller::Caller,
    given::{Given, Path, Query, Terms},
    orders::Done,
    problem::Problem,
    reads::{self, List, Listed},
    routes::Routes,
    visible::{Visible, works_on_issues},
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .right(Right::IssuesRead, routes!(thread))
        .right(Right::IssuesWrite, routes!(say))
        .right(Right::IssuesWrite, routes!(rewrite, withdraw))
}

/// Something to say.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Saying {
    text: Text<20_000>,
    #[serde(default)]
    visibility: Visibility,
    #[serde(default)]
    source: Source,
}

/// What is to stand there instead.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Rewriting {
    text: Text<20_000>,
    /// Asked of everybody but the author.
    #[serde(default)]
    reason: Option<Text<500>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Withdrawing {
    reason: Option<Text<500>>,
}

/// What was said in an issue, in order. Clients are never told of internal comments.
#[utoipa::path(get, path = "/issues/{id}/comments", operation_id = "support.issue.comments",
    tag = "support", params(("id" = IssueId, Path)),
    responses((status = 200, description = "A list of comments.", body = Listed<Said>)))]
async fn thread(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<IssueId>,
    ask: Ask,
) -> Result<List<Said>, Problem> {
    let sight = caller.sight(Right::IssuesRead)?;
    let thread = if works_on_issues(&caller) { &issue::THREAD } else { &issue_client::THREAD };
    let freshness = app.read_models.fresh(&[thread], ask.min_position).await?;
    reads::found::<Value>(&app, Issue::listing(&caller), id.uuid(), &sight).await?;
    let mut query = ask.query;
    query.filters.push(("issue".into(), id.to_string()));
    let page = listing::list(&app.db, thread, &query, &sight).await?;
    let Page { rows: data, next, position, as_of } = page;
    Ok(List { data, next, position, as_of, freshness })
}

/// Says something. A client's comment reopens an issue that was resolved lately; later, or when the
/// issue is closed, it opens another one that goes on from it.
#[utoipa::path(post, path = "/issues/{id}/comments", operation_id = "support.issue.comment",
    tag = "support", params(("id" = IssueId, Path)), request_body = Saying,
    responses((status = 201, description = "It was said. `data.id` is the comment's; or, if that \
        opened another issue, that issue's, and `Location` is where it will be.", body = Done)))]
async fn say(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<IssueId>,
    given: Given<Saying>,
) -> Result<(StatusCode, Done), Problem> {
    let Saying { text, visibility, source } = given.body;
    let comment = CommentId::new();
    let command = Command::Comment(NewComment { comment, text, visibility, source });
    let terms = Terms { part: Some(comment.uuid()), ..given.terms };
    let done = app.orders.give(&caller, id, vec![command], terms).await?;
    let issue = app.commands.lookup().load(id).await;
    let issue = issue.map_err(|lost| Problem::from(Failure::<Refusal>::from(lost)))?;
    let opened = issue.thread().is_some_and(|it| it.continued_in.contains(&done.id().into()));
    Ok((StatusCode::CREATED, if opened { done.created_in("/issues") } else { done }))
}

/// Replaces the text of a comment: its author for 15 minutes, agents with a reason.
#[utoipa::path(patch, path = "/issues/{id}/comments/{comment}",
    operation_id = "support.issue.edit_comment",
    tag = "support",
    params(("id" = IssueId, Path), ("comment" = CommentId, Path)), request_body = Rewriting,
    responses((status = 200, body = Done)))]
async fn rewrite(
    State(app): State<App>,
    caller: Caller,
    Path((id, comment)): Path<(IssueId, CommentId)>,
    given: Given<Rewriting>,
) -> Result<Done, Problem> {
    let Rewriting { text, reason } = given.body;
    let command = Command::EditComment { comment, text, reason };
    let done = app.orders.give(&caller, id, vec![command], given.terms).await;
    Ok(done.map_err(unknown)?.about(comment.uuid()))
}

/// Takes a comment back: its author for 15 minutes, agents with a reason. A tombstone stays.
#[utoipa::path(delete, path = "/issues/{id}/comments/{comment}",
    operation_id = "support.issue.delete_comment",
    tag = "support",
    params(("id" = IssueId, Path), ("comment" = CommentId, Path),
        ("reason" = Option<String>, Query, description = "Asked of everybody but the author.")),
    responses((status = 200, body = Done)))]
async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    Path((id, comment)): Path<(IssueId, CommentId)>,
    Query(Withdrawing { reason }): Query<Withdrawing>,
    given: Given<Value>,
) -> Result<Done, Problem> {
    let command = Command::DeleteComment { comment, reason };
    let done = app.orders.give(&caller, id, vec![command], given.terms).await;
    Ok(done.map_err(unknown)?.about(comment.uuid()))
}

/// A comment that is not there is no conflict.
fn unknown(problem: Problem) -> Problem {
    if problem.is("no_such_comment") { Problem::not_found() } else { problem }
}
