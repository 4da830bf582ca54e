//! Specification of exports.

use super::*;
use crate::spec::{Spec, now};

#[test]
fn an_export_is_requested_once() {
    Export::given([]).when(Command::Request(request())).then([requested()]);
    let again = Export::given([requested()]).when(Command::Request(request()));
    again.refused(Refusal::AlreadyRequested);
    Export::given([]).when(Command::Cancel {}).refused(Refusal::NotRequested);
}

#[test]
fn exp_2_it_ends_once() {
    let ends = [
        (Command::Complete(content()), Event::Completed(content())),
        (Command::Cancel {}, Event::Cancelled {}),
        (
            Command::Fail { reason: FailureReason::Forbidden },
            Event::Failed { reason: FailureReason::Forbidden },
        ),
    ];
    for (command, event) in &ends {
        Export::given([requested()]).when(command.clone()).then([event.clone()]);
        for (other, _) in &ends {
            let ended = Export::given([requested(), event.clone()]);
            ended.when(other.clone()).refused(Refusal::AlreadyEnded);
        }
    }
}

#[test]
fn exp_3_nobody_has_more_than_a_few_that_are_not_ended() {
    let with = |unfinished| Export::given([]).knowing(Facts { unfinished });
    with(MAX_UNFINISHED - 1).when(Command::Request(request())).then([requested()]);
    let one_more = with(MAX_UNFINISHED).when(Command::Request(request()));
    one_more.refused(Refusal::TooManyExports { most: MAX_UNFINISHED });
}

#[test]
fn exp_4_a_file_that_is_kept_expires_once() {
    let expired = || Event::Expired { object: content().object };
    let kept = || [requested(), Event::Completed(content())];
    Export::given(kept()).when(Command::Expire {}).then([expired()]);
    Export::given([requested()]).when(Command::Expire {}).then([]);
    let [requested, completed] = kept();
    Export::given([requested, completed, expired()]).when(Command::Expire {}).then([]);
}

fn requested() -> Event {
    Event::Requested(request())
}

fn request() -> Request {
    Request {
        requester: Uuid::from_u128(0xa).into(),
        cabinet: None,
        customer: None,
        path: "/api/v1/customers".parse().unwrap(),
        query: Some(Personal::sealed(Uuid::from_u128(0xa), "q=anna".parse().unwrap())),
        format: Format::Csv,
        language: Language::De,
        zone: Tz::Europe__Berlin,
    }
}

fn content() -> Content {
    Content {
        object: Uuid::from_u128(0xb),
        rows: 12_000,
        size: 600_000,
        sha256: Sha256::new(&[7; 32]),
        position: 17,
        as_of: now(),
        rights: Sha256::new(&[8; 32]),
        keep_until: now(),
    }
}
