use domain::{
    Id,
    identity::{
        Owner,
        session::{Command, Session, Start},
    },
};

use crate::{Handler, Right};

impl Handler for Session {
    fn right(command: &Command) -> Right {
        match command {
            Command::Revoke {} => Right::Sessions,
            Command::Start(_) | Command::DetectReuse {} => Right::Processes,
        }
    }

    fn owner(&self, _: Id<Self>, command: &Command) -> Owner {
        let user = match command {
            Command::Start(Start { user, .. }) => Some(*user),
            Command::Revoke {} | Command::DetectReuse {} => self.user(),
        };
        Owner { user: user.map(Id::uuid), ..Owner::default() }
    }
}
