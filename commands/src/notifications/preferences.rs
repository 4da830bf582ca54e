//! Who may change what a user is mailed: that user.

use domain::{
    identity::Owner,
    notifications::preferences::{Command, CommandKind, Preferences, PreferencesId},
};

use crate::{Handler, Right};

impl Handler for Preferences {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Mute => Right::Notifications,
        }
    }

    fn owner(&self, id: PreferencesId, _: &Command) -> Owner {
        Owner { user: Some(id.uuid()), ..Owner::default() }
    }
}
