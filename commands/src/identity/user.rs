//! Rights, owners and facts of users.

use domain::{
    Id,
    identity::{
        Actor, Owner, Role,
        user::{
            ADMINISTRATORS_SET, AccountStatus, Command, CommandKind, Facts, Registration, User,
        },
    },
    organizations::membership::MembershipId,
};

use crate::{
    AggregateReader, Handler, ReadError, Right,
    crm::is_active_customer,
    platform,
    policy::{exceeds_credentials, outranks},
};

impl Handler for User {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::ChangeProfile | CommandKind::ChooseCabinet => Right::Profile,
            CommandKind::SignOutEverywhere => Right::Sessions,
            CommandKind::ChangePassword
            | CommandKind::RequestEmailChange
            | CommandKind::EnrollTotp
            | CommandKind::EnableTotp
            | CommandKind::DisableTotp
            | CommandKind::RegenerateRecoveryCodes
            | CommandKind::EnrollPasskey
            | CommandKind::RemovePasskey => Right::Credentials,
            CommandKind::SignUp
            | CommandKind::RequestLink
            | CommandKind::FollowLink
            | CommandKind::ChangeEmail
            | CommandKind::UseRecoveryCode
            | CommandKind::UsePasskey => Right::Processes,
            CommandKind::Register
            | CommandKind::GrantRole
            | CommandKind::LinkCustomer
            | CommandKind::ResetSecondFactor
            | CommandKind::Lock
            | CommandKind::Unlock
            | CommandKind::Deactivate
            | CommandKind::Reactivate => Right::UsersManage,
        }
    }

    fn owner(&self, id: Id<Self>, _: &Command) -> Owner {
        // Cabinets come from memberships, by which the list of users is filtered as well. Users linked to
        // one customer stay separate.
        Owner { user: Some(id.uuid()), ..Owner::default() }
    }

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        id: Id<Self>,
        command: &Command,
        by: &Actor,
    ) -> Result<Facts, ReadError> {
        let outranks = match command {
            Command::Register(Registration { role, .. }) | Command::GrantRole { role } => {
                exceeds_credentials(*role, by)
            }
            Command::ResetSecondFactor {} => {
                self.account().is_some_and(|account| outranks(account.role, by))
            }
            _ => false,
        };
        let mut facts = Facts { outranks, ..Facts::default() };
        if matches!(command, Command::Register(_) | Command::SignUp(_)) {
            facts.zone = platform::load_business(aggregates).await?.zone();
        }
        // Only an administrator can be the last one (IAM-7).
        let administers = self.account().is_some_and(|account| account.role == Role::Admin);
        match command {
            Command::GrantRole { .. } | Command::Deactivate {} | Command::Lock {}
                if administers =>
            {
                for other in aggregates.claim_holders(ADMINISTRATORS_SET).await? {
                    let user = aggregates.load::<Self>(other.into()).await?;
                    let active = user
                        .account()
                        .is_some_and(|account| account.status() == AccountStatus::Active);
                    facts.other_administrators += usize::from(active && other != id.uuid());
                }
            }
            Command::ChooseCabinet { cabinet } => {
                let membership =
                    aggregates.load(MembershipId::in_cabinet_of_user(*cabinet, id)).await?;
                facts.is_member = membership.grant().is_some();
            }
            Command::LinkCustomer { customer }
            | Command::Register(Registration { customer: Some(customer), .. }) => {
                facts.customer_active = is_active_customer(aggregates, *customer).await?;
            }
            _ => {}
        }
        Ok(facts)
    }
}
