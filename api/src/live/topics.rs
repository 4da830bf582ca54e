//! The kinds of aggregates that live push covers.

use commands::policy::Right;
use domain::{RawEvent, identity::Actor};
use projections::listing::Listing;
use sealing::SubjectKeys;

use crate::visible::Visible;

/// Whether an actor who may see the aggregate may see one event of it.
pub(crate) type EventVisibility = Box<dyn Fn(&Actor) -> bool + Send + Sync>;

/// A kind of aggregate that live push covers.
#[derive(Debug)]
pub(crate) struct Topic {
    /// The aggregate: `crm.customer`.
    pub(crate) name: &'static str,
    pub(crate) read_right: Right,
    pub(crate) listing: &'static Listing,
    /// The read model for an actor.
    pub(crate) listing_for: fn(&Actor) -> &'static Listing,
    pub(crate) visibility: fn(&RawEvent) -> EventVisibility,
}

macro_rules! topics {
    (with_read_model: [$($with:ty,)*] without_read_model: [$($without:ty,)*]) => {
        /// Every aggregate that the API shows is a topic.
        pub(crate) const TOPICS: &[Topic] = &[$(Topic::of::<$with>()),*];
    };
}

commands::aggregates!(topics);

impl Topic {
    const fn of<A: Visible>() -> Self {
        Self {
            name: A::NAME,
            read_right: A::READ_RIGHT,
            listing: A::LISTING,
            listing_for: A::listing,
            visibility: visibility_of::<A>,
        }
    }

    /// The topic of a stream, if it has one.
    pub(crate) fn by_name(name: &str) -> Option<&'static Self> {
        TOPICS.iter().find(|topic| topic.name == name)
    }
}

/// Decodes the event once for all actors, without its personal data. One that cannot be decoded is
/// visible to nobody.
fn visibility_of<A: Visible>(raw: &RawEvent) -> EventVisibility {
    match SubjectKeys::all_erased(raw.meta.subjects.iter().copied()).open_event::<A>(raw) {
        Ok(recorded) => Box::new(move |actor| A::is_event_visible(&recorded.event, actor)),
        Err(_) => Box::new(|_| false),
    }
}

pub(super) fn topic_streams() -> Vec<String> {
    TOPICS.iter().map(|topic| topic.name.to_owned()).collect()
}
