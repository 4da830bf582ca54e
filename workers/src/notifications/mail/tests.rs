//! The texts of mails, and the folder that stands for a mail server.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{identity::user::Language, scheduling::Moment};
use futures::future::join_all;
use lettre::Message;
use uuid::Uuid;

use super::{
    content::{AppointmentChange, MailContent},
    mailer::{MailMessage, Mailer},
    texts::render,
};

#[test]
fn not_6_a_letter_speaks_the_language_and_the_time_of_its_reader() {
    let until: DateTime<Utc> = "2030-03-31T22:00:00Z".parse().unwrap();
    let content = MailContent::LicenseExpired { product: "Press".into(), until };

    let english = render(&content, Language::En, Tz::UTC, Some("Anna"));
    assert_eq!(english.subject, "Press: your licence has expired");
    assert_eq!(
        english.text,
        "Hello Anna,\n\nyour licence for Press expired on 31 March 2030, 22:00."
    );

    let german = render(&content, Language::De, Tz::Europe__Berlin, None);
    assert_eq!(german.subject, "Press: Ihre Lizenz ist abgelaufen");
    assert_eq!(
        german.text,
        "Guten Tag,\n\nIhre Lizenz für Press ist am 1. April 2030, 00:00 Uhr abgelaufen."
    );

    let russian = render(&content, Language::Ru, Tz::Europe__Moscow, Some("Ольга"));
    assert_eq!(russian.subject, "Press: срок лицензии истёк");
    assert_eq!(
        russian.text,
        "Здравствуйте, Ольга!\n\nСрок Вашей лицензии на Press истёк 1 апреля 2030 г., 01:00."
    );

    let french = render(&content, Language::Fr, Tz::Europe__Paris, Some("Inès"));
    assert_eq!(french.subject, "Press : votre licence a expiré");
    assert_eq!(
        french.text,
        "Bonjour Inès,\n\nvotre licence pour Press a expiré le 1er avril 2030 à 00:00."
    );
}

#[test]
fn an_appointment_is_told_by_the_clock_of_its_place() {
    let local = "2030-01-08T10:00:00".parse().unwrap();
    let start = Moment::at(local, Tz::Europe__Berlin).unwrap();
    let change = AppointmentChange::Booked { pending: true };
    let content = MailContent::Appointment { change, service: "Cut".into(), start };

    let text = render(&content, Language::En, Tz::America__New_York, None);
    let body = "Cut is booked for 8 January 2030, 10:00. We will confirm it soon.";
    assert_eq!(text.text, format!("Hello,\n\n{body}"));

    // A guest is told what they can do.
    let start = Moment::at(local, Tz::Europe__Berlin).unwrap();
    let change = AppointmentChange::BookedByGuest { pending: false };
    let content = MailContent::Appointment { change, service: "Coupe".into(), start };
    let text = render(&content, Language::Fr, Tz::Europe__Berlin, None).text;
    assert!(text.contains("8 janvier 2030") && text.ends_with("l’annuler ici :"), "{text}");
}

#[tokio::test]
async fn a_letter_sent_twice_is_one_file_and_an_erased_person_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = Mailer::Folder(folder.path().join("mail"));
    let [anna, otto] = [1, 2].map(Uuid::from_u128);

    for message in [message(anna, 7), message(anna, 7), message(anna, 8), message(otto, 7)] {
        mailer.send(&message).await.unwrap();
    }
    let files = || std::fs::read_dir(folder.path().join("mail")).unwrap().count();
    assert_eq!(files(), 3);

    mailer.forget(anna).await.unwrap();
    assert_eq!(files(), 1);
}

#[tokio::test]
async fn mails_that_fail_or_are_written_at_once_leave_nothing_beside_the_mail() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = Mailer::Folder(folder.path().to_owned());
    let anna = Uuid::from_u128(1);
    let letters: Vec<_> = (0..8).map(|_| message(anna, 7)).collect();
    for sent in join_all(letters.iter().map(|letter| mailer.send(letter))).await {
        sent.unwrap();
    }
    let about = Uuid::from_u128(9);
    std::fs::create_dir(folder.path().join(format!("{anna}.{about}.eml"))).unwrap();
    mailer.send(&message(anna, 9)).await.unwrap_err();
    let files = std::fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let expected = [7, 9].map(|about| format!("{anna}.{}.eml", Uuid::from_u128(about)));
    assert_eq!(names, expected);
}

#[tokio::test]
async fn forgetting_somebody_who_never_got_a_letter_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    Mailer::Folder(folder.path().join("none")).forget(Uuid::nil()).await.unwrap();
}

#[tokio::test]
async fn mails_that_nobody_fetched_are_discarded_once_they_are_old() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = Mailer::Folder(folder.path().to_owned());
    for about in [7, 8] {
        mailer.send(&message(Uuid::nil(), about)).await.unwrap();
    }
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000);
    let mut files = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
    let (old, young) = (files.next().unwrap(), files.next().unwrap());
    for (file, modified) in [(&old, now - Duration::from_secs(1)), (&young, now)] {
        std::fs::File::options().write(true).open(file).unwrap().set_modified(modified).unwrap();
    }
    mailer.discard_before(now).await.unwrap();
    assert!(!old.exists() && young.exists());
    Mailer::Folder(folder.path().join("none")).discard_before(now).await.unwrap();
}

#[tokio::test]
async fn what_is_no_mail_server_is_refused() {
    assert!(Mailer::server("smtps://user:password@mail.example.com").is_ok());
    assert!(Mailer::server("https://mail.example.com").is_err());
}

fn message(recipient: Uuid, about: u128) -> MailMessage {
    let message = Message::builder()
        .from("servicebook@example.com".parse().unwrap())
        .to("anna@example.com".parse().unwrap())
        .body(String::from("Hello"))
        .unwrap();
    let about = Uuid::from_u128(about);
    MailMessage { recipient, about, message_id: "<7@example.com>".into(), message }
}
