//! How often somebody may guess (IAM-4).
//!
//! An attempt is counted before it is known how it ends, so that many at once are many. After a
//! few failures the next attempt has to wait, and each further one twice as long, up to a quarter
//! of an hour. Who has no account is counted like who has one.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use aws_lc_rs::hmac;
use sealing::MasterKey;
use sqlx::PgPool;

use crate::problem::Problem;

/// So many failures of one account are free.
const OF_ACCOUNT: i32 = 5;
/// So many of one network, which may be a whole office.
const OF_NETWORK: i32 = 50;

/// Counts attempts, by hashes of what they have in common.
pub(crate) struct Attempts {
    db: PgPool,
    key: hmac::Key,
}

/// An attempt of which it is not known yet how it ends.
#[derive(Debug)]
pub(crate) struct Attempt {
    /// Counts nobody but whoever is let in.
    own: Vec<u8>,
    /// Count others as well.
    shared: Vec<Vec<u8>>,
}

impl Attempts {
    pub(crate) fn new(db: PgPool, master: &MasterKey) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &master.derive("attempts"));
        Self { db, key }
    }

    /// Counts an attempt to be let in as `account`, or refuses it because of those before.
    ///
    /// Who proves more than a password at once (`strong`) is not kept out by what others guess
    /// elsewhere: he has a count of his own for each network.
    pub(crate) async fn begin(
        &self,
        account: &str,
        address: Option<IpAddr>,
        strong: bool,
    ) -> Result<Attempt, Problem> {
        let network = address.map(|address| network(address).to_string());
        let (account, from) = (account.trim().to_lowercase(), network.as_deref().unwrap_or("-"));
        let mut shared = Vec::new();
        let own = if strong {
            shared.push(self.count(&["code", &account], OF_NETWORK).await?);
            self.count(&["code", &account, from], OF_ACCOUNT).await?
        } else {
            self.count(&["account", &account], OF_ACCOUNT).await?
        };
        if let Some(network) = &network {
            shared.push(self.count(&["network", network], OF_NETWORK).await?);
        }
        Ok(Attempt { own, shared })
    }

    /// An attempt that was none, or went well, counts no more, nor do those before it; those of
    /// others still do.
    pub(crate) async fn forget(&self, attempt: Attempt) -> sqlx::Result<()> {
        sqlx::query("delete from identity_store.attempts where bucket = $1")
            .bind(attempt.own)
            .execute(&self.db)
            .await?;
        sqlx::query(
            "update identity_store.attempts set failures = greatest(failures - 1, 0)
             where bucket = any($1)",
        )
        .bind(attempt.shared)
        .execute(&self.db)
        .await?;
        Ok(())
    }

    async fn count(&self, what: &[&str], free: i32) -> Result<Vec<u8>, Problem> {
        let bucket = hmac::sign(&self.key, what.join("\0").as_bytes()).as_ref().to_vec();
        let counted = sqlx::query(
            "insert into identity_store.attempts as a values ($1, 1, clock_timestamp())
             on conflict (bucket) do update set
                 failures = case
                     when a.last < clock_timestamp() - interval '15 minutes' then 1
                     else a.failures + 1
                 end,
                 last = clock_timestamp()
             where a.last + identity_store.pause(a.failures, $2) <= clock_timestamp()",
        );
        if counted.bind(&bucket).bind(free).execute(&self.db).await?.rows_affected() == 1 {
            return Ok(bucket);
        }
        let wait = "select greatest(0, extract(epoch from
                 last + identity_store.pause(failures, $2) - clock_timestamp()))::float8
             from identity_store.attempts where bucket = $1";
        let wait = sqlx::query_scalar(wait).bind(bucket).bind(free).fetch_optional(&self.db);
        let wait: Option<f64> = wait.await?;
        Err(Problem::locked(Duration::from_secs_f64(wait.unwrap_or_default())))
    }
}

/// Who shares an address: a /24 of the old internet, a /56 of the new one.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            Ipv4Addr::new(a, b, c, 0).into()
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d & 0xff00, 0, 0, 0, 0).into()
        }
    }
}
