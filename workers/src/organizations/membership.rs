//! Whoever was registered for a cabinet becomes a member of it.

use commands::{Commands, Failure, organizations};
use domain::{
    Recorded,
    identity::user::{Event, User},
    organizations::membership::Refusal,
};

use crate::{Begin, On, Reaction, Worker};

/// Begins with the first event of all: there were users before there were memberships.
pub fn worker(commands: Commands) -> Worker {
    let reactions = vec![On::events_of::<User>(Enrol { commands })];
    Worker { name: "organizations.membership", begin: Begin::First, reactions }
}

struct Enrol {
    commands: Commands,
}

impl Reaction<User> for Enrol {
    async fn on(&self, fact: &Recorded<Event>) -> anyhow::Result<()> {
        let Event::JoinedCabinet(_) = fact.event else { return Ok(()) };
        match organizations::enrol(&self.commands, fact.id.into()).await {
            // There never was such a cabinet, or one of both is gone.
            Ok(())
            | Err(Failure::Refused(
                Refusal::UnknownCabinet | Refusal::CabinetClosed | Refusal::UnknownUser,
            )) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }
}
