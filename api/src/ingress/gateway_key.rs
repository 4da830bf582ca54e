//! The signed header in which our gateway names the client address to an instance.

use std::{
    fmt,
    net::IpAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::hmac;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// `198.51.100.1 1767225600 <HMAC>`: the client, the second in which it was signed, and the signature.
const HEADER: HeaderName = HeaderName::from_static("x-servicebook-client");
/// How far the clocks of gateway and instance may be apart.
const SKEW: Duration = Duration::from_mins(1);
/// Separates these signatures from others by the same key.
const PURPOSE: &str = "client address";

/// What gateways and the instances behind them share.
#[derive(Clone)]
pub struct GatewayKey(hmac::Key);

impl GatewayKey {
    pub fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// Signs the client address, and adds it to the headers of a request.
    pub fn sign_client(&self, client: IpAddr, headers: &mut HeaderMap) {
        let claim = format!("{client} {}", now());
        let proof = URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, signed_text(&claim).as_bytes()));
        if let Ok(value) = HeaderValue::from_str(&format!("{claim} {proof}")) {
            headers.insert(HEADER, value);
        }
    }

    /// The client address, if the header was signed with the same key within [`SKEW`].
    pub(super) fn verified_client(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let (claim, proof) = headers.get(HEADER)?.to_str().ok()?.rsplit_once(' ')?;
        let proof = URL_SAFE_NO_PAD.decode(proof).ok()?;
        hmac::verify(&self.0, signed_text(claim).as_bytes(), &proof).ok()?;
        let (client, second) = claim.split_once(' ')?;
        let second: u64 = second.parse().ok()?;
        (now().abs_diff(second) <= SKEW.as_secs()).then(|| client.parse().ok())?
    }
}

/// Removes the header, so that it is not passed on.
pub(super) fn remove_header(headers: &mut HeaderMap) {
    headers.remove(HEADER);
}

fn signed_text(claim: &str) -> String {
    format!("{PURPOSE}\0{claim}")
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Never prints the key.
impl fmt::Debug for GatewayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GatewayKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_has_the_key_is_believed_and_not_for_long() {
        let (key, other) = (GatewayKey::new(&[1; 32]), GatewayKey::new(&[2; 32]));
        let client: IpAddr = "2001:db8::1".parse().unwrap();
        let mut headers = HeaderMap::new();
        assert_eq!(key.verified_client(&headers), None);
        key.sign_client(client, &mut headers);
        assert_eq!(key.verified_client(&headers), Some(client));
        assert_eq!(other.verified_client(&headers), None);

        let forge = |from: &str, to: &str| {
            let claim = headers[HEADER].to_str().unwrap().replacen(from, to, 1);
            key.verified_client(&HeaderMap::from_iter([(HEADER, claim.parse().unwrap())]))
        };
        assert_eq!(forge("::1", "::2"), None);
        let old = format!("{client} {}", now() - 100);
        let proof = URL_SAFE_NO_PAD.encode(hmac::sign(&key.0, signed_text(&old).as_bytes()));
        let old = format!("{old} {proof}").parse().unwrap();
        assert_eq!(key.verified_client(&HeaderMap::from_iter([(HEADER, old)])), None);
        remove_header(&mut headers);
        assert!(headers.is_empty());
    }
}
