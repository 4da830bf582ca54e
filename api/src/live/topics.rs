//! The kinds of things that people are told of.

use commands::policy::Right;
use domain::{Raw, identity::Actor};
use projections::listing::Listing;
use sealing::Keys;

use crate::visible::Visible;

/// Whether somebody who sees a thing may know of one event.
pub(crate) type Shown = Box<dyn Fn(&Actor) -> bool + Send + Sync>;

/// A kind of thing that people are told of.
#[derive(Debug)]
pub(crate) struct Topic {
    /// The aggregate: `crm.customer`.
    pub(crate) name: &'static str,
    pub(crate) seen: Right,
    pub(crate) listing: &'static Listing,
    pub(crate) shown: fn(&Raw) -> Shown,
}

macro_rules! topics {
    (seen: [$($seen:ty,)*] unseen: [$($unseen:ty,)*]) => {
        /// All that people see they are told of.
        pub(crate) const TOPICS: &[Topic] = &[$(Topic::of::<$seen>()),*];
    };
}

commands::aggregates!(topics);

impl Topic {
    const fn of<H: Visible>() -> Self {
        Self { name: H::NAME, seen: H::READ_RIGHT, listing: H::LISTING, shown: shown::<H> }
    }

    /// That of a stream, if people are told of it.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        TOPICS.iter().find(|topic| topic.name == name)
    }
}

/// The event is read once for all who may ask, without what is personal in it. One that cannot be
/// read is shown to nobody.
fn shown<H: Visible>(raw: &Raw) -> Shown {
    match Keys::all_erased(raw.meta.subjects.iter().copied()).decode::<H>(raw) {
        Ok(fact) => Box::new(move |actor| H::is_event_visible(&fact.event, actor)),
        Err(_) => Box::new(|_| false),
    }
}

pub(super) fn streams() -> Vec<String> {
    TOPICS.iter().map(|topic| topic.name.to_owned()).collect()
}
