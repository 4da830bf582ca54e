//! Random lives of licences against a model too simple to be wrong: it walks day by day and
//! remembers everything.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::{
    Command, Event, ExpiryStep, Facts, License, Refusal, Status,
    tests::{issued, offer},
};
use crate::{
    Decider, DecisionContext,
    access::Actor,
    spec::{SELF, now},
};

/// What a random life is made of; days count from the licence's first.
#[derive(Debug, Clone)]
enum Operation {
    Wait {
        days: u8,
    },
    Renew {
        gap: i8,
        days: Option<u8>,
    },
    Suspend,
    Reinstate,
    Revoke,
    /// What the expiry worker does on each run.
    RunExpiryWorker,
    /// What a broken worker might do.
    Expire {
        term: u32,
    },
    Notice {
        term: u32,
        days: u16,
    },
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => (0u8..40).prop_map(|days| Operation::Wait { days }),
        3 => (-3i8..20, prop::option::weighted(0.9, 0u8..90)).prop_map(|(gap, days)| Operation::Renew { gap, days }),
        1 => Just(Operation::Suspend),
        1 => Just(Operation::Reinstate),
        1 => prop::bool::weighted(0.1).prop_map(|revoke| if revoke { Operation::Revoke } else { Operation::RunExpiryWorker }),
        4 => Just(Operation::RunExpiryWorker),
        1 => (0u32..4).prop_map(|term| Operation::Expire { term }),
        1 => ((0u32..4), prop::sample::select(vec![30, 7, 5])).prop_map(|(term, days)| Operation::Notice { term, days }),
    ]
}

/// Terms as whole days, the last day not included; everything else as it was recorded.
#[derive(Debug, Default)]
struct Model {
    terms: Vec<(i64, Option<i64>)>,
    suspended: bool,
    revoked: bool,
    expired: Vec<u32>,
    noticed: Vec<(u32, u16)>,
}

const GRACE: i64 = 14;

impl Model {
    fn in_term(&self, day: i64) -> bool {
        self.terms.iter().any(|(from, until)| *from <= day && until.is_none_or(|end| day < end))
    }

    fn status(&self, day: i64) -> Status {
        let started = (0..=day).any(|day| self.in_term(day));
        let recently = (0.max(day - GRACE)..=day).any(|day| self.in_term(day));
        match () {
            () if self.revoked => Status::Revoked,
            () if started && !recently && !self.in_term(day) => Status::Expired,
            () if self.suspended => Status::Suspended,
            () if self.in_term(day) => Status::Active,
            () if started => Status::Grace,
            () => Status::Pending,
        }
    }
}

fn day(moment: DateTime<Utc>) -> i64 {
    (moment - now()).num_days()
}

fn moment(day: i64) -> DateTime<Utc> {
    now() + TimeDelta::days(day)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_licence_does_what_the_model_does(
        first in prop::option::weighted(0.9, 1i64..90),
        operations in prop::collection::vec(operation(), 0..40),
    ) {
        let mut today = 0;
        let mut model = Model { terms: vec![(0, first)], ..Model::default() };
        let mut license = License::default().evolve(issued(first.map(TimeDelta::days)));

        for operation in operations {
            let command = match operation {
                Operation::Wait { days } => {
                    today += i64::from(days);
                    continue;
                }
                Operation::Renew { gap, days } => {
                    let end = model.terms.last().unwrap().1.unwrap_or(today);
                    let from = end + i64::from(gap);
                    let until = days.map(|days| moment(from + i64::from(days)));
                    Command::Renew { from: moment(from), until }
                }
                Operation::Suspend => Command::Suspend { reason: "why".parse().unwrap() },
                Operation::Reinstate => Command::Reinstate {},
                Operation::Revoke => Command::Revoke { reason: "why".parse().unwrap() },
                Operation::RunExpiryWorker => match license.next_expiry_step(moment(today)) {
                    Some(due) if due.at <= moment(today) => match due.step {
                        ExpiryStep::Expiry => Command::Expire { term: license.last_term_number() },
                        ExpiryStep::Notice { days } => Command::NoticeExpiry { term: license.last_term_number(), days },
                    },
                    _ => continue,
                },
                Operation::Expire { term } => Command::Expire { term },
                Operation::Notice { term, days } => Command::NoticeExpiry { term, days },
            };
            let mut product = offer();
            product.policy.as_mut().unwrap().until = None;
            let facts = Facts { cabinet_exists: true, cabinet_closed: false, product: Some(product) };
            let case = DecisionContext { id: SELF, by: Actor::system("test"), now: moment(today), facts };
            let outcome = license.decide(command.clone(), &case);
            let last = *model.terms.last().unwrap();

            match (&command, &outcome) {
                (_, Err(Refusal::Revoked)) => prop_assert!(model.revoked),
                (Command::Renew { from, until }, Ok(events)) => {
                    let term = (day(*from), until.map(day));
                    if events.is_empty() {
                        prop_assert!(model.terms.contains(&term));
                    } else {
                        prop_assert!(term.1.is_none_or(|until| term.0 < until));
                        prop_assert!(last.1.is_some_and(|end| end <= term.0), "LIC-2: {:?} after {:?}", term, last);
                        model.terms.push(term);
                    }
                }
                (Command::Renew { from, until }, Err(refusal)) => {
                    let empty = until.is_some_and(|until| until <= *from);
                    let overlaps = last.1.is_none_or(|end| day(*from) < end);
                    prop_assert!(empty || overlaps, "{refusal:?}");
                }
                (Command::Expire { term }, Ok(events)) if !events.is_empty() => {
                    prop_assert!(!model.expired.contains(term), "LIC-3: once for each term");
                    let end = model.terms[*term as usize - 1].1.unwrap();
                    prop_assert!(end <= today && !model.in_term(end), "LIC-3: only what ended");
                    model.expired.push(*term);
                }
                (Command::NoticeExpiry { term, days }, Ok(events)) if !events.is_empty() => {
                    let notice = (*term, *days);
                    prop_assert!(!model.noticed.contains(&notice), "LIC-10: once for each distance");
                    prop_assert_eq!(*term as usize, model.terms.len(), "LIC-10: not after renewal");
                    let end = last.1.unwrap();
                    prop_assert!(end - i64::from(*days) <= today && today < end);
                    prop_assert!(end - i64::from(*days) > last.0);
                    model.noticed.push(notice);
                }
                (Command::Suspend { .. }, Ok(_)) => model.suspended = true,
                (Command::Reinstate {}, Ok(_)) => model.suspended = false,
                (Command::Revoke { .. }, Ok(_)) => model.revoked = true,
                _ => {}
            }

            license = outcome.into_iter().flatten().fold(license, License::evolve);
            if let Ok(again) = license.decide(command, &case) {
                prop_assert_eq!(again, vec![], "given twice it happens twice");
            }
            for day in [0, today, today + 7, today + 100] {
                prop_assert_eq!(license.status(moment(day)), Some(model.status(day)), "on day {}", day);
            }
        }

        // Left alone, the worker finishes and finds nothing more to do.
        today += 1000;
        if let Some(due) = license.next_expiry_step(moment(today)) {
            prop_assert_eq!(due.step, ExpiryStep::Expiry);
            let case = DecisionContext { id: SELF, by: Actor::system("test"), now: moment(today), facts: Facts::default() };
            let events = license.decide(Command::Expire { term: license.last_term_number() }, &case);
            let ended = matches!(events.as_deref(), Ok([Event::Expired { .. }]));
            prop_assert!(ended, "{events:?}");
            license = events.into_iter().flatten().fold(license, License::evolve);
        }
        prop_assert_eq!(license.next_expiry_step(moment(today)), None);
    }
}
