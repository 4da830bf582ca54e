//! Rights, owners and facts of licences.

use chrono::{DateTime, Utc};
use domain::{
    ParameterSchema, SchemaVersion,
    catalog::product::{Product, ProductId},
    identity::{Actor, Owner},
    licensing::license::{
        Command, CommandKind, Facts, License, LicenseId, OfferPolicy, ProductOffer,
    },
    organizations::cabinet::CabinetStatus,
};

use crate::{AggregateReader, Handler, ReadError, Right};

impl Handler for License {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Issue
            | CommandKind::Renew
            | CommandKind::ChangeParameters
            | CommandKind::ChangeQuantity
            | CommandKind::Suspend
            | CommandKind::Reinstate
            | CommandKind::Revoke
            | CommandKind::Expire
            | CommandKind::NoticeExpiry => Right::LicensesManage,
        }
    }

    fn owner(&self, _: LicenseId, command: &Command) -> Owner {
        let cabinet = match command {
            Command::Issue(issue) => Some(issue.cabinet),
            Command::Renew { .. }
            | Command::ChangeParameters { .. }
            | Command::ChangeQuantity { .. }
            | Command::Suspend { .. }
            | Command::Reinstate {}
            | Command::Revoke { .. }
            | Command::Expire { .. }
            | Command::NoticeExpiry { .. } => self.grant().map(|grant| grant.cabinet),
        };
        Owner { cabinet, ..Owner::default() }
    }

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        _: LicenseId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, ReadError> {
        let own = self.grant().map(|grant| (grant.cabinet, grant.product, grant.schema));
        Ok(match (command, own) {
            (Command::Issue(issue), _) => {
                let cabinet = aggregates.load(issue.cabinet).await?;
                Facts {
                    cabinet_exists: cabinet.is_created(),
                    cabinet_closed: cabinet.status() == CabinetStatus::Closed,
                    product: product(aggregates, issue.product, None, Some(issue.from)).await?,
                }
            }
            (Command::Renew { from, .. }, Some((cabinet, of, version))) => Facts {
                cabinet_closed: aggregates.load(cabinet).await?.status() == CabinetStatus::Closed,
                product: product(aggregates, of, Some(version), Some(*from)).await?,
                ..Facts::default()
            },
            (Command::ChangeParameters { .. }, Some((_, of, version))) => Facts {
                product: product(aggregates, of, Some(version), None).await?,
                ..Facts::default()
            },
            _ => Facts::default(),
        })
    }
}

/// What the catalogue says of a product: under the licence's own declaration if it has one, for a
/// term that begins at that moment.
async fn product(
    aggregates: &AggregateReader,
    id: ProductId,
    version: Option<SchemaVersion>,
    from: Option<DateTime<Utc>>,
) -> Result<Option<ProductOffer>, ReadError> {
    let product: Product = aggregates.load(id).await?;
    let policy = product.policy().map(|policy| OfferPolicy {
        until: from.and_then(|from| policy.term.end_from(from)),
        grace_days: policy.grace_days,
        notices: policy.notices.clone(),
    });
    let (version, schema): (SchemaVersion, ParameterSchema) = match version {
        Some(version) => (version, product.parameter_schema(version)),
        None => product.current_schema(),
    };
    let offer = ProductOffer { retired: product.is_retired(), policy, version, schema };
    Ok(product.is_created().then_some(offer))
}
