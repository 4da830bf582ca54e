//! Which resources an appointment takes, from when until when.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Moment, Period,
    resource::{Kind, ResourceId, ResourceSetup},
    service::Definition,
};

/// When an appointment takes place and what it needs for that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Plan {
    pub start: Moment,
    /// When the last phase ends; time for cleaning up comes on top.
    pub until: DateTime<Utc>,
    /// Until when clients may move it or call it off by themselves.
    pub cutoff: DateTime<Utc>,
    /// What is taken, in the order in which the resources were named.
    pub stretches: Vec<Stretch>,
}

/// A resource for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stretch {
    pub resource: ResourceId,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    /// How many the resource can serve at once.
    pub capacity: u16,
}

impl Plan {
    /// What a service takes of resources, each of another kind, if it begins then. Time passes
    /// as clocks that are never put forward or back would show it (SCH-10).
    pub fn new<'a>(
        service: &Definition,
        resources: impl IntoIterator<Item = (ResourceId, &'a ResourceSetup)>,
        start: Moment,
    ) -> Self {
        let stretches = resources.into_iter().flat_map(|(resource, setup)| {
            let capacity = setup.capacity;
            let stretch = move |Period { from, until }| Stretch { resource, from, until, capacity };
            needed_periods(service, setup.kind, start.utc).into_iter().map(stretch)
        });
        Self {
            until: start.utc + service.duration(),
            cutoff: start.utc - TimeDelta::minutes(service.cancel_cutoff_minutes.into()),
            stretches: stretches.collect(),
            start,
        }
    }

    /// From when until when the customer is there.
    pub const fn period(&self) -> Period {
        Period::new(self.start.utc, self.until)
    }

    /// The same from another moment on.
    #[must_use]
    pub fn starting_at(&self, start: Moment) -> Self {
        let by = start.utc - self.start.utc;
        let moved = |stretch: &Stretch| Stretch {
            from: stretch.from + by,
            until: stretch.until + by,
            ..*stretch
        };
        Self {
            until: self.until + by,
            cutoff: self.cutoff + by,
            stretches: self.stretches.iter().map(moved).collect(),
            start,
        }
    }

    /// The resources, each once, in the order in which they were named.
    pub fn resources(&self) -> Vec<ResourceId> {
        let mut resources: Vec<_> = self.stretches.iter().map(|stretch| stretch.resource).collect();
        resources.dedup();
        resources
    }
}

impl Stretch {
    pub const fn period(&self) -> Period {
        Period::new(self.from, self.until)
    }
}

/// When a service that begins at `start` needs a resource of a kind: the phases that name it, those
/// in a row made one; the first one longer by the buffer before, the last one by that after (SCH-2).
pub(super) fn needed_periods(
    service: &Definition,
    kind: Kind,
    start: DateTime<Utc>,
) -> Vec<Period> {
    let mut needed: Vec<Period> = Vec::new();
    let mut from = start;
    for phase in &service.phases {
        let until = from + TimeDelta::minutes(phase.minutes.into());
        match needed.last_mut() {
            _ if !phase.needs.contains(&kind) => {}
            Some(last) if last.until == from => last.until = until,
            _ => needed.push(Period::new(from, until)),
        }
        from = until;
    }
    if let Some(first) = needed.first_mut() {
        first.from -= TimeDelta::minutes(service.buffer_before_minutes.into());
    }
    if let Some(last) = needed.last_mut() {
        last.until += TimeDelta::minutes(service.buffer_after_minutes.into());
    }
    needed
}
