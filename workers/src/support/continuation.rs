//! What a client says of an issue that ended too long ago opens another one that goes on from it (SUP-2).

use commands::{Commands, Failure, Order};
use domain::{
    Recorded, Text,
    identity::Actor,
    support::issue::{Command, Event, Issue, IssueId, Opening, Refusal},
};

use crate::{Begin, On, Reaction, Worker};

/// Opens them. One that is open already is not opened again, so it may begin with the first event.
pub fn worker(commands: Commands) -> Worker {
    let by = Actor::system(Continuation::NAME);
    let reactions = vec![On::events_of::<Issue>(Continuation { commands, by })];
    Worker { name: Continuation::NAME, begin: Begin::First, reactions }
}

struct Continuation {
    commands: Commands,
    by: Actor,
}

impl Reaction<Issue> for Continuation {
    async fn on(&self, fact: &Recorded<Event>) -> anyhow::Result<()> {
        let Event::Continued { issue, author, source, text, .. } = &fact.event else {
            return Ok(());
        };
        // Of whom was erased meanwhile there is nothing to say.
        let Some(text) = text.get() else { return Ok(()) };
        let linked_to = IssueId::from(fact.id);
        let ended: Issue = self.commands.lookup().load(linked_to).await?;
        let Some(ended) = ended.thread() else { return Ok(()) };
        // What one person wrote is not copied to what belongs to another.
        let own = ended.reporter == *author;
        let title = ended.title.get().cloned().filter(|_| own);
        let asked = Opening {
            title: title.map_or_else(|| beginning(text), Ok)?,
            text: text.clone(),
            priority: ended.priority,
            reporter: *author,
            customer: ended.customer.filter(|_| own),
            cabinet: ended.cabinet,
            product: ended.product,
            license: ended.license,
            linked_to: Some(linked_to),
            source: *source,
        };
        let outcome = match self.open(fact, *issue, asked.clone()).await {
            // Gone since it was said: who asks is who needs help.
            Err(Failure::Refused(Refusal::NoSuchCustomer | Refusal::CabinetClosed)) => {
                let alone = Opening { customer: None, cabinet: None, ..asked };
                self.open(fact, *issue, alone).await
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
        fact: &Recorded<Event>,
        issue: IssueId,
        asked: Opening,
    ) -> Result<(), Failure<Refusal>> {
        let author = asked.reporter.uuid();
        let order = Order::new(issue, Command::Open(asked), self.by.clone()).because(fact);
        self.commands.execute(order.on_behalf_of(Some(author))).await.map(drop)
    }
}

/// What of a text can be a title: its first line, as far as that goes.
fn beginning(text: &Text<20_000>) -> anyhow::Result<Text<200>> {
    let line = text.as_str().trim().lines().next().unwrap_or_default();
    line.chars().take(200).collect::<String>().parse().map_err(anyhow::Error::msg)
}
