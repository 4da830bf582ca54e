use domain::{
    Id,
    identity::{
        Owner,
        oauth_client::{Command, OAuthClient},
    },
};

use crate::{Handler, Right};

impl Handler for OAuthClient {
    fn right(_: &Command) -> Right {
        Right::Operations
    }

    /// Applications are the business's own.
    fn owner(&self, _: Id<Self>, _: &Command) -> Owner {
        Owner::default()
    }
}
