use domain::{
    Id,
    identity::{
        Owner,
        authorization::{Authorization, Command},
    },
};

use crate::{Handler, Right};

impl Handler for Authorization {
    fn right(_: &Command) -> Right {
        Right::Profile
    }

    fn owner(&self, _: Id<Self>, command: &Command) -> Owner {
        let user = match command {
            Command::Grant { user, .. } => Some(*user),
            Command::Withdraw {} => self.user(),
        };
        Owner { user: user.map(Id::uuid), ..Owner::default() }
    }
}
