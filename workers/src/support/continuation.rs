//! A comment on an issue that ended too long ago opens a new issue, linked to the old one (SUP-2).

use commands::{CommandEnvelope, Commands, Failure};
use domain::{
    Recorded, Text,
    identity::Actor,
    support::issue::{Command, Event, Issue, IssueId, NewIssue, Refusal},
};

use crate::{AnyReaction, Reaction, StartAt, Worker};

/// Opens such issues. One that is open already is not opened again, so the worker may start at the first
/// event.
pub fn issue_continuation_worker(commands: Commands) -> Worker {
    let actor = Actor::system(Continuation::NAME);
    let reactions = vec![AnyReaction::to_events_of::<Issue>(Continuation { commands, actor })];
    Worker { name: Continuation::NAME, start_at: StartAt::FirstEvent, reactions }
}

struct Continuation {
    commands: Commands,
    actor: Actor,
}

impl Reaction<Issue> for Continuation {
    async fn react(&self, recorded: &Recorded<Event>) -> anyhow::Result<()> {
        let Event::Continued { issue, author, source, text, .. } = &recorded.event else {
            return Ok(());
        };
        // The author was erased meanwhile.
        let Some(text) = text.get() else { return Ok(()) };
        let linked_to = IssueId::from(recorded.id);
        let ended: Issue = self.commands.aggregates().load(linked_to).await?;
        let Some(ended) = ended.thread() else { return Ok(()) };
        // The title that one person wrote is not copied into the issue of another.
        let is_reporter = ended.reporter == *author;
        let title = ended.title.get().cloned().filter(|_| is_reporter);
        let opening = NewIssue {
            title: title.map_or_else(|| title_from(text), Ok)?,
            text: text.clone(),
            priority: ended.priority,
            reporter: *author,
            customer: ended.customer.filter(|_| is_reporter),
            cabinet: ended.cabinet,
            product: ended.product,
            license: ended.license,
            linked_to: Some(linked_to),
            source: *source,
        };
        let outcome = match self.open(recorded, *issue, opening.clone()).await {
            // The customer or the cabinet is gone since: the author still needs help.
            Err(Failure::Refused(Refusal::NoSuchCustomer | Refusal::CabinetClosed)) => {
                let without_links = NewIssue { customer: None, cabinet: None, ..opening };
                self.open(recorded, *issue, without_links).await
            }
            outcome => outcome,
        };
        match outcome {
            Ok(()) | Err(Failure::Refused(Refusal::AlreadyOpened) | Failure::SubjectErased) => {
                Ok(())
            }
            Err(failure) => Err(failure.into()),
        }
    }
}

impl Continuation {
    const NAME: &str = "support.continuation";

    async fn open(
        &self,
        recorded: &Recorded<Event>,
        issue: IssueId,
        opening: NewIssue,
    ) -> Result<(), Failure<Refusal>> {
        let author = opening.reporter.uuid();
        let envelope = CommandEnvelope::new(issue, Command::Open(opening), self.actor.clone())
            .caused_by(recorded);
        self.commands.execute(envelope.on_behalf_of(Some(author))).await.map(drop)
    }
}

/// A title from a text: its first line, cut to length.
fn title_from(text: &Text<20_000>) -> anyhow::Result<Text<200>> {
    let line = text.as_str().trim().lines().next().unwrap_or_default();
    line.chars().take(200).collect::<String>().parse().map_err(anyhow::Error::msg)
}
