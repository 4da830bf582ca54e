//! Customers are mailed what happens with their appointments: by the business, in their language, once each, and
//! with a file by which their calendars follow.

use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use chrono_tz::Europe::Berlin;
use reqwest::StatusCode;
use serde_json::json;
use tests::world::World;
use tokio::time::sleep;
use uuid::Uuid;

use super::salon::{Salon, start_in_days};
use crate::notifications::smtp::MailServer;

#[tokio::test]
async fn customers_are_mailed_what_happens_with_their_appointments_once_each() {
    let server = MailServer::start();
    let smtp = [("SERVICEBOOK_SMTP_URL", &*server.url("let%20me%20in"))];
    let mut world = World::start_with(&smtp).await;
    let salon = Salon::open(world.admin().await).await;
    let business = json!({
        "name": "Salon Linden", "slug": "linden", "zone": "Europe/Berlin", "currency": "EUR",
        "languages": ["de"], "phone": "+49 30 901820",
        "address": { "street": "Lindenweg 12", "postal_code": "10969", "city": "Berlin", "country": "DE" },
    });
    salon.admin.post("/business/set-up", business).await.expect(StatusCode::OK);
    let price = json!({ "price": { "amount": 3_850, "currency": "EUR" }, "price_from": true });
    salon.admin.patch(&format!("/services/{}", salon.cut), price).await.expect(StatusCode::OK);

    who_has_no_account_is_told_of_everything_with_a_link(&world, &server, &salon).await;
    nobody_is_told_of_the_past(&world, &server, &salon).await;
    who_has_an_account_is_told_there_unless_they_do_not_want_it(&world, &server, &salon).await;
    everybody_is_reminded_the_day_before(&world, &server, &salon).await;
    world.stop().await;
}

async fn customer(salon: &Salon, name: &str, email: &str) -> Uuid {
    let contact = json!([{ "kind": "email", "value": email }]);
    let customer = json!({ "name": name, "contact_points": contact });
    salon.admin.post("/customers", customer).await.expect(StatusCode::CREATED).id()
}

async fn who_has_no_account_is_told_of_everything_with_a_link(
    world: &World,
    server: &MailServer,
    salon: &Salon,
) {
    let eva = customer(salon, "Eva Pohl", "eva@example.org").await;
    let booked = salon.book(eva, &start_in_days(3)).await.expect(StatusCode::CREATED).id();
    world.wait_until_settled().await;
    let [mail] = &server.mails("eva@example.org")[..] else { panic!("not one mail") };
    for text in [
        "From: \"Salon Linden\" <",
        "To: \"Eva Pohl\" <eva@example.org>",
        "Guten Tag Eva Pohl,",
        "Ihr Termin ist gebucht.",
        "Cut\r\n",
        "(Europe/Berlin)",
        "Bei: Anna\r\n",
        "Preis: ab 38,50",
        "\r\n-- \r\nSalon Linden\r\nLindenweg 12\r\n10969 Berlin\r\n+49 30 901820\r\n",
        "method=REQUEST",
        "METHOD:REQUEST\r\n",
        "SEQUENCE:1\r\n",
        "ATTENDEE;PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:eva@example.org\r\n",
        &format!("UID:{booked}\r\n"),
    ] {
        assert!(mail.contains(text), "no {text}: {mail}");
    }
    let (_, link) = mail.split_once("/a/").unwrap();
    let token = link.split_whitespace().next().unwrap();

    // Whoever moves it, they are told of the new time, and their calendar replaces it.
    let moves = format!("/appointments/{booked}/reschedule");
    let later = json!({ "start": start_in_days(4) });
    salon.admin.post(&moves, later).await.expect(StatusCode::OK);
    let own = format!("/public/appointments/{token}/reschedule");
    let later = json!({ "start": start_in_days(5) });
    world.guest().post(&own, later).await.expect(StatusCode::OK);
    let cancel = json!({ "reason": "Anna ist krank." });
    let path = format!("/appointments/{booked}/cancel");
    salon.admin.post(&path, cancel).await.expect(StatusCode::OK);
    world.wait_until_settled().await;
    let mails = server.mails("eva@example.org");
    let [_, moved, moved_again, cancelled] = &mails[..] else { panic!("{mails:?}") };
    for (mail, sequence) in [(moved, 2), (moved_again, 3)] {
        let sequence = format!("SEQUENCE:{sequence}\r\n");
        for text in ["verschoben", "METHOD:REQUEST\r\n", &sequence, &format!("UID:{booked}\r\n")] {
            assert!(mail.contains(text), "no {text}: {mail}");
        }
        assert!(mail.contains(token), "{mail}");
    }
    for text in [
        "abgesagt",
        "Grund: Anna ist krank.",
        "METHOD:CANCEL\r\n",
        "STATUS:CANCELLED\r\n",
        "SEQUENCE:4\r\n",
        &format!("UID:{booked}\r\n"),
    ] {
        assert!(cancelled.contains(text), "no {text}: {cancelled}");
    }
}

async fn nobody_is_told_of_the_past(world: &World, server: &MailServer, salon: &Salon) {
    let otto = customer(salon, "Otto", "otto@example.org").await;
    let mut past = salon.cut_request(otto, &start_in_days(-2));
    past["override_reason"] = json!("It was on paper.");
    salon.admin.post("/appointments", past).await.expect(StatusCode::CREATED);
    world.wait_until_settled().await;
    assert_eq!(server.mails("otto@example.org"), [""; 0]);
}

async fn who_has_an_account_is_told_there_unless_they_do_not_want_it(
    world: &World,
    server: &MailServer,
    salon: &Salon,
) {
    let ines = customer(salon, "Ines", "contact@example.org").await;
    let account = json!({ "language": "fr", "email": "ines@example.com" });
    let user = world.user_with_role(&salon.admin, "client_user", account).await;
    let found = user.get("/me").await.expect(StatusCode::OK).body;
    let link = format!("/users/{}/link-customer", found["data"]["user"].as_str().unwrap());
    salon.admin.post(&link, json!({ "customer": ines })).await.expect(StatusCode::OK);
    world.wait_until_settled().await;
    // Whoever stands for somebody else now signs in anew.
    let user = world.login(&user.email).await;

    let booked = salon.book(ines, &start_in_days(6)).await.expect(StatusCode::CREATED).id();
    let moves = format!("/appointments/{booked}/reschedule");
    let later = json!({ "start": start_in_days(7) });
    salon.admin.post(&moves, later).await.expect(StatusCode::OK);
    world.wait_until_settled().await;
    let muted = json!({ "muted": ["appointment_cancelled"] });
    user.put("/notifications/preferences", muted).await.expect(StatusCode::OK);
    let cancel = format!("/appointments/{booked}/cancel");
    salon.admin.post(&cancel, json!({})).await.expect(StatusCode::OK);
    world.wait_until_settled().await;
    let mut mails = server.mails("ines@example.com");
    // Two notifications may be sent at the same time.
    mails.sort_by_key(|mail| mail.contains("SEQUENCE:2\r\n"));
    let [booking, moved] = &mails[..] else { panic!("{mails:?}") };
    let page = format!("/app/appointments/{booked}");
    for text in ["Bonjour", "Avec : Anna", &page, "METHOD:REQUEST\r\n"] {
        assert!(booking.contains(text), "no {text}: {booking}");
    }
    assert!(moved.contains("SEQUENCE:2\r\n"), "{moved}");
    assert_eq!(server.mails("contact@example.org"), [""; 0], "one mail is enough");
}

async fn everybody_is_reminded_the_day_before(world: &World, server: &MailServer, salon: &Salon) {
    let address = "paula@example.org";
    let paula = customer(salon, "Paula", address).await;
    // They are reminded 25 hours before it begins.
    let start = now() + TimeDelta::hours(25) + TimeDelta::seconds(20);
    let local = start.with_timezone(&Berlin).naive_local().format("%FT%T").to_string();
    let mut soon = salon.cut_request(paula, &local);
    soon["override_reason"] = json!("They have no other time.");
    salon.admin.post("/appointments", soon).await.expect(StatusCode::CREATED);
    // Who books later than that has no need of it.
    let late = customer(salon, "Late", "late@example.org").await;
    let local = (start - TimeDelta::hours(2)).with_timezone(&Berlin).naive_local();
    let mut late = salon.cut_request(late, &local.format("%FT%T").to_string());
    late["override_reason"] = json!("They have no other time.");
    salon.admin.post("/appointments", late).await.expect(StatusCode::CREATED);
    let begun = Instant::now();
    while server.mails(address).len() < 2 {
        assert!(begun.elapsed() < Duration::from_mins(2), "nobody is reminded");
        sleep(Duration::from_millis(200)).await;
    }
    world.wait_until_settled().await;
    let mails = server.mails(address);
    let [_, reminder] = &mails[..] else { panic!("{mails:?}") };
    for text in ["Erinnerung", "wir erinnern Sie an Ihren Termin.", "Bei: Anna"] {
        assert!(reminder.contains(text), "no {text}: {reminder}");
    }
    assert_eq!(server.mails("late@example.org").len(), 1);
}

#[expect(clippy::disallowed_methods, reason = "the program under test has the same clock")]
fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(0)
}
