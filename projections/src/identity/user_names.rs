//! The names of users beside what they did in another read model, in its table `people`.

use domain::{Recorded, Text, identity::user};
use serde::{Deserialize, Serialize};

use crate::Fold;

/// A row of `people`; none, once the user was erased.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct UserNameRows {
    people: Vec<UserName>,
}

#[derive(Debug, Serialize, Deserialize)]
struct UserName {
    name: Option<Text<200>>,
}

impl Fold<user::User> for UserNameRows {
    fn apply(&mut self, recorded: &Recorded<user::Event>) {
        if let user::Event::Registered { name, .. } | user::Event::ProfileChanged { name, .. } =
            &recorded.event
        {
            self.people = vec![UserName { name: name.get().cloned() }];
        }
    }
}
