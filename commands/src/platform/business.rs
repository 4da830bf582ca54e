//! Who may change what the business says of itself.

use domain::{
    identity::Owner,
    platform::business::{Business, BusinessId, Command, CommandKind},
};

use crate::{AggregateReader, Handler, ReadError, Right};

impl Handler for Business {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::SetUp
            | CommandKind::Change
            | CommandKind::Publish
            | CommandKind::Unpublish => Right::Settings,
        }
    }

    /// It belongs to nobody else.
    fn owner(&self, _: BusinessId, _: &Command) -> Owner {
        Owner::default()
    }
}

/// The business as it is, in whose zone everybody and everything is that names no other.
pub(crate) async fn load_business(aggregates: &AggregateReader) -> Result<Business, ReadError> {
    aggregates.load(BusinessId::singleton()).await
}
