//! Someone who signs in.
//!
//! Which cabinets they are members of is in memberships; the account only has the one that it was
//! registered for.

mod account;
mod factors;
mod link;
mod refusal;
mod registration;
mod secrets;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use utoipa::ToSchema;
use uuid::Uuid;

pub use super::UserId;
pub use crate::Language;
use crate::{
    Claim, Decider, DecisionContext, Email, Personal, Text,
    access::{Reach, Role},
    crm::CustomerId,
    organizations::CabinetId,
};

pub use account::Account;
pub use factors::{Passkey, SignInFactors};
pub use link::{Link, Purpose};
pub use refusal::Refusal;
pub use registration::{Registration, SignUp};
pub use secrets::{PasswordHash, Secret};

#[derive(Debug, Clone, Default, PartialEq)]
pub enum User {
    #[default]
    Unregistered,
    Registered(Box<Account>),
}

/// The cabinet a user is registered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Membership)]
pub struct HomeCabinet {
    pub cabinet: CabinetId,
    /// How far their rights go from there.
    #[serde(default)]
    pub reach: Reach,
}

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Standing)]
pub enum AccountStatus {
    #[default]
    Active,
    /// Signed up, and has not shown yet that the address is theirs.
    Unverified,
    /// Kept out for now, for the sake of security.
    Locked,
    /// No longer a user; their history stays.
    Deactivated,
}

impl AccountStatus {
    /// Locks, missing verifications and deactivations are independent of each other; of several the
    /// weightiest counts.
    pub fn from_flags(deactivated: bool, locked: bool, verified: bool) -> Self {
        match (deactivated, locked, verified) {
            (true, ..) => Self::Deactivated,
            (_, true, _) => Self::Locked,
            (.., false) => Self::Unverified,
            _ => Self::Active,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Makes someone a user.
    Register(Registration),
    /// Makes someone a user at their own wish.
    SignUp(SignUp),
    /// Sends a link to the user's address, by which they show that it is theirs.
    RequestLink { purpose: Purpose, nonce: Uuid },
    /// Follows the link and chooses a password.
    FollowLink { purpose: Purpose, nonce: Uuid, password: PasswordHash },
    /// Sends a link to another address, by which they show that it is theirs, too.
    RequestEmailChange { email: Email, nonce: Uuid },
    /// Follows that link: it is their address from now on.
    ChangeEmail { nonce: Uuid },
    /// Replaces the password.
    ChangePassword { password: PasswordHash },
    /// Ends all sessions.
    SignOutEverywhere {},
    /// Begins to share a secret with an authenticator app.
    EnrollTotp { secret: Secret },
    /// Asks for codes of the app from now on; `step` is that of the first one. `recovery` are the
    /// digests of the codes that help when the app is lost.
    EnableTotp { step: u64, recovery: Vec<String> },
    /// Asks for codes no more.
    DisableTotp {},
    /// Replaces the recovery codes by those of these digests.
    RegenerateRecoveryCodes { recovery: Vec<String> },
    /// Uses a recovery code.
    UseRecoveryCode { digest: String },
    /// Lets the user in by a passkey as well.
    EnrollPasskey(Passkey),
    /// Uses a passkey; what its authenticator counts may have changed.
    UsePasskey { key: String, credential: Secret },
    /// Lets nobody in by a passkey any more.
    RemovePasskey { key: String },
    /// Takes the authenticator app and all passkeys away from a user who lost them, and ends all
    /// sessions. At the next sign-in a role that asks for a second factor asks to enroll another one.
    ResetSecondFactor {},
    /// Changes the name, the language or the zone; what is not given stays.
    ChangeProfile(Profile),
    /// Gives another role.
    GrantRole { role: Role },
    /// Acts in another of the cabinets of which the user is a member, from the next token on.
    ChooseCabinet { cabinet: CabinetId },
    /// Records which customer the user is.
    LinkCustomer { customer: CustomerId },
    /// Keeps the user out until unlocked.
    Lock {},
    /// Lets a locked user in again.
    Unlock {},
    /// Ends the user's access.
    Deactivate {},
    /// Gives access back.
    Reactivate {},
}

/// What users say of themselves.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    pub name: Option<Text<200>>,
    pub language: Option<Language>,
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    pub zone: Option<Tz>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Registered {
        email: Personal<Email>,
        name: Personal<Text<200>>,
        language: Language,
        #[schema(value_type = String)]
        zone: Tz,
    },
    /// The user signed up; whether the address is theirs is not known yet.
    SignedUp {},
    /// A link was sent to the user's address.
    LinkRequested(Link),
    /// The address is the user's.
    EmailVerified {},
    /// A link was sent to an address that shall be the user's.
    EmailChangeRequested {
        email: Personal<Email>,
        link: Link,
    },
    EmailChanged {
        email: Personal<Email>,
    },
    PasswordChanged {
        password: Personal<PasswordHash>,
    },
    /// All sessions ended.
    SignedOutEverywhere {
        at: DateTime<Utc>,
    },
    /// A secret is shared with an authenticator app.
    TotpEnrolled {
        secret: Personal<Secret>,
    },
    /// Codes of the app are asked for.
    TotpEnabled {},
    /// A code of the app was used.
    TotpUsed {
        step: u64,
    },
    TotpDisabled {},
    /// There are new recovery codes; these are their digests.
    RecoveryCodesRegenerated {
        digests: Vec<String>,
    },
    /// A recovery code was used.
    RecoveryCodeUsed {
        digest: String,
    },
    PasskeyEnrolled {
        key: String,
        name: Personal<Text<100>>,
        credential: Personal<Secret>,
    },
    /// A passkey was used, and its authenticator counted on.
    PasskeyUsed {
        key: String,
        credential: Personal<Secret>,
    },
    PasskeyRemoved {
        key: String,
    },
    /// Somebody else took the authenticator app and all passkeys away, because they were lost.
    SecondFactorReset {},
    ProfileChanged {
        name: Personal<Text<200>>,
        language: Language,
        #[schema(value_type = String)]
        zone: Tz,
    },
    RoleGranted {
        role: Role,
    },
    /// The user was registered for a cabinet.
    JoinedCabinet(HomeCabinet),
    /// Older than memberships: nobody leaves the cabinet they were registered for, but ends the
    /// membership there.
    LeftCabinet {},
    CabinetChosen {
        cabinet: CabinetId,
    },
    LinkedToCustomer {
        customer: CustomerId,
    },
    Locked {},
    Unlocked {},
    Deactivated {},
    Reactivated {},
}

impl Event {
    /// Whether it holds a credential, even as a digest: it is shown to nobody, not even to its owner.
    pub fn contains_secret(&self) -> bool {
        match self {
            Self::PasswordChanged { .. }
            | Self::LinkRequested(_)
            | Self::EmailChangeRequested { .. }
            | Self::TotpEnrolled { .. }
            | Self::RecoveryCodesRegenerated { .. }
            | Self::RecoveryCodeUsed { .. }
            | Self::PasskeyEnrolled { .. }
            | Self::PasskeyUsed { .. } => true,
            Self::Registered { .. }
            | Self::SignedUp {}
            | Self::EmailVerified {}
            | Self::EmailChanged { .. }
            | Self::SignedOutEverywhere { .. }
            | Self::TotpEnabled {}
            | Self::TotpUsed { .. }
            | Self::TotpDisabled {}
            | Self::PasskeyRemoved { .. }
            | Self::SecondFactorReset {}
            | Self::ProfileChanged { .. }
            | Self::RoleGranted { .. }
            | Self::JoinedCabinet(_)
            | Self::LeftCabinet {}
            | Self::CabinetChosen { .. }
            | Self::LinkedToCustomer { .. }
            | Self::Locked {}
            | Self::Unlocked {}
            | Self::Deactivated {}
            | Self::Reactivated {} => false,
        }
    }

    /// Whether all sessions of the user that began before end with it (IAM-6).
    pub fn ends_sessions(&self) -> bool {
        matches!(
            self,
            Self::PasswordChanged { .. }
                | Self::SignedOutEverywhere { .. }
                // Sessions that began without the second factor must not go on.
                | Self::TotpEnabled {}
                | Self::SecondFactorReset {}
                | Self::Locked {}
                | Self::Deactivated {}
        )
    }
}

impl User {
    /// The account, once the user is registered.
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Registered(account) => Some(account),
            Self::Unregistered => None,
        }
    }
}

/// What a decision must know of others.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// How many other administrators of the deployment can sign in.
    pub other_administrators: usize,
    /// Whether the user is a member of the cabinet that they choose.
    pub is_member: bool,
    /// Whether the customer that they are linked to exists and is active.
    pub customer_active: bool,
    /// Whether the user, in the role that they have or get, may do something that the actor may not.
    pub outranks: bool,
    /// The zone of the business.
    pub zone: Tz,
}

/// The set of those who administer the deployment.
pub const ADMINISTRATORS_SET: &str = "administrator";

/// The claim of a user on their mailbox, by the normalized address.
pub const MAILBOX_CLAIM: &str = "user_mailbox";

impl Decider for User {
    const NAME: &'static str = "identity.user";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = Facts;

    fn decide(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Registered(account), command) => {
                account.check(&command, case)?;
                account.decide(command, case.id.into(), case.now)
            }
            (Self::Unregistered, Command::Register(new))
                if new.customer.is_some() && !case.facts.customer_active =>
            {
                Err(Refusal::NoSuchCustomer)
            }
            (Self::Unregistered, Command::Register(new)) => {
                let events = new.events(case.id.into(), case.facts.zone)?;
                if case.facts.outranks { Err(Refusal::Outranked) } else { Ok(events) }
            }
            (Self::Unregistered, Command::SignUp(new)) => {
                Ok(new.events(case.id.into(), case.facts.zone))
            }
            (Self::Unregistered, _) => Err(Refusal::Unregistered),
        }
    }

    fn evolve(self, event: Event) -> Self {
        match (self, event) {
            (Self::Unregistered, Event::Registered { email, name, language, zone }) => {
                Self::Registered(Box::new(Account::new(email, name, language, zone)))
            }
            (Self::Unregistered, _) => Self::Unregistered,
            (Self::Registered(account), event) => Self::Registered(Box::new(account.evolve(event))),
        }
    }

    /// One account per mailbox, however the address is spelled, until it is deactivated.
    fn claims(&self) -> Vec<Claim> {
        let active = |account: &&Account| account.status() != AccountStatus::Deactivated;
        let email = self.account().filter(active).and_then(|account| account.email.get());
        let mailbox = email.map(|email| Claim::unique(MAILBOX_CLAIM, email.normalized(), "IAM-1"));
        let admin = self.account().filter(active).filter(|account| account.role == Role::Admin);
        let admin = admin.map(|_| Claim::set_member(ADMINISTRATORS_SET.into()));
        mailbox.into_iter().chain(admin).collect()
    }
}
