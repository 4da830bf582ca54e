//! Issues as clients see them. What is internal never gets into these tables, so no question to
//! them can bring it out (SUP-1).

use domain::{
    Recorded,
    identity::user::User,
    support::issue::{Event, Issue, Visibility},
};
use serde::{Deserialize, Serialize};

use super::issue::{COMMENTS, People, QUESTIONS, Rows};
use crate::{Fold, Projector, Stream, listing::Listing};

pub const PROJECTOR: Projector = Projector {
    name: "support.issue_client",
    version: 3,
    tables: include_str!("issue.sql"),
    streams: &[Stream::of::<Issue, Public>(), Stream::of::<User, People>()],
};

pub const ISSUES: Listing = Listing { from: "support_issue_client.issues", ..QUESTIONS };

/// The public comments of all issues; ask for those of one by `filter[issue]`.
pub const THREAD: Listing = Listing { from: "support_issue_client.thread", ..COMMENTS };

/// The rows that follow if nothing internal was ever said.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Public(Rows);

impl Fold<Issue> for Public {
    fn on(&mut self, fact: &Recorded<Event>) {
        // Later changes of what was never said change nothing.
        if !matches!(fact.event, Event::Commented { visibility: Visibility::Internal, .. }) {
            self.0.on(fact);
        }
    }
}
