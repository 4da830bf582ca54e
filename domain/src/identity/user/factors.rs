//! What a user can sign in with besides a password: authenticator app, recovery codes, passkeys.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Command, Event, Refusal, Secret, UserId};
use crate::{Personal, Text};

/// The most passkeys of one user.
const MAX_PASSKEYS: usize = 20;

/// A way to sign in that nobody can be talked out of (`WebAuthn`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Passkey {
    /// Its credential id, in Base64 for URLs.
    pub key: String,
    /// What the user calls it.
    pub name: Text<100>,
    /// Its public key and what else is needed to check it, as JSON.
    pub credential: Secret,
}

/// An enrolled passkey.
#[derive(Debug, Clone, PartialEq)]
pub struct EnrolledPasskey {
    pub key: String,
    pub name: Personal<Text<100>>,
    pub credential: Personal<Secret>,
}

/// All means of signing in but the password.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SignInFactors {
    /// What is shared with an authenticator app, in Base32.
    pub totp: Option<Personal<Secret>>,
    /// Whether its codes are asked for.
    pub totp_enabled: bool,
    /// Codes of this step and before were used when the log last said so; each sign-in does not.
    pub totp_step: u64,
    /// The digests of the recovery codes that are left.
    pub recovery: Vec<String>,
    pub passkeys: Vec<EnrolledPasskey>,
}

impl SignInFactors {
    pub(super) fn decide(&self, command: Command, id: UserId) -> Result<Vec<Event>, Refusal> {
        let event = match command {
            Command::EnrollTotp { .. } if self.totp_enabled => return Err(Refusal::TotpEnabled),
            Command::EnrollTotp { secret } => {
                let secret = Personal::sealed(id, secret);
                (self.totp.as_ref() != Some(&secret)).then_some(Event::TotpEnrolled { secret })
            }
            Command::EnableTotp { .. } if self.totp.is_none() => {
                return Err(Refusal::NoTotp);
            }
            // The recovery codes of a second enabling would never be valid.
            Command::EnableTotp { .. } if self.totp_enabled => return Err(Refusal::TotpEnabled),
            Command::EnableTotp { step, recovery } => {
                self.check_later(step)?;
                return Ok(vec![
                    Event::TotpEnabled {},
                    Event::TotpUsed { step },
                    Event::RecoveryCodesRegenerated { digests: recovery },
                ]);
            }
            Command::DisableTotp {} => self.totp.as_ref().map(|_| Event::TotpDisabled {}),
            // They help when the app is lost; without one they would help nobody but a thief.
            Command::RegenerateRecoveryCodes { .. } if !self.totp_enabled => {
                return Err(Refusal::NoTotp);
            }
            Command::RegenerateRecoveryCodes { recovery } => (self.recovery != recovery)
                .then_some(Event::RecoveryCodesRegenerated { digests: recovery }),
            Command::UseRecoveryCode { digest } => {
                if !self.recovery.contains(&digest) {
                    return Err(Refusal::CodeSpent);
                }
                Some(Event::RecoveryCodeUsed { digest })
            }
            Command::EnrollPasskey(Passkey { key, name, credential }) => {
                if self.passkey(&key).is_some() {
                    return Ok(vec![]);
                }
                if self.passkeys.len() >= MAX_PASSKEYS {
                    return Err(Refusal::TooManyPasskeys { most: MAX_PASSKEYS });
                }
                let name = Personal::sealed(id, name);
                let credential = Personal::sealed(id, credential);
                Some(Event::PasskeyEnrolled { key, name, credential })
            }
            Command::UsePasskey { key, credential } => {
                let enrolled = self.passkey(&key).ok_or(Refusal::NoPasskey)?;
                let credential = Personal::sealed(id, credential);
                let changed = enrolled.credential != credential;
                changed.then_some(Event::PasskeyUsed { key, credential })
            }
            Command::RemovePasskey { key } => {
                self.passkey(&key).map(|_| Event::PasskeyRemoved { key })
            }
            Command::ResetSecondFactor {} => {
                let nothing_enrolled = self.totp.is_none() && self.passkeys.is_empty();
                (!nothing_enrolled).then_some(Event::SecondFactorReset {})
            }
            _ => None,
        };
        Ok(event.into_iter().collect())
    }

    pub(super) fn evolve(&mut self, event: Event) {
        match event {
            Event::TotpEnrolled { secret } => {
                (self.totp, self.totp_enabled, self.totp_step) = (Some(secret), false, 0);
            }
            Event::TotpEnabled {} => self.totp_enabled = true,
            Event::TotpUsed { step } => self.totp_step = step,
            Event::TotpDisabled {} => {
                (self.totp, self.totp_enabled, self.totp_step) = (None, false, 0);
                self.recovery.clear();
            }
            Event::RecoveryCodesRegenerated { digests } => self.recovery = digests,
            Event::RecoveryCodeUsed { digest } => self.recovery.retain(|code| *code != digest),
            Event::PasskeyEnrolled { key, name, credential } => {
                self.passkeys.push(EnrolledPasskey { key, name, credential });
            }
            Event::PasskeyUsed { key, credential } => {
                if let Some(used) = self.passkeys.iter_mut().find(|passkey| passkey.key == key) {
                    used.credential = credential;
                }
            }
            Event::PasskeyRemoved { key } => self.passkeys.retain(|passkey| passkey.key != key),
            Event::SecondFactorReset {} => *self = Self::default(),
            _ => {}
        }
    }

    fn passkey(&self, key: &str) -> Option<&EnrolledPasskey> {
        self.passkeys.iter().find(|passkey| passkey.key == key)
    }

    /// A code can be used once, and earlier ones no more (RFC 6238, 5.2).
    fn check_later(&self, step: u64) -> Result<(), Refusal> {
        if step > self.totp_step { Ok(()) } else { Err(Refusal::CodeSpent) }
    }
}
