//! Links by mail, for verification and password reset; each can be followed once.

use std::sync::Arc;

use commands::{CommandEnvelope, Commands, Failure};
use domain::{
    Email,
    identity::{
        session::Origin,
        user::{AccountStatus, Command, Purpose, UserId},
    },
};
use sealing::LinkToken;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    attempts::{AttemptLimiter, Bucket},
    credential_changes::CredentialChanges,
    sessions::system_actor_for,
    user_account::UserAccount,
};
use crate::{passwords::Passwords, problem::Problem};

/// What somebody who follows a link says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FollowLinkRequest {
    /// The parameter `token` of the link.
    token: String,
    /// Of 12 characters or more.
    #[schema(format = Password, min_length = 12)]
    password: String,
}

/// Sends links, and executes their commands.
#[derive(Clone)]
pub(crate) struct EmailLinks {
    pub(super) commands: Commands,
    pub(super) changes: Arc<CredentialChanges>,
    pub(super) attempts: AttemptLimiter,
    pub(super) passwords: Arc<Passwords>,
}

impl EmailLinks {
    /// Counts a request for a link; whether it is within the limits. Needs no account.
    pub(super) async fn admit_link_request(
        &self,
        address: &str,
        origin: &Origin,
    ) -> Result<bool, Problem> {
        if let Some(from) = origin.address
            && !self.attempts.admit(Bucket::Links(from)).await?
        {
            return Ok(false);
        }
        self.attempts.admit(Bucket::Link(address)).await
    }

    /// Sends the link that lets the owner of an account choose a password.
    pub(super) async fn send_password_link(&self, account: &UserAccount) -> Result<(), Problem> {
        let purpose = match account.state.status() {
            AccountStatus::Unverified => Purpose::Verification,
            AccountStatus::Active => Purpose::PasswordReset,
            AccountStatus::Locked | AccountStatus::Deactivated => return Ok(()),
        };
        let envelope = CommandEnvelope::new(
            account.user,
            request_link_command(purpose),
            system_actor_for(account.user),
        );
        match self.commands.execute(envelope).await {
            Ok(_) | Err(Failure::SubjectErased) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Sets the password by a link, which is checked before the password is hashed, as that is expensive.
    pub(crate) async fn set_password_by_link(
        &self,
        purpose: Purpose,
        followed: FollowLinkRequest,
    ) -> Result<(), Problem> {
        let (user, nonce) = self.verify_link(purpose, &followed.token).await?;
        let password = self.passwords.hash(followed.password, "/password").await?;
        self.follow(user, Command::FollowLink { purpose, nonce, password }).await
    }

    /// Makes the address to which a link was sent the one that the user signs in with.
    pub(crate) async fn confirm_email_change(&self, token: &str) -> Result<(), Problem> {
        let (user, nonce) = self.verify_link(Purpose::EmailChange, token).await?;
        self.follow(user, Command::ChangeEmail { nonce }).await
    }

    /// The user and the nonce of a valid link.
    pub(crate) async fn verify_link(
        &self,
        purpose: Purpose,
        token: &str,
    ) -> Result<(UserId, Uuid), Problem> {
        let link_token: LinkToken = token.parse().map_err(|_| invalid_link_problem())?;
        let state = UserAccount::by_id(self.commands.aggregates(), link_token.about.into())
            .await?
            .ok_or_else(invalid_link_problem)?
            .state;
        let address = state.link_address(purpose).ok_or_else(invalid_link_problem)?.normalized();
        let (master, now) = (self.commands.aggregates().keys().master(), self.commands.now());
        let matches =
            state.link.is_some_and(|link| link.is_valid_for(purpose, link_token.nonce, now));
        if !matches || !link_token.is_valid_for(master, &purpose.to_string(), &address) {
            return Err(invalid_link_problem());
        }
        Ok((link_token.about.into(), link_token.nonce))
    }

    /// Executes the command of a link.
    async fn follow(&self, user: UserId, command: Command) -> Result<(), Problem> {
        match self
            .commands
            .execute(CommandEnvelope::new(user, command, system_actor_for(user)))
            .await
        {
            Ok(receipt) => {
                self.changes.mark_changed(user, receipt.position);
                Ok(())
            }
            Err(Failure::Refused(_)) => Err(invalid_link_problem()),
            Err(failure) => Err(failure.into()),
        }
    }
}

/// Refuses an address that a stranger names and that is no plain one, such as a host without a name: nobody
/// needs those, and not every mail server takes them.
pub(crate) fn require_deliverable_email(email: &Email) -> Result<(), Problem> {
    let message = "must be a plain address";
    email.untagged_mailbox().map(drop).ok_or_else(|| Problem::invalid("/email", message))
}

pub(super) fn request_link_command(purpose: Purpose) -> Command {
    Command::RequestLink { purpose, nonce: Uuid::now_v7() }
}

/// The answer to every invalid link, whatever is wrong with it.
fn invalid_link_problem() -> Problem {
    Problem::invalid("/token", "the link was used, replaced by a later one, or is too old")
        .with_rule(Some("IAM-9"))
}
