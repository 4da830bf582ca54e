//! Who may change preferences: their user.

use domain::identity::{
    Owner,
    preferences::{Command, CommandKind, Preferences, PreferencesId},
};

use crate::{Handler, Right};

impl Handler for Preferences {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Set => Right::Profile,
        }
    }

    fn owner(&self, id: PreferencesId, _: &Command) -> Owner {
        Owner { user: Some(id.uuid()), ..Owner::default() }
    }
}
