use domain::{
    identity::{Actor, Owner, Role, user::Standing},
    organizations::{
        invitation::{Command, Event, Facts, Invitation, InvitationId},
        membership::{self, MembershipId},
    },
};

use crate::{Commands, Failure, Handler, Lookup, Lost, Order, Right};

impl Handler for Invitation {
    /// Accepting takes the secret, which is not this side's to check.
    fn right(command: &Command) -> Right {
        match command {
            Command::Send { .. } | Command::Withdraw {} => Right::MembersManage,
            Command::Accept { .. } => Right::Processes,
        }
    }

    fn owner(&self, _: InvitationId, command: &Command) -> Owner {
        let cabinet = match command {
            Command::Send { cabinet, .. } => Some(*cabinet),
            Command::Accept { .. } | Command::Withdraw {} => {
                self.offer().map(|offer| offer.cabinet)
            }
        };
        Owner { cabinet, ..Owner::default() }
    }

    async fn facts(
        &self,
        lookup: &Lookup,
        _: InvitationId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, Lost> {
        Ok(match command {
            Command::Send { cabinet, .. } => {
                let cabinet = lookup.load(*cabinet).await?;
                let cabinet = cabinet.is_created().then(|| cabinet.standing());
                Facts { cabinet, ..Facts::default() }
            }
            Command::Accept { user } => {
                let user = lookup.load(*user).await?;
                let account = user.account().filter(|it| it.standing() == Standing::Active);
                let address = account.and_then(|account| account.email.get().cloned());
                Facts { address, ..Facts::default() }
            }
            Command::Withdraw {} => Facts::default(),
        })
    }
}

/// For what the tickets are that invitations are sent with.
pub const INVITATION: &str = "invitation";

/// Makes whoever accepted an invitation a member. Given again it changes nothing.
pub async fn admit(desk: &Commands, id: InvitationId) -> Result<(), Failure<membership::Refusal>> {
    let history = desk.lookup().history(id).await?;
    let accepted = history.iter().find_map(|fact| match fact.event {
        Event::Accepted { cabinet, user, grant } => Some((fact, cabinet, user, grant)),
        _ => None,
    });
    let Some((fact, cabinet, user, grant)) = accepted else { return Ok(()) };
    let id = MembershipId::of(cabinet, user);
    let known = desk.lookup().history(id).await?;
    // Whoever became a member by it has had it, even if he was removed since.
    let admitted = known.iter().any(|event| event.meta.causation == Some(fact.event_id()));
    let is_member = known.last().is_some_and(|last| last.event != membership::Event::Removed {});
    if admitted || is_member {
        return Ok(());
    }
    let by = Actor::new(user.uuid(), Role::System);
    let join = membership::Command::Join { cabinet, user, grant };
    let order = Order::new(id, join, by).because(fact);
    desk.execute(order).await.map(drop)
}
