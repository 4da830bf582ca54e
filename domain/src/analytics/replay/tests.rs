//! Specification of replays.

use serde_json::json;

use super::{request::MAX_NAME, *};
use crate::{
    access::Actor,
    spec::{SELF, Spec, now},
};

#[test]
fn a_replay_is_requested_once_and_ends_with_a_moment_or_a_position() {
    Replay::given([]).when(Command::Request(request())).then([requested()]);
    Replay::given([requested()])
        .when(Command::Request(request()))
        .refused(Refusal::ReplayRequested);
    Replay::given([]).when(Command::Drop {}).refused(Refusal::NoReplay);
    let at = Request { as_of: None, at_position: Some(17), ..request() };
    Replay::given([]).when(Command::Request(at.clone())).then([Event::Requested(at)]);
    let both = Request { at_position: Some(17), ..request() };
    Replay::given([]).when(Command::Request(both)).refused(Refusal::TwoEnds);
    let neither = Request { as_of: None, ..request() };
    Replay::given([]).when(Command::Request(neither)).then([requested()]);
    let future = Request { as_of: Some(now() + TimeDelta::seconds(1)), ..request() };
    Replay::given([]).when(Command::Request(future)).refused(Refusal::FutureMoment);
    let before_all = Request { as_of: None, at_position: Some(0), ..request() };
    Replay::given([]).when(Command::Request(before_all)).refused(Refusal::InvalidPosition);
    let since = |seconds| Some(now() + TimeDelta::seconds(seconds));
    let of_nothing = Request { as_of: Some(now()), since: since(1), ..request() };
    Replay::given([]).when(Command::Request(of_nothing)).refused(Refusal::SinceAfterEnd);
    let of_a_moment = Request { as_of: Some(now()), since: since(0), ..request() };
    Replay::given([])
        .when(Command::Request(of_a_moment.clone()))
        .then([Event::Requested(of_a_moment)]);
}

#[test]
fn its_name_is_that_of_a_schema() {
    for name in ["Umlaut", "new year", "pg_new", "servicebook_app", "a-b", "ä"] {
        let named = Request { name: name.parse().unwrap(), ..request() };
        let refused = Refusal::InvalidReplayName { most: MAX_NAME };
        Replay::given([]).when(Command::Request(named)).refused(refused);
    }
}

#[test]
fn ana_5_there_are_a_few_with_names_of_their_own_that_are_kept_for_a_while() {
    let with = |kept| Replay::given([]).knowing(Facts { kept, ..Facts::default() });
    with(MAX_REPLAYS - 1).when(Command::Request(request())).then([requested()]);
    let one_more = with(MAX_REPLAYS).when(Command::Request(request()));
    one_more.refused(Refusal::TooManyReplays { most: MAX_REPLAYS });
    Replay::given([requested()]).when(Command::Complete(outcome())).then([completed()]);
    let claims = Replay::given([requested(), completed()]).claims();
    let named = Claim::unique(NAME_CLAIM, "new_year", "ANA-5");
    assert_eq!(claims, [Claim::set_member(EXISTING_REPLAYS_SET.into()), named]);
    assert_eq!(Replay::given([requested(), completed(), Event::Dropped {}]).claims(), []);
}

#[test]
fn ana_4_a_scenario_is_recorded_with_its_replay_or_refused_at_its_field() {
    let scenario = |percent: i32| {
        let change = json!({ "percent": percent });
        let policy = json!({ "type": "service_price", "service": SELF, "change": change });
        serde_json::from_value(json!({ "label": "dearer", "overrides": [policy] })).unwrap()
    };
    let with = |percent| Request { scenario: Some(scenario(percent)), ..request() };
    Replay::given([]).when(Command::Request(with(10))).then([Event::Requested(with(10))]);
    let faults = |percent, unknown: &[usize]| {
        let unknown_overrides = unknown.iter().copied().collect();
        let by = Actor::system("test");
        let facts = Facts { unknown_overrides, ..Facts::default() };
        let case = DecisionContext { id: SELF, by, now: now(), facts };
        match Replay::default().decide(Command::Request(with(percent)), &case) {
            Err(refusal @ Refusal::UnusableScenario { .. }) => crate::Refusal::faults(&refusal),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(faults(10, &[0])[0].pointer, "/scenario/overrides/0/service");
    assert_eq!(faults(2_000, &[])[0].pointer, "/scenario/overrides/0/change/percent");
}

#[test]
fn it_is_made_or_given_up_once() {
    let failed = || Event::Failed { reason: FailureReason::GivenUp };
    for end in [completed(), failed(), Event::Dropped {}] {
        let ended = || Replay::given([requested(), end.clone()]);
        ended().when(Command::Complete(outcome())).refused(Refusal::ReplayEnded);
        let fail = Command::Fail { reason: FailureReason::GivenUp };
        ended().when(fail).refused(Refusal::ReplayEnded);
    }
    Replay::given([requested()]).when(Command::Drop {}).then([Event::Dropped {}]);
    Replay::given([requested(), completed()]).when(Command::Drop {}).then([Event::Dropped {}]);
    Replay::given([requested(), failed()]).when(Command::Drop {}).then([]);
}

fn requested() -> Event {
    Event::Requested(request())
}

fn completed() -> Event {
    Event::Completed { outcome: outcome(), keep_until: now() + KEPT_FOR }
}

fn request() -> Request {
    Request {
        name: "new_year".parse().unwrap(),
        read_models: vec!["crm.customer".parse().unwrap()],
        as_of: Some(now()),
        at_position: None,
        effective: false,
        since: None,
        scenario: None,
    }
}

fn outcome() -> Outcome {
    let text = |text: &str| text.parse().unwrap();
    let customers =
        TableRows { read_model: text("crm.customer"), table: text("customers"), rows: 2 };
    let digest = "7".repeat(64).parse().unwrap();
    Outcome { at_position: 17, as_of: now(), digest, tables: vec![customers] }
}
