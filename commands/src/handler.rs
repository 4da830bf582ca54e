//! What stands between a request and the decision of an aggregate.

use domain::{
    Decider, Id,
    identity::{Actor, Owner},
};

use crate::{Lookup, Lost, Right};

/// What stands between a request and the decision.
pub trait Handler: Decider {
    /// The right, that is the row of the matrix, that a command takes.
    fn right(command: &Self::Command) -> Right;

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
