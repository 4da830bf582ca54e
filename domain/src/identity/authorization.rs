//! What a user allowed an application to do in their name.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::AuthorizationId;
use super::{OAuthClientId, UserId, oauth_client::Permission};
use crate::{Decider, DecisionContext};

/// Nothing is allowed until it is granted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Authorization {
    user: Option<UserId>,
    permissions: BTreeSet<Permission>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Allows an application this as well.
    Grant { user: UserId, client: OAuthClientId, permissions: BTreeSet<Permission> },
    /// Allows it nothing any more: it gets no new tokens.
    Withdraw {},
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    /// All that is allowed from now on.
    Granted {
        user: UserId,
        client: OAuthClientId,
        permissions: BTreeSet<Permission>,
    },
    Withdrawn {},
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("nothing was ever allowed")]
    NeverGranted,
}

impl crate::Refusal for Refusal {
    fn is_of_state(&self) -> bool {
        matches!(self, Self::NeverGranted)
    }
}

impl Authorization {
    /// Who allowed it.
    pub fn user(&self) -> Option<UserId> {
        self.user
    }

    /// Whether all of this is allowed.
    pub fn covers(&self, permissions: &BTreeSet<Permission>) -> bool {
        permissions.is_subset(&self.permissions)
    }
}

impl Decider for Authorization {
    const NAME: &'static str = "identity.authorization";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = ();

    fn decide(&self, command: Command, _: &DecisionContext<()>) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Grant { permissions, .. } if self.covers(&permissions) => Ok(vec![]),
            Command::Grant { user, client, permissions } => {
                let permissions = permissions.union(&self.permissions).copied().collect();
                Ok(vec![Event::Granted { user, client, permissions }])
            }
            Command::Withdraw {} if self.user.is_none() => Err(Refusal::NeverGranted),
            Command::Withdraw {} if self.permissions.is_empty() => Ok(vec![]),
            Command::Withdraw {} => Ok(vec![Event::Withdrawn {}]),
        }
    }

    fn evolve(self, event: Event) -> Self {
        match event {
            Event::Granted { user, permissions, .. } => Self { user: Some(user), permissions },
            Event::Withdrawn {} => Self { permissions: BTreeSet::new(), ..self },
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::spec::Spec;

    #[test]
    fn an_application_may_do_what_it_was_allowed_and_what_it_is_allowed_later() {
        Authorization::given([])
            .when(grant([Permission::OpenId]))
            .then([granted([Permission::OpenId])]);
        Authorization::given([granted([Permission::OpenId])])
            .when(grant([Permission::Email]))
            .then([granted([Permission::OpenId, Permission::Email])]);
        Authorization::given([granted([Permission::OpenId, Permission::Email])])
            .when(grant([Permission::Email]))
            .then([]);
    }

    #[test]
    fn what_is_withdrawn_must_be_granted_anew() {
        let withdrawn = || [granted([Permission::OpenId]), Event::Withdrawn {}];
        Authorization::given([granted([Permission::OpenId])])
            .when(Command::Withdraw {})
            .then([Event::Withdrawn {}]);
        Authorization::given(withdrawn()).when(Command::Withdraw {}).then([]);
        Authorization::given(withdrawn())
            .when(grant([Permission::OpenId]))
            .then([granted([Permission::OpenId])]);
        Authorization::given([]).when(Command::Withdraw {}).refused(Refusal::NeverGranted);
    }

    #[test]
    fn a_user_and_an_application_have_one_authorization() {
        let [user, client, other] = [1, 2, 3].map(Uuid::from_u128);
        let between = |user: Uuid, client: Uuid| {
            AuthorizationId::of_user_and_client(user.into(), client.into())
        };
        assert_eq!(between(user, client), between(user, client));
        assert_ne!(between(user, client), between(other, client));
        assert_ne!(between(user, client), between(user, other));
    }

    fn ids() -> (UserId, OAuthClientId) {
        (Uuid::from_u128(1).into(), Uuid::from_u128(2).into())
    }

    fn grant<const N: usize>(permissions: [Permission; N]) -> Command {
        let (user, client) = ids();
        Command::Grant { user, client, permissions: permissions.into() }
    }

    fn granted<const N: usize>(permissions: [Permission; N]) -> Event {
        let (user, client) = ids();
        Event::Granted { user, client, permissions: permissions.into() }
    }
}
