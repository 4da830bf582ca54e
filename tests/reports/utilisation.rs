//! Utilisation in local time: clock changes, exceptions, closed periods, weeks cut by the period,
//! and who may run the report.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, World};
use uuid::Uuid;

use crate::scheduling::salon::start_in_days;

/// A bar for two at once: open on Monday mornings, and in the nights after Saturday and Sunday.
struct Bar {
    world: World,
    admin: Caller,
    room: Uuid,
    /// An hour there.
    visit: Uuid,
}

#[tokio::test]
async fn booked_and_available_minutes_are_those_of_the_clock_on_the_wall() {
    let mut bar = Bar::open().await;
    let path = format!("/resources/{}", bar.room);
    // On 1 April open from ten to eleven only, on 25 March closed from half past nine to ten.
    let exception = json!({
        "date": "2030-04-01", "hours": [{ "from": "10:00:00", "until": "11:00:00" }],
    });
    let exception = bar.admin.post(&format!("{path}/add-availability-exception"), exception).await;
    exception.expect(StatusCode::OK);
    let closed = json!({ "from": "2030-03-25T08:30:00Z", "until": "2030-03-25T09:00:00Z" });
    bar.admin.post(&format!("{path}/close-period"), closed).await.expect(StatusCode::OK);
    // An hour from half past one until half past three: the clocks are put forward meanwhile.
    bar.book("2030-03-31T01:30:00").await;
    // One that reaches from one week into the next.
    bar.book("2030-03-31T23:30:00").await;
    bar.book("2030-04-06T23:00:00").await;
    let cancelled = bar.book("2030-04-06T23:00:00").await;
    let cancelled =
        bar.admin.delete(&format!("/appointments/{cancelled}")).await.expect(StatusCode::OK);
    let (position, period) = (cancelled.position(), "from=2030-03-25&until=2030-04-08");

    let answer = bar.report(period, position).await;
    // Week 13: seven hours of a night, 150 minutes of the morning, and the parts of two Sunday
    // nights; week 14: eight hours of a night, the hour of the exception, and the same parts.
    let weeks = [
        ("2030-W13", "2030-03-25", 2 * (7 * 60 + 150 + 240), 90, 2),
        ("2030-W14", "2030-04-01", 2 * (8 * 60 + 60 + 240), 90, 2),
    ];
    for (row, (week, monday, available, booked, appointments)) in
        answer["data"].as_array().unwrap().iter().zip(weeks)
    {
        let ratio = (f64::from(booked) / f64::from(available) * 10_000.0).round() / 10_000.0;
        let expected = json!({
            "resource": bar.room, "name": "Bar", "kind": "room", "week": week, "starts_on": monday,
            "available_minutes": available, "booked_minutes": booked, "ratio": ratio,
            "appointments": appointments, "no_shows": 0,
        });
        assert_eq!(*row, expected);
    }
    assert_eq!(answer["data"].as_array().unwrap().len(), 2);
    assert!(answer["meta"]["position"].as_i64() >= Some(position), "{answer}");

    // In Auckland the week begins before Sunday's night in Berlin.
    let in_auckland = bar.report(&format!("{period}&zone=Pacific/Auckland"), position).await;
    let booked = |answer: &Value, week: usize| answer["data"][week]["booked_minutes"].clone();
    assert_eq!([booked(&in_auckland, 0), booked(&in_auckland, 1)], [60, 120]);
    // Of a week that the period cuts, only the days in the period count.
    let cut = bar.report("from=2030-04-01&until=2030-04-02", position).await;
    assert_eq!(cut["data"][0]["available_minutes"], 2 * (60 + 120), "{cut}");

    for model in ["scheduling.resource", "scheduling.appointment"] {
        bar.world.cli(&["rebuild", model]);
    }
    assert_eq!(bar.report(period, position).await["data"], answer["data"]);

    bar.no_shows_count_as_booked().await;
    bar.assert_refusals().await;
    bar.world.stop().await;
}

impl Bar {
    async fn open() -> Self {
        let world = World::start().await;
        let admin = world.admin().await;
        let night_of = |day| json!({ "day": day, "from": "22:00:00", "until": "02:00:00" });
        let bar = json!({
            "kind": "room", "name": "Bar", "capacity": 2, "zone": "Europe/Berlin",
            "weekly": [
                { "day": "Mon", "from": "09:00:00", "until": "12:00:00" },
                { "day": "Sat", "from": "22:00:00", "until": "06:00:00" },
                night_of("Sun"),
            ],
        });
        let room = admin.post("/resources", bar).await.expect(StatusCode::CREATED).id();
        let visit = json!({
            "name": "Visit", "phases": [{ "minutes": 60, "needs": ["room"] }], "step_minutes": 30,
        });
        let visit = admin.post("/services", visit).await.expect(StatusCode::CREATED).id();
        Self { world, admin, room, visit }
    }

    async fn book(&self, start: &str) -> Uuid {
        let customer = json!({ "name": "Somebody", "walk_in": true });
        let customer = self.admin.post("/customers", customer).await.expect(StatusCode::CREATED);
        let appointment = json!({
            "customer": customer.id(), "service": self.visit, "resources": [self.room],
            "start": start, "override_reason": "a regular",
        });
        self.admin.post("/appointments", appointment).await.expect(StatusCode::CREATED).id()
    }

    async fn report(&self, query: &str, position: i64) -> Value {
        let path = format!("/reports/utilisation?{query}");
        self.admin.get_at(&path, position).await.expect(StatusCode::OK).body
    }

    /// A no-show counts as booked time.
    async fn no_shows_count_as_booked(&self) {
        let no_show = self.book(&start_in_days(-1)).await;
        let no_show = self.admin.post(&format!("/appointments/{no_show}/no-show"), json!({})).await;
        let position = no_show.expect(StatusCode::OK).position();
        let period = format!("from={}&until={}", &start_in_days(-1)[..10], &start_in_days(0)[..10]);
        let row = self.report(&period, position).await["data"][0].clone();
        assert_eq!((&row["booked_minutes"], &row["no_shows"]), (&json!(60), &json!(1)), "{row}");
    }

    /// Callers without the right are refused; a bad parameter is reported by its name.
    async fn assert_refusals(&self) {
        let period = "from=2030-01-01&until=2030-02-01";
        let path = format!("/reports/utilisation?{period}");
        self.world.guest().get(&path).await.expect(StatusCode::UNAUTHORIZED);
        self.world.guest().get("/reports").await.expect(StatusCode::UNAUTHORIZED);
        for (role, runs) in [
            ("client_user", vec!["issues"]),
            ("employee", vec!["issues", "utilisation"]),
            ("analyst", vec![]),
        ] {
            let caller = self.world.user_with_role(&self.admin, role, json!({})).await;
            let status = caller.get(&path).await.status;
            let expected = if runs.len() == 2 { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(status, expected, "{role}");
            let offers = caller.get("/reports").await.expect(StatusCode::OK).body;
            let names = offers["data"].as_array().unwrap().iter().map(|offer| &offer["name"]);
            assert_eq!(names.collect::<Vec<_>>(), runs, "{role}");
        }
        for (query, field) in [
            ("until=2030-01-01", "from"),
            ("from=2030-01-01", "until"),
            ("from=soon&until=2030-01-01", "from"),
            ("from=-9999-01-01&until=2030-01-01", "from"),
            ("from=2030-01-01&until=2030-01-01", "until"),
            ("from=2030-01-01&until=2031-02-06", "until"),
            (&format!("{period}&zone=Mars/Olympus"), "zone"),
            (&format!("{period}&colour=red"), "colour"),
            (&format!("{period}&q=bar"), "q"),
            (&format!("{period}&sort=available_minutes"), "sort"),
            (&format!("{period}&filter[created_at]=2030"), "filter[created_at]"),
            (&format!("{period}&filter[ratio]=much"), "filter[ratio]"),
            (&format!("{period}&cabinet_id={}", Uuid::nil()), "cabinet_id"),
        ] {
            let refused = self.admin.get(&format!("/reports/utilisation?{query}")).await;
            let refused = refused.expect(StatusCode::UNPROCESSABLE_ENTITY).body;
            assert_eq!(refused["fields"][0]["pointer"], field, "{refused}");
        }
    }
}
