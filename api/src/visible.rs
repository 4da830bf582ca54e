//! What of an aggregate is visible to whom: said once, for items, lists, histories, live push and
//! the audit trail alike.

use commands::{
    Handler,
    policy::{self, Right},
};
use domain::{
    Recorded,
    identity::{Actor, Scope},
};
use projections::listing::Listing;

/// An aggregate that can be seen from outside.
pub(crate) trait Visible: Handler {
    /// The right to see one of them: without it, it is not there.
    const READ_RIGHT: Right;
    /// Where they are read…
    const LISTING: &'static Listing;

    /// …and where by somebody who is to see less of them; it has the same fields.
    fn listing(_actor: &Actor) -> &'static Listing {
        Self::LISTING
    }

    /// Whether somebody who sees it may know of this event.
    fn is_event_visible(_event: &Self::Event, _actor: &Actor) -> bool {
        true
    }

    /// The event as a history tells it to somebody who may know of it: what was taken back since is
    /// not told.
    fn redacted(event: Self::Event, _now: &Self, _actor: &Actor) -> Option<Self::Event> {
        Some(event)
    }

    /// A history as it is told to somebody: what they may not know of is left out.
    fn visible_history(
        history: Vec<Recorded<Self::Event>>,
        actor: &Actor,
    ) -> impl Iterator<Item = Recorded<Self::Event>> {
        let now = Self::from_history(history.iter().cloned());
        let shown = history.into_iter().filter(|fact| Self::is_event_visible(&fact.event, actor));
        shown.filter_map(move |fact| {
            let event = Self::redacted(fact.event, &now, actor)?;
            Some(Recorded { event, ..fact })
        })
    }
}

/// Whether somebody works for the business: they know its internal notes and reasons.
pub(crate) fn is_staff(actor: &Actor) -> bool {
    actor.role.is_staff()
}

/// Whether somebody works on issues: they read internal comments (SUP-1).
pub(crate) fn works_on_issues(actor: &Actor) -> bool {
    policy::granted(Right::IssuesWork, actor) != Scope::None
}
