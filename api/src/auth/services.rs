//! Builds the services for sign-in and sessions, with their dependencies.

use std::sync::Arc;

use super::{
    access_token::AccessTokens, attempts::AttemptLimiter, ceremonies::PasskeyCeremonies,
    codes::OneTimeCodes, cookies::CsrfTokens, credential_changes::CredentialChanges,
    devices::KnownDeviceTokens, links::EmailLinks, mfa_policy::MfaPolicy,
    reauthentication::Reauthentication, refresh::RefreshTokens, sessions::Sessions,
    sign_in::PasswordSignIn, used_proofs::UsedProofs,
};
use crate::{passwords::Passwords, principal::CredentialVerifier, settings::Settings};

/// The services for sign-in and sessions; each holds only those that it needs.
pub(crate) struct AuthServices {
    pub(crate) changes: Arc<CredentialChanges>,
    pub(crate) credentials: CredentialVerifier,
    pub(crate) attempts: AttemptLimiter,
    pub(crate) passwords: Arc<Passwords>,
    pub(crate) used_proofs: UsedProofs,
    pub(crate) codes: OneTimeCodes,
    pub(crate) factors: MfaPolicy,
    pub(crate) access_tokens: AccessTokens,
    pub(crate) refresh_tokens: RefreshTokens,
    pub(crate) sessions: Sessions,
    pub(crate) sign_in: PasswordSignIn,
    pub(crate) reauthentication: Reauthentication,
    pub(crate) links: EmailLinks,
    pub(crate) passkeys: PasskeyCeremonies,
    pub(crate) csrf: CsrfTokens,
}

impl AuthServices {
    pub(crate) fn new(settings: &Settings) -> Self {
        let Settings { db, commands, tokens, deployment, .. } = settings;
        let master = commands.aggregates().keys().master().clone();
        let changes = Arc::new(CredentialChanges::default());
        let passwords = Arc::new(Passwords::new(settings.breached.clone()));
        let attempts = AttemptLimiter::new(db.clone(), &master);
        let devices = KnownDeviceTokens::new(&master);
        let refresh_tokens = RefreshTokens::new(db.clone(), &master);
        let used_proofs = UsedProofs { db: db.clone() };
        let credentials = CredentialVerifier {
            commands: commands.clone(),
            changes: changes.clone(),
            tokens: tokens.clone(),
            deployment: *deployment,
        };
        let factors = MfaPolicy {
            db: db.clone(),
            commands: commands.clone(),
            roles: settings.second_factor.clone(),
        };
        let codes = OneTimeCodes {
            commands: commands.clone(),
            attempts: attempts.clone(),
            used_proofs: used_proofs.clone(),
        };
        let access_tokens = AccessTokens {
            db: db.clone(),
            commands: commands.clone(),
            credentials: credentials.clone(),
            factors: factors.clone(),
            tokens: tokens.clone(),
            deployment: *deployment,
        };
        let sessions = Sessions {
            commands: commands.clone(),
            changes: changes.clone(),
            credentials: credentials.clone(),
            access_tokens: access_tokens.clone(),
            refresh_tokens: refresh_tokens.clone(),
            devices: devices.clone(),
            idle: settings.idle,
        };
        let sign_in = PasswordSignIn {
            commands: commands.clone(),
            attempts: attempts.clone(),
            devices,
            passwords: passwords.clone(),
            codes: codes.clone(),
            sessions: sessions.clone(),
        };
        let reauthentication = Reauthentication {
            commands: commands.clone(),
            attempts: attempts.clone(),
            passwords: passwords.clone(),
            codes: codes.clone(),
            factors: factors.clone(),
        };
        let links = EmailLinks {
            commands: commands.clone(),
            changes: changes.clone(),
            attempts: attempts.clone(),
            passwords: passwords.clone(),
        };
        Self {
            changes,
            credentials,
            attempts,
            passwords,
            used_proofs,
            codes,
            factors,
            access_tokens,
            refresh_tokens,
            sessions,
            sign_in,
            reauthentication,
            links,
            passkeys: PasskeyCeremonies::new(db.clone(), &settings.public_url),
            csrf: CsrfTokens::new(&master),
        }
    }
}
