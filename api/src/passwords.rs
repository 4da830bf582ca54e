//! Checking passwords without being worn down by it, and without telling who exists.

use std::{sync::LazyLock, time::Duration};

use anyhow::anyhow;
use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc};
use domain::identity::user::PasswordHash;
use tokio::sync::{Semaphore, SemaphorePermit};
use zxcvbn::{Score, zxcvbn};

use crate::problem::Problem;

/// How many are checked at once: each takes 19 MiB and a core for some 30 ms.
const AT_ONCE: usize = 2;
/// How long somebody waits for his turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a password must be, in characters (IAM-5).
const SHORTEST: usize = 12;

/// What an unknown account is checked against, so that it takes as long as a known one.
static NOBODYS: LazyLock<String> = LazyLock::new(|| {
    let hash = Argon2::default().hash_password(b"nobody has this password");
    hash.map(|hash| hash.to_string()).unwrap_or_default()
});

pub(crate) struct Passwords(Semaphore);

impl Default for Passwords {
    fn default() -> Self {
        Self(Semaphore::new(AT_ONCE))
    }
}

impl Passwords {
    /// Whether the password belongs to the hash; never so without one.
    pub(crate) async fn check(
        &self,
        hash: Option<String>,
        password: String,
    ) -> Result<bool, Problem> {
        let _turn = self.turn().await?;
        let known = hash.is_some();
        let checked = tokio::task::spawn_blocking(move || {
            let hash = hash.as_deref().unwrap_or(&NOBODYS);
            let Ok(hash) = phc::PasswordHash::new(hash) else { return false };
            Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
        });
        let fits = checked.await.map_err(|why| Problem::broken(&anyhow!(why)))?;
        Ok(fits && known)
    }

    /// The hash by which a new password is remembered. `pointer` says where in the body it stands.
    pub(crate) async fn hash(
        &self,
        password: String,
        pointer: &str,
    ) -> Result<PasswordHash, Problem> {
        let _turn = self.turn().await?;
        let hashed =
            tokio::task::spawn_blocking(move || acceptable(&password).map(|()| hashed(&password)));
        match hashed.await.map_err(|why| Problem::broken(&anyhow!(why)))? {
            Ok(hashed) => Ok(hashed?),
            Err(why) => Err(Problem::invalid(pointer, why).because(Some("IAM-5"))),
        }
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>, Problem> {
        match tokio::time::timeout(PATIENCE, self.0.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Problem::unavailable("overloaded", "too many are signing in; try again")),
        }
    }
}

/// Why a password is none that anybody should have (IAM-5): it is short, or among those that are
/// tried first because they were seen in breaches or follow from such.
pub fn acceptable(password: &str) -> Result<(), String> {
    if password.chars().count() < SHORTEST {
        return Err(format!("must have {SHORTEST} characters or more"));
    }
    if zxcvbn(password, &["servicebook"]).score() < Score::Three {
        return Err("is among those that are guessed first".into());
    }
    Ok(())
}

/// The hash by which a password is remembered: Argon2id with the parameters that OWASP asks for.
pub fn hashed(password: &str) -> anyhow::Result<PasswordHash> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    let hash = hash.map_err(|why| anyhow!("hashing a password: {why}"))?;
    PasswordHash::try_from(hash.to_string()).map_err(|why| anyhow!(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_account_fits() {
        let passwords = Passwords::default();
        let hash = Argon2::default().hash_password(b"correct horse").unwrap().to_string();
        let check = async |hash: Option<&String>, password: &str| {
            passwords.check(hash.cloned(), password.to_owned()).await.unwrap()
        };
        assert!(check(Some(&hash), "correct horse").await);
        assert!(!check(Some(&hash), "battery staple").await);
        assert!(!check(None, "nobody has this password").await);
        assert!(!check(Some(&"no hash".into()), "correct horse").await);
    }
    #[test]
    fn iam_5_a_password_is_long_and_was_in_no_breach() {
        for weak in
            ["short", "passwordpassword", "qwertyuiop123", "iloveyou1234", "aaaaaaaaaaaaaaaa"]
        {
            assert!(acceptable(weak).is_err(), "{weak}");
        }
        for good in ["correct horse battery staple", "дождь на крыше дома"] {
            assert!(acceptable(good).is_ok(), "{good}");
        }
    }
}
