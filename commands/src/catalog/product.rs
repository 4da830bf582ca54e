//! Rights and owners of products.

use domain::{
    catalog::product::{Command, CommandKind, Product, ProductId},
    identity::Owner,
};

use crate::{Handler, Right};

impl Handler for Product {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Create
            | CommandKind::Change
            | CommandKind::Retire
            | CommandKind::DefineParameters
            | CommandKind::SetIssuancePolicy => Right::ProductsWrite,
        }
    }

    /// Products belong to the business.
    fn owner(&self, _: ProductId, _: &Command) -> Owner {
        Owner::default()
    }
}
