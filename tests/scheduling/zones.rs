//! A new version of the time zone database: appointments keep their local time, and collisions are
//! listed.

use chrono::{DateTime, TimeDelta, Utc};
use commands::{CommandEnvelope, Commands};
use domain::{
    Decider, Id, Meta,
    identity::Actor,
    scheduling::{
        appointment::{self, Appointment, Event},
        resource::{self, Resource},
    },
};
use projections::{Projections, scheduling};
use sealing::KeyRing;
use serde_json::{Value, json};
use tests::database::{Database, frozen_clock};
use workers::{Task, Window, scheduling::TimeZoneUpdates};

/// A chair in Berlin, booked under older and newer versions of the zone's rules.
struct ChairBookings {
    database: Database,
    commands: Commands,
    chair: Id<Resource>,
}

#[tokio::test]
async fn sch_9_when_the_rules_of_a_zone_change_local_times_stay_and_what_collides_is_listed() {
    let bookings = ChairBookings::open().await;
    let (old, old_later, new) = (id("older"), id("later"), id("newer"));
    // Under rules by which Berlin is an hour ahead of its real offset.
    bookings.record_booking(old, "2020a", "10:00", "08:00").await;
    bookings.record_booking(old_later, "2020a", "12:00", "10:00").await;
    bookings.record_booking(new, "2999a", "10:00", "09:00").await;
    bookings.project().await;
    assert!(bookings.conflicts().await.is_empty());

    for _ in 0..2 {
        let window = Window { from: now(), until: now() };
        let zones = TimeZoneUpdates::new(bookings.commands.clone(), bookings.database.app.clone());
        zones.run(window).await.unwrap();
        bookings.project().await;
    }
    for (appointment, expected) in [
        (old, Some("2030-01-14T09:00:00Z")),
        (old_later, Some("2030-01-14T11:00:00Z")),
        (new, None),
    ] {
        let history =
            bookings.commands.aggregates().history::<Appointment>(appointment).await.unwrap();
        let recomputed: Vec<_> = history
            .iter()
            .filter_map(|recorded| match &recorded.event {
                Event::InstantRecomputed { plan } => Some(plan),
                _ => None,
            })
            .collect();
        let instants: Vec<_> = recomputed.iter().map(|plan| plan.start.utc).collect();
        let expected: Vec<DateTime<Utc>> =
            expected.iter().map(|instant| instant.parse().unwrap()).collect();
        assert_eq!(instants, expected, "once, to where the local time is now");
    }
    assert_eq!(bookings.conflicts().await, sorted([old, new]));
    // The claims match the events.
    assert_eq!(bookings.database.faults().await, [""; 0]);
    bookings.database.stop().await;
}

impl ChairBookings {
    async fn open() -> Self {
        let database = Database::new().await;
        let commands = database.commands_at(frozen_clock(now()));
        let chair = Id::derived(&["chair"]);
        let register = json!({
            "type": "register", "kind": "chair", "name": "Chair", "zone": "Europe/Berlin",
        });
        let register: resource::Command = serde_json::from_value(register).unwrap();
        commands
            .execute(CommandEnvelope::new(chair, register, Actor::system("test")))
            .await
            .unwrap();
        Self { database, commands, chair }
    }

    /// Records a booking of the chair for an hour on 14 January, as a program with these rules
    /// would.
    async fn record_booking(&self, id: Id<Appointment>, tzdb: &str, local: &str, utc: &str) {
        let start: DateTime<Utc> = format!("2030-01-14T{utc}:00Z").parse().unwrap();
        let (until, customer) = (start + TimeDelta::hours(1), Id::<()>::new());
        let data: Value = json!({
            "customer": customer, "service": Id::<()>::new(), "party_size": 1, "status": "confirmed",
            "plan": {
                "start": {
                    "local": format!("2030-01-14T{local}:00"), "zone": "Europe/Berlin",
                    "tzdb": tzdb, "utc": start,
                },
                "until": until, "cutoff": start - TimeDelta::hours(24),
                "stretches": [{
                    "resource": self.chair, "from": start, "until": until, "capacity": 1,
                }],
            },
        });
        sqlx::query(
            "insert into event_store.events
             select max(position) + 1, $1, $2, 1, 'AppointmentBooked', 1, $3, $4, $5
             from event_store.events",
        )
        .bind(Appointment::NAME)
        .bind(id.uuid())
        .bind(data)
        .bind(serde_json::to_value(Meta::default()).unwrap())
        .bind(now())
        .execute(&self.database.owner)
        .await
        .unwrap();
        let claims = [
            ("resource", self.chair.to_string()),
            (appointment::CUSTOMER_TIME_CLAIM, customer.to_string()),
        ];
        for (what, key) in claims {
            sqlx::query(
                "insert into event_store.time_claims values ($1, $2, tstzrange($3, $4), null, $5, $6)",
            )
            .bind(what)
            .bind(key)
            .bind(start)
            .bind(until)
            .bind(Appointment::NAME)
            .bind(id.uuid())
            .execute(&self.database.owner)
            .await
            .unwrap();
        }
    }

    async fn project(&self) {
        let ring = KeyRing::new(self.database.app.clone(), self.database.master.clone());
        let projections = Projections::new(self.database.app.clone(), ring, None);
        for model in [&scheduling::resource::PROJECTOR, &scheduling::appointment::PROJECTOR] {
            projections.catch_up(model).await.unwrap();
        }
    }

    async fn conflicts(&self) -> Vec<uuid::Uuid> {
        let mut conflicts =
            scheduling::schedule::double_booked_appointments(&self.database.app, now())
                .await
                .unwrap();
        conflicts.sort_unstable();
        conflicts
    }
}

fn now() -> DateTime<Utc> {
    "2030-01-07T09:00:00Z".parse().unwrap()
}

fn id(name: &str) -> Id<Appointment> {
    Id::derived(&[name])
}

fn sorted<const N: usize>(ids: [Id<Appointment>; N]) -> [uuid::Uuid; N] {
    let mut ids = ids.map(Id::uuid);
    ids.sort_unstable();
    ids
}
