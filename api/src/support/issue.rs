//! Endpoints of issues. Callers that do not work on issues read from separate tables, which hold nothing
//! internal (SUP-1).

use axum::http::Method;
use commands::policy::Right;
use domain::{
    identity::Actor,
    support::issue::{Command, CommandKind, Edit, Event, Issue, Visibility},
};
use projections::{
    listing::Listing,
    support::{issue, issue_client},
};
use serde_json::{Map, Value};

use crate::{
    caller::Caller,
    resource::resource,
    routes::Routes,
    visible::{Visible, works_on_issues},
};

/// The path of a comment below its issue.
const COMMENT_PATH: &str = "/comments/{comment}";

/// The path of an attachment below its issue.
const ATTACHMENT_PATH: &str = "/attachments/{attachment}";

impl Visible for Issue {
    const READ_RIGHT: Right = Right::IssuesRead;
    const LISTING: &'static Listing = &issue::ISSUES;

    fn listing(actor: &Actor) -> &'static Listing {
        if works_on_issues(actor) { &issue::ISSUES } else { &issue_client::ISSUES }
    }

    fn is_event_visible(event: &Event, actor: &Actor) -> bool {
        is_public(event) || works_on_issues(actor)
    }

    /// Clients see the current text of a comment, and nothing of what was deleted.
    fn redacted(event: Event, now: &Self, actor: &Actor) -> Option<Event> {
        match event {
            Event::Commented { comment, author, side, visibility, source, at, .. }
                if !works_on_issues(actor) =>
            {
                let text = now.thread()?.find_comment(comment)?.text.clone()?;
                Some(Event::Commented { comment, author, side, visibility, source, text, at })
            }
            Event::FileAttached { attachment, .. } if !works_on_issues(actor) => {
                now.thread()?.find_attachment(attachment).map(|_| event)
            }
            event => Some(event),
        }
    }
}

pub(super) fn routes() -> Routes {
    resource::<Issue>("/issues")
        .create_with("/issues", CommandKind::Open, default_reporter)
        .patch(CommandKind::Edit, |edit: Edit| vec![Command::Edit(edit)])
        .list::<issue::Issue>()
        .item::<issue::Issue>()
        .history()
        .commands(&[
            CommandKind::Assign,
            CommandKind::Resolve,
            CommandKind::Reopen,
            CommandKind::Close,
        ])
        .register_act("comment", CommandKind::Comment)
        .register_act("attach_file", CommandKind::AttachFile)
        .command_at(&Method::PATCH, COMMENT_PATH, CommandKind::EditComment)
        .command_at(&Method::DELETE, COMMENT_PATH, CommandKind::DeleteComment)
        .command_at(&Method::DELETE, ATTACHMENT_PATH, CommandKind::DeleteAttachment)
        .routes()
}

/// Without a reporter in the body, the caller is the reporter.
fn default_reporter(caller: &Caller, body: &mut Map<String, Value>) {
    body.entry("reporter").or_insert_with(|| caller.id.to_string().into());
}

/// Whether clients may see an event. Edits of comments are hidden: they do not say whether the comment is
/// internal.
fn is_public(event: &Event) -> bool {
    match event {
        Event::Opened { .. }
        | Event::Edited { .. }
        | Event::PrioritySet { .. }
        | Event::Classified { .. }
        | Event::Resolved { .. }
        | Event::Reopened {}
        | Event::Closed { .. }
        | Event::Continued { .. } => true,
        Event::Commented { visibility, .. } | Event::FileAttached { visibility, .. } => {
            *visibility == Visibility::Public
        }
        Event::Assigned { .. }
        | Event::FirstResponseGiven { .. }
        | Event::CommentEdited { .. }
        | Event::CommentDeleted { .. }
        | Event::AttachmentDeleted { .. } => false,
    }
}
