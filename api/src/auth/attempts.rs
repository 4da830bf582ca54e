//! How often somebody may guess (IAM-4).
//!
//! An attempt is counted before it is known how it ends, so that many at once are many. After a
//! few failures the next attempt has to wait, and each further one twice as long, up to a quarter
//! of an hour. Who has no account is counted like who has one.
//!
//! What is guessed is counted by lanes, so that nobody is kept out by what others guess: a device
//! from which somebody signed in before has a lane of its own, and so has each session.
//!
//! How many links somebody has sent to an address is counted in the same way: none of them fails, but
//! each is an event and a mail.

use std::{net::IpAddr, time::Duration};

use aws_lc_rs::hmac;
use domain::{
    Email, folded,
    identity::{
        session::{Origin, SessionId},
        user::UserId,
    },
};
use sealing::MasterKey;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{ingress::Address, problem::Problem, trace};

/// So many failures of one account are free.
const OF_ACCOUNT: i32 = 5;
/// So many of one network, which may be a whole office.
const OF_NETWORK: i32 = 50;
/// So many links are sent to an address, or for a user, as soon as they are asked for.
const OF_LINKS: i32 = 3;

/// How long the next attempt has to wait at most.
const REST: Duration = Duration::from_mins(15);
/// How long the next link has to.
const REST_OF_LINKS: Duration = Duration::from_hours(1);

/// What is guessed or asked for, and by whom: each is counted apart.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bucket<'a> {
    /// The password of a login, by strangers from anywhere.
    Login(&'a str),
    /// Password and code of a login at once, by strangers from one network.
    Both(&'a str, Option<IpAddr>),
    /// The password of an account, at a device from which its owner signed in before.
    Device(UserId, Uuid),
    /// Anything, by strangers from one network.
    Network(IpAddr),
    /// The password of an account, by somebody who is in one of its sessions.
    Password(UserId, SessionId),
    /// A code of an account, by somebody who knows its password, at any place where codes are
    /// asked for; at a device from which its owner signed in before apart.
    Code(UserId, Option<Uuid>),
    /// Links to an address, by strangers from anywhere.
    Link(&'a str),
    /// Links to any address, by strangers from one network.
    Links(IpAddr),
    /// Links to addresses that shall be a user's, by somebody who is in one of their sessions.
    OwnLinks(UserId),
}

impl Bucket<'_> {
    fn free(self) -> i32 {
        match self {
            Self::Network(_) | Self::Links(_) => OF_NETWORK,
            Self::Link(_) | Self::OwnLinks(_) => OF_LINKS,
            Self::Login(_)
            | Self::Both(..)
            | Self::Device(..)
            | Self::Password(..)
            | Self::Code(..) => OF_ACCOUNT,
        }
    }

    fn rest(self) -> Duration {
        if matches!(self, Self::Link(_) | Self::OwnLinks(_)) { REST_OF_LINKS } else { REST }
    }

    /// Its name. No two buckets share one, whatever somebody sends as a login.
    fn name(self) -> String {
        match self {
            Self::Login(login) => format!("login\0{}", canonical(login)),
            Self::Both(login, from) => {
                let from =
                    from.map_or_else(|| "-".to_owned(), |from| Address(from).network().to_string());
                format!("both\0{from}\0{}", canonical(login))
            }
            Self::Device(user, device) => format!("device\0{user}\0{device}"),
            Self::Network(from) => format!("network\0{}", Address(from).network()),
            Self::Password(user, session) => format!("password\0{user}\0{session}"),
            Self::Code(user, device) => {
                format!("code\0{user}\0{}", device.map(|it| it.to_string()).unwrap_or_default())
            }
            Self::Link(email) => format!("link\0{}", canonical(email)),
            Self::Links(from) => format!("links\0{}", Address(from).network()),
            Self::OwnLinks(user) => format!("own links\0{user}"),
        }
    }
}

/// The form by which accounts are found is the one by which they are counted.
fn canonical(login: &str) -> String {
    login.parse::<Email>().map_or_else(|_| folded(login), |email| email.folded())
}

/// Counts attempts, by hashes of what they have in common.
#[derive(Clone)]
pub(crate) struct Attempts {
    db: PgPool,
    key: hmac::Key,
}

/// An attempt of which it is not known yet how it ends.
#[derive(Debug)]
#[must_use]
pub(crate) struct Attempt(Vec<u8>);

impl Attempts {
    pub(crate) fn new(db: PgPool, master: &MasterKey) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &master.derive("attempts"));
        Self { db, key }
    }

    /// Counts an attempt, or refuses it because of those before.
    pub(crate) async fn begin(&self, bucket: Bucket<'_>) -> Result<Attempt, Problem> {
        let name = hmac::sign(&self.key, bucket.name().as_bytes()).as_ref().to_vec();
        let count = "select extract(epoch from
            identity_store.attempt($1, $2, clock_timestamp(), $3))::float8";
        let wait = sqlx::query_scalar(count).bind(&name).bind(bucket.free()).bind(bucket.rest());
        match wait.fetch_one(&self.db).await? {
            None::<f64> => Ok(Attempt(name)),
            Some(wait) => Err(Problem::locked(Duration::from_secs_f64(wait))),
        }
    }

    /// Counts it, if it is not too often; whether it is not.
    pub(crate) async fn admit(&self, bucket: Bucket<'_>) -> Result<bool, Problem> {
        match self.begin(bucket).await {
            Ok(Attempt(_)) => Ok(true),
            Err(problem) if problem.is("locked") => Ok(false),
            Err(problem) => Err(problem),
        }
    }

    /// It went well: neither it nor those before it count any more.
    pub(crate) async fn succeeded(&self, attempt: Attempt) -> sqlx::Result<()> {
        let forget = "delete from identity_store.attempts where bucket = $1";
        sqlx::query(forget).bind(attempt.0).execute(&self.db).await?;
        Ok(())
    }

    /// It was none, or went well: it counts no more; those of others still do.
    pub(crate) async fn withdrawn(&self, attempt: Attempt) -> sqlx::Result<()> {
        let forget = "update identity_store.attempts set failures = greatest(failures - 1, 0)
             where bucket = $1";
        sqlx::query(forget).bind(attempt.0).execute(&self.db).await?;
        Ok(())
    }

    /// Notes that somebody was not let in. The audit trail shows it for a while.
    pub(crate) async fn record_failure(
        &self,
        user: Option<UserId>,
        origin: Origin,
    ) -> Result<(), Problem> {
        let note = "insert into identity_store.failed_sign_ins (position, user_id, network, trace)
             select coalesce(max(position), 0), $1, $2, $3 from event_store.events";
        sqlx::query(note)
            .bind(user.map(UserId::uuid))
            .bind(origin.address.map(|address| Address(address).network().to_string()))
            .bind(trace::current().map(|trace| trace.correlation).unwrap_or_default())
            .execute(&self.db)
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iam_4_an_account_is_counted_once_however_its_address_is_written() {
        let plain = Bucket::Login("victim@example.com").name();
        for other in [
            " Victim@EXAMPLE.com ",
            "\u{ff56}ictim@example.com",
            "v\u{ff49}ctim@\u{ff45}xample.com",
            "\u{1d4cb}ictim@example.com",
        ] {
            assert_eq!(Bucket::Login(other).name(), plain, "{other}");
        }
        assert_ne!(Bucket::Login("victim@example.org").name(), plain);
        // What is no address at all is one text, too.
        assert_eq!(Bucket::Login("\u{ff21}da ").name(), Bucket::Login("ada").name());
    }

    #[test]
    fn what_is_sent_as_a_login_touches_no_other_bucket() {
        let (user, session) = (UserId::new(), SessionId::new());
        let names = [
            Bucket::Login(&user.to_string()).name(),
            Bucket::Password(user, session).name(),
            Bucket::Code(user, None).name(),
            Bucket::Code(user, Some(session.uuid())).name(),
            Bucket::Device(user, session.uuid()).name(),
            Bucket::Both(&user.to_string(), None).name(),
            Bucket::Link(&user.to_string()).name(),
            Bucket::OwnLinks(user).name(),
        ];
        for (place, name) in names.iter().enumerate() {
            assert!(!names[place + 1..].contains(name), "{name}");
        }
    }
}
