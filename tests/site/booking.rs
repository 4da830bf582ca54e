//! The homepage of a business, and whoever comes by it books without an account and without a script.

use std::{
    fs,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Caller, World};
use tokio::{join, time::sleep};
use uuid::Uuid;

use super::{Browser, Page};
use crate::{
    identity::accounts::mails,
    scheduling::salon::{Salon, start_in_days},
};

#[tokio::test]
async fn sch_12_a_guest_books_by_a_code_moves_by_a_link_and_calls_off() {
    let mut world = World::start().await;
    let salon = Salon::open(world.admin().await).await;
    the_homepage_is_that_of_the_business_once_it_is_published(&world, &salon).await;
    let link = a_guest_books_by_the_pages(&world, &salon).await;
    the_link_leads_to_this_appointment_only(&world, &salon, &link).await;
    programs_book_by_the_api(&world, &salon).await;
    let (ben, link) = somebody_is_chosen_by_name(&world, &salon).await;
    moving_keeps_who_serves(&world, &salon, ben, &link).await;
    one_address_is_one_customer(&world, &salon).await;
    a_time_is_taken_only_when_nobody_is_free(&world, &salon).await;
    nobody_is_blamed_for_mails_that_fail_and_the_link_comes_later(&world, &salon).await;
    nobody_fills_the_calendar_or_a_mailbox(&world, &salon).await;
    world.stop().await;
}

async fn the_homepage_is_that_of_the_business_once_it_is_published(world: &World, salon: &Salon) {
    let (browser, admin) = (Browser::new(world), &salon.admin);
    let portal = browser.get("/").await.says(StatusCode::SEE_OTHER, &[]);
    assert_eq!(portal.headers["location"], "/app/");
    let business = json!({
        "name": "Salon <Linden>", "slug": "linden", "zone": "Europe/Berlin", "currency": "EUR",
        "languages": ["de"], "hours": salon.weekly,
        "accent": { "light": "#0e5c56", "dark": "#4fc3b3" },
        "texts": { "de": { "headline": "Haare in Kreuzberg", "about": "Seit 1998." } },
        "address": { "street": "Lindenstraße 12", "city": "Berlin", "country": "DE" },
        "picture": "https://pictures.example.org/salon.jpg",
    });
    admin.post("/business/set-up", business).await.expect(StatusCode::OK);
    admin.post("/business/publish", json!({})).await.expect(StatusCode::OK);
    let priced = json!({
        "price": { "amount": 3_850, "currency": "EUR" }, "price_from": true,
        "category": "Hair", "texts": { "de": { "name": "Haarschnitt", "category": "Haare" } },
    });
    admin.patch(&format!("/services/{}", salon.cut), priced).await.expect(StatusCode::OK);
    let hidden = json!({ "public": false });
    admin.patch(&format!("/services/{}", salon.class), hidden).await.expect(StatusCode::OK);
    world.wait_until_settled().await;

    let home = browser.get("/").await.says(
        StatusCode::OK,
        &[
            "<h1>Salon &lt;Linden&gt;</h1>",
            "Haare in Kreuzberg",
            "<h2>Haare</h2>",
            "Haarschnitt",
            "ab 38,50\u{a0}€",
            "30 Min.",
            "09:00–18:00",
            "openstreetmap.org/search?query=Lindenstra%C3%9Fe",
            "\"name\":\"Salon \\u003cLinden>\"",
            "--accent:light-dark(#0e5c56,#4fc3b3)",
            &format!("/book/{}?start=", salon.cut),
        ],
    );
    let docs = browser.get("/docs").await.says(StatusCode::SEE_OTHER, &[]);
    assert_eq!(docs.headers["location"], "/api/v1/docs");
    let zone = "(Europe/Berlin)";
    browser.get("/status").await.says(StatusCode::OK, &["Alles funktioniert", zone]);
    let policy = home.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("img-src 'self' https://pictures.example.org;"), "{policy}");
    for hidden in ["Chair 1", "Class"] {
        assert!(home.html.contains("Anna") && !home.html.contains(hidden), "{}", home.html);
    }
    browser
        .get(&format!("/book/{}", salon.class))
        .await
        .says(StatusCode::NOT_FOUND, &["Hier ist nichts"]);
}

/// Answers the link to the appointment.
async fn a_guest_books_by_the_pages(world: &World, salon: &Salon) -> String {
    let (browser, admin) = (Browser::new(world), &salon.admin);
    let book = format!("/book/{}", salon.cut);
    browser.get("/book").await.says(StatusCode::OK, &[&book, "Was darf es sein?"]);
    let start = start_in_days(3);
    let who = format!("{book}?start={start}");
    let day = format!("{book}?day={}", &start[..10]);
    browser.get(&day).await.says(StatusCode::OK, &[&who, "aria-current=\"date\""]);
    browser.get(&who).await.says(StatusCode::OK, &["Wer sind Sie?", "name=\"email\""]);
    let nameless = [("start", &*start), ("email", "gast@example.org")];
    let nameless = browser.send(&book, &nameless).await;
    nameless.says(StatusCode::UNPROCESSABLE_ENTITY, &["id=\"name-more\"", "gast@example.org"]);
    let guest = [("start", &*start), ("email", "gast@example.org"), ("name", "Gast")];
    let page = browser.send(&book, &guest).await.says(StatusCode::OK, &["sechs Ziffern"]);
    // The slot is held, and nobody is recorded yet.
    world.wait_until_settled().await;
    browser.send(&book, &guest).await.says(StatusCode::CONFLICT, &["gerade vergeben"]);
    let found = admin.get("/customers?q=gast").await.expect(StatusCode::OK).body;
    assert_eq!(found["data"], json!([]));
    // Another code is sent for the same hold.
    let hold = page.hidden("hold");
    let again = [&guest[..], &[("hold", &*hold)]].concat();
    let page = browser.send(&book, &again).await.says(StatusCode::OK, &["sechs Ziffern"]);

    let request = page.hidden("request");
    let carried = [("start", &*start), ("hold", &*hold), ("request", &*request)];
    let confirm =
        async |code: &str| browser.send(&book, &[&carried[..], &[("code", code)]].concat()).await;
    confirm("guess").await.says(StatusCode::UNPROCESSABLE_ENTITY, &["nicht der Code"]);
    let mut booked: Option<Page> = None;
    for code in codes(world, "gast@example.org") {
        booked = Some(confirm(&code).await).filter(|page| page.status == StatusCode::SEE_OTHER);
        if booked.is_some() {
            // Whoever sends it twice has booked once.
            confirm(&code).await.says(StatusCode::SEE_OTHER, &[]);
            break;
        }
    }
    let booked = booked.unwrap();
    let link = booked.headers["location"].to_str().unwrap().replace("?new=1", "");
    browser.get(&link).await.says(
        StatusCode::OK,
        &["Ihr Termin", "Haarschnitt", "10:00", "10:30", "bei <b>Anna</b>", "Lindenstraße 12"],
    );
    world.wait_until_settled().await;
    assert!(mails(world).iter().any(|mail| mail.contains(&link)), "{link}");
    sch_11_a_calendar_knows_it_again(&browser, &link, "SEQUENCE:2").await;
    world.wait_until_settled().await;
    let found = admin.get("/customers?q=gast").await.expect(StatusCode::OK).body;
    assert_eq!(found["data"][0]["name"], "Gast", "{found}");
    link
}

/// The id in the file stays, and the number of what happened grows.
async fn sch_11_a_calendar_knows_it_again(browser: &Browser<'_>, link: &str, sequence: &str) {
    let file = browser.get(&format!("{link}/calendar.ics")).await;
    assert_eq!(file.headers["content-type"], "text/calendar; charset=utf-8");
    let summary = "SUMMARY:Haarschnitt\\, Salon <Linden>";
    let file = file.says(StatusCode::OK, &["BEGIN:VEVENT", summary, sequence]);
    let token = link.strip_prefix("/a/").unwrap();
    let appointment = URL_SAFE_NO_PAD.decode(token).unwrap()[..16].try_into().unwrap();
    file.says(StatusCode::OK, &[&format!("UID:{}", Uuid::from_bytes(appointment))]);
}

async fn the_link_leads_to_this_appointment_only(world: &World, salon: &Salon, link: &str) {
    let browser = Browser::new(world);
    let (moves, later) = (format!("{link}/move"), start_in_days(4));
    let day = format!("{moves}?day={}", &later[..10]);
    browser.get(&day).await.says(StatusCode::OK, &[&later]);
    browser.send(&moves, &[("start", &later)]).await.says(StatusCode::SEE_OTHER, &[]);
    let taken = [("start", &*start_in_days(3).replace("10:00:00", "03:00:00"))];
    browser.send(&moves, &taken).await.says(StatusCode::CONFLICT, &["gerade vergeben"]);
    let cancel = format!("{link}/cancel");
    let foreign = browser.send_from("cross-site", &cancel, &[]).await;
    foreign.says(StatusCode::FORBIDDEN, &["nicht erlaubt"]);
    browser.send(&cancel, &[]).await.says(StatusCode::SEE_OTHER, &[]);
    browser.get(link).await.says(StatusCode::OK, &["Ihr Termin ist abgesagt"]);
    browser.send(&moves, &[("start", &later)]).await.says(StatusCode::OK, &["abgesagt"]);
    sch_11_a_calendar_knows_it_again(&browser, link, "SEQUENCE:4").await;

    let token = link.strip_prefix("/a/").unwrap();
    let (ids, proof) = token.split_at(43);
    let forged = format!("{ids}{}{}", if proof.starts_with('A') { 'B' } else { 'A' }, &proof[1..]);
    let other = salon.book(salon.customer().await, &start_in_days(5)).await;
    let other = other.expect(StatusCode::CREATED).id();
    for foreign in [forged, other.to_string(), "A".repeat(86)] {
        browser
            .get(&format!("/a/{foreign}"))
            .await
            .says(StatusCode::NOT_FOUND, &["Hier ist nichts"]);
        let path = format!("/public/appointments/{foreign}");
        world.guest().get(&path).await.expect(StatusCode::NOT_FOUND);
        world
            .guest()
            .post(&format!("{path}/cancel"), json!({}))
            .await
            .expect(StatusCode::NOT_FOUND);
    }
}

async fn programs_book_by_the_api(world: &World, salon: &Salon) {
    let guest = world.guest();
    let slot = |start: &str| json!({ "service": salon.cut, "resources": [salon.anna, salon.chair], "start": start });
    let off_step = start_in_days(3).replace("10:00", "10:07");
    let refused =
        guest.post("/public/holds", slot(&off_step)).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.body["code"], "off_step");
    let hidden =
        json!({ "service": salon.class, "resources": [salon.room], "start": start_in_days(3) });
    guest.post("/public/holds", hidden).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    let start = start_in_days(3);
    let held = guest.post("/public/holds", slot(&start)).await.expect(StatusCode::CREATED).id();
    let taken = guest.post("/public/holds", slot(&start)).await.expect(StatusCode::CONFLICT);
    assert_eq!(taken.body["invariant"], "SCH-1");

    // An address that is known is that of the same customer.
    let request = request_code(&guest, held, "Gast@Example.org").await;
    let confirm = async |code: &str| {
        guest.post("/public/appointments", json!({ "request": request, "code": code })).await
    };
    let wrong = confirm("guess").await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.body["invariant"], "SCH-12");
    let sent = codes(world, "Gast@Example.org");
    // What is hidden meanwhile is not booked, whatever was held.
    salon.admin.post("/business/unpublish", json!({})).await.expect(StatusCode::OK);
    for code in &sent {
        confirm(code).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    Browser::new(world).get("/book").await.says(StatusCode::OK, &["nichts"]);
    salon.admin.post("/business/publish", json!({})).await.expect(StatusCode::OK);
    let mut booked: Option<Value> = None;
    for code in &sent {
        let answer = confirm(code).await;
        if answer.status == StatusCode::CREATED {
            booked = Some(answer.body);
        }
    }
    let booked = booked.unwrap();
    assert!(codes(world, "Gast@Example.org").is_empty(), "what was used is deleted");
    let path = format!("/public/appointments/{}", booked["data"]["secret"].as_str().unwrap());
    world.wait_until_settled().await;
    let item = guest.get(&path).await.expect(StatusCode::OK).body;
    assert_eq!((&item["data"]["id"], &item["data"]["start"]), (&json!(held), &json!(start)));
    let customers = salon.admin.get("/customers?q=gast").await.expect(StatusCode::OK).body;
    assert_eq!(customers["data"].as_array().unwrap().len(), 1);
    assert_eq!(item["data"]["customer"], customers["data"][0]["id"]);

    // Who is hidden is as if they were not there, also for those who know their id.
    let otto = json!({ "kind": "person", "name": "Otto", "zone": "Europe/Berlin", "weekly": salon.weekly });
    let otto = salon.admin.post("/resources", otto).await.expect(StatusCode::CREATED).id();
    let nowhere = json!({ "public": false });
    let describe = format!("/resources/{otto}/describe");
    salon.admin.post(&describe, nowhere).await.expect(StatusCode::OK);
    world.wait_until_settled().await;
    let move_to = async |days: i64, person: Uuid| {
        let slot = json!({ "start": start_in_days(days), "resources": [person, salon.chair] });
        guest.post(&format!("{path}/reschedule"), slot).await
    };
    let (hidden, unknown) = (move_to(6, otto).await, move_to(6, Uuid::now_v7()).await);
    let hidden = hidden.expect(StatusCode::UNPROCESSABLE_ENTITY).body;
    assert_eq!(hidden["fields"][0]["pointer"], "/resources");
    assert_eq!(hidden["fields"], unknown.expect(StatusCode::UNPROCESSABLE_ENTITY).body["fields"]);
    move_to(6, salon.anna).await.expect(StatusCode::OK);
    // They are told by mail of the new time, whoever moves it.
    let moved = json!({ "start": start_in_days(7) });
    let reschedule = format!("/appointments/{held}/reschedule");
    salon.admin.post(&reschedule, moved).await.expect(StatusCode::OK);
    world.wait_until_settled().await;
    let link = path.replace("/public/appointments/", "/a/");
    let sent =
        mails(world).into_iter().filter(|mail| mail.contains("verschoben") && mail.contains(&link));
    assert_eq!(sent.count(), 2);
    guest.post(&format!("{path}/cancel"), json!({})).await.expect(StatusCode::OK);
    // It is gone, and so is the right to anything else.
    guest
        .post(&format!("/appointments/{held}/cancel"), json!({}))
        .await
        .expect(StatusCode::UNAUTHORIZED);
}

/// Of those whom everybody sees. Answers who it is, and the link to the appointment.
async fn somebody_is_chosen_by_name(world: &World, salon: &Salon) -> (Uuid, String) {
    let (browser, admin) = (Browser::new(world), &salon.admin);
    let book = format!("/book/{}", salon.cut);
    let person = async |name: &str| {
        let person = json!({ "kind": "person", "name": name, "zone": "Europe/Berlin", "weekly": salon.weekly });
        admin.post("/resources", person).await.expect(StatusCode::CREATED).id()
    };
    let (ben, hidden) = (person("Ben").await, person("Otto").await);
    let nowhere = json!({ "public": false });
    admin.post(&format!("/resources/{hidden}/describe"), nowhere).await.expect(StatusCode::OK);
    world.wait_until_settled().await;
    let chosen = format!("{book}?person={ben}&amp;");
    let page = browser.get(&book).await.says(StatusCode::OK, &["Bei wem?", "Anna", &chosen]);
    assert!(!page.html.contains("Otto"), "{}", page.html);
    let start = start_in_days(12);
    let address = format!("{book}?person={ben}&day={}", &start[..10]);
    let with_ben = format!("{chosen}start={start}");
    browser.get(&address).await.says(StatusCode::OK, &[&with_ben, "aria-current=\"true\">Ben"]);
    let ben_id = ben.to_string();
    let who = [("email", "ben@example.org"), ("name", "Gast")];
    let guest = [&[("start", &*start), ("person", &*ben_id)], &who[..]].concat();
    let page = browser.send(&book, &guest).await.says(StatusCode::OK, &["sechs Ziffern", "Ben"]);
    let held = format!("/appointments/{}", page.hidden("hold"));
    world.wait_until_settled().await;
    let held = admin.get(&held).await.expect(StatusCode::OK).body;
    assert_eq!(held["data"]["resources"], json!([ben, salon.chair]));
    let (hold, request) = (page.hidden("hold"), page.hidden("request"));
    let code = codes(world, "ben@example.org").remove(0);
    let confirm = [("start", &*start), ("hold", &*hold), ("request", &*request), ("code", &*code)];
    let booked = browser.send(&book, &confirm).await.says(StatusCode::SEE_OTHER, &[]);
    (ben, booked.headers["location"].to_str().unwrap().replace("?new=1", ""))
}

/// An appointment with Ben: it stays with him where he is free, and else it is said with whom it would be.
async fn moving_keeps_who_serves(world: &World, salon: &Salon, ben: Uuid, link: &str) {
    let browser = Browser::new(world);
    let (moves, later) = (format!("{link}/move"), start_in_days(13));
    world.wait_until_settled().await;
    let first = format!("from={}", &start_in_days(12)[..10]);
    let page = browser.get(&moves).await.says(StatusCode::OK, &[&first, "<h3>"]);
    assert!(!page.html.contains("bei Anna"), "{}", page.html);
    let moved = browser.send(&moves, &[("start", &later)]).await.says(StatusCode::SEE_OTHER, &[]);
    let moved = browser.get(moved.headers["location"].to_str().unwrap()).await;
    let moved = moved.says(StatusCode::OK, &["Ihr Termin ist verschoben", "bei <b>Ben</b>"]);
    assert!(!moved.html.contains("ist gebucht"), "{}", moved.html);

    let day = &start_in_days(11)[..10];
    let away = json!({ "date": day, "hours": [] });
    let except = format!("/resources/{ben}/add-availability-exception");
    salon.admin.post(&except, away).await.expect(StatusCode::OK);
    world.wait_until_settled().await;
    browser.get(&format!("{moves}?day={day}")).await.says(StatusCode::OK, &["bei Anna"]);
}

/// Whatever read models know by then.
async fn one_address_is_one_customer(world: &World, salon: &Salon) {
    let guest = world.guest();
    let mut requests = vec![];
    for days in [9, 10] {
        let slot = json!({ "service": salon.cut, "resources": [salon.anna, salon.chair], "start": start_in_days(days) });
        let held = guest.post("/public/holds", slot).await.expect(StatusCode::CREATED).id();
        requests.push(request_code(&guest, held, "twice@example.org").await);
    }
    let codes = codes(world, "twice@example.org");
    let book = async |request: &Value| {
        for code in &codes {
            let confirmed = json!({ "request": request, "code": code });
            let answer = guest.post("/public/appointments", confirmed).await;
            if answer.status == StatusCode::CREATED {
                return;
            }
        }
        panic!("no code fits");
    };
    futures::future::join_all(requests.iter().map(book)).await;
    world.wait_until_settled().await;
    let customers = salon.admin.get("/customers?q=twice").await.expect(StatusCode::OK).body;
    assert_eq!(customers["data"].as_array().unwrap().len(), 1, "{customers}");
}

/// Three at once want the same time, for which there are two.
async fn a_time_is_taken_only_when_nobody_is_free(world: &World, salon: &Salon) {
    let resource = async |kind: &str, name: &str| {
        let resource = json!({
            "kind": kind, "name": name, "capacity": 1, "zone": "Europe/Berlin",
            "weekly": salon.weekly,
        });
        salon.admin.post("/resources", resource).await.expect(StatusCode::CREATED);
    };
    resource("person", "Bea").await;
    resource("chair", "Chair 2").await;
    world.wait_until_settled().await;
    let (browser, start) = (Browser::new(world), start_in_days(14));
    let book = format!("/book/{}", salon.cut);
    let send = async |email: &str| {
        let guest = [("start", &*start), ("email", email), ("name", "Gast")];
        browser.send(&book, &guest).await
    };
    let (one, two, three) =
        join!(send("one@example.org"), send("two@example.org"), send("three@example.org"));
    let mut answers = [one, two, three].map(|page| page.status);
    answers.sort();
    assert_eq!(answers, [StatusCode::OK, StatusCode::OK, StatusCode::CONFLICT]);
}

async fn nobody_is_blamed_for_mails_that_fail_and_the_link_comes_later(
    world: &World,
    salon: &Salon,
) {
    let browser = Browser { languages: "fr", ..Browser::new(world) };
    let (start, book) = (start_in_days(15), format!("/book/{}", salon.cut));
    let guest = [("start", &*start), ("email", "invitee@example.org"), ("name", "Invitée")];
    let folder = world.data().join("mail");
    let away = folder.with_file_name("mail.away");
    let break_mail = || {
        fs::rename(&folder, &away).unwrap();
        fs::write(&folder, "no folder").unwrap();
    };
    let mend_mail = || {
        fs::remove_file(&folder).unwrap();
        fs::rename(&away, &folder).unwrap();
    };
    break_mail();
    let page = browser.send(&book, &guest).await;
    let mut page = page.says(StatusCode::SERVICE_UNAVAILABLE, &["pas de votre fait"]);
    let hold = page.hidden("hold");
    let again = [&guest[..], &[("hold", &*hold)]].concat();
    for _ in 0..4 {
        page = browser.send(&book, &again).await.says(StatusCode::SERVICE_UNAVAILABLE, &[]);
    }
    assert!(page.html.contains("pas de votre fait"), "{}", page.html);
    mend_mail();
    let page = browser.send(&book, &again).await.says(StatusCode::OK, &[]);
    let request = page.hidden("request");
    let code = codes(world, "invitee@example.org").remove(0);
    break_mail();
    let confirm = [("start", &*start), ("hold", &*hold), ("request", &*request), ("code", &*code)];
    let booked = browser.send(&book, &confirm).await.says(StatusCode::SEE_OTHER, &[]);
    let link = booked.headers["location"].to_str().unwrap().replace("?new=1", "");
    mend_mail();
    let begun = Instant::now();
    let mail = loop {
        if let Some(mail) = mails(world).into_iter().find(|mail| mail.contains(&link)) {
            break mail;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "the link never came");
        sleep(Duration::from_millis(50)).await;
    };
    assert!(mail.contains("Bonjour"), "it is not in the language of the guest: {mail}");
}

async fn nobody_fills_the_calendar_or_a_mailbox(world: &World, salon: &Salon) {
    let guest = world.guest();
    let slot = json!({ "service": salon.cut, "resources": [salon.anna, salon.chair], "start": start_in_days(8) });
    let held = guest.post("/public/holds", slot.clone()).await.expect(StatusCode::CREATED).id();
    // Whoever makes up a hold locks no address out.
    let made_up = json!({ "hold": salon.cut, "name": "Gast", "email": "other@example.org" });
    for _ in 0..4 {
        let refused = guest.post("/public/appointments/code", made_up.clone()).await;
        refused.expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    // Of a code there are as many guesses as of a password.
    let request = request_code(&guest, held, "other@example.org").await;
    let guess = json!({ "request": request, "code": "guess" });
    for _ in 0..5 {
        guest
            .post("/public/appointments", guess.clone())
            .await
            .expect(StatusCode::UNPROCESSABLE_ENTITY);
    }
    guest.post("/public/appointments", guess).await.expect(StatusCode::TOO_MANY_REQUESTS);
    // An address gets three mails; and of one network so many slots are held, whatever comes of it.
    let who = json!({ "hold": held, "name": "Gast", "email": "other@example.org" });
    for _ in 0..2 {
        guest.post("/public/appointments/code", who.clone()).await.expect(StatusCode::ACCEPTED);
    }
    guest.post("/public/appointments/code", who).await.expect(StatusCode::TOO_MANY_REQUESTS);
    let mut held = 0;
    while guest.post("/public/holds", slot.clone()).await.status == StatusCode::CONFLICT {
        held += 1;
        assert!(held < 20, "there is no limit");
    }
    guest.post("/public/holds", slot).await.expect(StatusCode::TOO_MANY_REQUESTS);
}

async fn request_code(guest: &Caller, hold: Uuid, email: &str) -> Value {
    let who = json!({ "hold": hold, "name": "Gast", "email": email, "language": "de" });
    let sent = guest.post("/public/appointments/code", who).await.expect(StatusCode::ACCEPTED);
    sent.body["data"]["request"].clone()
}

/// The codes that were mailed to an address.
fn codes(world: &World, address: &str) -> Vec<String> {
    let to = format!("to: {address}").to_lowercase();
    let mails = mails(world).into_iter().filter(|mail| mail.to_lowercase().contains(&to));
    let code = |mail: String| {
        let mut parts = mail.split_whitespace();
        let code = parts.find(|part| part.len() == 6 && part.parse::<u32>().is_ok());
        code.map(str::to_owned)
    };
    mails.filter_map(code).collect()
}
