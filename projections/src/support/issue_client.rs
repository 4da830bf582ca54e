//! Issues as clients see them. Internal comments never get into these tables, so that no query can show
//! them (SUP-1).

use domain::{
    Recorded,
    identity::user::User,
    support::issue::{Event, Issue, Visibility},
};
use serde::{Deserialize, Serialize};

use super::issue::{BASE_ATTACHMENTS, BASE_COMMENTS, BASE_ISSUES, Rows};
use crate::{Fold, FoldedStream, Projector, identity::user_names::UserNameRows, listing::Listing};

pub const PROJECTOR: Projector = Projector {
    name: "support.issue_client",
    version: 4,
    tables: include_str!("issue.sql"),
    streams: &[FoldedStream::of::<Issue, PublicRows>(), FoldedStream::of::<User, UserNameRows>()],
};

pub const ISSUES: Listing = Listing { from: "support_issue_client.issues", ..BASE_ISSUES };

/// The public comments of all issues; those of one by `filter[issue]`.
pub const COMMENTS: Listing = Listing { from: "support_issue_client.thread", ..BASE_COMMENTS };

/// The public attachments of all issues; those of one by `filter[issue]`.
pub const ATTACHMENTS: Listing =
    Listing { from: "support_issue_client.attached", ..BASE_ATTACHMENTS };

/// The rows without what is internal.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct PublicRows(Rows);

impl Fold<Issue> for PublicRows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        if is_folded_for_clients(&recorded.event) {
            self.0.apply(recorded);
        }
    }
}

/// Every event says so for itself: a new one is not shown to clients by default.
fn is_folded_for_clients(event: &Event) -> bool {
    match event {
        Event::Commented { visibility, .. } | Event::FileAttached { visibility, .. } => {
            *visibility == Visibility::Public
        }
        Event::Opened { .. }
        | Event::Edited { .. }
        | Event::PrioritySet { .. }
        | Event::Classified { .. }
        | Event::Assigned { .. }
        | Event::FirstResponseGiven { .. }
        // Of what was left out these change nothing.
        | Event::CommentEdited { .. }
        | Event::CommentDeleted { .. }
        | Event::AttachmentDeleted { .. }
        | Event::Resolved { .. }
        | Event::Reopened {}
        | Event::Closed { .. }
        | Event::Continued { .. } => true,
    }
}
