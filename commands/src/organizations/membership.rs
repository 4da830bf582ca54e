use domain::{
    Recorded,
    identity::{
        Actor, Owner, Role,
        user::{self, Standing, UserId},
    },
    organizations::{
        cabinet::{self, CabinetId},
        membership::{self, Command, Facts, Grant, Membership, MembershipId, Rank, Refusal},
    },
};
use uuid::Uuid;

use crate::{Commands, Failure, Handler, Lookup, Lost, Order, Right};

impl Handler for Membership {
    fn right(_: &Command) -> Right {
        Right::MembersManage
    }

    fn owner(&self, _: MembershipId, command: &Command) -> Owner {
        let cabinet = match command {
            Command::Join { cabinet, .. } => Some(*cabinet),
            Command::Change { .. } | Command::Remove {} => self.place().map(|place| place.0),
        };
        Owner { cabinet, ..Owner::default() }
    }

    async fn facts(
        &self,
        lookup: &Lookup,
        id: MembershipId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, Lost> {
        let place = match command {
            Command::Join { cabinet, user, .. } => Some((*cabinet, *user)),
            Command::Change { .. } | Command::Remove {} => self.place(),
        };
        let Some((cabinet, user)) = place else { return Ok(Facts::default()) };
        // Only who is an administrator can be the last one.
        let administers = self.grant().is_some_and(|grant| grant.role == Rank::ClientAdmin);
        let others = if administers { administrators(lookup, cabinet).await? } else { vec![] };
        let other_administrators = others.into_iter().filter(|other| *other != id.uuid()).count();
        let is_client = match command {
            Command::Join { .. } => active(lookup, user, true).await?,
            _ => true,
        };
        let cabinet = lookup.load(cabinet).await?;
        Ok(Facts {
            cabinet: cabinet.is_created().then(|| cabinet.standing()),
            vendor_managed: cabinet.vendor_managed(),
            other_administrators,
            is_client,
        })
    }
}

/// The memberships of those who administer a cabinet and can sign in.
pub(super) async fn administrators(lookup: &Lookup, cabinet: CabinetId) -> Result<Vec<Uuid>, Lost> {
    let mut active_ones = Vec::new();
    for id in lookup.holders(&membership::administrators(cabinet)).await? {
        let membership = lookup.load::<Membership>(id.into()).await?;
        let Some((_, user)) = membership.place() else { continue };
        if active(lookup, user, false).await? {
            active_ones.push(id);
        }
    }
    Ok(active_ones)
}

/// Whether somebody can sign in; and is a client, if that is asked.
async fn active(lookup: &Lookup, user: UserId, client: bool) -> Result<bool, Lost> {
    let user = lookup.load(user).await?;
    let account = user.account().filter(|account| account.standing() == Standing::Active);
    Ok(account.is_some_and(|account| !client || account.role.is_client()))
}

/// Makes whoever was registered for a cabinet a member of it, unless he has been one before.
pub async fn enrol(desk: &Commands, user: UserId) -> Result<(), Failure<Refusal>> {
    let known = desk.lookup().load(user).await?;
    let Some(account) = known.account() else { return Ok(()) };
    let role = match account.role {
        Role::ClientAdmin => Rank::ClientAdmin,
        Role::ClientUser => Rank::ClientUser,
        _ => return Ok(()),
    };
    let Some(home) = account.membership else { return Ok(()) };
    let id = MembershipId::of(home.cabinet, user);
    if desk.lookup().load(id).await?.place().is_some() {
        return Ok(());
    }
    let grant = Grant { role, reach: home.reach };
    let join = Command::Join { cabinet: home.cabinet, user, grant };
    let by = Actor::system("organizations.membership");
    desk.execute(Order::new(id, join, by)).await.map(drop)
}

/// Lets the business look after a cabinet in which nobody is left who administers it and can sign in
/// (ORG-3), since something happened to a user.
pub async fn look_after(
    desk: &Commands,
    cabinet: CabinetId,
    because: &Recorded<user::Event>,
) -> Result<(), Failure<cabinet::Refusal>> {
    if !administrators(desk.lookup(), cabinet).await?.is_empty() {
        return Ok(());
    }
    let policy = cabinet::Command::SetPolicy { vendor_managed: true };
    let by = Actor::system("organizations.membership");
    desk.execute(Order::new(cabinet, policy, by).because(because)).await.map(drop)
}
