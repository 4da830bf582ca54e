//! Rights and owners of authorizations.

use domain::{
    Id,
    identity::{
        Owner,
        authorization::{Authorization, Command, CommandKind},
    },
};

use crate::{Handler, Right};

impl Handler for Authorization {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Grant | CommandKind::Withdraw => Right::Profile,
        }
    }

    fn owner(&self, _: Id<Self>, command: &Command) -> Owner {
        let user = match command {
            Command::Grant { user, .. } => Some(*user),
            Command::Withdraw {} => self.user(),
        };
        Owner { user: user.map(Id::uuid), ..Owner::default() }
    }
}
