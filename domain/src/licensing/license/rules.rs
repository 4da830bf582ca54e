//! What a licence decides about its terms and its parameters.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use super::{Event, ExpiryStep, Facts, Grant, Issuance, License, ProductOffer, Refusal, Term};
use crate::Parameters;

pub(super) fn issue(issue: Issuance, facts: &Facts) -> Result<Vec<Event>, Refusal> {
    let Issuance { cabinet, product, quantity, parameters, from, until, origin } = issue;
    if !facts.cabinet_exists {
        return Err(Refusal::UnknownCabinet);
    }
    if facts.cabinet_closed {
        return Err(Refusal::CabinetClosed);
    }
    let offer = facts.product.as_ref().ok_or(Refusal::UnknownProduct)?;
    if offer.retired && origin.is_none() {
        return Err(Refusal::RetiredProduct);
    }
    let policy = offer.policy.as_ref().ok_or(Refusal::NoPolicy)?;
    if quantity == 0 {
        return Err(Refusal::NoSeat);
    }
    offer.check_parameters(&parameters)?;
    let term = Term::try_new(from, until.or(policy.until)).ok_or(Refusal::EmptyTerm)?;
    let grant = Grant {
        cabinet,
        product,
        quantity,
        schema: offer.version,
        parameters,
        grace_days: policy.grace_days,
        notices: policy.notices.clone(),
        origin,
    };
    Ok(vec![Event::Issued { grant, term }])
}

impl License {
    /// LIC-2: a term begins where the last one ends, or later.
    pub(super) fn renew(
        &self,
        from: DateTime<Utc>,
        until: Option<DateTime<Utc>>,
        facts: &Facts,
    ) -> Result<Vec<Event>, Refusal> {
        // Only the same term again, which changes nothing, gets past a last term without end.
        if self.terms.last().is_some_and(|last| last.until.is_none() && last.from != from) {
            return Err(Refusal::Perpetual);
        }
        let offer = facts.product.as_ref().ok_or(Refusal::UnknownProduct)?;
        let policy_until = offer.policy.as_ref().ok_or(Refusal::NoPolicy)?.until;
        let term = Term::try_new(from, until.or(policy_until)).ok_or(Refusal::EmptyTerm)?;
        if self.terms.contains(&term) {
            return Ok(vec![]);
        }
        if facts.cabinet_closed {
            return Err(Refusal::CabinetClosed);
        }
        match self.terms.last().map(|last| last.until) {
            Some(None) => Err(Refusal::Perpetual),
            Some(Some(until)) if from < until => Err(Refusal::Overlap { until }),
            _ => Ok(vec![Event::Renewed { number: self.last_term_number() + 1, term }]),
        }
    }

    /// LIC-3: the end of a term is recorded once, and only if no other term went on from there.
    pub(super) fn expire(
        &self,
        grant: &Grant,
        term: u32,
        now: DateTime<Utc>,
    ) -> Result<Event, Refusal> {
        let index = usize::try_from(term).unwrap_or(usize::MAX).wrapping_sub(1);
        let ended = self.terms.get(index).ok_or(Refusal::NoSuchTerm)?;
        let until = ended.until.filter(|until| *until <= now).ok_or(Refusal::NotDue)?;
        match self.terms.get(index + 1) {
            Some(next) if next.from == until => Err(Refusal::Renewed),
            _ => {
                let Grant { cabinet, product, .. } = *grant;
                Ok(Event::Expired { term, until, cabinet, product })
            }
        }
    }

    /// LIC-10: once for each distance and term; when several are due, the nearest one only.
    pub(super) fn notice(
        &self,
        grant: &Grant,
        term: u32,
        days: u16,
        now: DateTime<Utc>,
    ) -> Result<Vec<Event>, Refusal> {
        match term.cmp(&self.last_term_number()) {
            Ordering::Greater => return Err(Refusal::NoSuchTerm),
            Ordering::Less => return Err(Refusal::Renewed),
            Ordering::Equal if self.noticed.contains(&days) => return Ok(vec![]),
            Ordering::Equal => {}
        }
        let due = self
            .next_expiry_step(now)
            .filter(|due| due.at <= now && due.step == ExpiryStep::Notice { days });
        let due = due.ok_or(Refusal::NotDue)?;
        let Grant { cabinet, product, .. } = *grant;
        Ok(vec![Event::ExpiryNoticed { term, days, until: due.until, cabinet, product }])
    }
}

impl ProductOffer {
    /// LIC-1: parameters are as the product declares them.
    pub(super) fn check_parameters(&self, parameters: &Parameters) -> Result<(), Refusal> {
        let faults = self.schema.parameter_faults(parameters, "/parameters");
        if faults.is_empty() { Ok(()) } else { Err(Refusal::BadParameters { faults }) }
    }
}
