//! Adapts the aggregates of the domain to the framework cqrs-es. No other file uses it.
//!
//! The framework defines the contract ([`Aggregate`]) and a test harness for it. Its stores are not used:
//! those of 0.5.0 keep snapshots that apply each event twice.

use cqrs_es::{Aggregate, DomainEvent, event_sink::EventSink};
use domain::{Decider, DecisionContext};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A decider as cqrs-es sees it. Never serialized: the state is folded from the events.
#[derive(Default, Serialize, Deserialize)]
#[serde(bound = "")]
pub(crate) struct AggregateRoot<D: Decider> {
    #[serde(skip)]
    pub(crate) state: D,
}

/// A command with all that the decision needs.
#[derive(Clone)]
pub(crate) struct CommandInContext<D: Decider> {
    pub(crate) command: D::Command,
    pub(crate) case: DecisionContext<D::Facts>,
}

/// An event as cqrs-es sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct EmittedEvent<E>(pub(crate) E);

impl<D: Decider> AggregateRoot<D> {
    /// The events that the command leads to, already applied to the state.
    pub(crate) async fn decide(
        &mut self,
        command: D::Command,
        case: DecisionContext<D::Facts>,
    ) -> Result<Vec<D::Event>, D::Refusal> {
        let sink = EventSink::default();
        self.handle(CommandInContext { command, case }, &(), &sink).await?;
        Ok(sink.collect().await.into_iter().map(|EmittedEvent(event)| event).collect())
    }
}

impl<D: Decider> Aggregate for AggregateRoot<D> {
    const TYPE: &'static str = D::NAME;

    type Command = CommandInContext<D>;
    type Event = EmittedEvent<D::Event>;
    type Error = D::Refusal;
    type Services = ();

    async fn handle(
        &mut self,
        CommandInContext { command, case }: CommandInContext<D>,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), D::Refusal> {
        for event in self.state.decide(command, &case)? {
            sink.write(EmittedEvent(event), self).await;
        }
        Ok(())
    }

    fn apply(&mut self, EmittedEvent(event): EmittedEvent<D::Event>) {
        self.state = std::mem::take(&mut self.state).evolve(event);
    }
}

impl<E> DomainEvent for EmittedEvent<E>
where
    E: Clone + std::fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync,
{
    /// The name of the variant; [`domain::wire_name`] gives the full name on the wire.
    fn event_type(&self) -> String {
        let event = serde_json::to_value(&self.0).unwrap_or_default();
        let variant = event.as_object().and_then(|event| event.keys().next());
        variant.cloned().unwrap_or_default()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use cqrs_es::test::TestFramework;
    use domain::{
        identity::Actor,
        platform::subject::{Command, ErasureReason, Event, Facts, Refusal, Subject},
    };
    use uuid::Uuid;

    use super::*;

    fn erase(facts: Facts) -> CommandInContext<Subject> {
        let (by, now) = (Actor::system("test"), DateTime::UNIX_EPOCH);
        let command = Command::Erase { reason: ErasureReason::Requested };
        CommandInContext { command, case: DecisionContext { id: Uuid::nil(), by, now, facts } }
    }

    #[test]
    fn an_aggregate_of_the_domain_keeps_the_contract_of_the_framework() {
        let subject = || TestFramework::<AggregateRoot<Subject>>::with(());
        let erased = || vec![EmittedEvent(Event::Erased { reason: ErasureReason::Requested })];
        let new = subject().given_no_previous_events().when(erase(Facts::default()));
        new.then_expect_events(erased());
        subject().given(erased()).when(erase(Facts::default())).then_expect_events(vec![]);
        let unknown = Facts { unknown: true, ..Facts::default() };
        let refused = subject().given_no_previous_events().when(erase(unknown));
        refused.then_expect_error(Refusal::Unknown);
    }
}
