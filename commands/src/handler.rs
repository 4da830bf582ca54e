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

    /// A rule about many aggregates at once that no claim can express: no cycle in the tree, one
    /// administrator left. Commands that name the same rule are decided one after the other, in
    /// all processes.
    fn turn(_command: &Self::Command) -> Option<&'static str> {
        None
    }

    /// Looks up what the decision must know, by other aggregates' states and claims. The facts are
    /// those of this moment; what must hold at the append as well is a claim,
    /// or is decided in a turn.
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
