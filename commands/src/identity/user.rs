use domain::{
    Id,
    identity::{
        Owner,
        user::{Command, User},
    },
};

use crate::{Handler, Right};

impl Handler for User {
    fn right(command: &Command) -> Right {
        match command {
            Command::ChangeProfile(_) => Right::Profile,
            Command::SignOutEverywhere {} => Right::Sessions,
            Command::ChangePassword { .. }
            | Command::EnrollTotp { .. }
            | Command::EnableTotp { .. }
            | Command::DisableTotp {}
            | Command::RegenerateRecoveryCodes { .. }
            | Command::EnrollPasskey(_)
            | Command::RemovePasskey { .. } => Right::Credentials,
            Command::SignUp(_)
            | Command::RequestLink { .. }
            | Command::FollowLink { .. }
            | Command::UseTotp { .. }
            | Command::UseRecoveryCode { .. }
            | Command::UsePasskey { .. } => Right::Processes,
            Command::Register(_)
            | Command::GrantRole { .. }
            | Command::JoinCabinet(_)
            | Command::LeaveCabinet {}
            | Command::LinkCustomer { .. }
            | Command::Lock {}
            | Command::Unlock {}
            | Command::Deactivate {}
            | Command::Reactivate {} => Right::UsersManage,
        }
    }

    fn owner(&self, id: Id<Self>, _: &Command) -> Owner {
        let account = self.account();
        let membership = account.and_then(|account| account.membership);
        Owner {
            user: Some(id.uuid()),
            customer: account.and_then(|account| account.customer),
            cabinet: membership.map(|membership| membership.cabinet),
        }
    }
}
