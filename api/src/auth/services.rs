//! Builds the services for sign-in and sessions, with their dependencies.

use std::sync::Arc;

use super::{
    access_token::AccessTokens, attempts::Attempts, ceremonies::Passkeys, changes::Changes,
    codes::Codes, cookies::Csrf, devices::Devices, factors::MfaPolicy, links::Links,
    reauthentication::Reauthentication, refresh::RefreshTokens, sessions::Sessions,
    sign_in::SignIn, used_proofs::UsedProofs,
};
use crate::{passwords::Passwords, principal::Credentials, settings::Settings};

/// The services for sign-in and sessions; each holds only those that it needs.
pub(crate) struct Auth {
    pub(crate) changes: Arc<Changes>,
    pub(crate) credentials: Credentials,
    pub(crate) attempts: Attempts,
    pub(crate) passwords: Arc<Passwords>,
    pub(crate) used_proofs: UsedProofs,
    pub(crate) codes: Codes,
    pub(crate) factors: MfaPolicy,
    pub(crate) access_tokens: AccessTokens,
    pub(crate) refresh_tokens: RefreshTokens,
    pub(crate) sessions: Sessions,
    pub(crate) sign_in: SignIn,
    pub(crate) reauthentication: Reauthentication,
    pub(crate) links: Links,
    pub(crate) passkeys: Passkeys,
    pub(crate) csrf: Csrf,
}

impl Auth {
    pub(crate) fn new(settings: &Settings) -> Self {
        let Settings { db, commands, tokens, deployment, .. } = settings;
        let master = commands.lookup().keys().master().clone();
        let changes = Arc::new(Changes::default());
        let passwords = Arc::new(Passwords::new(settings.breached.clone()));
        let attempts = Attempts::new(db.clone(), &master);
        let devices = Devices::new(&master);
        let refresh_tokens = RefreshTokens::new(db.clone(), &master);
        let used_proofs = UsedProofs { db: db.clone() };
        let credentials = Credentials {
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
        let codes = Codes {
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
        let sign_in = SignIn {
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
        let links = Links {
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
            passkeys: Passkeys::new(db.clone(), &settings.public_url),
            csrf: Csrf::new(&master),
        }
    }
}
