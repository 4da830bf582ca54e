//! Sessions of users.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use domain::{
    Personal, Recorded, Text,
    identity::{
        oauth_client::OAuthClientId,
        session::{self, Event, Method},
        user::{self, UserId},
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "identity.session",
    version: 3,
    tables: include_str!("session.sql"),
    streams: &[
        FoldedStream::of::<session::Session, Rows>(),
        FoldedStream::of::<user::User, SessionCutoffs>(),
    ],
};

/// Sessions that can still be renewed.
pub const SESSIONS: Listing = Listing {
    from: "identity_session.active",
    fields: &[Field::id::<UserId>("account"), Field::id::<OAuthClientId>("client")],
    search: None,
    sort: &["-created_at"],
    owner: OwnerColumns { user: Some("account"), ..OwnerColumns::NONE },
};

/// A place where a user is signed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// The user.
    pub account: UserId,
    /// The application that acts for the user; none is our own.
    pub client: Option<Uuid>,
    /// What it may be used for, in words between blanks.
    pub scope: Text<500>,
    /// How the user proved who they are.
    pub methods: Vec<Method>,
    /// What the program calls itself.
    pub agent: Option<Text<200>>,
    /// From where the user signed in.
    #[schema(value_type = Option<String>)]
    pub address: Option<IpAddr>,
    /// When it ends, however often it is renewed.
    pub until: DateTime<Utc>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Row {
    #[serde(flatten)]
    session: Session,
    user_version: i32,
    ended: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Rows {
    sessions: Vec<Row>,
}

impl Fold<session::Session> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        match &recorded.event {
            Event::Started {
                user,
                user_version,
                client,
                scope,
                methods,
                until,
                agent,
                address,
                ..
            } => {
                let session = Session {
                    account: *user,
                    client: *client,
                    scope: scope.clone(),
                    methods: methods.clone(),
                    agent: agent.as_ref().and_then(Personal::get).cloned(),
                    address: address.as_ref().and_then(Personal::get).copied(),
                    until: *until,
                };
                self.sessions = vec![Row { session, user_version: *user_version, ended: false }];
            }
            // No session was started.
            Event::LoginFailed { .. } => {}
            Event::Revoked {} | Event::ReuseDetected { .. } => {
                self.sessions.iter_mut().for_each(|row| row.ended = true);
            }
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct SessionCutoff {
    user_version: i32,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct SessionCutoffs {
    limits: Vec<SessionCutoff>,
}

impl Fold<user::User> for SessionCutoffs {
    fn apply(&mut self, recorded: &Recorded<user::Event>) {
        if recorded.event.ends_sessions() {
            self.limits = vec![SessionCutoff { user_version: recorded.version }];
        }
    }
}
