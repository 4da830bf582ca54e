//! Who may change templates, and whether there is the product that one is for.

use domain::{
    documents::template::{Command, CommandKind, Facts, Template, TemplateId},
    identity::{Actor, Owner},
};

use crate::{AggregateReader, Handler, ReadError, Right};

impl Handler for Template {
    /// What documents of a product say belongs to the product.
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Create | CommandKind::Publish | CommandKind::Retire => {
                Right::ProductsWrite
            }
        }
    }

    /// They belong to the business.
    fn owner(&self, _: TemplateId, _: &Command) -> Owner {
        Owner::default()
    }

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        _: TemplateId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, ReadError> {
        let product = match command {
            Command::Create(new) => new.product,
            Command::Publish { .. } | Command::Retire {} => None,
        };
        let Some(product) = product else { return Ok(Facts::default()) };
        Ok(Facts { unknown_product: !aggregates.load(product).await?.is_created() })
    }
}
