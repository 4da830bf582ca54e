//! Rights, owners and facts of cabinets.

use domain::{
    identity::{Actor, Owner},
    licensing::license,
    organizations::cabinet::{
        Cabinet, CabinetId, CabinetStatus, Command, CommandKind, Facts, MAX_DEPTH, children_set,
    },
    support::issue,
};

use super::membership::active_administrator_memberships;
use crate::{AggregateReader, Handler, ReadError, Right, policy};

impl Handler for Cabinet {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Create | CommandKind::Provision => Right::CabinetsCreate,
            CommandKind::ChangeDetails
            | CommandKind::ChangeType
            | CommandKind::Attach
            | CommandKind::AcceptAttachment
            | CommandKind::DeclineAttachment
            | CommandKind::Detach
            | CommandKind::Move => Right::CabinetsEdit,
            CommandKind::Suspend
            | CommandKind::Reinstate
            | CommandKind::Close
            | CommandKind::SetPolicy => Right::CabinetsSuspend,
        }
    }

    /// A new cabinet belongs to the one above it, whose managers also decide which cabinets are attached
    /// to it and detached from it (ORG-2).
    fn owner(&self, id: CabinetId, command: &Command) -> Owner {
        let cabinet = match command {
            Command::Create { parent, .. } => *parent,
            Command::AcceptAttachment {} | Command::DeclineAttachment {} => self.requested_parent(),
            Command::Detach {} => self.parent().or(Some(id)),
            Command::Provision { .. }
            | Command::ChangeDetails { .. }
            | Command::ChangeType { .. }
            | Command::Attach { .. }
            | Command::Move { .. }
            | Command::Suspend { .. }
            | Command::Reinstate {}
            | Command::Close {}
            | Command::SetPolicy { .. } => Some(id),
        };
        Owner { cabinet, ..Owner::default() }
    }

    fn is_about_cabinet_below_owner(&self, command: &Command) -> bool {
        match command {
            Command::Create { parent, .. } => parent.is_some(),
            Command::AcceptAttachment {} => self.requested_parent().is_some(),
            Command::Detach {} => self.parent().is_some(),
            _ => false,
        }
    }

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        id: CabinetId,
        command: &Command,
        by: &Actor,
    ) -> Result<Facts, ReadError> {
        let mut facts = Facts::default();
        let parent = match command {
            Command::Create { parent, .. } => *parent,
            Command::Attach { parent } | Command::Move { parent } => Some(*parent),
            Command::AcceptAttachment {} => self.requested_parent(),
            _ => None,
        };
        if let Some(parent) = parent {
            let owner = Owner { cabinet: Some(parent), ..Owner::default() };
            facts.manages_parent =
                policy::granted_scope(Right::CabinetsEdit, by).permits(by, &owner);
            facts.above = ancestors(aggregates, parent).await?;
            facts.below = levels_below(aggregates, id).await?;
        }
        match command {
            Command::Close {} => {
                facts.children = aggregates.claim_holders(&children_set(id)).await?.len();
                facts.licenses =
                    aggregates.claim_holders(&license::active_licenses_set(id)).await?.len();
                facts.issues =
                    aggregates.claim_holders(&issue::open_issues_in_cabinet_set(id)).await?.len();
            }
            Command::SetPolicy { vendor_managed: false } => {
                facts.administrators =
                    active_administrator_memberships(aggregates, id).await?.len();
            }
            _ => {}
        }
        Ok(facts)
    }
}

/// An open cabinet and those above it, up to the root; empty if there is no such cabinet. It stops at the
/// largest allowed depth, whatever is stored.
async fn ancestors(
    aggregates: &AggregateReader,
    from: CabinetId,
) -> Result<Vec<CabinetId>, ReadError> {
    let mut chain = Vec::new();
    let mut next = Some(from);
    while let Some(id) = next.filter(|_| chain.len() <= MAX_DEPTH) {
        let cabinet = aggregates.load(id).await?;
        if !cabinet.is_created() || chain.is_empty() && cabinet.status() == CabinetStatus::Closed {
            break;
        }
        chain.push(id);
        next = cabinet.parent();
    }
    Ok(chain)
}

/// How many levels of cabinets are below one.
async fn levels_below(aggregates: &AggregateReader, top: CabinetId) -> Result<usize, ReadError> {
    let (mut levels, mut level) = (0, vec![top]);
    while levels <= MAX_DEPTH {
        let mut next = Vec::new();
        for cabinet in level {
            next.extend(
                aggregates
                    .claim_holders(&children_set(cabinet))
                    .await?
                    .into_iter()
                    .map(CabinetId::from),
            );
        }
        if next.is_empty() {
            break;
        }
        (levels, level) = (levels + 1, next);
    }
    Ok(levels)
}
