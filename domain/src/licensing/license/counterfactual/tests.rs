//! Specification of licences under other policies.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::{
    licensing::license::tests::{DAY, expired, issued, noticed, term, year},
    spec::{SELF, now},
};

/// The policy under which all terms were given.
const USUAL: TermLength = TermLength::Days(365);

fn recorded(day: i64, event: Event) -> Recorded<Event> {
    Recorded {
        position: day * 10 + 1,
        stream: License::NAME.to_owned(),
        id: SELF,
        version: 0,
        recorded_at: now() + DAY * i32::try_from(day).unwrap(),
        meta: Meta::default(),
        event,
    }
}

fn numbered(history: impl IntoIterator<Item = (i64, Event)>) -> Vec<Recorded<Event>> {
    let numbered = (1..).zip(history);
    numbered.map(|(version, (day, event))| Recorded { version, ..recorded(day, event) }).collect()
}

/// What becomes of a history by the end of a day: of each event, on which day it is recorded.
fn under(change: &IssuanceChange, history: &[Recorded<Event>], end: i64) -> Vec<(i64, Event)> {
    let end = now() + TimeDelta::days(end);
    let history = under_other_policy(history, change, |_| Some(USUAL), end);
    let versions: Vec<_> = history.iter().map(|recorded| recorded.version).collect();
    assert_eq!(versions, (1..).take(versions.len()).collect::<Vec<_>>());
    let day = |at: DateTime<Utc>| (at - now()).num_days();
    history.into_iter().map(|recorded| (day(recorded.recorded_at), recorded.event)).collect()
}

fn lasting(days: u16) -> IssuanceChange {
    IssuanceChange { term: Some(TermLength::Days(days)), ..IssuanceChange::default() }
}

fn renewed(number: u32, from: DateTime<Utc>, length: TimeDelta) -> Event {
    Event::Renewed { number, term: term(from, Some(length)) }
}

fn with_grant(event: Event, change: impl FnOnce(Grant) -> Grant) -> Event {
    let Event::Issued { grant, term } = event else { unreachable!() };
    Event::Issued { grant: change(grant), term }
}

#[test]
fn ana_4_a_shorter_policy_has_other_ends_and_notices_and_the_same_facts() {
    let suspended = || Event::Suspended { reason: "unpaid".parse().unwrap() };
    let history = numbered([(0, issued(Some(year()))), (80, suspended())]);
    let end = now() + DAY * 100;
    let expected = [
        (0, issued(Some(DAY * 100))),
        (70, noticed(30, end)),
        (80, suspended()),
        (93, noticed(7, end)),
        (100, expired(1, end)),
    ];
    assert_eq!(under(&lasting(100), &history, 200), expected);
    // What is due after the end of the replay is not there.
    assert_eq!(under(&lasting(100), &history, 95), expected[..4]);
}

#[test]
fn ana_4_what_no_longer_follows_is_left_out() {
    let end = now() + year();
    let history = numbered([
        (0, issued(Some(year()))),
        (335, noticed(30, end)),
        (358, noticed(7, end)),
        (365, expired(1, end)),
    ]);
    assert_eq!(under(&lasting(500), &history, 400), [(0, issued(Some(DAY * 500)))]);
}

#[test]
fn ana_4_a_renewal_goes_on_where_the_term_before_ends() {
    let end = now() + year();
    let history = numbered([(0, issued(Some(year()))), (10, renewed(2, end, year()))]);
    let shorter = [(0, issued(Some(DAY * 100))), (10, renewed(2, now() + DAY * 100, DAY * 100))];
    assert_eq!(under(&lasting(100), &history, 20), shorter);
    // Later than the term ended, there is a gap, which a longer term fills.
    let late = numbered([(0, issued(Some(year()))), (400, renewed(2, end + DAY * 35, year()))]);
    let longer = [(0, issued(Some(DAY * 380))), (380, renewed(2, now() + DAY * 400, DAY * 380))];
    let found = under(&lasting(380), &late, 400);
    assert_eq!((&found[0], &found[found.len() - 1].1), (&longer[0], &longer[1].1));
}

#[test]
fn ana_4_a_renewal_does_not_begin_before_it_was_made() {
    let end = now() + year();
    let history = numbered([(0, issued(Some(year()))), (360, renewed(2, end, year()))]);
    let first = now() + DAY * 100;
    let expected = [
        (0, issued(Some(DAY * 100))),
        (70, noticed(30, first)),
        (93, noticed(7, first)),
        (100, expired(1, first)),
        (360, renewed(2, now() + DAY * 360, DAY * 100)),
    ];
    assert_eq!(under(&lasting(100), &history, 400), expected);
    // Made when the term before was over, it had begun where that one ended.
    let late = numbered([(0, issued(Some(year()))), (370, renewed(2, end, year()))]);
    let found = under(&lasting(100), &late, 400);
    assert_eq!(found[found.len() - 1], (370, renewed(2, end, DAY * 100)));
}

#[test]
fn ana_4_what_somebody_agreed_on_stays() {
    let agreed = numbered([(0, issued(Some(DAY * 30)))]);
    assert_eq!(under(&lasting(100), &agreed, 1), [(0, issued(Some(DAY * 30)))]);
    // Renewed up to a date that is over by then, there was nothing to renew.
    let end = now() + year();
    let dated = numbered([(0, issued(Some(year()))), (10, renewed(2, end, DAY * 60))]);
    assert_eq!(under(&lasting(500), &dated, 20), [(0, issued(Some(DAY * 500)))]);
    let until = end + DAY * 60 - (now() + DAY * 400);
    let shorter = [(0, issued(Some(DAY * 400))), (10, renewed(2, now() + DAY * 400, until))];
    assert_eq!(under(&lasting(400), &dated, 20), shorter);
}

#[test]
fn ana_4_what_never_ends_is_not_renewed() {
    let end = now() + year();
    let history = numbered([
        (0, issued(Some(year()))),
        (10, renewed(2, end, year())),
        (20, Event::QuantityChanged { quantity: 9 }),
    ]);
    let perpetual =
        IssuanceChange { term: Some(TermLength::Perpetual), ..IssuanceChange::default() };
    let expected = [(0, issued(None)), (20, Event::QuantityChanged { quantity: 9 })];
    assert_eq!(under(&perpetual, &history, 900), expected);
}

#[test]
fn ana_4_other_days_of_grace_leave_what_was_recorded_where_it_was() {
    let end = now() + year();
    // The worker was late.
    let history = [
        (0, issued(Some(year()))),
        (336, noticed(30, end)),
        (358, noticed(7, end)),
        (367, expired(1, end)),
    ];
    let grace = IssuanceChange { grace_days: Some(60), ..IssuanceChange::default() };
    let granted = with_grant(issued(Some(year())), |grant| Grant { grace_days: 60, ..grant });
    let mut expected = history.clone();
    expected[0].1 = granted.clone();
    assert_eq!(under(&grace, &numbered(history), 400), expected);
    // It was down when the first notice was due, and is when the term ends.
    let down = [(0, issued(Some(year()))), (359, noticed(7, end))];
    let expected = [(0, granted), down[1].clone()];
    assert_eq!(under(&grace, &numbered(down), 400), expected);
}

#[test]
fn ana_4_other_notices_are_sent_when_they_are_due() {
    let end = now() + year();
    let history =
        numbered([(0, issued(Some(year()))), (335, noticed(30, end)), (358, noticed(7, end))]);
    let notices = IssuanceChange { notices: Some(vec![60, 7]), ..IssuanceChange::default() };
    let granted = |grant| Grant { notices: vec![60, 7], ..grant };
    let expected = [
        (0, with_grant(issued(Some(year())), granted)),
        (305, noticed(60, end)),
        (358, noticed(7, end)),
    ];
    assert_eq!(under(&notices, &history, 360), expected);
}

/// What happened to a licence, day by day; terms as its policy has them.
fn history() -> impl Strategy<Value = Vec<(i64, Event)>> {
    let fact = prop_oneof![
        (1u32..9).prop_map(|quantity| Event::QuantityChanged { quantity }),
        Just(Event::Suspended { reason: "why".parse().unwrap() }),
        Just(Event::Reinstated {}),
        Just(renewed(0, now(), year())),
    ];
    prop::collection::vec((0i64..500, fact), 0..8).prop_map(|mut facts| {
        facts.sort_by_key(|(day, _)| *day);
        let (mut until, mut number) = (now() + year(), 1);
        let facts = facts.into_iter().map(|(day, fact)| match fact {
            Event::Renewed { .. } => {
                (until, number) = (until + year(), number + 1);
                (day, renewed(number, until - year(), year()))
            }
            fact => (day, fact),
        });
        [(0, issued(Some(year())))].into_iter().chain(facts).collect()
    })
}

fn facts(history: &[(i64, Event)]) -> Vec<(i64, Event)> {
    let is_fact = |event: &Event| {
        !is_consequence(event) && !matches!(event, Event::Issued { .. } | Event::Renewed { .. })
    };
    history.iter().filter(|(_, event)| is_fact(event)).cloned().collect()
}

proptest! {
    #[test]
    fn ana_4_the_policy_that_was_in_force_changes_nothing(history in history()) {
        let same = IssuanceChange { term: Some(USUAL), grace_days: Some(14), notices: Some(vec![30, 7]) };
        prop_assert_eq!(under(&same, &numbered(history.clone()), 600), history);
    }

    #[test]
    fn ana_4_facts_are_kept_and_terms_follow_each_other(history in history(), days in 1u16..800) {
        let changed = under(&lasting(days), &numbered(history.clone()), 600);
        prop_assert_eq!(facts(&changed), facts(&history));
        prop_assert_eq!(&under(&lasting(days), &numbered(history), 600), &changed, "ANA-3");
        prop_assert!(changed.is_sorted_by_key(|(day, _)| *day));
        let terms: Vec<_> = changed.iter().filter_map(|(_, event)| match event {
            Event::Issued { term, .. } | Event::Renewed { term, .. } => Some(*term),
            _ => None,
        }).collect();
        prop_assert!(terms.windows(2).all(|pair| pair[0].until <= Some(pair[1].from)), "LIC-2");
        let ends = terms.iter().all(|term| term.until == Some(term.from + TimeDelta::days(days.into())));
        prop_assert!(ends);
    }

    /// Under the scenario it happens as it would in a deployment with that policy, and a worker without a pause.
    #[test]
    fn ana_4_notices_and_ends_are_those_of_the_worker(history in history(), days in 1u16..800) {
        // The same policy leaves what a worker with pauses recorded.
        prop_assume!(days != 365);
        let changed = under(&lasting(days), &numbered(history), 600);
        let mut license = License::default();
        for (day, event) in changed {
            let at = now() + TimeDelta::days(day);
            let due = license.next_consequence(at).filter(|(due, _)| *due < at);
            prop_assert_eq!(due, None, "it was due before");
            prop_assert!(!is_consequence(&event) || license.follows(&event, at));
            license = license.evolve(event);
        }
        let end = now() + TimeDelta::days(600);
        let due = license.next_consequence(end).filter(|(due, _)| *due <= end);
        prop_assert_eq!(due, None, "it was due by the end");
    }
}
