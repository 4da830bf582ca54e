//! The state of a registered user, and what it decides.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{
    AccountStatus, Command, Event, Facts, HomeCabinet, Language, Link, PasswordHash, Profile,
    Purpose, Refusal, SignInFactors, UserId,
};
use crate::{
    DecisionContext, Email, Personal, Text, access::Role, crm::CustomerId, organizations::CabinetId,
};

/// A registered user. They are the subject of their own personal data.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    pub email: Personal<Email>,
    /// The new address, until they have shown that it is theirs.
    requested_email: Option<Personal<Email>>,
    pub name: Personal<Text<200>>,
    pub language: Language,
    pub zone: Tz,
    pub password: Option<Personal<PasswordHash>>,
    pub role: Role,
    /// The cabinet they were registered for.
    pub membership: Option<HomeCabinet>,
    /// The cabinet they chose to act in.
    pub acts_in: Option<CabinetId>,
    pub customer: Option<CustomerId>,
    /// Whether they have shown that the address is theirs.
    verified: bool,
    /// Kept out for now, whatever else they are.
    locked: bool,
    /// No longer a user, whatever else they are.
    deactivated: bool,
    /// The link that was sent last, until it is used.
    pub link: Option<Link>,
    /// When they signed out everywhere.
    signed_out: Option<DateTime<Utc>>,
    pub factors: SignInFactors,
}

/// Guests do not sign in, and the system is no person.
pub(super) fn role_granted(role: Role) -> Result<Event, Refusal> {
    match role {
        Role::Guest | Role::System => Err(Refusal::NoRoleForUsers { role }),
        role => Ok(Event::RoleGranted { role }),
    }
}

impl Account {
    pub(super) fn new(
        email: Personal<Email>,
        name: Personal<Text<200>>,
        language: Language,
        zone: Tz,
    ) -> Self {
        Self {
            email,
            requested_email: None,
            name,
            language,
            zone,
            password: None,
            role: Role::Guest,
            membership: None,
            acts_in: None,
            customer: None,
            verified: true,
            locked: false,
            deactivated: false,
            link: None,
            signed_out: None,
            factors: SignInFactors::default(),
        }
    }

    /// Whether they may sign in.
    pub fn status(&self) -> AccountStatus {
        AccountStatus::from_flags(self.deactivated, self.locked, self.verified)
    }

    /// Where links of a purpose are sent; `None` once the user was erased.
    pub fn link_address(&self, purpose: Purpose) -> Option<&Email> {
        match purpose {
            Purpose::Verification | Purpose::PasswordReset => self.email.get(),
            Purpose::EmailChange => self.requested_email.as_ref()?.get(),
        }
    }

    /// Checks that depend on other aggregates or on the actor.
    pub(super) fn check(
        &self,
        command: &Command,
        case: &DecisionContext<Facts>,
    ) -> Result<(), Refusal> {
        let facts = &case.facts;
        let gives_up_access = match command {
            _ if self.deactivated => false,
            Command::Deactivate {} => true,
            Command::Lock {} => !self.locked,
            Command::GrantRole { role } => *role != Role::Admin,
            _ => false,
        };
        match command {
            // IAM-7.
            _ if gives_up_access && self.role == Role::Admin && facts.other_administrators == 0 => {
                Err(Refusal::LastAdministrator)
            }
            Command::ChooseCabinet { .. } if !facts.is_member => Err(Refusal::NoMember),
            Command::LinkCustomer { .. } if !facts.customer_active => Err(Refusal::NoSuchCustomer),
            // IAM-12.
            Command::ResetSecondFactor {} if case.by.id == case.id => Err(Refusal::OwnFactor),
            Command::ResetSecondFactor {} if facts.outranks => Err(Refusal::Outranked),
            Command::GrantRole { role } if facts.outranks => {
                role_granted(*role).and(Err(Refusal::Outranked))
            }
            // PUR-6: its name says which source it sends for.
            Command::ChangeProfile(Profile { name: Some(_), .. })
                if case.by.role == Role::PurchaseSystem =>
            {
                Err(Refusal::NameGiven)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn decide(
        &self,
        command: Command,
        id: UserId,
        now: DateTime<Utc>,
    ) -> Result<Vec<Event>, Refusal> {
        let event = match command {
            Command::Register(_) | Command::SignUp(_) => return Err(Refusal::AlreadyRegistered),
            Command::Reactivate {} => self.deactivated.then_some(Event::Reactivated {}),
            Command::Deactivate {} => (!self.deactivated).then_some(Event::Deactivated {}),
            _ if self.deactivated => return Err(Refusal::Deactivated),
            Command::RequestLink { purpose, nonce } => {
                let sent_recently =
                    self.link.is_some_and(|link| link.was_sent_recently(purpose, now));
                (!sent_recently).then(|| Event::LinkRequested(Link::new(purpose, nonce, now)))
            }
            Command::FollowLink { purpose, nonce, password } => {
                if !self.link.is_some_and(|link| link.is_valid_for(purpose, nonce, now)) {
                    return Err(Refusal::LinkSpent);
                }
                // Following the link proves that the address is theirs.
                let verified = (!self.verified).then_some(Event::EmailVerified {});
                let password = Personal::sealed(id, password);
                let changed = Event::PasswordChanged { password };
                return Ok(verified.into_iter().chain([changed]).collect());
            }
            Command::RequestEmailChange { email, nonce } => {
                let email = Personal::sealed(id, email);
                let purpose = Purpose::EmailChange;
                let sent_recently = self.requested_email.as_ref() == Some(&email)
                    && self.link.is_some_and(|link| link.was_sent_recently(purpose, now));
                let link = Link::new(purpose, nonce, now);
                (!sent_recently && email != self.email)
                    .then_some(Event::EmailChangeRequested { email, link })
            }
            Command::ChangeEmail { nonce } => {
                let is_valid = |link: Link| link.is_valid_for(Purpose::EmailChange, nonce, now);
                let email =
                    self.requested_email.clone().filter(|_| self.link.is_some_and(is_valid));
                Some(Event::EmailChanged { email: email.ok_or(Refusal::LinkSpent)? })
            }
            Command::SignOutEverywhere {} => {
                (self.signed_out != Some(now)).then_some(Event::SignedOutEverywhere { at: now })
            }
            Command::Lock {} => (!self.locked).then_some(Event::Locked {}),
            Command::Unlock {} => self.locked.then_some(Event::Unlocked {}),
            Command::ChangePassword { password } => {
                let password = Personal::sealed(id, password);
                let differs = self.password.as_ref() != Some(&password);
                differs.then_some(Event::PasswordChanged { password })
            }
            Command::ChangeProfile(Profile { name, language, zone }) => {
                let name =
                    name.map_or_else(|| self.name.clone(), |name| Personal::sealed(id, name));
                let language = language.unwrap_or(self.language);
                let zone = zone.unwrap_or(self.zone);
                let differs = (&name, language, zone) != (&self.name, self.language, self.zone);
                differs.then_some(Event::ProfileChanged { name, language, zone })
            }
            Command::GrantRole { role } => {
                let event = role_granted(role)?;
                (role != self.role).then_some(event)
            }
            Command::ChooseCabinet { cabinet } => {
                (self.acts_in != Some(cabinet)).then_some(Event::CabinetChosen { cabinet })
            }
            Command::LinkCustomer { customer } => {
                (self.customer != Some(customer)).then_some(Event::LinkedToCustomer { customer })
            }
            command => return self.factors.decide(command, id),
        };
        Ok(event.into_iter().collect())
    }

    pub(super) fn evolve(mut self, event: Event) -> Self {
        match event {
            Event::Registered { email, .. } => self.email = email,
            Event::SignedUp {} => self.verified = false,
            Event::LinkRequested(link) => self.link = Some(link),
            Event::EmailChangeRequested { email, link } => {
                (self.requested_email, self.link) = (Some(email), Some(link));
            }
            Event::EmailChanged { email } => {
                self = Self { email, requested_email: None, link: None, ..self };
            }
            Event::PasswordChanged { password } => {
                (self.password, self.link) = (Some(password), None);
            }
            Event::SignedOutEverywhere { at } => self.signed_out = Some(at),
            Event::ProfileChanged { name, language, zone } => {
                self = Self { name, language, zone, ..self };
            }
            Event::RoleGranted { role } => self.role = role,
            Event::JoinedCabinet(membership) => {
                (self.membership, self.acts_in) = (Some(membership), Some(membership.cabinet));
            }
            Event::LeftCabinet {} => (self.membership, self.acts_in) = (None, None),
            Event::CabinetChosen { cabinet } => self.acts_in = Some(cabinet),
            Event::LinkedToCustomer { customer } => self.customer = Some(customer),
            Event::EmailVerified {} => self.verified = true,
            Event::Locked {} => self.locked = true,
            Event::Unlocked {} => self.locked = false,
            Event::Deactivated {} => self.deactivated = true,
            Event::Reactivated {} => self.deactivated = false,
            event => self.factors.evolve(event),
        }
        self
    }
}
