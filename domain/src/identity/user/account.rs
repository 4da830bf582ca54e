//! A user as he stands.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{
    Command, Event, Facts, HomeCabinet, Language, Link, PasswordHash, Profile, Proofs, Purpose,
    Refusal, Standing, UserId,
};
use crate::{Case, Email, Personal, Text, access::Role, crm::CustomerId, organizations::CabinetId};

/// What is known of a user. He is the subject of his own personal data.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    pub email: Personal<Email>,
    /// The address that shall be his, once he has shown that it is.
    asked: Option<Personal<Email>>,
    pub name: Personal<Text<200>>,
    pub language: Language,
    pub zone: Tz,
    pub password: Option<Personal<PasswordHash>>,
    pub role: Role,
    /// The cabinet he was registered for.
    pub membership: Option<HomeCabinet>,
    /// The cabinet he chose to act in.
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
    /// When he signed out everywhere.
    signed_out: Option<DateTime<Utc>>,
    pub proofs: Proofs,
}

/// Guests do not sign in, and the system is no person.
pub(super) fn granted(role: Role) -> Result<Event, Refusal> {
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
            asked: None,
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
            proofs: Proofs::default(),
        }
    }

    /// Whether they may sign in.
    pub fn standing(&self) -> Standing {
        Standing::of(self.deactivated, self.locked, self.verified)
    }

    /// Where links of a purpose are sent; nothing once he was erased.
    pub fn address(&self, purpose: Purpose) -> Option<&Email> {
        match purpose {
            Purpose::Verification | Purpose::PasswordReset => self.email.get(),
            Purpose::EmailChange => self.asked.as_ref()?.get(),
        }
    }

    /// What does not depend on the account alone.
    pub(super) fn check(&self, command: &Command, case: &Case<Facts>) -> Result<(), Refusal> {
        let facts = &case.facts;
        let loses = match command {
            Command::Deactivate {} => !self.deactivated,
            Command::Lock {} => !self.locked,
            Command::GrantRole { role } => *role != Role::Admin,
            _ => false,
        };
        match command {
            // IAM-7.
            _ if loses && self.role == Role::Admin && facts.other_administrators == 0 => {
                Err(Refusal::LastAdministrator)
            }
            Command::ChooseCabinet { .. } if !facts.is_member => Err(Refusal::NoMember),
            Command::LinkCustomer { .. } if !facts.customer_active => Err(Refusal::NoSuchCustomer),
            // IAM-12.
            Command::ResetSecondFactor {} if case.by.id == case.id => Err(Refusal::OwnFactor),
            Command::ResetSecondFactor {} if facts.outranks => Err(Refusal::Outranked),
            Command::GrantRole { role } if facts.outranks => {
                granted(*role).and(Err(Refusal::Outranked))
            }
            // PUR-6: by its name it is told for which source it speaks.
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
                let rests = self.link.is_some_and(|link| link.is_fresh(purpose, now));
                (!rests).then(|| Event::LinkRequested(Link::new(purpose, nonce, now)))
            }
            Command::FollowLink { purpose, nonce, password } => {
                if !self.link.is_some_and(|link| link.fits(purpose, nonce, now)) {
                    return Err(Refusal::LinkSpent);
                }
                // Whoever reads what is sent to the address has the address.
                let verified = (!self.verified).then_some(Event::EmailVerified {});
                let password = Personal::known(id, password);
                let changed = Event::PasswordChanged { password };
                return Ok(verified.into_iter().chain([changed]).collect());
            }
            Command::RequestEmailChange { email, nonce } => {
                let email = Personal::known(id, email);
                let purpose = Purpose::EmailChange;
                let rests = self.asked.as_ref() == Some(&email)
                    && self.link.is_some_and(|link| link.is_fresh(purpose, now));
                let link = Link::new(purpose, nonce, now);
                (!rests && email != self.email)
                    .then_some(Event::EmailChangeRequested { email, link })
            }
            Command::ChangeEmail { nonce } => {
                let fits = |link: Link| link.fits(Purpose::EmailChange, nonce, now);
                let email = self.asked.clone().filter(|_| self.link.is_some_and(fits));
                Some(Event::EmailChanged { email: email.ok_or(Refusal::LinkSpent)? })
            }
            Command::SignOutEverywhere {} => {
                (self.signed_out != Some(now)).then_some(Event::SignedOutEverywhere { at: now })
            }
            Command::Lock {} => (!self.locked).then_some(Event::Locked {}),
            Command::Unlock {} => self.locked.then_some(Event::Unlocked {}),
            Command::ChangePassword { password } => {
                let password = Personal::known(id, password);
                let new = self.password.as_ref() != Some(&password);
                new.then_some(Event::PasswordChanged { password })
            }
            Command::ChangeProfile(Profile { name, language, zone }) => {
                let name = name.map_or_else(|| self.name.clone(), |name| Personal::known(id, name));
                let language = language.unwrap_or(self.language);
                let zone = zone.unwrap_or(self.zone);
                let new = (&name, language, zone) != (&self.name, self.language, self.zone);
                new.then_some(Event::ProfileChanged { name, language, zone })
            }
            Command::GrantRole { role } => {
                let granted = granted(role)?;
                (role != self.role).then_some(granted)
            }
            Command::ChooseCabinet { cabinet } => {
                (self.acts_in != Some(cabinet)).then_some(Event::CabinetChosen { cabinet })
            }
            Command::LinkCustomer { customer } => {
                (self.customer != Some(customer)).then_some(Event::LinkedToCustomer { customer })
            }
            command => return self.proofs.decide(command, id),
        };
        Ok(event.into_iter().collect())
    }

    pub(super) fn evolve(mut self, event: Event) -> Self {
        match event {
            Event::Registered { email, .. } => self.email = email,
            Event::SignedUp {} => self.verified = false,
            Event::LinkRequested(link) => self.link = Some(link),
            Event::EmailChangeRequested { email, link } => {
                (self.asked, self.link) = (Some(email), Some(link));
            }
            Event::EmailChanged { email } => {
                self = Self { email, asked: None, link: None, ..self };
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
            event => self.proofs.evolve(event),
        }
        self
    }
}
