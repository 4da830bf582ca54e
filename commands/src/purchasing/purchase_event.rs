use domain::{
    identity::Owner,
    purchasing::purchase_event::{Command, PurchaseEvent, PurchaseEventId},
};

use crate::{Handler, Right};

impl Handler for PurchaseEvent {
    fn right(command: &Command) -> Right {
        match command {
            Command::Park { .. } => Right::PurchasesIngest,
            Command::Reprocess {} | Command::Discard { .. } => Right::PurchasesResolve,
        }
    }

    fn owner(&self, _: PurchaseEventId, _: &Command) -> Owner {
        Owner::default()
    }
}
