use domain::{
    catalog::product::{Command, Product, ProductId},
    identity::Owner,
};

use crate::{Handler, Right};

impl Handler for Product {
    fn right(_: &Command) -> Right {
        Right::ProductsWrite
    }

    /// Products belong to the business.
    fn owner(&self, _: ProductId, _: &Command) -> Owner {
        Owner::default()
    }
}
