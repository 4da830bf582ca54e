//! Who may change macros, and whether there is what they are about.

use domain::{
    identity::{Actor, Owner},
    support::r#macro::{Command, CommandKind, Details, Facts, Macro, MacroId},
};

use crate::{AggregateReader, Handler, ReadError, Right};

impl Handler for Macro {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Define
            | CommandKind::Rename
            | CommandKind::ChangeText
            | CommandKind::ChangeProduct
            | CommandKind::Retire
            | CommandKind::Restore => Right::IssuesWork,
        }
    }

    /// They belong to the business.
    fn owner(&self, _: MacroId, _: &Command) -> Owner {
        Owner::default()
    }

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        _: MacroId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, ReadError> {
        let product = match command {
            Command::Define(Details { product, .. }) | Command::ChangeProduct { product } => {
                *product
            }
            _ => None,
        };
        let Some(product) = product else { return Ok(Facts::default()) };
        Ok(Facts { unknown_product: !aggregates.load(product).await?.is_created() })
    }
}
