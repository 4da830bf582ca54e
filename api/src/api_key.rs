//! API keys, which programs send instead of tokens: `sbk_<account>_<id>_<secret>`.

use std::fmt;

use domain::identity::service_account::{ApiKeyId, KeyHash, ServiceAccountId};
use domain::to_hexadecimal;
use uuid::Uuid;

use crate::secret::{self, random_bytes};

const PREFIX: &str = "sbk_";

/// An API key as its program sends it.
#[derive(Clone)]
pub(crate) struct ApiKeyToken {
    /// The account that it belongs to, whose stream in the log has the key.
    pub(crate) account: ServiceAccountId,
    pub(crate) id: ApiKeyId,
    secret: String,
}

impl ApiKeyToken {
    /// Generates a key.
    pub(crate) fn new(account: ServiceAccountId) -> anyhow::Result<Self> {
        Ok(Self { account, id: ApiKeyId::new(), secret: to_hexadecimal(&random_bytes::<32>()?) })
    }

    /// Parses a bearer credential; `None` if it is no API key, but perhaps a token.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(PREFIX)?.splitn(3, '_');
        let mut id = || Uuid::try_parse(parts.next()?).ok();
        let (account, id) = (id()?.into(), id()?.into());
        Some(Self { account, id, secret: parts.next()?.to_owned() })
    }

    /// The hash to store.
    pub(crate) fn hash(&self) -> anyhow::Result<KeyHash> {
        secret::hash(&self.secret)
    }

    /// Whether it has this hash.
    pub(crate) fn matches_hash(&self, hash: &KeyHash) -> bool {
        secret::matches_hash(&self.secret, hash)
    }
}

impl fmt::Display for ApiKeyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (account, id) = (self.account.uuid().simple(), self.id.uuid().simple());
        write!(f, "{PREFIX}{account}_{id}_{}", self.secret)
    }
}

/// Never prints the secret.
impl fmt::Debug for ApiKeyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeyToken").field("account", &self.account).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_fits_its_own_hash_and_no_other() {
        let account = ServiceAccountId::new();
        let (key, other) = (ApiKeyToken::new(account).unwrap(), ApiKeyToken::new(account).unwrap());
        let parsed = ApiKeyToken::parse(&key.to_string()).unwrap();
        assert_eq!((parsed.account, parsed.id), (account, key.id));
        assert!(parsed.matches_hash(&key.hash().unwrap()));
        assert!(!parsed.matches_hash(&other.hash().unwrap()));
        assert!(!key.hash().unwrap().as_str().contains(&key.secret));
        assert!(!format!("{key:?}").contains(&key.secret));
    }

    #[test]
    fn a_token_is_no_key() {
        for text in ["eyJhbGciOiJFZERTQSJ9.e30.AAAA", "sbk_x_y_z", "sbk_", "sbk__"] {
            assert!(ApiKeyToken::parse(text).is_none(), "{text}");
        }
    }
}
