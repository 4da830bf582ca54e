//! A simple model of the rules across aggregates: it reads the log event by event into maps, and
//! reports each broken rule.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, PgPool};
use uuid::Uuid;

/// An event as it is stored.
#[derive(Debug, FromRow)]
pub(crate) struct LoggedEvent {
    pub(crate) position: i64,
    pub(crate) r#type: String,
    pub(crate) id: Uuid,
    pub(crate) data: Value,
    pub(crate) recorded_at: DateTime<Utc>,
}

pub(crate) async fn read_log(db: &PgPool) -> Vec<LoggedEvent> {
    let events =
        "select position, type, id, data, recorded_at from event_store.events order by position";
    sqlx::query_as(events).fetch_all(db).await.unwrap()
}

/// What a future appointment occupies.
#[derive(Debug, Clone)]
struct Booking {
    customer: Option<Uuid>,
    /// Resource, beginning and end.
    stretches: Vec<(Uuid, DateTime<Utc>, DateTime<Utc>)>,
    period: (DateTime<Utc>, DateTime<Utc>),
    /// Set for a hold that is not booked yet.
    held_until: Option<DateTime<Utc>>,
}

#[derive(Debug, Default)]
pub(crate) struct Model {
    /// Whether each is active.
    customers: HashMap<Uuid, bool>,
    services: HashSet<Uuid>,
    /// Capacity, and whether it is in use.
    resources: HashMap<Uuid, (usize, bool)>,
    appointments: HashMap<Uuid, Booking>,
    ended: HashMap<Uuid, Booking>,
    /// The parent of each cabinet.
    cabinets: HashMap<Uuid, Option<Uuid>>,
    closed: HashSet<Uuid>,
    self_managed: HashSet<Uuid>,
    /// The cabinets of valid licences.
    licenses: HashMap<Uuid, Uuid>,
    cabinet_of_license: HashMap<Uuid, Uuid>,
    /// Customers and cabinets of open issues.
    issues: HashMap<Uuid, (Option<Uuid>, Option<Uuid>)>,
    relations_of_issue: HashMap<Uuid, (Option<Uuid>, Option<Uuid>)>,
    administrators: HashSet<Uuid>,
    inactive: HashSet<Uuid>,
    /// Cabinet, user, and whether they are its administrator.
    members: HashMap<Uuid, (Uuid, Uuid, bool)>,
    users: HashSet<Uuid>,
    mailboxes: HashMap<Uuid, usize>,
}

/// Checks a log; `mailboxes` says which address each user was registered with. Answers the
/// violations, and how often each type of event occurred.
pub(crate) fn check(
    log: &[LoggedEvent],
    mailboxes: HashMap<Uuid, usize>,
) -> (Vec<String>, HashMap<String, usize>) {
    let mut model = Model { mailboxes, ..Model::default() };
    let (mut violations, mut event_counts) = (Vec::new(), HashMap::new());
    for event in log {
        *event_counts.entry(event.r#type.clone()).or_default() += 1;
        let broken = model.apply(event);
        violations
            .extend(broken.map(|rule| format!("{rule} at {}: {}", event.position, event.r#type)));
    }
    (violations, event_counts)
}

impl Model {
    /// Applies an event; answers the rule that it breaks.
    fn apply(&mut self, event: &LoggedEvent) -> Option<&'static str> {
        let (id, data) = (event.id, &event.data);
        match event.r#type.as_str() {
            "CustomerCreated" | "CustomerRestored" => drop(self.customers.insert(id, true)),
            "CustomerArchived" => {
                self.customers.insert(id, false);
                let is_booked_by = |booking: &Booking| {
                    booking.held_until.is_none() && booking.customer == Some(id)
                };
                let open = |(customer, _): &(Option<Uuid>, _)| *customer == Some(id);
                if self.appointments.values().any(is_booked_by) || self.issues.values().any(open) {
                    return Some("CRM-3");
                }
            }
            "ServiceDefined" => drop(self.services.insert(id)),
            "ServiceRetired" => drop(self.services.remove(&id)),
            "ResourceRegistered" | "ResourceCapacityChanged" => {
                let capacity = usize::try_from(data["capacity"].as_u64().unwrap()).unwrap();
                self.resources.insert(id, (capacity, true));
            }
            "ResourceRetired" => self.resources.get_mut(&id).unwrap().1 = false,
            event_type if event_type.starts_with("Appointment") => {
                return self.apply_appointment(event_type, event);
            }
            event_type if event_type.starts_with("Cabinet") => {
                return self.apply_cabinet(event_type, event);
            }
            "LicenseIssued" | "LicenseRenewed" => {
                let cabinet = data["grant"].get("cabinet").map(uuid);
                let cabinet = cabinet.unwrap_or_else(|| self.cabinet_of_license[&id]);
                self.cabinet_of_license.insert(id, cabinet);
                self.licenses.insert(id, cabinet);
                return self.closed.contains(&cabinet).then_some("ORG-6");
            }
            "LicenseRevoked" | "LicenseExpired" => drop(self.licenses.remove(&id)),
            "IssueOpened" | "IssueReopened" => {
                let relations = (optional_uuid(&data["customer"]), optional_uuid(&data["cabinet"]));
                let relations = *self.relations_of_issue.entry(id).or_insert(relations);
                self.issues.insert(id, relations);
                let archived = |customer: Uuid| !self.customers[&customer];
                return match relations {
                    (Some(customer), _) if archived(customer) => Some("CRM-3"),
                    (_, Some(cabinet)) if self.closed.contains(&cabinet) => Some("ORG-6"),
                    _ => None,
                };
            }
            "IssueClosed" => drop(self.issues.remove(&id)),
            _ => return self.apply_user_or_member(event),
        }
        None
    }

    fn apply_appointment(&mut self, event_type: &str, event: &LoggedEvent) -> Option<&'static str> {
        let (id, data, now) = (event.id, &event.data, event.recorded_at);
        match event_type {
            "AppointmentHeld" | "AppointmentBooked" | "AppointmentRescheduled" => {
                let previous = self.appointments.remove(&id);
                let customer = optional_uuid(&data["customer"])
                    .or(previous.and_then(|booking| booking.customer));
                let plan = &data["plan"];
                let held_until = data.get("until").map(instant);
                let period = (instant(&plan["start"]["utc"]), instant(&plan["until"]));
                let stretches = stretches(&plan["stretches"]);
                let is_retired = |stretch: &(Uuid, _, _)| !self.resources[&stretch.0].1;
                let retired = stretches.iter().any(is_retired)
                    || optional_uuid(&data["service"])
                        .is_some_and(|service| !self.services.contains(&service));
                let violation = retired.then_some("retired");
                let booking = Booking { customer, stretches, period, held_until };
                violation.or(self.book(id, booking, now))
            }
            "AppointmentReopened" => {
                let mut booking = self.ended[&id].clone();
                if let Some(other) = data.get("stretches") {
                    booking.stretches = stretches(other);
                }
                self.book(id, booking, now)
            }
            "AppointmentReleased" | "AppointmentCancelled" => {
                let ended = self.appointments.remove(&id);
                self.ended.extend(ended.map(|ended| (id, ended)));
                None
            }
            _ => None,
        }
    }

    /// Books an appointment: customers must not overlap, nor resources beyond their capacity.
    fn book(&mut self, id: Uuid, booking: Booking, now: DateTime<Utc>) -> Option<&'static str> {
        let booked = booking.held_until.is_none();
        let archived =
            booked && booking.customer.is_some_and(|customer| !self.customers[&customer]);
        let overlap = |one: (DateTime<Utc>, DateTime<Utc>),
                       other: (DateTime<Utc>, DateTime<Utc>)| {
            one.0 < other.1 && other.0 < one.1
        };
        let others = || {
            self.appointments
                .values()
                .filter(|other| other.held_until.is_none_or(|until| until > now))
        };
        let double_booked = booked
            && others().any(|other| {
                other.held_until.is_none()
                    && other.customer == booking.customer
                    && overlap(other.period, booking.period)
            });
        let full = booking.stretches.iter().any(|&(resource, from, until)| {
            let overlaps_here = |stretch: &&(Uuid, DateTime<Utc>, DateTime<Utc>)| {
                stretch.0 == resource && overlap((stretch.1, stretch.2), (from, until))
            };
            let overlapping: Vec<_> =
                others().flat_map(|other| other.stretches.iter().filter(overlaps_here)).collect();
            let count_at = |moment| {
                overlapping
                    .iter()
                    .filter(|stretch| stretch.1 <= moment && moment < stretch.2)
                    .count()
            };
            let begins = overlapping.iter().map(|stretch| stretch.1.max(from)).chain([from]);
            begins.map(count_at).max().unwrap_or(0) + 1 > self.resources[&resource].0
        });
        self.appointments.insert(id, booking);
        match () {
            () if archived => Some("CRM-3"),
            () if full => Some("SCH-1"),
            () if double_booked => Some("SCH-6"),
            () => None,
        }
    }

    fn apply_cabinet(&mut self, event_type: &str, event: &LoggedEvent) -> Option<&'static str> {
        let (id, data) = (event.id, &event.data);
        match event_type {
            "CabinetCreated" | "CabinetAttached" | "CabinetMoved" => {
                let parent = optional_uuid(&data["parent"]);
                if self.cabinets.insert(id, parent).is_none() {
                    self.self_managed.insert(id);
                }
                let (mut levels, mut next) = (0, Some(id));
                while let Some(cabinet) = next.filter(|_| levels <= 20) {
                    next = self.cabinets[&cabinet];
                    levels += 1;
                }
                // The tree has ten levels at most; a cycle would never end.
                let deep = self.depth_of_tree(id) + levels - 1 > 10;
                (deep || parent.is_some_and(|parent| self.closed.contains(&parent)))
                    .then_some("ORG-1")
            }
            "CabinetDetached" => {
                self.cabinets.insert(id, None);
                None
            }
            "CabinetClosed" => {
                self.closed.insert(id);
                let used = self.licenses.values().any(|cabinet| *cabinet == id)
                    || self.issues.values().any(|(_, cabinet)| *cabinet == Some(id))
                    || self.children(&[id]).next().is_some();
                used.then_some("ORG-6")
            }
            "CabinetPolicySet" => {
                if data["vendor_managed"] == true {
                    self.self_managed.remove(&id);
                    return None;
                }
                self.self_managed.insert(id);
                self.lacks_administrator(id)
            }
            _ => None,
        }
    }

    /// How many levels a cabinet and its descendants make.
    fn depth_of_tree(&self, top: Uuid) -> usize {
        let mut level = vec![top];
        for levels in 0..20 {
            if level.is_empty() {
                return levels;
            }
            level = self.children(&level).collect();
        }
        20
    }

    /// The open cabinets directly below the given ones.
    fn children(&self, parents: &[Uuid]) -> impl Iterator<Item = Uuid> {
        let cabinets = self.cabinets.iter();
        let children = cabinets
            .filter(move |(_, parent)| parent.is_some_and(|parent| parents.contains(&parent)));
        children.map(|(id, _)| *id).filter(move |id| !self.closed.contains(id))
    }

    fn apply_user_or_member(&mut self, event: &LoggedEvent) -> Option<&'static str> {
        let (id, data) = (event.id, &event.data);
        match event.r#type.as_str() {
            "UserRegistered" => return self.shares_mailbox(id),
            "UserRoleGranted" if data["role"] == "admin" => drop(self.administrators.insert(id)),
            "UserRoleGranted" => {
                self.administrators.remove(&id);
                return self.lacks_system_administrator();
            }
            "UserDeactivated" => {
                self.inactive.insert(id);
                return self.lacks_system_administrator();
            }
            "UserReactivated" => {
                self.inactive.remove(&id);
                return self.shares_mailbox(id);
            }
            "MembershipJoined" => {
                let is_administrator = data["grant"]["role"] == "client_admin";
                self.members
                    .insert(id, (uuid(&data["cabinet"]), uuid(&data["user"]), is_administrator));
            }
            "MembershipChanged" | "MembershipRemoved" => {
                let member = self.members.get_mut(&id).unwrap();
                let before =
                    std::mem::replace(&mut member.2, data["grant"]["role"] == "client_admin");
                let (cabinet, _, now) = *member;
                return if before && !now { self.lacks_administrator(cabinet) } else { None };
            }
            _ => {}
        }
        None
    }

    /// IAM-1: one account for each mailbox, of those that are not deactivated.
    fn shares_mailbox(&mut self, id: Uuid) -> Option<&'static str> {
        self.users.insert(id);
        let has_same_mailbox = |user: &&Uuid| {
            self.mailboxes[user] == self.mailboxes[&id] && !self.inactive.contains(user)
        };
        (self.users.iter().filter(has_same_mailbox).count() > 1).then_some("IAM-1")
    }

    /// IAM-7: an active system administrator remains.
    fn lacks_system_administrator(&self) -> Option<&'static str> {
        let remaining = self.administrators.difference(&self.inactive).count();
        (remaining == 0).then_some("IAM-7")
    }

    /// ORG-3: a self-managed cabinet keeps an administrator who can sign in.
    fn lacks_administrator(&self, cabinet: Uuid) -> Option<&'static str> {
        let remaining = |member: &&(Uuid, Uuid, bool)| {
            member.0 == cabinet && member.2 && !self.inactive.contains(&member.1)
        };
        let needed = self.self_managed.contains(&cabinet) && !self.closed.contains(&cabinet);
        (needed && !self.members.values().any(|member| remaining(&member))).then_some("ORG-3")
    }
}

fn uuid(value: &Value) -> Uuid {
    optional_uuid(value).unwrap()
}

fn optional_uuid(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

fn stretches(value: &Value) -> Vec<(Uuid, DateTime<Utc>, DateTime<Utc>)> {
    let stretch =
        |json: &Value| (uuid(&json["resource"]), instant(&json["from"]), instant(&json["until"]));
    value.as_array().unwrap().iter().map(stretch).collect()
}
