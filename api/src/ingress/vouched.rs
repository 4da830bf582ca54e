//! How a gateway of ours tells an instance from where a request comes, so that nobody else can.

use std::{
    fmt,
    net::IpAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::hmac;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// `198.51.100.1 1767225600 <HMAC>`: the client, the second in which it was said, and the proof.
const HEADER: HeaderName = HeaderName::from_static("x-servicebook-client");
/// How far the clocks of gateway and instance may be apart.
const SKEW: Duration = Duration::from_mins(1);
/// No other text is signed by this key that begins so.
const PURPOSE: &str = "client address";

/// What gateways and the instances behind them share.
#[derive(Clone)]
pub struct GatewayKey(hmac::Key);

impl GatewayKey {
    pub fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// Says in the headers of a request where it comes from.
    pub fn vouch(&self, client: IpAddr, headers: &mut HeaderMap) {
        let said = format!("{client} {}", now());
        let proof = URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, signed(&said).as_bytes()));
        if let Ok(value) = HeaderValue::from_str(&format!("{said} {proof}")) {
            headers.insert(HEADER, value);
        }
    }

    /// What was said so by somebody with the same key, a moment ago.
    pub(super) fn vouched(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let (said, proof) = headers.get(HEADER)?.to_str().ok()?.rsplit_once(' ')?;
        let proof = URL_SAFE_NO_PAD.decode(proof).ok()?;
        hmac::verify(&self.0, signed(said).as_bytes(), &proof).ok()?;
        let (client, second) = said.split_once(' ')?;
        let second: u64 = second.parse().ok()?;
        (now().abs_diff(second) <= SKEW.as_secs()).then(|| client.parse().ok())?
    }
}

/// Whoever said it, it goes no further.
pub(super) fn forget(headers: &mut HeaderMap) {
    headers.remove(HEADER);
}

fn signed(said: &str) -> String {
    format!("{PURPOSE}\0{said}")
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// It lets somebody be whoever they like.
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
        assert_eq!(key.vouched(&headers), None);
        key.vouch(client, &mut headers);
        assert_eq!(key.vouched(&headers), Some(client));
        assert_eq!(other.vouched(&headers), None);

        let forge = |from: &str, to: &str| {
            let said = headers[HEADER].to_str().unwrap().replacen(from, to, 1);
            key.vouched(&HeaderMap::from_iter([(HEADER, said.parse().unwrap())]))
        };
        assert_eq!(forge("::1", "::2"), None);
        let old = format!("{client} {}", now() - 100);
        let proof = URL_SAFE_NO_PAD.encode(hmac::sign(&key.0, signed(&old).as_bytes()));
        let old = format!("{old} {proof}").parse().unwrap();
        assert_eq!(key.vouched(&HeaderMap::from_iter([(HEADER, old)])), None);
        forget(&mut headers);
        assert!(headers.is_empty());
    }
}
