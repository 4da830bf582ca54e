//! Authorizations: what users allow applications to do on their behalf.

use domain::{
    Recorded,
    identity::{
        authorization::{self, Event},
        oauth_client::{OAuthClientId, Permission},
        user::UserId,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "identity.authorization",
    version: 1,
    tables: include_str!("authorization.sql"),
    streams: &[FoldedStream::of::<authorization::Authorization, Rows>()],
};

pub const AUTHORIZATIONS: Listing = Listing {
    from: "identity_authorization.authorizations",
    fields: &[Field::id::<UserId>("account"), Field::id::<OAuthClientId>("client")],
    search: None,
    sort: &["-created_at"],
    owner: OwnerColumns { user: Some("account"), ..OwnerColumns::NONE },
};

/// What a user allows an application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Authorization {
    /// The user.
    pub account: UserId,
    pub client: OAuthClientId,
    /// Nothing, once it was withdrawn.
    pub permissions: Vec<Permission>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Rows {
    authorizations: Vec<Authorization>,
}

impl Fold<authorization::Authorization> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        match &recorded.event {
            Event::Granted { user, client, permissions } => {
                let permissions = permissions.iter().copied().collect();
                self.authorizations =
                    vec![Authorization { account: *user, client: *client, permissions }];
            }
            Event::Withdrawn {} => {
                self.authorizations.iter_mut().for_each(|row| row.permissions.clear());
            }
        }
    }
}
