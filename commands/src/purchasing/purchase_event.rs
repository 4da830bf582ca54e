//! Rights and owners of parked purchase messages.

use domain::{
    identity::Owner,
    purchasing::purchase_event::{Command, CommandKind, PurchaseEvent, PurchaseEventId},
};

use crate::{Handler, Right};

impl Handler for PurchaseEvent {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Park => Right::PurchasesIngest,
            CommandKind::Reprocess | CommandKind::Discard => Right::PurchasesResolve,
        }
    }

    fn owner(&self, _: PurchaseEventId, _: &Command) -> Owner {
        Owner::default()
    }
}
