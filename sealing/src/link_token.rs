//! The token in a link that we send by mail.

use std::{fmt, str::FromStr};

use aws_lc_rs::{constant_time, hmac};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::MasterKey;

/// The token of a link in a mail: it proves that we sent it, for one purpose, to one address.
///
/// It is not stored. The aggregate that it is about remembers the nonce, so that the token is valid
/// once and not for long.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkToken {
    /// The id of the aggregate: a user, or an invitation.
    pub about: Uuid,
    /// Distinguishes it from other tokens about the same aggregate.
    pub nonce: Uuid,
    mac: [u8; 32],
}

impl LinkToken {
    /// A token for one purpose, invalid for any other and for another address.
    pub fn new(master: &MasterKey, purpose: &str, about: Uuid, nonce: Uuid, address: &str) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &master.derive("tickets"));
        let mut mac = hmac::Context::with_key(&key);
        for part in [purpose.as_bytes(), b"\0", about.as_bytes(), nonce.as_bytes()] {
            mac.update(part);
        }
        mac.update(address.as_bytes());
        let mut token = Self { about, nonce, mac: [0; 32] };
        token.mac.copy_from_slice(mac.sign().as_ref());
        token
    }

    /// The token of a link, if it is one and was made for this purpose and address.
    pub fn verified(master: &MasterKey, purpose: &str, address: &str, text: &str) -> Option<Self> {
        text.parse().ok().filter(|token: &Self| token.is_valid_for(master, purpose, address))
    }

    /// Whether it was made for this purpose and address.
    pub fn is_valid_for(&self, master: &MasterKey, purpose: &str, address: &str) -> bool {
        let Self { about, nonce, mac } = self;
        let expected = Self::new(master, purpose, *about, *nonce, address);
        constant_time::verify_slices_are_equal(&expected.mac, mac).is_ok()
    }
}

/// In Base64 for URLs.
impl fmt::Display for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { about, nonce, mac } = self;
        let bytes = [about.as_bytes().as_slice(), nonce.as_bytes(), mac].concat();
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for LinkToken {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        let parts = bytes.split_at_checked(16).and_then(|(about, rest)| {
            let (nonce, mac) = rest.split_at_checked(16)?;
            let (about, nonce) = (Uuid::from_slice(about).ok()?, Uuid::from_slice(nonce).ok()?);
            Some(Self { about, nonce, mac: mac.try_into().ok()? })
        });
        parts.ok_or("is no token")
    }
}

/// Hides the token, since it is a credential.
impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iam_9_a_ticket_is_good_for_one_purpose_and_one_address() {
        let master = MasterKey::generate().unwrap();
        let [anna, nonce] = [1, 2].map(Uuid::from_u128);
        let token = LinkToken::new(&master, "reset", anna, nonce, "anna@example.org");

        let sent: LinkToken = token.to_string().parse().unwrap();
        assert_eq!((sent.about, sent.nonce), (anna, nonce));
        assert!(sent.is_valid_for(&master, "reset", "anna@example.org"));
        assert!(!sent.is_valid_for(&master, "verification", "anna@example.org"));
        assert!(!sent.is_valid_for(&master, "reset", "otto@example.org"));
        assert!(!sent.is_valid_for(&MasterKey::generate().unwrap(), "reset", "anna@example.org"));
    }

    #[test]
    fn iam_9_a_ticket_that_was_changed_is_none() {
        let master = MasterKey::generate().unwrap();
        let text = LinkToken::new(&master, "reset", Uuid::nil(), Uuid::nil(), "a@b.c").to_string();
        let other = text.replacen("AAAA", "AAAB", 1);
        assert!(!other.parse::<LinkToken>().unwrap().is_valid_for(&master, "reset", "a@b.c"));
        assert!(text[1..].parse::<LinkToken>().is_err());
        assert!("".parse::<LinkToken>().is_err());
    }
}
