//! Device tokens (OWASP's device cookies): they prove an earlier sign-in from a device, so that guesses
//! from elsewhere do not lock the owner out.
//!
//! A device token does not sign anybody in. It is valid for one account, for half a year, and until all
//! sessions of that account are ended.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use domain::identity::user::UserId;
use sealing::MasterKey;
use uuid::Uuid;

use super::user_account::UserAccount;

/// How long a device token is valid.
pub(crate) const DEVICE_LIFETIME: TimeDelta = TimeDelta::days(180);

/// The length of a token's payload, in bytes; its signature follows.
const PAYLOAD_LENGTH: usize = 44;

/// A device from which somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KnownDevice {
    pub(crate) id: Uuid,
    pub(crate) user: UserId,
    /// The version of the user who signed in.
    user_version: i32,
}

impl KnownDevice {
    /// Whether it belongs to the account, whose sessions were not all ended since.
    pub(crate) fn is_known_to(&self, account: &UserAccount) -> bool {
        self.user == account.user && self.user_version >= account.since
    }
}

/// Issues and verifies device tokens.
#[derive(Clone)]
pub(crate) struct KnownDeviceTokens(hmac::Key);

impl KnownDeviceTokens {
    pub(crate) fn new(master: &MasterKey) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &master.derive("devices")))
    }

    /// The token of a device from which a user signs in now.
    pub(crate) fn issue(&self, account: &UserAccount, device: Uuid, now: DateTime<Utc>) -> String {
        let mut payload = Vec::with_capacity(PAYLOAD_LENGTH + 32);
        payload.extend(account.user.uuid().as_bytes());
        payload.extend(device.as_bytes());
        payload.extend(account.version.to_be_bytes());
        payload.extend((now + DEVICE_LIFETIME).timestamp().to_be_bytes());
        let signature = hmac::sign(&self.0, &payload);
        payload.extend(signature.as_ref());
        URL_SAFE_NO_PAD.encode(payload)
    }

    /// Verifies a token; `None` if it is forged or expired.
    pub(crate) fn verify(&self, token: &str, now: DateTime<Utc>) -> Option<KnownDevice> {
        let token = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (payload, signature) = token.split_at_checked(PAYLOAD_LENGTH)?;
        hmac::verify(&self.0, payload, signature).ok()?;
        let (user, payload) = payload.split_first_chunk()?;
        let (device, payload) = payload.split_first_chunk()?;
        let (version, payload) = payload.split_first_chunk()?;
        let (until, _) = payload.split_first_chunk()?;
        (now.timestamp() < i64::from_be_bytes(*until)).then(|| KnownDevice {
            id: Uuid::from_bytes(*device),
            user: Uuid::from_bytes(*user).into(),
            user_version: i32::from_be_bytes(*version),
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::identity::user::{Event, Language, User};
    use domain::{Decider, Personal};

    use super::*;

    #[test]
    fn a_device_is_known_to_one_account_for_a_while_and_until_all_its_sessions_end() {
        let devices = KnownDeviceTokens::new(&MasterKey::generate().unwrap());
        let (now, device) = (DateTime::UNIX_EPOCH, Uuid::now_v7());
        let account = account(UserId::new(), 3, 2);
        let token = devices.issue(&account, device, now);
        let read = devices.verify(&token, now).unwrap();
        assert_eq!(read.id, device);
        assert!(read.is_known_to(&account));
        assert!(!read.is_known_to(&self::account(UserId::new(), 3, 2)), "somebody else's");
        assert!(
            !read.is_known_to(&UserAccount { since: 4, version: 4, ..account.clone() }),
            "signed out"
        );

        assert_eq!(devices.verify(&token, now + DEVICE_LIFETIME), None);
        let others = KnownDeviceTokens::new(&MasterKey::generate().unwrap());
        assert_eq!(others.verify(&token, now), None);
        let mut forged = URL_SAFE_NO_PAD.decode(&token).unwrap();
        forged[3] ^= 1;
        assert_eq!(devices.verify(&URL_SAFE_NO_PAD.encode(forged), now), None);
        assert_eq!(devices.verify("", now), None);
    }

    fn account(user: UserId, version: i32, since: i32) -> UserAccount {
        let registered = Event::Registered {
            email: Personal::sealed(user, "anna@example.org".parse().unwrap()),
            name: Personal::sealed(user, "Anna".parse().unwrap()),
            language: Language::En,
            zone: chrono_tz::Tz::UTC,
        };
        let User::Registered(account) = User::default().evolve(registered) else { unreachable!() };
        UserAccount { user, version, since, state: *account }
    }
}
