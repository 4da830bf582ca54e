//! What stands between a request and the decision of an aggregate.

use domain::{
    Decider, Id,
    identity::{Actor, Owner},
};
use serde::Serialize;
use strum::IntoDiscriminant;

use crate::{Lookup, Lost, Right};

/// The kind of a command of `H`, without what it says. Its name on the wire is the command's tag.
pub type CommandKind<H> = <<H as Decider>::Command as IntoDiscriminant>::Discriminant;

/// What stands between a request and the decision.
pub trait Handler:
    Decider<Command: IntoDiscriminant<Discriminant: Copy + Eq + Serialize + Send + Sync + 'static>>
{
    /// The right, that is the row of the matrix, that commands of a kind take: the least, where
    /// what one says may take another. It is known before a body is read.
    fn right(kind: CommandKind<Self>) -> Right;

    /// The right that one command takes.
    fn right_of(command: &Self::Command) -> Right {
        Self::right(command.discriminant())
    }

    /// To whom the thing belongs: seen from its state, or from the command that creates it.
    fn owner(&self, id: Id<Self>, command: &Self::Command) -> Owner;

    /// Whether a command is about what is below that owner's cabinet, or comes to be.
    fn is_below(&self, _command: &Self::Command) -> bool {
        false
    }

    /// Looks up what the decision must know, by other aggregates' states and claims. Whatever is
    /// looked up by `lookup` must still be so when the decision is appended; else it is decided
    /// again.
    fn facts(
        &self,
        _lookup: &Lookup,
        _id: Id<Self>,
        _command: &Self::Command,
        _by: &Actor,
    ) -> impl Future<Output = Result<Self::Facts, Lost>> + Send {
        async { Ok(Self::Facts::default()) }
    }
}
