//! What is agreed on when something is booked, and what must be known to agree on it.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Refusal, Status};
use crate::{
    DecisionContext, Language, Personal, Text,
    access::Role,
    crm::CustomerId,
    scheduling::{
        Moment, Plan, Stretch,
        resource::{Resource, ResourceId, ResourceSetup},
        service::{Definition, Service, ServiceId},
    },
};

/// Who comes, for what, when, and what that takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Booking {
    pub customer: CustomerId,
    pub service: ServiceId,
    /// How many come.
    pub party_size: u16,
    pub plan: Plan,
    /// Pending until an employee confirms it, or confirmed at once.
    pub status: Status,
    /// Why an employee booked outside the hours, too soon or too far ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_reason: Option<Personal<Text<500>>>,
    /// In which language a guest booked, and is written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}

/// A slot that is kept free for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hold {
    /// For whom, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    pub service: ServiceId,
    pub plan: Plan,
    /// From then on others may have it.
    pub until: DateTime<Utc>,
}

/// Something that was written down about an appointment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Note {
    /// Its number among the notes of this appointment, from 1.
    pub key: u32,
    pub visibility: Visibility,
    pub text: Personal<Text<2000>>,
    /// Who wrote it.
    pub by: Uuid,
}

/// Who may read a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NoteVisibility)]
pub enum Visibility {
    /// The customer and employees.
    Customer,
    /// Employees only.
    Internal,
}

/// What must be known of service, resources and customer to agree on an appointment.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub service: Service,
    /// The requested ones, as they are now.
    pub resources: Vec<(ResourceId, Resource)>,
    /// Whether the customer exists and is not archived.
    pub customer_active: bool,
}

/// Makes plans for a service.
pub(super) struct Planner<'a> {
    service: &'a Definition,
    case: &'a DecisionContext<Facts>,
}

impl Facts {
    pub(super) fn auto_confirms(&self) -> bool {
        self.service.definition().is_some_and(|service| service.auto_confirm)
    }

    /// For new bookings: the service must be offered.
    pub(super) fn planner_if_offered<'a>(
        &'a self,
        case: &'a DecisionContext<Self>,
    ) -> Result<Planner<'a>, Refusal> {
        match &self.service {
            Service::Offered(service) => Ok(Planner { service, case }),
            Service::Undefined | Service::Retired(_) => Err(Refusal::NotOffered {}),
        }
    }

    /// For existing bookings: the service may be retired meanwhile.
    pub(super) fn planner_if_defined<'a>(
        &'a self,
        case: &'a DecisionContext<Self>,
    ) -> Result<Planner<'a>, Refusal> {
        let service = self.service.definition().ok_or(Refusal::NotOffered {})?;
        Ok(Planner { service, case })
    }

    /// The stretches with the present capacity of their resources.
    pub(super) fn with_present_capacity(&self, stretches: &[Stretch]) -> Vec<Stretch> {
        let with_present_capacity = |stretch: &Stretch| match self.setup(stretch.resource) {
            Ok((_, setup)) => Stretch { capacity: setup.capacity, ..*stretch },
            // What is booked stays booked.
            Err(_) => *stretch,
        };
        stretches.iter().map(with_present_capacity).collect()
    }

    fn setup(&self, resource: ResourceId) -> Result<(ResourceId, &ResourceSetup), Refusal> {
        let found = self.resources.iter().find(|(id, _)| *id == resource);
        let setup = found.and_then(|(_, state)| state.setup_in_use());
        Ok((resource, setup.ok_or(Refusal::NoSuchResource { resource })?))
    }
}

impl Planner<'_> {
    /// Whether a reason given by this actor lifts the rules on notice, horizon and hours.
    pub(super) fn may_override(&self) -> bool {
        matches!(self.case.by.role, Role::Employee | Role::Admin | Role::System)
    }

    /// The service with these resources from `start` on, read by the clock of the first resource.
    pub(super) fn plan(
        &self,
        resources: &[ResourceId],
        start: NaiveDateTime,
        override_reason: Option<&Personal<Text<500>>>,
    ) -> Result<Plan, Refusal> {
        let setups = self.fitting(resources)?;
        let first = setups.first().ok_or_else(|| self.unfit())?;
        let zone = first.1.availability.zone;
        let start = Moment::at(start, zone).ok_or(Refusal::NoSuchTime { local: start, zone })?;
        if !self.may_override() && !self.service.is_slot_start(start.local) {
            return Err(Refusal::OffStep { minutes: self.service.step_minutes });
        }
        let overridden = override_reason.is_some() && self.may_override();
        let bookable = self.service.bookable_period(self.case.now);
        if start.utc < bookable.from && !overridden {
            return Err(Refusal::TooSoon { soonest: bookable.from });
        }
        if start.utc > bookable.until && !overridden {
            return Err(Refusal::TooFarAhead { latest: bookable.until });
        }
        self.within_hours(&setups, start, overridden)
    }

    /// What was held, if all of it is still in use.
    pub(super) fn plan_from_hold(&self, plan: &Plan) -> Result<Plan, Refusal> {
        for resource in plan.resources() {
            self.case.facts.setup(resource)?;
        }
        Ok(Plan {
            stretches: self.case.facts.with_present_capacity(&plan.stretches),
            ..plan.clone()
        })
    }

    /// The same at the same time, with another resource in place of the one of its kind.
    pub(super) fn replace_resource(
        &self,
        old: &Plan,
        resource: ResourceId,
        override_reason: Option<&Personal<Text<500>>>,
    ) -> Result<Plan, Refusal> {
        let (_, new) = self.case.facts.setup(resource)?;
        let kind = |id| self.case.facts.setup(id).map(|(_, setup)| setup.kind);
        let replaced = |id| if kind(id) == Ok(new.kind) { resource } else { id };
        let resources: Vec<_> = old.resources().into_iter().map(replaced).collect();
        let setups = self.fitting(&resources)?;
        let overridden = override_reason.is_some() && self.may_override();
        self.within_hours(&setups, old.start.clone(), overridden)
    }

    /// The resources, if they are one of each kind that the service needs.
    fn fitting(
        &self,
        requested: &[ResourceId],
    ) -> Result<Vec<(ResourceId, &ResourceSetup)>, Refusal> {
        let setups = requested.iter().map(|&id| self.case.facts.setup(id));
        let setups: Vec<_> = setups.collect::<Result<_, _>>()?;
        let mut kinds: Vec<_> = setups.iter().map(|(_, setup)| setup.kind).collect();
        kinds.sort_unstable();
        if kinds.into_iter().eq(self.service.needed_kinds()) {
            Ok(setups)
        } else {
            Err(self.unfit())
        }
    }

    fn unfit(&self) -> Refusal {
        Refusal::UnfitResources { needed: self.service.needed_kinds().into_iter().collect() }
    }

    /// The plan, if each resource can be had whenever it takes it (SCH-5).
    fn within_hours(
        &self,
        setups: &[(ResourceId, &ResourceSetup)],
        start: Moment,
        overridden: bool,
    ) -> Result<Plan, Refusal> {
        let plan = Plan::new(self.service, setups.iter().copied(), start);
        for stretch in plan.stretches.iter().filter(|_| !overridden) {
            let (resource, setup) = self.case.facts.setup(stretch.resource)?;
            if !setup.availability.covers(stretch.period()) {
                return Err(Refusal::OutsideHours { resource });
            }
        }
        Ok(plan)
    }
}
