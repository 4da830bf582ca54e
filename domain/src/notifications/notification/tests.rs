//! Specification of notifications.

use chrono::TimeDelta;

use super::*;
use crate::{
    access::{Actor, Role},
    spec::{SELF, Spec, now},
};

#[test]
fn not_1_recipient_cause_and_kind_make_the_id() {
    let [anna, otto] = [1, 2].map(|user| UserId::from(Uuid::from_u128(user)));
    let id = Notification::id_for(anna, Kind::IssueCommented, &cause(3));

    assert_eq!(id, Notification::id_for(anna, Kind::IssueCommented, &cause(3)));
    assert_ne!(id, Notification::id_for(otto, Kind::IssueCommented, &cause(3)));
    assert_ne!(id, Notification::id_for(anna, Kind::IssueResolved, &cause(3)));
    assert_ne!(id, Notification::id_for(anna, Kind::IssueCommented, &cause(4)));

    // Whoever fails at it is somebody else to tell of, and so is their failing once more.
    let since = now();
    let parked = |consumer: &str, since| {
        let parked = Some(Parking { consumer: consumer.into(), since });
        Notification::id_for(anna, Kind::StreamParked, &Cause { parked, ..cause(3) })
    };
    let first = parked("crm.customer", since);
    assert_eq!(first, parked("crm.customer", since));
    assert_ne!(first, parked("worker/notifications.mail", since));
    assert_ne!(first, parked("crm.customer", since + TimeDelta::days(1)));
    let moved = Cause { position: 99, ..cause(3) };
    assert_eq!(id, Notification::id_for(anna, Kind::IssueCommented, &moved));
}

#[test]
fn not_1_under_that_id_it_is_created() {
    let id = Notification::id_for(recipient(), Kind::IssueCommented, &cause(3)).uuid();
    let case = DecisionContext { id, by: Actor::system("worker"), now: now(), facts: () };
    assert_eq!(Notification::Uncreated.decide(create(), &case), Ok(vec![created()]));
}

#[test]
fn not_1_a_notification_under_any_other_id_is_refused() {
    Notification::given([]).when(create()).refused(Refusal::MisnamedNotification {
        expected: Notification::id_for(recipient(), Kind::IssueCommented, &cause(3)),
    });
}

#[test]
fn not_1_a_replay_creates_nothing_twice() {
    Notification::given([created()]).when(create()).then([]);
    Notification::given([created(), Event::Dismissed {}]).when(create()).then([]);
}

#[test]
fn not_4_what_was_sent_is_never_sent_again() {
    let sent = Event::DeliverySent { channel: Channel::Mail, message_id: "1@host".into() };
    let again = Command::RecordSent { channel: Channel::Mail, message_id: "2@host".into() };
    let record = Command::RecordSent { channel: Channel::Mail, message_id: "1@host".into() };

    Notification::given([created()]).when(record).then([sent.clone()]);
    Notification::given([created(), sent.clone()]).when(again).then([]);
    Notification::given([created(), sent]).when(fail(1, false)).then([]);
}

#[test]
fn each_failed_attempt_is_recorded_once_and_the_last_one_settles_it() {
    Notification::given([created()]).when(fail(1, false)).then([failed(1, false)]);
    Notification::given([created(), failed(1, false)]).when(fail(1, false)).then([]);
    Notification::given([created(), failed(1, false)]).when(fail(2, true)).then([failed(2, true)]);
    Notification::given([created(), failed(2, true)]).when(fail(3, false)).then([]);
}

#[test]
fn a_suppressed_delivery_is_settled() {
    let suppress = Command::Suppress { channel: Channel::Mail, why: Suppression::NoAddress };
    let suppressed =
        Event::DeliverySuppressed { channel: Channel::Mail, why: Suppression::NoAddress };

    Notification::given([created()]).when(suppress).then([suppressed.clone()]);
    Notification::given([created(), suppressed]).when(fail(1, false)).then([]);
}

#[test]
fn a_notification_is_read_and_unread_and_at_last_dismissed() {
    Notification::given([created()]).when(Command::Read {}).then([Event::Read {}]);
    Notification::given([created()]).when(Command::Unread {}).then([]);
    Notification::given([created(), Event::Read {}])
        .when(Command::Unread {})
        .then([Event::Unread {}]);
    Notification::given([created()]).when(Command::Dismiss {}).then([Event::Dismissed {}]);
    Notification::given([created(), Event::Dismissed {}])
        .when(Command::Read {})
        .refused(Refusal::Dismissed);
}

#[test]
fn a_notification_is_snoozed_until_a_moment_to_come() {
    let until = now() + TimeDelta::hours(3);
    Notification::given([created()])
        .when(Command::Snooze { until })
        .then([Event::Snoozed { until }]);
    Notification::given([created()])
        .at(until)
        .when(Command::Snooze { until })
        .refused(Refusal::Passed);
}

#[test]
fn nothing_happens_to_a_notification_that_was_never_created() {
    Notification::given([])
        .by(Actor::new(recipient().uuid(), Role::ClientUser))
        .when(Command::Read {})
        .refused(Refusal::Uncreated);
}

#[test]
fn kinds_are_called_in_ids_as_they_are_on_the_wire() {
    for kind in [Kind::LicenseExpiring, Kind::AppointmentBooked, Kind::IssueResolved] {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.to_string());
    }
}

fn recipient() -> UserId {
    Uuid::from_u128(1).into()
}

fn cause(version: i32) -> Cause {
    Cause { stream: "support.issue".into(), id: SELF, version, position: 40, parked: None }
}

fn create() -> Command {
    Command::Create { recipient: recipient(), kind: Kind::IssueCommented, cause: cause(3) }
}

fn created() -> Event {
    Event::Created { recipient: recipient(), kind: Kind::IssueCommented, cause: cause(3) }
}

fn fail(attempt: u16, last: bool) -> Command {
    Command::RecordFailed { channel: Channel::Mail, attempt, why: why(), last }
}

fn failed(attempt: u16, last: bool) -> Event {
    let why = Personal::sealed(recipient(), why());
    Event::DeliveryFailed { channel: Channel::Mail, attempt, why, last }
}

fn why() -> Text<2000> {
    "550 no such mailbox".parse().unwrap()
}
