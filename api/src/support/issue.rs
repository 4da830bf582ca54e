//! Issues. Whoever does not work on them is answered from tables in which nothing internal ever
//! was (SUP-1).

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

/// Below the issue: where one of its comments is.
const COMMENT: &str = "/comments/{comment}";

impl Visible for Issue {
    const READ_RIGHT: Right = Right::IssuesRead;
    const LISTING: &'static Listing = &issue::ISSUES;

    fn listing(actor: &Actor) -> &'static Listing {
        if works_on_issues(actor) { &issue::ISSUES } else { &issue_client::ISSUES }
    }

    fn is_event_visible(event: &Event, actor: &Actor) -> bool {
        is_public(event) || works_on_issues(actor)
    }

    /// Clients read a comment as it is by now, and one that was deleted not at all.
    fn redacted(event: Event, now: &Self, actor: &Actor) -> Option<Event> {
        match event {
            Event::Commented { comment, author, side, visibility, source, at, .. }
                if !works_on_issues(actor) =>
            {
                let text = now.thread()?.comment(comment)?.text.clone()?;
                Some(Event::Commented { comment, author, side, visibility, source, text, at })
            }
            event => Some(event),
        }
    }
}

pub(super) fn routes() -> Routes {
    resource::<Issue>("/issues")
        .create_with("/issues", CommandKind::Open, for_themselves)
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
        .command_at(&Method::PATCH, COMMENT, CommandKind::EditComment)
        .command_at(&Method::DELETE, COMMENT, CommandKind::DeleteComment)
        .routes()
}

/// Whoever names nobody asks for themselves.
fn for_themselves(caller: &Caller, body: &mut Map<String, Value>) {
    body.entry("reporter").or_insert_with(|| caller.id.to_string().into());
}

/// Changes of comments do not say whether those are internal, so clients see none of them.
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
        Event::Commented { visibility, .. } => *visibility == Visibility::Public,
        Event::Assigned { .. }
        | Event::FirstResponseGiven { .. }
        | Event::CommentEdited { .. }
        | Event::CommentDeleted { .. } => false,
    }
}
