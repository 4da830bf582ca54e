//! Appointments by HTTP: booking, holding, moving, conflicts, schedules, and who sees what.

use std::time::{Duration, Instant};

use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, World};
use uuid::Uuid;

use super::salon::{Salon, start_in_days};

#[tokio::test]
async fn sch_1_of_64_concurrent_bookings_as_many_succeed_as_there_are_places() {
    let world = World::start().await;
    let salon = Salon::open(world.admin().await).await;
    let customers: Vec<_> = join_all((0..64).map(|_| salon.customer())).await;
    let start = start_in_days(3);

    for (body_for, places) in
        [(Salon::cut_request as fn(&Salon, _, &str) -> Value, 1), (Salon::class_request, 3)]
    {
        let book =
            |&customer| salon.admin.post("/appointments", body_for(&salon, customer, &start));
        let answers = join_all(customers.iter().map(book)).await;
        let (booked, refused): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| answer.status == StatusCode::CREATED);
        assert_eq!((booked.len(), refused.len()), (places, 64 - places));
        for answer in refused {
            assert_eq!(answer.expect(StatusCode::CONFLICT).body["invariant"], "SCH-1");
        }
        // Cancelled, so that the customers are free for the next round (SCH-6).
        for answer in booked {
            let item = format!("/appointments/{}", answer.id());
            salon.admin.delete(&item).await.expect(StatusCode::OK);
        }
    }
}

#[tokio::test]
async fn an_appointment_from_the_search_for_slots_to_its_completion() {
    let world = World::start().await;
    let salon = Salon::open(world.admin().await).await;
    let admin = &salon.admin;
    world.wait_until_settled().await;

    let date = &start_in_days(3)[..10];
    let days = format!("start_date={date}&end_date={date}");
    let path = format!("/appointments/available_slots?service_id={}&{days}", salon.cut);
    let slots = admin.get(&path).await.expect(StatusCode::OK).body;
    let slots = slots["data"].as_array().unwrap();
    assert_eq!(slots.len(), 18, "every half hour from nine to half past five");
    assert_eq!(slots[0]["start"], format!("{date}T09:00:00"));

    let customer = salon.customer().await;
    let booked = salon.book(customer, &start_in_days(3)).await.expect(StatusCode::CREATED);
    let item = format!("/appointments/{}", booked.id());
    let answer = admin.get_at(&item, booked.position()).await.expect(StatusCode::OK).body;
    assert_eq!(answer["data"]["status"], "confirmed");
    assert_eq!(answer["data"]["zone"], "Europe/Berlin");
    let free_slots = admin.get_at(&path, booked.position()).await.expect(StatusCode::OK).body;
    assert_eq!(free_slots["data"].as_array().map(Vec::len), Some(17));
    let moving = format!("{path}&moving={}", booked.id());
    let free_slots = admin.get(&moving).await.expect(StatusCode::OK).body;
    assert_eq!(free_slots["data"].as_array().map(Vec::len), Some(18), "its own time is free");
    world.guest().get(&moving).await.expect(StatusCode::UNAUTHORIZED);
    let [starts, ends] = ["starts_at", "ends_at"].map(|field| answer["data"][field].clone());
    let stretch =
        |resource| json!({ "resource": resource, "from": starts, "until": ends, "kind": "phase" });
    assert_eq!(answer["data"]["stretches"], json!([stretch(salon.anna), stretch(salon.chair)]));

    // A refusal says what is taken, when, and when the next can be had.
    let taken = salon.book(salon.customer().await, &start_in_days(3)).await;
    let taken = taken.expect(StatusCode::CONFLICT).body;
    assert_eq!(
        (&taken["what"], &taken["key"], &taken["from"], &taken["until"]),
        (&json!("resource"), &json!(salon.anna), &starts, &ends)
    );
    assert_eq!(taken["next"]["start"], format!("{date}T10:30:00"), "{taken}");
    the_time_that_is_taken_is_told(&salon, (&starts, &ends)).await;

    let having = async |resource: Uuid| {
        let list = admin.get(&format!("/appointments?filter[resource]={resource}")).await;
        list.expect(StatusCode::OK).body["data"].as_array().map(Vec::len)
    };
    assert_eq!((having(salon.chair).await, having(salon.room).await), (Some(1), Some(0)));
    read_models_are_waited_for_together(admin, &path, booked.position() + 1_000).await;

    let refused = admin.delete(&format!("/customers/{customer}")).await;
    let refused = refused.expect(StatusCode::CONFLICT).body;
    assert_eq!(
        (&refused["invariant"], refused["appointments"].as_array().map(Vec::len)),
        (&json!("CRM-3"), Some(1))
    );

    let moved =
        admin.patch(&item, json!({ "start": start_in_days(4) })).await.expect(StatusCode::OK);
    let free_slots = admin.get_at(&path, moved.position()).await.expect(StatusCode::OK).body;
    assert_eq!(
        free_slots["data"].as_array().map(Vec::len),
        Some(18),
        "SCH-14: the old slot is free"
    );
    let before = admin.get(&format!("{item}?as_of={}", booked.position())).await;
    let before = before.expect(StatusCode::OK).body;
    assert_eq!(before["data"], answer["data"], "as it was before it moved");
    assert_eq!(before["meta"]["as_of"]["position"], booked.position());
    admin.get(&format!("{item}?as_of=0")).await.expect(StatusCode::NOT_FOUND);
    admin.get(&format!("{item}?as_of=now")).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    admin.patch(&item, json!({ "colour": "red" })).await.expect(StatusCode::UNPROCESSABLE_ENTITY);

    for text in ["add-customer-note", "add-internal-note"] {
        let note = json!({ "text": text });
        admin.post(&format!("{item}/{text}"), note).await.expect(StatusCode::OK);
    }
    let client = world.user_with_role(admin, "client_user", json!({ "customer": customer })).await;
    world.wait_until_settled().await;
    let count = async |caller: &Caller, part: &str| {
        let answer = caller.get(&format!("{item}/{part}")).await.expect(StatusCode::OK);
        answer.body["data"].as_array().map_or(0, Vec::len)
    };
    assert_eq!((count(admin, "notes").await, count(&client, "notes").await), (2, 1));
    assert_eq!((count(admin, "history").await, count(&client, "history").await), (4, 3));

    names_reach_as_far_as_rights(&salon, &client, &item, customer).await;

    // Appointments of a customer, and statistics.
    let own = client.get("/appointments/customer_appointments").await.expect(StatusCode::OK).body;
    assert_eq!(own["data"][0]["id"], booked.id().to_string(), "{own}");
    let without_customer = admin.get("/appointments/customer_appointments").await;
    without_customer.expect(StatusCode::UNPROCESSABLE_ENTITY);
    let stats = admin.get("/appointments/stats?filter[status]=confirmed").await;
    let stats = stats.expect(StatusCode::OK).body;
    assert_eq!(stats["data"]["total"], 1, "{stats}");
    assert_eq!(stats["data"]["by_service"], json!({ salon.cut.to_string(): 1 }), "{stats}");
    let other =
        world.user_with_role(admin, "client_user", json!({ "customer": salon.customer().await }));
    let stats = other.await.get("/appointments/stats").await.expect(StatusCode::OK).body;
    assert_eq!(stats["data"]["total"], 0, "what they do not see is not counted: {stats}");

    it_is_carried_out(admin, &client, &item).await;
    admin.delete(&format!("/customers/{customer}")).await.expect(StatusCode::OK);
}

/// A check-in on the day of the appointment, taken back once, and its completion.
async fn it_is_carried_out(admin: &Caller, client: &Caller, item: &str) {
    client.post(&format!("{item}/start"), json!({})).await.expect(StatusCode::FORBIDDEN);
    let early = admin.post(&format!("{item}/start"), json!({})).await;
    let early = early.expect(StatusCode::CONFLICT).body;
    assert_eq!((&early["code"], &early["invariant"]), (&json!("too_early"), &json!("SCH-7")));
    let late = json!({ "start": start_in_days(-1), "override_reason": "written down late" });
    admin.patch(item, late).await.expect(StatusCode::OK);
    let mistake = json!({ "reason": "a mistake" });
    for (verb, body, status) in [
        ("start", json!({}), "started"),
        ("reopen", mistake, "confirmed"),
        ("start", json!({}), "started"),
        ("complete", json!({}), "completed"),
    ] {
        let changed = admin.post(&format!("{item}/{verb}"), body).await.expect(StatusCode::OK);
        let answer = admin.get_at(item, changed.position()).await.body;
        assert_eq!(answer["data"]["status"], status);
    }
    let refused = admin.post(&format!("{item}/cancel"), json!({})).await;
    assert_eq!(refused.expect(StatusCode::CONFLICT).body["invariant"], "SCH-7");
}

/// Not the one that was asked for: a quarter past ten, until a quarter to eleven.
async fn the_time_that_is_taken_is_told(salon: &Salon, taken_time: (&Value, &Value)) {
    let later = start_in_days(3).replace("10:00:00", "10:15:00");
    let taken = salon.book(salon.customer().await, &later).await.expect(StatusCode::CONFLICT).body;
    assert_eq!((&taken["from"], &taken["until"]), taken_time);
}

#[tokio::test]
async fn a_dry_run_tells_what_can_be_booked_or_moved_and_does_nothing() {
    let world = World::start().await;
    let salon = Salon::open(world.admin().await).await;
    let (admin, start) = (&salon.admin, start_in_days(3));
    let (book, dry_run) =
        ("/appointments?dry_run=true", salon.cut_request(salon.customer().await, &start));
    for _ in 0..2 {
        admin.post(book, dry_run.clone()).await.expect(StatusCode::NO_CONTENT);
    }
    let taken = salon.book(salon.customer().await, &start).await.expect(StatusCode::CREATED);
    let refused = admin.post(book, dry_run).await.expect(StatusCode::CONFLICT).body;
    assert_eq!(refused["invariant"], "SCH-1");

    let other = salon.book(salon.customer().await, &start_in_days(4)).await;
    let item = format!("/appointments/{}", other.expect(StatusCode::CREATED).id());
    world.wait_until_settled().await;
    let reschedule = async |start: &str| {
        admin.post(&format!("{item}/reschedule?dry_run=true"), json!({ "start": start })).await
    };
    let refused = reschedule(&start).await.expect(StatusCode::CONFLICT).body;
    assert_eq!((&refused["invariant"], &refused["key"]), (&json!("SCH-1"), &json!(salon.anna)));
    assert_eq!(refused["next"]["start"], start.replace("10:00:00", "10:30:00"), "{refused}");
    let at_night = reschedule(&start.replace("T10", "T20")).await.expect(StatusCode::CONFLICT);
    assert_eq!(at_night.body["invariant"], "SCH-5");
    // Its own time is free for it.
    let later = start_in_days(4).replace("10:00:00", "10:15:00");
    reschedule(&later).await.expect(StatusCode::NO_CONTENT);

    // Nothing has happened.
    let is_dry = admin.post(&format!("{item}/reschedule?dry_run=perhaps"), json!({})).await;
    is_dry.expect(StatusCode::UNPROCESSABLE_ENTITY);
    let found = admin.get(&item).await.expect(StatusCode::OK).body;
    assert_eq!(
        (&found["data"]["start"], &found["meta"]["version"]),
        (&json!(start_in_days(4)), &json!(1))
    );
    let all = admin.get("/appointments").await.expect(StatusCode::OK).body;
    assert_eq!(all["data"].as_array().map(Vec::len), Some(2), "{all}");
    admin
        .delete(&format!("/appointments/{}?dry_run=true", taken.id()))
        .await
        .expect(StatusCode::NO_CONTENT);
    reschedule(&start).await.expect(StatusCode::CONFLICT);
}

async fn read_models_are_waited_for_together(caller: &Caller, path: &str, position: i64) {
    let begun = Instant::now();
    let stale = caller.get_at(path, position).await.expect(StatusCode::OK);
    assert!(stale.headers.contains_key("warning") && begun.elapsed() < Duration::from_secs(4));
}

/// What is called how, as far as an administrator and a client may see it.
async fn names_reach_as_far_as_rights(salon: &Salon, client: &Caller, item: &str, customer: Uuid) {
    let admin = &salon.admin;
    let named = |topic: &str, name: &str| json!({ "topic": topic, "name": name });
    let path = format!("/appointments?include=names&filter[resource]={}", salon.chair);
    let german = json!({ "texts": { "de": { "name": "Schnitt" } } });
    let cut = admin.patch(&format!("/services/{}", salon.cut), german).await.expect(StatusCode::OK);
    let listed = admin.get_at(&path, cut.position()).await.expect(StatusCode::OK).body;
    let mut service = named("scheduling.service", "Cut");
    service["translations"] = json!({ "de": "Schnitt" });
    for (id, name) in [
        (customer, named("crm.customer", "Somebody")),
        (salon.cut, service),
        (salon.anna, named("scheduling.resource", "Anna")),
        (salon.chair, named("scheduling.resource", "Chair 1")),
    ] {
        assert_eq!(listed["names"][id.to_string()], name, "{listed:#}");
    }
    let other_room = format!("/appointments?include=names&filter[resource]={}", salon.room);
    let listed = admin.get(&other_room).await.expect(StatusCode::OK).body;
    assert_eq!((&listed["data"], &listed["names"]), (&json!([]), &json!({})));
    let who = admin.get("/me").await.body["data"]["user"].as_str().unwrap().to_owned();
    for part in ["/history", "/explain?field=start", ""] {
        let separator = if part.contains('?') { '&' } else { '?' };
        let path = format!("{item}{part}{separator}include=names");
        let names =
            |answer: tests::world::Answer| answer.expect(StatusCode::OK).body["names"].clone();
        let (for_admin, for_client) =
            (names(admin.get(&path).await), names(client.get(&path).await));
        if part.is_empty() {
            assert_eq!(
                for_admin, for_client,
                "clients see customer, service and resources as well"
            );
        } else {
            assert_eq!(for_admin[&who]["topic"], "identity.user", "{for_admin}");
            assert_eq!(for_client, json!({}), "staff are no names for clients");
        }
    }
    let audit = format!("/audit?include=names&topic=crm.customer&id={customer}");
    let audit = admin.get(&audit).await.expect(StatusCode::OK).body;
    assert_eq!(audit["names"][customer.to_string()]["name"], "Somebody", "{audit:#}");
}

#[tokio::test]
async fn schedules_and_conflicts_are_shown_to_those_concerned() {
    let mut world = World::start().await;
    let salon = Salon::open(world.admin().await).await;
    let admin = &salon.admin;
    let employee = world.user_with_role(admin, "employee", json!({})).await;
    let user = employee.get("/me").await.body["data"]["user"].clone();
    let ben = json!({
        "kind": "person", "name": "Ben", "user": user, "zone": "Europe/Berlin",
        "weekly": salon.weekly,
    });
    let ben = admin.post("/resources", ben).await.expect(StatusCode::CREATED).id();
    let customer = salon.customer().await;
    let mut cut = salon.cut_request(customer, &start_in_days(3));
    cut["resources"] = json!([ben, salon.chair]);
    let cut = admin.post("/appointments", cut).await.expect(StatusCode::CREATED).id();
    let mut classes = vec![];
    for _ in 0..2 {
        let class = salon.class_request(salon.customer().await, &start_in_days(3));
        classes.push(admin.post("/appointments", class).await.expect(StatusCode::CREATED).id());
    }
    let client = world.user_with_role(admin, "client_user", json!({ "customer": customer })).await;
    world.wait_until_settled().await;
    let ids = |answer: &Value| -> Vec<Uuid> {
        let rows = answer["data"].as_array().unwrap().iter();
        rows.map(|row| row["id"].as_str().unwrap().parse().unwrap()).collect()
    };

    let date = &start_in_days(3)[..10];
    let days = format!("start_date={date}&end_date={date}");
    let schedule = format!("/appointments/employee_schedule?{days}");
    let own = employee.get(&schedule).await.expect(StatusCode::OK).body;
    assert_eq!(ids(&own), [cut], "{own}");
    let slots = format!("/time-slots?resource_id={}&{days}", salon.room);
    let slots = salon.admin.get(&slots).await.expect(StatusCode::OK).body;
    let taken: Vec<_> =
        slots["data"].as_array().unwrap().iter().map(|slot| &slot["taken"]).collect();
    assert_eq!(taken, [0, 2, 0], "{slots}");

    let conflicts = "/appointments/conflicts";
    client.get(conflicts).await.expect(StatusCode::FORBIDDEN);
    assert!(ids(&employee.get(conflicts).await.expect(StatusCode::OK).body).is_empty());
    let reduced = format!("/resources/{}/change-capacity", salon.room);
    let reduced = admin.post(&reduced, json!({ "capacity": 1 })).await.expect(StatusCode::OK);
    let conflicting =
        employee.get_at(conflicts, reduced.position()).await.expect(StatusCode::OK).body;
    let mut conflicting = ids(&conflicting);
    conflicting.sort_unstable();
    assert_eq!(conflicting, classes, "the room has one place now");

    let business = json!({
        "name": "Salon", "slug": "salon", "zone": "Europe/Berlin", "currency": "EUR",
        "languages": ["de"],
    });
    salon.admin.post("/business/set-up", business).await.expect(StatusCode::OK);
    salon.admin.post("/business/publish", json!({})).await.expect(StatusCode::OK);
    // Only staff see which account a resource belongs to.
    let path = format!("/resources/{ben}");
    for (caller, shown_user) in
        [(&employee, user), (&client, json!(null)), (&world.guest(), json!(null))]
    {
        for path in [&path, "/resources?filter[name]=Ben"] {
            let answer = caller.get(path).await.expect(StatusCode::OK).body;
            let row = if answer["data"].is_array() { &answer["data"][0] } else { &answer["data"] };
            assert_eq!((&row["name"], &row["user"]), (&json!("Ben"), &shown_user), "{path}");
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn a_held_slot_is_blocked_until_it_is_booked_or_released() {
    let world = World::start().await;
    let salon = Salon::open(world.admin().await).await;
    let admin = &salon.admin;
    let (first, second) = (salon.customer().await, salon.customer().await);
    let hold = async || {
        let mut hold = salon.cut_request(first, &start_in_days(3));
        hold["customer"] = json!(null);
        admin.post("/appointments/holds", hold).await
    };

    let held = hold().await.expect(StatusCode::CREATED);
    assert_eq!(held.headers["location"], format!("/api/v1/appointments/{}", held.id()));
    let refused = salon.book(second, &start_in_days(3)).await.expect(StatusCode::CONFLICT);
    assert_eq!(refused.body["invariant"], "SCH-1");

    admin.delete(&format!("/appointments/{}", held.id())).await.expect(StatusCode::OK);
    let held = hold().await.expect(StatusCode::CREATED);
    let book = format!("/appointments/{}/book-held", held.id());
    admin.post(&book, json!({ "customer": first })).await.expect(StatusCode::OK);

    let overlapping = salon.class_request(first, &start_in_days(3));
    let overlapping = admin.post("/appointments", overlapping).await.expect(StatusCode::CONFLICT);
    assert_eq!(overlapping.body["invariant"], "SCH-6");
    let mut with_others = salon.class_request(first, &start_in_days(3));
    with_others["party_size"] = json!(2);
    admin.post("/appointments", with_others).await.expect(StatusCode::CREATED);
}

#[tokio::test]
async fn notice_opening_hours_and_clock_changes_are_enforced() {
    let world = World::start().await;
    let salon = Salon::open(world.admin().await).await;
    let customer = salon.customer().await;
    let refused = async |start: &str| {
        let answer = salon.book(customer, start).await;
        (answer.status.as_u16(), answer.body["invariant"].clone())
    };
    assert_eq!(refused(&start_in_days(-1)).await, (409, json!("SCH-4")));
    assert_eq!(refused(&start_in_days(400)).await, (409, json!("SCH-4")));
    assert_eq!(refused(&start_in_days(3).replace("T10", "T20")).await, (409, json!("SCH-5")));
    assert_eq!(refused("2030-03-31T02:30:00").await, (422, json!("SCH-9")));

    // Starts that are not whole seconds or not in the calendar.
    for start in ["2030-01-08T10:00:00.5", "2030-01-08T23:59:60", "-262143-01-01T10:00:00"] {
        let invalid = salon.book(customer, start).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(invalid.body["fields"][0]["pointer"], "/start", "{:#}", invalid.body);
    }
    for date in ["-4713-11-24", "-262143-01-01"] {
        let days = format!("start_date={date}&end_date={date}");
        let path = format!("/appointments/available_slots?service_id={}&{days}", salon.cut);
        let refused = salon.admin.get(&path).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.body["fields"][0]["pointer"], "start_date", "{:#}", refused.body);
    }

    let mut urgent = salon.cut_request(customer, &start_in_days(3).replace("T10", "T20"));
    urgent["override_reason"] = json!("a bride");
    let client =
        world.user_with_role(&salon.admin, "client_user", json!({ "customer": customer })).await;
    client.post("/appointments", urgent.clone()).await.expect(StatusCode::FORBIDDEN);
    salon.admin.post("/appointments", urgent).await.expect(StatusCode::CREATED);
    client
        .post("/appointments", salon.cut_request(customer, &start_in_days(4)))
        .await
        .expect(StatusCode::CREATED);
    let another = salon.cut_request(salon.customer().await, &start_in_days(5));
    client.post("/appointments", another).await.expect(StatusCode::FORBIDDEN);
}
