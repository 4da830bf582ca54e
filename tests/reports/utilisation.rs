//! How much resources are booked, in weeks that are not like others.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, World};
use uuid::Uuid;

use crate::scheduling::salon::in_days;

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
    // On Easter Monday from ten to eleven only, and the Monday before not at half past nine.
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
    let off = bar.book("2030-04-06T23:00:00").await;
    let off = bar.admin.delete(&format!("/appointments/{off}")).await.expect(StatusCode::OK);
    let (position, period) = (off.position(), "from=2030-03-25&until=2030-04-08");

    let answer = bar.run(period, position).await;
    // A night of seven hours, three of a morning without the half, and of the nights of two Sundays
    // what lies in the week; then a night of eight, the hour of the exception, and the same.
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
    let elsewhere = bar.run(&format!("{period}&zone=Pacific/Auckland"), position).await;
    let booked = |answer: &Value, week: usize| answer["data"][week]["booked_minutes"].clone();
    assert_eq!([booked(&elsewhere, 0), booked(&elsewhere, 1)], [60, 120]);
    // Of a week that is cut the days in the period count.
    let cut = bar.run("from=2030-04-01&until=2030-04-02", position).await;
    assert_eq!(cut["data"][0]["available_minutes"], 2 * (60 + 120), "{cut}");

    for model in ["scheduling.resource", "scheduling.appointment"] {
        bar.world.told(&["rebuild", model]);
    }
    assert_eq!(bar.run(period, position).await["data"], answer["data"]);

    bar.nobody_came().await;
    bar.refuses().await;
    bar.world.stop().await;
}

impl Bar {
    async fn open() -> Self {
        let world = World::start().await;
        let admin = world.admin().await;
        let night = |day| json!({ "day": day, "from": "22:00:00", "until": "02:00:00" });
        let bar = json!({
            "kind": "room", "name": "Bar", "capacity": 2, "zone": "Europe/Berlin",
            "weekly": [
                { "day": "Mon", "from": "09:00:00", "until": "12:00:00" },
                { "day": "Sat", "from": "22:00:00", "until": "06:00:00" },
                night("Sun"),
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

    async fn run(&self, query: &str, position: i64) -> Value {
        let path = format!("/reports/utilisation?{query}");
        self.admin.get_at(&path, position).await.expect(StatusCode::OK).body
    }

    /// Whoever did not come had booked all the same.
    async fn nobody_came(&self) {
        let missed = self.book(&in_days(-1)).await;
        let missed = self.admin.post(&format!("/appointments/{missed}/no-show"), json!({})).await;
        let position = missed.expect(StatusCode::OK).position();
        let period = format!("from={}&until={}", &in_days(-1)[..10], &in_days(0)[..10]);
        let row = self.run(&period, position).await["data"][0].clone();
        assert_eq!((&row["booked_minutes"], &row["no_shows"]), (&json!(60), &json!(1)), "{row}");
    }

    /// Who may not run it is told so, and what cannot be asked for by its name.
    async fn refuses(&self) {
        let period = "from=2030-01-01&until=2030-02-01";
        let path = format!("/reports/utilisation?{period}");
        self.world.guest().get(&path).await.expect(StatusCode::UNAUTHORIZED);
        self.world.guest().get("/reports").await.expect(StatusCode::UNAUTHORIZED);
        for (role, runs) in [
            ("client_user", vec!["issues"]),
            ("employee", vec!["issues", "utilisation"]),
            ("analyst", vec![]),
        ] {
            let who = self.world.someone(&self.admin, role, json!({})).await;
            let status = who.get(&path).await.status;
            let expected = if runs.len() == 2 { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(status, expected, "{role}");
            let offered = who.get("/reports").await.expect(StatusCode::OK).body;
            let names = offered["data"].as_array().unwrap().iter().map(|it| &it["name"]);
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
