//! The texts of mails, and the folder that stands for a mail server.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use commands::scheduling::AppointmentDetails;
use domain::{
    Currency, Money,
    identity::user::Language,
    organizations::membership::Rank,
    scheduling::{Moment, Plan, appointment::Status},
};
use futures::future::join_all;
use lettre::Message;
use sealing::{LinkToken, MasterKey};
use uuid::Uuid;

use super::{
    content::{AppointmentMail, AppointmentNotice, MailContent, MembershipInvitation},
    mailer::{MailMessage, Mailer},
    texts::render,
};

#[test]
fn not_6_a_message_speaks_the_language_and_the_time_of_its_reader() {
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
fn an_appointment_is_told_by_the_clock_of_its_place_with_all_that_was_agreed_on() {
    let mail = AppointmentMail { token: None, ..appointment(AppointmentNotice::Rescheduled) };
    let content = MailContent::Appointment(Box::new(mail));
    assert_eq!(content.link_path(Uuid::nil()), format!("app/appointments/{}", Uuid::nil()));
    let text = render(&content, Language::En, Tz::America__New_York, Some("Inès"));
    assert_eq!(text.subject, "Your appointment is moved to 8 January 2030, 10:00");
    assert_eq!(
        text.text,
        "Hello Inès,\n\nyour appointment is moved. This is how it is now:\n\nCut\n\
         8 January 2030, 10:00 (Europe/Berlin)\nWith: Anna\nPrice: from €38\n\n\
         Here you see it, move it, or call it off:"
    );

    let reason = Some("Anna is ill.".parse().unwrap());
    let mail = appointment(AppointmentNotice::Cancelled);
    let content =
        MailContent::Appointment(Box::new(AppointmentMail { reason, changeable: false, ..mail }));
    let text = render(&content, Language::Fr, Tz::Europe__Berlin, None).text;
    assert!(text.ends_with("Avec : Anna\nPrix : dès 38\u{a0}€\nMotif : Anna is ill."), "{text}");
}

#[test]
fn whoever_invites_is_named_and_so_is_what_they_invite_to() {
    let token = token();
    let (inviter, cabinet) = (Some("Inès".into()), "Northwind".into());
    let role = Rank::ClientAdmin;
    let invited = MembershipInvitation { inviter, cabinet, role, token };
    let content = MailContent::Invitation(invited);
    for (language, expected) in [
        (Language::En, "Inès invites you to work with Northwind as an administrator."),
        (Language::De, "Inès lädt Sie ein, mit Northwind zu arbeiten, in der Administration."),
        (
            Language::Ru,
            "Inès приглашает Вас к совместной работе: Northwind. Ваша роль: администратор.",
        ),
        (Language::Fr, "Inès vous invite à travailler avec Northwind (rôle : administration)."),
    ] {
        let text = render(&content, language, Tz::UTC, None).text;
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn a_code_stands_in_its_subject_and_alone_in_its_line() {
    let content = MailContent::GuestCode { code: "042137".into() };
    let text = render(&content, Language::De, Tz::UTC, None);
    assert_eq!(text.subject, "042137 ist Ihr Code");
    assert!(text.text.contains("\n\n042137\n\n"), "{}", text.text);
}

#[tokio::test]
async fn a_message_sent_twice_is_one_file_and_an_erased_person_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = Mailer::Folder(folder.path().join("mail"));
    let [anna, otto] = [1, 2].map(Uuid::from_u128);

    for message in [message(anna, 7), message(anna, 7), message(anna, 8), message(otto, 7)] {
        mailer.send(&message).await.unwrap();
    }
    let files = || std::fs::read_dir(folder.path().join("mail")).unwrap().count();
    assert_eq!(files(), 3);

    mailer.delete_mail_files_to(anna).await.unwrap();
    assert_eq!(files(), 1);
}

#[tokio::test]
async fn mails_that_fail_or_are_written_at_once_leave_nothing_beside_the_mail() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = Mailer::Folder(folder.path().to_owned());
    let anna = Uuid::from_u128(1);
    let messages: Vec<_> = (0..8).map(|_| message(anna, 7)).collect();
    for sent in join_all(messages.iter().map(|message| mailer.send(message))).await {
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
async fn forgetting_somebody_who_never_got_a_message_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    Mailer::Folder(folder.path().join("none")).delete_mail_files_to(Uuid::nil()).await.unwrap();
}

#[tokio::test]
async fn mails_that_nobody_fetched_are_discarded_once_they_are_old_and_codes_once_they_are_useless()
{
    let folder = tempfile::tempdir().unwrap();
    let mailer = Mailer::Folder(folder.path().to_owned());
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000);
    let hours = |hours| now - Duration::from_hours(hours);
    for (about, is_code, modified) in [
        (1, false, hours(30 * 24 + 1)),
        (2, false, hours(1)),
        (3, true, hours(1)),
        (4, true, now - Duration::from_mins(20)),
    ] {
        mailer.send(&MailMessage { is_code, ..message(Uuid::nil(), about) }).await.unwrap();
        let about = Uuid::from_u128(about).to_string();
        let files = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
        let file = files.into_iter().find(|file| file.display().to_string().contains(&about));
        let file = std::fs::File::options().write(true).open(file.unwrap()).unwrap();
        file.set_modified(modified).unwrap();
    }
    mailer.delete_old_files(now).await.unwrap();
    let files = std::fs::read_dir(folder.path()).unwrap();
    let mut left: Vec<_> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    let name = |about, kind| format!("{}.{}.{kind}", Uuid::nil(), Uuid::from_u128(about));
    assert_eq!(left, [name(2, "eml"), name(4, "code.eml")]);
    Mailer::Folder(folder.path().join("none")).delete_old_files(now).await.unwrap();
}

#[tokio::test]
async fn what_is_no_mail_server_is_refused() {
    assert!(Mailer::for_server("smtps://user:password@mail.example.com").is_ok());
    assert!(Mailer::for_server("https://mail.example.com").is_err());
}

fn message(data_subject: Uuid, about: u128) -> MailMessage {
    let message = Message::builder()
        .from("servicebook@example.com".parse().unwrap())
        .to("anna@example.com".parse().unwrap())
        .body(String::from("Hello"))
        .unwrap();
    let about = Uuid::from_u128(about);
    MailMessage {
        data_subject,
        about,
        message_id: "<7@example.com>".into(),
        message,
        is_code: false,
    }
}

fn token() -> LinkToken {
    let master = MasterKey::generate().unwrap();
    LinkToken::new(&master, "test", Uuid::nil(), Uuid::nil(), "")
}

/// A cut with Anna on 8 January 2030.
fn appointment(notice: AppointmentNotice) -> AppointmentMail {
    let start = Moment::at("2030-01-08T10:00:00".parse().unwrap(), Tz::Europe__Berlin).unwrap();
    let (until, cutoff) = (start.utc + TimeDelta::minutes(30), start.utc - TimeDelta::days(1));
    let details = AppointmentDetails {
        id: Uuid::nil().into(),
        service: "Cut".into(),
        people: vec!["Anna".into()],
        price: Some(Money::new(3_800, Currency::EUR)),
        price_from: true,
        plan: Plan { until, cutoff, stretches: vec![], start },
        status: Status::Confirmed,
    };
    let version = (1, cutoff);
    let (reason, token) = (None, Some(token()));
    AppointmentMail { notice, details, reason, version, changeable: true, token }
}
