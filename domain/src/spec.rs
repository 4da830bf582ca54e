//! Given these events, when that command, then those events: how every aggregate is specified.

use chrono::{DateTime, TimeZone, Utc};
use uuid::Uuid;

use crate::{
    Claim, Decider, DecisionContext,
    access::{Actor, Role},
    decode, encode, schema_version_of, wire_name,
};

/// The moment at which specifications happen: a Monday morning.
pub(crate) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2030, 1, 7, 9, 0, 0).unwrap()
}

/// The aggregate that specifications are about.
pub(crate) const SELF: Uuid = Uuid::from_u128(0x5e1f);

pub(crate) trait Spec: Decider {
    fn given(history: impl IntoIterator<Item = Self::Event>) -> Given<Self> {
        let state = history.into_iter().fold(Self::default(), Self::evolve);
        let by = Actor::new(Uuid::from_u128(0xe), Role::Employee);
        Given {
            state,
            case: DecisionContext { id: SELF, by, now: now(), facts: Self::Facts::default() },
        }
    }
}

impl<D: Decider> Spec for D {}

pub(crate) struct Given<D: Decider> {
    state: D,
    case: DecisionContext<D::Facts>,
}

impl<D: Decider> Given<D> {
    pub(crate) fn knowing(mut self, facts: D::Facts) -> Self {
        self.case.facts = facts;
        self
    }

    /// An aggregate whose id matters.
    pub(crate) fn named(mut self, id: impl Into<Uuid>) -> Self {
        self.case.id = id.into();
        self
    }

    pub(crate) fn at(mut self, now: DateTime<Utc>) -> Self {
        self.case.now = now;
        self
    }

    /// An employee gives the commands unless someone else is named.
    pub(crate) fn by(mut self, actor: Actor) -> Self {
        self.case.by = actor;
        self
    }

    pub(crate) fn when(self, command: D::Command) -> Then<D> {
        let outcome = self.state.decide(command.clone(), &self.case);
        Then { given: self, command, outcome }
    }

    pub(crate) fn claims(&self) -> Vec<Claim> {
        self.state.claims()
    }
}

pub(crate) struct Then<D: Decider> {
    given: Given<D>,
    command: D::Command,
    outcome: Result<Vec<D::Event>, D::Refusal>,
}

impl<D: Decider> Then<D> {
    /// Expects these events; that each survives the way to the store and back; and that the same
    /// command given again changes nothing more.
    #[track_caller]
    pub(crate) fn then(self, expected: impl IntoIterator<Item = D::Event>) {
        let expected = Vec::from_iter(expected);
        assert_eq!(self.outcome.as_ref(), Ok(&expected));

        for event in &expected {
            let (variant, data) = encode::<D>(event).unwrap();
            let wire = wire_name::<D>(&variant);
            assert_eq!(
                decode::<D>(&wire, schema_version_of::<D>(&variant), &data).unwrap(),
                *event
            );
        }

        let Given { state, case } = self.given;
        let again = expected.into_iter().fold(state, D::evolve).decide(self.command, &case);
        assert!(
            again.as_ref().map_or(true, Vec::is_empty),
            "given twice it happens twice: {again:?}"
        );
    }

    #[track_caller]
    pub(crate) fn refused(self, expected: D::Refusal) {
        assert_eq!(self.outcome, Err(expected));
    }
}
