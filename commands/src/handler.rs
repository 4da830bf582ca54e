//! What the write side needs of an aggregate before it decides: right, owner and facts.

use domain::{
    Decider, Id,
    identity::{Actor, Owner, Scope},
};
use serde::Serialize;
use strum::IntoDiscriminant;

use crate::{AggregateReader, ReadError, Right, policy};

/// The kind of a command of `A`, without its fields. On the wire it is the command's tag.
pub type CommandKind<A> = <<A as Decider>::Command as IntoDiscriminant>::Discriminant;

/// The right, the owner and the facts of the commands of an aggregate.
pub trait Handler:
    Decider<Command: IntoDiscriminant<Discriminant: Copy + Eq + Serialize + Send + Sync + 'static>>
{
    /// The right (a row of the matrix) that commands of this kind need; the least one if it depends on the
    /// fields. It is checked before a body is read.
    fn right(kind: CommandKind<Self>) -> Right;

    /// The right that a command needs.
    fn right_of(command: &Self::Command) -> Right {
        Self::right(command.discriminant())
    }

    /// The owner of the aggregate, from its state or from the command that creates it.
    fn owner(&self, id: Id<Self>, command: &Self::Command) -> Owner;

    /// Whether the command is about a cabinet below that of the owner, or creates one.
    fn is_about_cabinet_below_owner(&self, _command: &Self::Command) -> bool {
        false
    }

    /// Looks up the facts for the decision: states of other aggregates, and claims. If anything that
    /// `aggregates` returned has changed before the append, the command is decided again.
    fn facts(
        &self,
        _lookup: &AggregateReader,
        _id: Id<Self>,
        _command: &Self::Command,
        _by: &Actor,
    ) -> impl Future<Output = Result<Self::Facts, ReadError>> + Send {
        async { Ok(Self::Facts::default()) }
    }
}

/// The right that an actor lacks for a command, if so.
pub(crate) fn missing_right<A: Handler>(
    state: &A,
    id: Id<A>,
    command: &A::Command,
    by: &Actor,
) -> Option<Right> {
    let right = A::right_of(command);
    let permits = if state.is_about_cabinet_below_owner(command) {
        Scope::permits_below
    } else {
        Scope::permits
    };
    let permitted = permits(policy::granted_scope(right, by), by, &state.owner(id, command));
    (!permitted).then_some(right)
}
