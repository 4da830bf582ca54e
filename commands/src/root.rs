//! The one place that knows cqrs-es: it turns every [`Decider`] into an [`Aggregate`].
//!
//! Of cqrs-es we use the contract of an aggregate and the sink through which a decision emits its
//! events. Not its stores: those of 0.5.0 keep snapshots that apply each event twice.

use cqrs_es::{Aggregate, DomainEvent, event_sink::EventSink};
use domain::{Case, Decider};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A decider as cqrs-es sees it. Never serialized: the state is folded from the events.
#[derive(Default, Serialize, Deserialize)]
#[serde(bound = "")]
pub(crate) struct Root<D: Decider> {
    #[serde(skip)]
    pub(crate) state: D,
}

/// A command with all that it takes to decide it.
#[derive(Clone)]
pub(crate) struct Question<D: Decider> {
    pub(crate) command: D::Command,
    pub(crate) case: Case<D::Facts>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Fact<E>(pub(crate) E);

impl<D: Decider> Root<D> {
    /// The events that the command leads to, already applied to the state.
    pub(crate) async fn decide(
        &mut self,
        command: D::Command,
        case: Case<D::Facts>,
    ) -> Result<Vec<D::Event>, D::Refusal> {
        let sink = EventSink::default();
        self.handle(Question { command, case }, &(), &sink).await?;
        Ok(sink.collect().await.into_iter().map(|Fact(event)| event).collect())
    }
}

impl<D: Decider> Aggregate for Root<D> {
    const TYPE: &'static str = D::NAME;

    type Command = Question<D>;
    type Event = Fact<D::Event>;
    type Error = D::Refusal;
    type Services = ();

    async fn handle(
        &mut self,
        Question { command, case }: Question<D>,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), D::Refusal> {
        for event in self.state.decide(command, &case)? {
            sink.write(Fact(event), self).await;
        }
        Ok(())
    }

    fn apply(&mut self, Fact(event): Fact<D::Event>) {
        self.state = std::mem::take(&mut self.state).evolve(event);
    }
}

impl<E> DomainEvent for Fact<E>
where
    E: Clone + std::fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync,
{
    /// The variant; its full name on the wire is [`domain::wire_name`]'s to say.
    fn event_type(&self) -> String {
        let event = serde_json::to_value(&self.0).unwrap_or_default();
        let variant = event.as_object().and_then(|event| event.keys().next());
        variant.cloned().unwrap_or_default()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
