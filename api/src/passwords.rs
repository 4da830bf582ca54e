//! Hashing and checking passwords, with bounded load, and in the same time for unknown accounts.

use std::{
    io,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, LazyLock},
    time::Duration,
};

use anyhow::anyhow;
use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc};
use domain::identity::user::PasswordHash;
use moka::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use zxcvbn::{Score, zxcvbn};

use crate::{
    breached_passwords::BreachedPasswords,
    ingress::ClientAddress,
    problem::{Problem, ProblemCode},
};

/// How many passwords are hashed at once: each takes 19 MiB and a core for some 30 ms.
const MAX_CONCURRENT: usize = 2;
/// How many of one network may be hashed or wait for a permit at once. Its others queue behind them,
/// so that no network keeps the rest from signing in.
const PER_NETWORK: usize = 2;
/// How many networks have a queue of their own.
const NETWORKS: u64 = 10_000;
/// How long a check waits before it is refused.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// How long a password must be, in characters (IAM-5).
const MIN_LENGTH: usize = 12;

/// Checked against for unknown accounts, so that they take as long as known ones.
static DUMMY_HASH: LazyLock<String> = LazyLock::new(|| {
    let hash = Argon2::default().hash_password(b"nobody has this password");
    hash.map(|hash| hash.to_string()).unwrap_or_default()
});

pub(crate) struct Passwords {
    permits: Semaphore,
    /// The queues of the networks for the permits.
    queues: Cache<IpAddr, Arc<Semaphore>>,
    breached: Option<Arc<BreachedPasswords>>,
}

impl Passwords {
    /// `breached` lists passwords that nobody may choose.
    pub(crate) fn new(breached: Option<Arc<BreachedPasswords>>) -> Self {
        let queues = Cache::builder().max_capacity(NETWORKS).time_to_idle(2 * MAX_WAIT).build();
        Self { permits: Semaphore::new(MAX_CONCURRENT), queues, breached }
    }

    /// Whether the password matches the hash; `false` without one. Checks of one network (`from`) wait
    /// for each other.
    pub(crate) async fn check(
        &self,
        from: Option<IpAddr>,
        hash: Option<String>,
        password: String,
    ) -> Result<bool, Problem> {
        let _permit = self.acquire(from).await?;
        let has_hash = hash.is_some();
        let checked = tokio::task::spawn_blocking(move || {
            let hash = hash.as_deref().unwrap_or(&DUMMY_HASH);
            let Ok(hash) = phc::PasswordHash::new(hash) else { return false };
            Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
        });
        let matches = checked.await.map_err(|why| Problem::internal_error(&anyhow!(why)))?;
        Ok(matches && has_hash)
    }

    /// The hash of a new password; 422 at `pointer` if it is too weak (IAM-5).
    pub(crate) async fn hash(
        &self,
        password: String,
        pointer: &str,
    ) -> Result<PasswordHash, Problem> {
        // These callers have proved a link or a password, so they need no queue per network.
        let _permit = self.acquire(None).await?;
        let breached = self.breached.clone();
        let hashed = tokio::task::spawn_blocking(move || {
            anyhow::Ok(match password_weakness(&password, breached.as_deref())? {
                None => Ok(hash_password(&password)?),
                Some(why) => Err(why),
            })
        });
        let hashed = hashed.await.map_err(|why| Problem::internal_error(&anyhow!(why)))??;
        hashed.map_err(|why| Problem::invalid(pointer, why).with_rule(Some("IAM-5")))
    }

    async fn acquire(
        &self,
        from: Option<IpAddr>,
    ) -> Result<(OwnedSemaphorePermit, SemaphorePermit<'_>), Problem> {
        let from = from.map_or(Ipv6Addr::UNSPECIFIED.into(), |from| ClientAddress(from).network());
        let queue = self.queues.get_with(from, || Arc::new(Semaphore::new(PER_NETWORK)));
        let both =
            async { anyhow::Ok((queue.acquire_owned().await?, self.permits.acquire().await?)) };
        match tokio::time::timeout(MAX_WAIT, both).await {
            Ok(Ok(permits)) => Ok(permits),
            _ => Err(Problem::unavailable(
                ProblemCode::Overloaded,
                "too many are signing in; try again",
            )),
        }
    }
}

/// Why a password is too weak (IAM-5): short, easily guessed, or seen in a breach. `None` if it is
/// not.
pub fn password_weakness(
    password: &str,
    breached: Option<&BreachedPasswords>,
) -> io::Result<Option<String>> {
    if password.chars().count() < MIN_LENGTH {
        return Ok(Some(format!("must have {MIN_LENGTH} characters or more")));
    }
    if zxcvbn(password, &["servicebook"]).score() < Score::Three {
        return Ok(Some("is among those that are guessed first".into()));
    }
    let breached = breached.map_or(Ok(false), |list| list.contains(password))?;
    Ok(breached.then(|| "was seen in a breach of some other service".into()))
}

/// The hash of a password: Argon2id with the parameters that OWASP recommends.
pub fn hash_password(password: &str) -> anyhow::Result<PasswordHash> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    let hash = hash.map_err(|why| anyhow!("hashing a password: {why}"))?;
    PasswordHash::try_from(hash.to_string()).map_err(|why| anyhow!(why))
}

/// Whether a password matches a hash. Takes a core for some 30 ms.
pub fn verify_password(password: &str, hash: &PasswordHash) -> bool {
    let Ok(hash) = phc::PasswordHash::new(hash.as_str()) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_account_fits() {
        let passwords = Passwords::new(None);
        let hash = Argon2::default().hash_password(b"correct horse").unwrap().to_string();
        let check = async |hash: Option<&String>, password: &str| {
            passwords.check(None, hash.cloned(), password.to_owned()).await.unwrap()
        };
        assert!(check(Some(&hash), "correct horse").await);
        assert!(!check(Some(&hash), "battery staple").await);
        assert!(!check(None, "nobody has this password").await);
        assert!(!check(Some(&"no hash".into()), "correct horse").await);
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_from_elsewhere_is_not_kept_waiting_by_those_who_ask_for_ever() {
        let passwords = Passwords::new(None);
        let [first_network, second_network] =
            ["192.0.2.1", "198.51.100.1"].map(|from| Some(from.parse().unwrap()));
        let first = [
            passwords.acquire(first_network).await.unwrap(),
            passwords.acquire(first_network).await.unwrap(),
        ];
        let mut waiting: Vec<_> =
            (0..100).map(|_| Box::pin(passwords.acquire(first_network))).collect();
        for one in &mut waiting {
            assert!(futures::poll!(one).is_pending());
        }
        let mut other = Box::pin(passwords.acquire(second_network));
        assert!(futures::poll!(&mut other).is_pending());
        // As soon as one is done, it is the turn of who waits elsewhere.
        let [one, _two] = first;
        drop(one);
        assert!(futures::poll!(&mut waiting[0]).is_pending());
        assert!(futures::poll!(&mut other).is_ready());
    }

    #[test]
    fn iam_5_a_password_is_long_and_was_in_no_breach() {
        for weak in
            ["short", "passwordpassword", "qwertyuiop123", "iloveyou1234", "aaaaaaaaaaaaaaaa"]
        {
            assert!(password_weakness(weak, None).unwrap().is_some(), "{weak}");
        }
        for good in ["correct horse battery staple", "дождь на крыше дома"] {
            assert!(password_weakness(good, None).unwrap().is_none(), "{good}");
        }
    }
}
