//! What a user does not want to be mailed. Their inbox holds everything all the same.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::PreferencesId;
use super::notification::Kind;
use crate::{Decider, DecisionContext, Fault};

/// Everything is mailed at first.
#[derive(Debug, Clone, Default)]
pub struct Preferences {
    muted: BTreeSet<Kind>,
}

/// What can be asked of preferences.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Says what is not mailed; everything else is.
    Mute { muted: Vec<Kind> },
}

/// What can have happened to preferences.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    /// This is all that is not mailed from now on.
    Muted { muted: BTreeSet<Kind> },
}

/// Why the business says no.
#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("some of this is mailed in any case")]
    Mandatory { faults: Vec<Fault> },
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        Some("NOT-2")
    }

    fn faults(&self) -> Vec<Fault> {
        let Self::Mandatory { faults } = self;
        faults.clone()
    }
}

impl Decider for Preferences {
    const NAME: &'static str = "notifications.preferences";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = ();

    fn decide(
        &self,
        Command::Mute { muted }: Command,
        _: &DecisionContext<()>,
    ) -> Result<Vec<Event>, Refusal> {
        let mandatory = muted.iter().enumerate().filter(|(_, kind)| !kind.is_optional());
        let fault = |(place, kind): (usize, &Kind)| {
            Fault::new(format!("/muted/{place}"), format!("{kind} is mailed in any case"))
        };
        let faults: Vec<_> = mandatory.map(fault).collect();
        if !faults.is_empty() {
            return Err(Refusal::Mandatory { faults });
        }
        let muted = BTreeSet::from_iter(muted);
        Ok(if muted == self.muted { vec![] } else { vec![Event::Muted { muted }] })
    }

    fn evolve(self, Event::Muted { muted }: Event) -> Self {
        Self { muted }
    }
}

impl Preferences {
    /// What is not mailed.
    pub fn muted_kinds(&self) -> &BTreeSet<Kind> {
        &self.muted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Spec;

    #[test]
    fn not_2_what_a_user_may_do_without_is_muted_and_nothing_else() {
        let mute = |muted: &[Kind]| Command::Mute { muted: muted.to_vec() };
        let muted = |muted: &[Kind]| Event::Muted { muted: muted.iter().copied().collect() };
        let (comments, links) = (Kind::IssueCommented, Kind::PasswordReset);
        Preferences::given([]).when(mute(&[])).then([]);
        Preferences::given([]).when(mute(&[comments, comments])).then([muted(&[comments])]);
        Preferences::given([muted(&[comments])]).when(mute(&[comments])).then([]);
        Preferences::given([muted(&[comments])]).when(mute(&[])).then([muted(&[])]);
        let fault = Fault::new("/muted/1", "password_reset is mailed in any case");
        Preferences::given([])
            .when(mute(&[comments, links]))
            .refused(Refusal::Mandatory { faults: vec![fault] });
    }
}
