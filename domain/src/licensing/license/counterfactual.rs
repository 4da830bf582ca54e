//! What would have become of a licence, had its product's policy been another one (ANA-4): the same was done
//! to it, when it was done. Terms that were the policy's are other ones, and so are the notices and ends that
//! follow from terms and clock.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::{Event, ExpiryStep, Grant, License, NextExpiryStep, Term};
use crate::{Decider, IssuanceChange, Meta, Recorded, TermLength};

/// The history of a licence under a scenario, as of the moment `end`. `usual_term` tells how long the policy in
/// force at a position lets a term last.
///
/// A term was the policy's if it ended where the policy says. A renewal that began where the term before ended
/// begins where that one ends then, or when it was made, if that is later: nobody renews what is over by then. Any
/// other begins when it did, or where the term before ends then. One that somebody agreed on another end for ends
/// there. What could not have been renewed was not: a licence that never ends, or lasts longer than the renewal does.
pub fn under_other_policy(
    history: &[Recorded<Event>],
    change: &IssuanceChange,
    usual_term: impl Fn(i64) -> Option<TermLength>,
    end: DateTime<Utc>,
) -> Vec<Recorded<Event>> {
    let mut terms = Terms { change, usual_term, recorded: None, last: None, count: 0 };
    let changed: Vec<_> =
        history.iter().filter_map(|recorded| terms.with_other_term(recorded.clone())).collect();
    // Whatever a worker that was down has left out, was left out then as well.
    if causes(&changed).eq(causes(history)) {
        return changed;
    }
    let (mut rewriting, mut clock) = (Rewriting::of(&changed), None);
    for recorded in changed {
        clock = Some(recorded.recorded_at);
        rewriting.add(recorded);
    }
    rewriting.record_what_is_due(clock.map_or(end, |last| last.max(end)));
    rewriting.history
}

/// From what notices and ends follow, besides the clock: terms, and the days of notices.
fn causes(history: &[Recorded<Event>]) -> impl Iterator<Item = (Term, &[u16])> {
    history.iter().filter_map(|recorded| match &recorded.event {
        Event::Issued { grant, term } => Some((*term, &grant.notices[..])),
        Event::Renewed { term, .. } => Some((*term, &[][..])),
        _ => None,
    })
}

/// Whether it follows from terms and clock.
fn is_consequence(event: &Event) -> bool {
    matches!(event, Event::Expired { .. } | Event::ExpiryNoticed { .. })
}

/// The terms of a licence so far.
struct Terms<'a, F> {
    change: &'a IssuanceChange,
    usual_term: F,
    /// The last one as it was recorded.
    recorded: Option<Term>,
    /// The last one under the scenario.
    last: Option<Term>,
    count: u32,
}

impl<F: Fn(i64) -> Option<TermLength>> Terms<'_, F> {
    /// The event with the term that takes the place of its own; none if there would not have been any.
    fn with_other_term(&mut self, recorded: Recorded<Event>) -> Option<Recorded<Event>> {
        let made = (recorded.position, recorded.recorded_at);
        let event = match recorded.event {
            Event::Issued { grant, term } => {
                let grant = Grant {
                    grace_days: self.change.grace_days.unwrap_or(grant.grace_days),
                    notices: self.change.notices.clone().unwrap_or(grant.notices),
                    ..grant
                };
                Event::Issued { grant, term: self.add(term, made)? }
            }
            Event::Renewed { term, .. } => {
                let term = self.add(term, made)?;
                Event::Renewed { number: self.count, term }
            }
            other => other,
        };
        Some(Recorded { event, ..recorded })
    }

    fn add(&mut self, term: Term, (position, recorded_at): (i64, DateTime<Utc>)) -> Option<Term> {
        let before = self.recorded.replace(term).zip(self.last);
        let from = match before {
            Some((recorded, last)) if recorded.until == Some(term.from) => {
                last.until?.max(recorded_at.min(term.from))
            }
            Some((_, last)) => last.until?.max(term.from),
            None => term.from,
        };
        let usual = (self.usual_term)(position);
        let is_usual = usual.is_some_and(|usual| usual.end_from(term.from) == term.until);
        let until = match self.change.term.filter(|_| is_usual) {
            Some(length) => length.end_from(from),
            None => term.until,
        };
        let new = Term::try_new(from, until)?;
        (self.last, self.count) = (Some(new), self.count + 1);
        Some(new)
    }
}

/// A licence whose history is recorded anew.
struct Rewriting {
    license: License,
    history: Vec<Recorded<Event>>,
    /// The consequences that were recorded, and are still to come. Where they follow as well, they were
    /// recorded when they were.
    to_come: VecDeque<Event>,
}

impl Rewriting {
    fn of(history: &[Recorded<Event>]) -> Self {
        let events = history.iter().map(|recorded| &recorded.event);
        let to_come = events.filter(|event| is_consequence(event)).cloned().collect();
        Self { license: License::default(), history: Vec::with_capacity(history.len()), to_come }
    }

    /// Adds an event, after what is due by then; a consequence only if it follows.
    fn add(&mut self, recorded: Recorded<Event>) {
        self.record_what_is_due(recorded.recorded_at);
        if !is_consequence(&recorded.event) {
            self.push(recorded);
            return;
        }
        self.to_come.pop_front();
        if self.license.follows(&recorded.event, recorded.recorded_at) {
            self.push(recorded);
        }
    }

    fn push(&mut self, recorded: Recorded<Event>) {
        self.license = std::mem::take(&mut self.license).evolve(recorded.event.clone());
        let version = i32::try_from(self.history.len() + 1).unwrap_or(i32::MAX);
        self.history.push(Recorded { version, ..recorded });
    }

    /// Records notices and ends that are due by a moment, each when it is due.
    fn record_what_is_due(&mut self, moment: DateTime<Utc>) {
        while let Some(last) = self.history.last() {
            let due = self.license.next_consequence(last.recorded_at);
            let Some((recorded_at, event)) = due.filter(|(at, _)| *at <= moment) else { return };
            if self.to_come.contains(&event) {
                return;
            }
            let effective_at = match event {
                Event::Expired { until, .. } => Some(until),
                _ => None,
            };
            // Nobody caused it, and it has no place of its own in the log.
            let meta = Meta { effective_at, ..Meta::default() };
            self.push(Recorded { recorded_at, meta, event, ..last.clone() });
        }
    }
}

impl License {
    /// What is to be recorded next about its end, and when, if nothing else happens after `now`.
    fn next_consequence(&self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, Event)> {
        let Grant { cabinet, product, .. } = *self.grant.as_ref()?;
        let NextExpiryStep { at, step, until } = self.next_expiry_step(now)?;
        let term = self.last_term_number();
        let event = match step {
            ExpiryStep::Notice { days } => {
                Event::ExpiryNoticed { term, days, until, cabinet, product }
            }
            ExpiryStep::Expiry => Event::Expired { term, until, cabinet, product },
        };
        Some((at.max(now), event))
    }

    /// Whether this notice or end would be recorded at a moment.
    fn follows(&self, event: &Event, now: DateTime<Utc>) -> bool {
        let Some(grant) = self.grant.as_ref().filter(|_| !self.revoked) else { return false };
        match event {
            Event::Expired { term, .. } => {
                !self.expired.contains(term) && self.expire(grant, *term, now).as_ref() == Ok(event)
            }
            Event::ExpiryNoticed { term, days, .. } => {
                let noticed = self.notice(grant, *term, *days, now);
                noticed.is_ok_and(|noticed| noticed == [event.clone()])
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
