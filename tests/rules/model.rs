//! A model too simple to be wrong: it goes through the log event by event, remembers everything in
//! maps, and says where a rule across aggregates was broken.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, PgPool};
use uuid::Uuid;

/// An event as it lies in the store.
#[derive(Debug, FromRow)]
pub(crate) struct Logged {
    pub(crate) position: i64,
    pub(crate) r#type: String,
    pub(crate) id: Uuid,
    pub(crate) data: Value,
    pub(crate) recorded_at: DateTime<Utc>,
}

pub(crate) async fn log(db: &PgPool) -> Vec<Logged> {
    let log =
        "select position, type, id, data, recorded_at from event_store.events order by position";
    sqlx::query_as(log).fetch_all(db).await.unwrap()
}

/// What an appointment takes, as long as it is to come.
#[derive(Debug, Clone)]
struct Taken {
    customer: Option<Uuid>,
    /// Resource, beginning and end.
    stretches: Vec<(Uuid, DateTime<Utc>, DateTime<Utc>)>,
    whole: (DateTime<Utc>, DateTime<Utc>),
    /// Until when it is only held.
    held_until: Option<DateTime<Utc>>,
}

#[derive(Debug, Default)]
pub(crate) struct Model {
    /// Whether they are active.
    customers: HashMap<Uuid, bool>,
    services: HashSet<Uuid>,
    /// How many they serve, and whether they are in use.
    resources: HashMap<Uuid, (usize, bool)>,
    appointments: HashMap<Uuid, Taken>,
    over: HashMap<Uuid, Taken>,
    /// The one above, if there is one.
    cabinets: HashMap<Uuid, Option<Uuid>>,
    closed: HashSet<Uuid>,
    self_managed: HashSet<Uuid>,
    /// Cabinets of licences that are worth something.
    licenses: HashMap<Uuid, Uuid>,
    every_license: HashMap<Uuid, Uuid>,
    /// Customers and cabinets of issues that are not closed.
    issues: HashMap<Uuid, (Option<Uuid>, Option<Uuid>)>,
    every_issue: HashMap<Uuid, (Option<Uuid>, Option<Uuid>)>,
    administrators: HashSet<Uuid>,
    inactive: HashSet<Uuid>,
    /// Cabinet, user, and whether it makes them its administrator.
    members: HashMap<Uuid, (Uuid, Uuid, bool)>,
    users: HashSet<Uuid>,
    mailboxes: HashMap<Uuid, usize>,
}

/// Goes through a log; `mailboxes` says which address each user was registered with. Answers what
/// is wrong, and how often each kind of event came.
pub(crate) fn judge(
    log: &[Logged],
    mailboxes: HashMap<Uuid, usize>,
) -> (Vec<String>, HashMap<String, usize>) {
    let mut model = Model { mailboxes, ..Model::default() };
    let (mut wrong, mut seen) = (Vec::new(), HashMap::new());
    for event in log {
        *seen.entry(event.r#type.clone()).or_default() += 1;
        let broken = model.follow(event);
        wrong.extend(broken.map(|rule| format!("{rule} at {}: {}", event.position, event.r#type)));
    }
    (wrong, seen)
}

impl Model {
    /// What happens, and the rule that it breaks.
    fn follow(&mut self, event: &Logged) -> Option<&'static str> {
        let (id, data) = (event.id, &event.data);
        match event.r#type.as_str() {
            "CustomerCreated" | "CustomerRestored" => drop(self.customers.insert(id, true)),
            "CustomerArchived" => {
                self.customers.insert(id, false);
                let live = |it: &Taken| it.held_until.is_none() && it.customer == Some(id);
                let open = |of: &(Option<Uuid>, _)| of.0 == Some(id);
                if self.appointments.values().any(live) || self.issues.values().any(open) {
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
            kind if kind.starts_with("Appointment") => return self.appointment(kind, event),
            kind if kind.starts_with("Cabinet") => return self.cabinet(kind, event),
            "LicenseIssued" | "LicenseRenewed" => {
                let cabinet = data["grant"].get("cabinet").map(uuid);
                let cabinet = cabinet.unwrap_or_else(|| self.every_license[&id]);
                self.every_license.insert(id, cabinet);
                self.licenses.insert(id, cabinet);
                return self.closed.contains(&cabinet).then_some("ORG-6");
            }
            "LicenseRevoked" | "LicenseExpired" => drop(self.licenses.remove(&id)),
            "IssueOpened" | "IssueReopened" => {
                let of = (maybe(&data["customer"]), maybe(&data["cabinet"]));
                let of = *self.every_issue.entry(id).or_insert(of);
                self.issues.insert(id, of);
                let archived = |customer: Uuid| !self.customers[&customer];
                return match of {
                    (Some(customer), _) if archived(customer) => Some("CRM-3"),
                    (_, Some(cabinet)) if self.closed.contains(&cabinet) => Some("ORG-6"),
                    _ => None,
                };
            }
            "IssueClosed" => drop(self.issues.remove(&id)),
            _ => return self.person(event),
        }
        None
    }

    fn appointment(&mut self, kind: &str, event: &Logged) -> Option<&'static str> {
        let (id, data, now) = (event.id, &event.data, event.recorded_at);
        match kind {
            "AppointmentHeld" | "AppointmentBooked" | "AppointmentRescheduled" => {
                let known = self.appointments.remove(&id);
                let customer = maybe(&data["customer"]).or(known.and_then(|it| it.customer));
                let plan = &data["plan"];
                let held_until = data.get("until").map(time);
                let whole = (time(&plan["start"]["utc"]), time(&plan["until"]));
                let stretches = stretches(&plan["stretches"]);
                let unfit = |it: &(Uuid, _, _)| !self.resources[&it.0].1;
                let retired = stretches.iter().any(unfit)
                    || maybe(&data["service"]).is_some_and(|it| !self.services.contains(&it));
                let broken = retired.then_some("retired");
                let taken = Taken { customer, stretches, whole, held_until };
                broken.or(self.take(id, taken, now))
            }
            "AppointmentReopened" => {
                let mut taken = self.over[&id].clone();
                if let Some(other) = data.get("stretches") {
                    taken.stretches = stretches(other);
                }
                self.take(id, taken, now)
            }
            "AppointmentReleased" | "AppointmentCancelled" => {
                let over = self.appointments.remove(&id);
                self.over.extend(over.map(|over| (id, over)));
                None
            }
            _ => None,
        }
    }

    /// Everybody's time for themselves, and of each resource as much as there is.
    fn take(&mut self, id: Uuid, taken: Taken, now: DateTime<Utc>) -> Option<&'static str> {
        let booked = taken.held_until.is_none();
        let archived = booked && taken.customer.is_some_and(|it| !self.customers[&it]);
        let overlap = |one: (DateTime<Utc>, DateTime<Utc>),
                       other: (DateTime<Utc>, DateTime<Utc>)| {
            one.0 < other.1 && other.0 < one.1
        };
        let others =
            || self.appointments.values().filter(|it| it.held_until.is_none_or(|it| it > now));
        let double = booked
            && others().any(|other| {
                other.held_until.is_none()
                    && other.customer == taken.customer
                    && overlap(other.whole, taken.whole)
            });
        let full = taken.stretches.iter().any(|&(resource, from, until)| {
            let mine = |it: &&(Uuid, DateTime<Utc>, DateTime<Utc>)| {
                it.0 == resource && overlap((it.1, it.2), (from, until))
            };
            let overlapping: Vec<_> =
                others().flat_map(|it| it.stretches.iter().filter(mine)).collect();
            let at =
                |moment| overlapping.iter().filter(|it| it.1 <= moment && moment < it.2).count();
            let begins = overlapping.iter().map(|it| it.1.max(from)).chain([from]);
            begins.map(at).max().unwrap_or(0) + 1 > self.resources[&resource].0
        });
        self.appointments.insert(id, taken);
        match () {
            () if archived => Some("CRM-3"),
            () if full => Some("SCH-1"),
            () if double => Some("SCH-6"),
            () => None,
        }
    }

    fn cabinet(&mut self, kind: &str, event: &Logged) -> Option<&'static str> {
        let (id, data) = (event.id, &event.data);
        match kind {
            "CabinetCreated" | "CabinetAttached" | "CabinetMoved" => {
                let parent = maybe(&data["parent"]);
                if self.cabinets.insert(id, parent).is_none() {
                    self.self_managed.insert(id);
                }
                let (mut levels, mut next) = (0, Some(id));
                while let Some(this) = next.filter(|_| levels <= 20) {
                    next = self.cabinets[&this];
                    levels += 1;
                }
                // The tree has ten levels at most; a circle has no end.
                let deep = self.deepest(id) + levels - 1 > 10;
                (deep || parent.is_some_and(|it| self.closed.contains(&it))).then_some("ORG-1")
            }
            "CabinetDetached" => {
                self.cabinets.insert(id, None);
                None
            }
            "CabinetClosed" => {
                self.closed.insert(id);
                let used = self.licenses.values().any(|it| *it == id)
                    || self.issues.values().any(|it| it.1 == Some(id))
                    || self.below(&[id]).next().is_some();
                used.then_some("ORG-6")
            }
            "CabinetPolicySet" => {
                if data["vendor_managed"] == true {
                    self.self_managed.remove(&id);
                    return None;
                }
                self.self_managed.insert(id);
                self.headless(id)
            }
            _ => None,
        }
    }

    /// How many levels a cabinet and those below it make.
    fn deepest(&self, top: Uuid) -> usize {
        let mut level = vec![top];
        for levels in 0..20 {
            if level.is_empty() {
                return levels;
            }
            level = self.below(&level).collect();
        }
        20
    }

    /// The open cabinets directly below these.
    fn below(&self, above: &[Uuid]) -> impl Iterator<Item = Uuid> {
        let cabinets = self.cabinets.iter();
        let below = cabinets.filter(move |it| it.1.is_some_and(|parent| above.contains(&parent)));
        below.map(|it| *it.0).filter(move |id| !self.closed.contains(id))
    }

    fn person(&mut self, event: &Logged) -> Option<&'static str> {
        let (id, data) = (event.id, &event.data);
        match event.r#type.as_str() {
            "UserRegistered" => return self.doubled(id),
            "UserRoleGranted" if data["role"] == "admin" => drop(self.administrators.insert(id)),
            "UserRoleGranted" => {
                self.administrators.remove(&id);
                return self.unadministered();
            }
            "UserDeactivated" => {
                self.inactive.insert(id);
                return self.unadministered();
            }
            "UserReactivated" => {
                self.inactive.remove(&id);
                return self.doubled(id);
            }
            "MembershipJoined" => {
                let grants = data["grant"]["role"] == "client_admin";
                self.members.insert(id, (uuid(&data["cabinet"]), uuid(&data["user"]), grants));
            }
            "MembershipChanged" | "MembershipRemoved" => {
                let member = self.members.get_mut(&id).unwrap();
                let before =
                    std::mem::replace(&mut member.2, data["grant"]["role"] == "client_admin");
                let (cabinet, _, now) = *member;
                return if before && !now { self.headless(cabinet) } else { None };
            }
            _ => {}
        }
        None
    }

    /// IAM-1: one account for each mailbox, of those that are not deactivated.
    fn doubled(&mut self, id: Uuid) -> Option<&'static str> {
        self.users.insert(id);
        let same =
            |it: &&Uuid| self.mailboxes[it] == self.mailboxes[&id] && !self.inactive.contains(it);
        (self.users.iter().filter(same).count() > 1).then_some("IAM-1")
    }

    fn unadministered(&self) -> Option<&'static str> {
        let left = self.administrators.difference(&self.inactive).count();
        (left == 0).then_some("IAM-7")
    }

    /// A cabinet that looks after itself keeps an administrator who can sign in.
    fn headless(&self, cabinet: Uuid) -> Option<&'static str> {
        let left =
            |it: &&(Uuid, Uuid, bool)| it.0 == cabinet && it.2 && !self.inactive.contains(&it.1);
        let needed = self.self_managed.contains(&cabinet) && !self.closed.contains(&cabinet);
        (needed && !self.members.values().any(|it| left(&it))).then_some("ORG-3")
    }
}

fn uuid(value: &Value) -> Uuid {
    maybe(value).unwrap()
}

fn maybe(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

fn stretches(value: &Value) -> Vec<(Uuid, DateTime<Utc>, DateTime<Utc>)> {
    let stretch = |it: &Value| (uuid(&it["resource"]), time(&it["from"]), time(&it["until"]));
    value.as_array().unwrap().iter().map(stretch).collect()
}
