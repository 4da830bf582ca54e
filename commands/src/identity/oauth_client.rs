//! Rights and owners of OAuth clients.

use domain::{
    Id,
    identity::{
        Owner,
        oauth_client::{Command, CommandKind, OAuthClient},
    },
};

use crate::{Handler, Right};

impl Handler for OAuthClient {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Register
            | CommandKind::Change
            | CommandKind::RotateSecret
            | CommandKind::Disable
            | CommandKind::Enable => Right::Operations,
        }
    }

    /// OAuth clients belong to the business.
    fn owner(&self, _: Id<Self>, _: &Command) -> Owner {
        Owner::default()
    }
}
