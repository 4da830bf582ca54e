//! What is above and below a cabinet in the tree of organisations, and who reaches it from where they are.

use domain::{
    Recorded,
    identity::{
        Actor, Owner, Reach, ServiceAccountId,
        user::{AccountStatus, UserId},
    },
    organizations::{
        cabinet::{self, CabinetId, MAX_DEPTH, children_set},
        membership::{Membership, MembershipId},
    },
};
use uuid::Uuid;

use crate::{AggregateReader, ReadError, Right, policy};

/// A cabinet and all below it, by the claims of this moment. Closed cabinets are below none.
pub async fn subtree(
    aggregates: &AggregateReader,
    top: CabinetId,
) -> Result<Vec<CabinetId>, ReadError> {
    let mut tree = vec![top];
    let mut level = vec![children_set(top)];
    // It stops at the largest allowed depth, whatever is stored.
    for _ in 1..MAX_DEPTH {
        let next = aggregates.claim_holders_of_kinds(&level).await?;
        if next.is_empty() {
            break;
        }
        let next: Vec<CabinetId> = next.into_iter().map(CabinetId::from).collect();
        level = next.iter().copied().map(children_set).collect();
        tree.extend(next);
    }
    Ok(tree)
}

/// A cabinet and all above it, from the cabinet up to the root.
pub async fn ancestry(
    aggregates: &AggregateReader,
    from: CabinetId,
) -> Result<Vec<CabinetId>, ReadError> {
    let (mut chain, mut next) = (Vec::new(), Some(from));
    // It stops at the largest allowed depth, whatever is stored.
    while let Some(id) = next.filter(|_| chain.len() <= MAX_DEPTH) {
        chain.push(id);
        next = aggregates.load(id).await?.parent();
    }
    Ok(chain)
}

/// Whether a cabinet, or one above it, was taken from below another one after a position.
pub async fn has_lost_ancestor_since(
    aggregates: &AggregateReader,
    cabinet: CabinetId,
    position: i64,
) -> Result<bool, ReadError> {
    for above in ancestry(aggregates, cabinet).await? {
        let has_moved = |recorded: &Recorded<cabinet::Event>| {
            recorded.position > position
                && matches!(
                    recorded.event,
                    cabinet::Event::Detached {} | cabinet::Event::Moved { .. }
                )
        };
        if aggregates.history(above).await?.iter().any(has_moved) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// As whom a user or a program that did something at a position can act on a cabinet now: a client once for
/// each membership from which they reach it. Nobody, if they can act nowhere any more. A program of a cabinet
/// that has moved since is nobody: its key may have been that of somebody who lost their reach.
pub async fn actors_of_principal_in_cabinet(
    aggregates: &AggregateReader,
    (principal, position): (Uuid, i64),
    cabinet: CabinetId,
) -> Result<Vec<Actor>, ReadError> {
    let user = aggregates.load(UserId::from(principal)).await?;
    let Some(account) = user.account() else {
        return program_on(aggregates, (principal, position), cabinet).await;
    };
    // Erased users have no address.
    if account.status() != AccountStatus::Active || account.email.get().is_none() {
        return Ok(vec![]);
    }
    if !account.role.is_client() {
        return Ok(vec![Actor::new(principal, account.role)]);
    }
    let mut actors = Vec::new();
    for top in ancestry(aggregates, cabinet).await? {
        let membership = aggregates
            .load::<Membership>(MembershipId::in_cabinet_of_user(top, principal.into()))
            .await?;
        let Some(grant) = membership.grant() else { continue };
        if aggregates.load(top).await?.status() != cabinet::CabinetStatus::Closed {
            let actor = Actor::new(principal, grant.role.into());
            actors.extend(within_reach(actor, (top, grant.reach), cabinet));
        }
    }
    Ok(actors)
}

/// Whether a user may do now what takes a right with what belongs to an owner, from wherever they act.
pub async fn user_has_right(
    aggregates: &AggregateReader,
    user: UserId,
    right: Right,
    owner: &Owner,
) -> Result<bool, ReadError> {
    let actors = if let Some(cabinet) = owner.cabinet {
        actors_of_principal_in_cabinet(aggregates, (user.uuid(), 0), cabinet).await?
    } else {
        let state = aggregates.load(user).await?;
        let role = state.account().map(|account| account.role);
        role.map(|role| Actor::new(user.uuid(), role)).into_iter().collect()
    };
    Ok(actors.iter().any(|actor| policy::granted_scope(right, actor).permits(actor, owner)))
}

/// A program with the rights of all its keys.
async fn program_on(
    aggregates: &AggregateReader,
    (principal, position): (Uuid, i64),
    cabinet: CabinetId,
) -> Result<Vec<Actor>, ReadError> {
    let account = aggregates.load(ServiceAccountId::from(principal)).await?;
    let Some(profile) = account.profile() else { return Ok(vec![]) };
    let actor = Actor { only: Some(account.rights()), ..Actor::new(principal, profile.role) };
    let Some(top) = profile.cabinet else { return Ok(vec![actor]) };
    if has_lost_ancestor_since(aggregates, cabinet, position).await? {
        return Ok(vec![]);
    }
    let above = ancestry(aggregates, cabinet).await?;
    let actor = within_reach(actor, (top, profile.reach), cabinet);
    Ok(actor.filter(|_| above.contains(&top)).into_iter().collect())
}

/// The actor as they act on a cabinet from one that is above it, or from itself.
fn within_reach(
    actor: Actor,
    (top, reach): (CabinetId, Reach),
    cabinet: CabinetId,
) -> Option<Actor> {
    let reaches = top == cabinet || reach == Reach::Subtree;
    let (cabinet, reachable) = (Some(top), vec![cabinet]);
    reaches.then_some(Actor { reach, cabinet, reachable, ..actor })
}
