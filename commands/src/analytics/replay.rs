//! Who may have replays made, and how many there are.

use std::collections::BTreeSet;

use domain::{
    analytics::{
        replay::{Command, CommandKind, EXISTING_REPLAYS_SET, Facts, Replay, ReplayId},
        scenario::{MAX_OVERRIDES, PolicyOverride, Scenario},
    },
    identity::{Actor, Owner},
};

use crate::{AggregateReader, Handler, ReadError, Right};

impl Handler for Replay {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Request | CommandKind::Drop => Right::Replays,
            CommandKind::Complete | CommandKind::Fail => Right::Processes,
        }
    }

    /// They belong to the business.
    fn owner(&self, _: ReplayId, _: &Command) -> Owner {
        Owner::default()
    }

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        _: ReplayId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, ReadError> {
        let Command::Request(request) = command else { return Ok(Facts::default()) };
        let kept = aggregates.claim_holders(EXISTING_REPLAYS_SET).await?.len();
        let unknown_overrides = match &request.scenario {
            Some(scenario) => unknown_overrides(aggregates, scenario).await?,
            None => BTreeSet::new(),
        };
        Ok(Facts { kept, unknown_overrides })
    }
}

/// The overrides of a scenario, from 0, that name a service or a product that does not exist. No more are looked at
/// than a scenario may have.
///
/// # Errors
/// When the database fails.
pub async fn unknown_overrides(
    aggregates: &AggregateReader,
    scenario: &Scenario,
) -> Result<BTreeSet<usize>, ReadError> {
    let mut unknown = BTreeSet::new();
    for (index, policy) in scenario.overrides.iter().take(MAX_OVERRIDES).enumerate() {
        let exists = match policy {
            PolicyOverride::ServicePrice { service: Some(id), .. } => {
                aggregates.load(*id).await?.definition().is_some()
            }
            PolicyOverride::Issuance { product: Some(id), .. } => {
                aggregates.load(*id).await?.is_created()
            }
            PolicyOverride::ServicePrice { service: None, .. }
            | PolicyOverride::Issuance { product: None, .. } => true,
        };
        unknown.extend((!exists).then_some(index));
    }
    Ok(unknown)
}
