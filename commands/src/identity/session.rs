//! Rights and owners of sessions.

use domain::{
    Id,
    identity::{
        Owner,
        session::{Command, CommandKind, Session, Start},
    },
};

use crate::{Handler, Right};

impl Handler for Session {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Revoke => Right::Sessions,
            CommandKind::Start | CommandKind::DetectReuse => Right::Processes,
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
