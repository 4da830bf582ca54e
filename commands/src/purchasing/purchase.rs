//! Rights, owners and facts of purchases.

use std::collections::BTreeMap;

use domain::{
    Sku,
    catalog::product::{Product, ProductId, QuantityRule},
    identity::{Actor, Owner},
    organizations::cabinet::CabinetId,
    platform::subject::SubjectId,
    purchasing::{
        feed::{Content, Message},
        purchase::{Command, CommandKind, Facts, Purchase, PurchaseId, SkuOffer},
    },
};

use crate::{AggregateReader, Handler, ReadError, Right};

impl Handler for Purchase {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Receive => Right::PurchasesIngest,
            CommandKind::GiveUp | CommandKind::FulfilLine | CommandKind::DiscardLine => {
                Right::PurchasesResolve
            }
        }
    }

    fn owner(&self, _: PurchaseId, _: &Command) -> Owner {
        Owner { cabinet: self.cabinet(), ..Owner::default() }
    }

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        _: PurchaseId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, ReadError> {
        let Command::Receive { message } = command else { return Ok(Facts::default()) };
        let mut products = BTreeMap::new();
        for sku in message.skus().into_iter().chain(self.skus_of_buffered_messages()) {
            if let Some(offer) = offer(aggregates, &sku).await? {
                products.insert(sku, offer);
            }
        }
        let (by_tax_id, by_external_id) = cabinets(aggregates, message).await?;
        let mut buyer_erased = false;
        for cabinet in [self.cabinet(), by_tax_id, by_external_id].into_iter().flatten() {
            let subject = aggregates.load(SubjectId::from(cabinet.uuid())).await?;
            buyer_erased |= subject.is_erased();
        }
        Ok(Facts { by_tax_id, by_external_id, buyer_erased, products })
    }
}

async fn offer(aggregates: &AggregateReader, sku: &Sku) -> Result<Option<SkuOffer>, ReadError> {
    let Some(id) = aggregates.claim_holder("sku", sku.as_str()).await?.map(ProductId::from) else {
        return Ok(None);
    };
    let product: Product = aggregates.load(id).await?;
    let separate = product.policy().map(|policy| policy.quantity == QuantityRule::Separate);
    let (version, _) = product.current_schema();
    let (retired, schemas) = (product.is_retired(), product.parameter_schemas().clone());
    Ok(Some(SkuOffer { product: id, retired, separate, version, schemas }))
}

/// The cabinets that have the tax id and the external id of an order's organisation.
async fn cabinets(
    aggregates: &AggregateReader,
    message: &Message,
) -> Result<(Option<CabinetId>, Option<CabinetId>), ReadError> {
    let (Content::Recorded(order) | Content::Amended(order)) = &message.content else {
        return Ok((None, None));
    };
    let by_tax_id = match &order.organisation.tax_id {
        Some(id) => aggregates.claim_holder("tax_id", id.as_str()).await?,
        None => None,
    };
    let by_external_id = match &order.organisation.external_id {
        Some(id) => aggregates.claim_holder("external_id", id.as_str()).await?,
        None => None,
    };
    Ok((by_tax_id.map(CabinetId::from), by_external_id.map(CabinetId::from)))
}
