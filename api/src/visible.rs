//! Which parts of an aggregate are visible to whom: defined once for items, lists, histories, live
//! push and the audit trail.

use commands::{
    Commands, Handler,
    policy::{self, Right},
};
use domain::{
    Id, Recorded,
    identity::{Actor, Scope},
};
use projections::listing::Listing;
use serde_json::Value;
use sqlx::PgPool;

use crate::problem::Problem;

/// An aggregate that the API shows.
pub(crate) trait Visible: Handler {
    /// The right to see one; rows outside its scope are treated as absent.
    const READ_RIGHT: Right;
    /// The right to see what it was, of those that one may see.
    const HISTORY_RIGHT: Right = Right::History;
    /// The read model that lists them.
    const LISTING: &'static Listing;

    /// The read model for this actor: one with less content, but the same fields, for some.
    fn listing(_actor: &Actor) -> &'static Listing {
        Self::LISTING
    }

    /// Whether an actor who may see the aggregate may see this event.
    fn is_event_visible(_event: &Self::Event, _actor: &Actor) -> bool {
        true
    }

    /// The event without what this actor must not see, or no longer, given the present state; `None`
    /// leaves it out.
    fn redacted(event: Self::Event, _now: &Self, _actor: &Actor) -> Option<Self::Event> {
        Some(event)
    }

    /// What else helps a caller whose command met this conflict, as a field of the problem; without an id
    /// the command was to create one.
    fn advice(
        _commands: &Commands,
        _db: &PgPool,
        _id: Option<Id<Self>>,
        _command: &Self::Command,
        _problem: &Problem,
        _actor: &Actor,
    ) -> impl Future<Output = Option<(&'static str, Value)>> + Send {
        async { None }
    }

    /// A history without what this actor must not see.
    fn visible_history(
        history: Vec<Recorded<Self::Event>>,
        actor: &Actor,
    ) -> impl Iterator<Item = Recorded<Self::Event>> {
        let now = Self::from_history(history.iter().cloned());
        let visible =
            history.into_iter().filter(|recorded| Self::is_event_visible(&recorded.event, actor));
        visible.filter_map(move |recorded| {
            let event = Self::redacted(recorded.event, &now, actor)?;
            Some(Recorded { event, ..recorded })
        })
    }
}

/// Whether somebody works for the business, and so sees internal notes and reasons.
pub(crate) fn is_staff(actor: &Actor) -> bool {
    actor.role.is_staff()
}

/// Whether somebody works on issues, and so reads internal comments (SUP-1).
pub(crate) fn works_on_issues(actor: &Actor) -> bool {
    policy::granted_scope(Right::IssuesWork, actor) != Scope::None
}
