//! Who may change macros, and whose they are.

use domain::{
    identity::Owner,
    support::r#macro::{Command, CommandKind, Macro, MacroId},
};

use crate::{Handler, Right};

impl Handler for Macro {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Create | CommandKind::Rename | CommandKind::Retire => Right::Operations,
        }
    }

    /// They belong to the business.
    fn owner(&self, _: MacroId, _: &Command) -> Owner {
        Owner::default()
    }
}
