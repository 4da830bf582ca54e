//! Limits on attempts to guess passwords and codes (IAM-4).
//!
//! An attempt is counted before its outcome is known, so that concurrent ones all count. After a few
//! failures the next attempt has to wait, each further one twice as long, up to a quarter of an hour.
//! Logins without an account are counted as well.
//!
//! Attempts are counted by bucket, so that nobody is locked out by the guesses of others: each device
//! from which its owner signed in before has its own, and so has each session.
//!
//! Links and invitations sent by mail, and slots held by guests, are limited in the same way: none of them fails, but each
//! is an event or a mail.

use std::{net::IpAddr, time::Duration};

use aws_lc_rs::hmac;
use domain::{
    Email,
    identity::{
        session::{Origin, SessionId},
        user::UserId,
    },
    normalized,
};
use sealing::MasterKey;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{ingress::ClientAddress, problem::Problem, trace};

/// How many failures of one account are free.
const FREE_FAILURES_OF_ACCOUNT: i32 = 5;
/// How many of one network, which may be a whole office.
const FREE_FAILURES_OF_NETWORK: i32 = 50;
/// How many links to one address, or for one user, are free.
const FREE_LINKS: i32 = 3;
/// How many invitations by one client, who may have many colleagues.
const FREE_INVITATIONS: i32 = 50;
/// How many slots may be held from one network.
const FREE_HOLDS: i32 = 20;
/// How many from all networks around it: somebody may have thousands.
const FREE_HOLDS_AROUND: i32 = 100;

/// How long the next attempt has to wait at most.
const MAX_DELAY: Duration = Duration::from_mins(15);
/// How long the next link has to wait at most.
const MAX_DELAY_OF_LINKS: Duration = Duration::from_hours(1);

/// What is attempted, and by whom: each bucket is counted separately.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bucket<'a> {
    /// The password of a login, by strangers from anywhere.
    Login(&'a str),
    /// Password and code of a login at once, by strangers from one network.
    PasswordAndCode(&'a str, Option<IpAddr>),
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
    /// Codes for guests to an address, by strangers from anywhere. Apart from links, which they must not use up.
    GuestLink(&'a str),
    /// Links to any address, by strangers from one network.
    Links(IpAddr),
    /// Links to addresses that shall be a user's, by somebody who is in one of their sessions.
    EmailChanges(UserId),
    /// Invitations to an address, to whatever cabinet.
    Invitation(&'a str),
    /// Invitations to any address, by one client.
    Invitations(Uuid),
    /// Slots that are held by strangers from one network.
    Holds(IpAddr),
    /// The same from the networks around that one.
    HoldsAround(IpAddr),
    /// The code of a guest's mail.
    GuestCode(Uuid),
    /// Dry runs of a client that met what somebody else holds.
    Probes(Uuid),
}

impl Bucket<'_> {
    fn free_attempts(self) -> i32 {
        match self {
            Self::Network(_) | Self::Links(_) => FREE_FAILURES_OF_NETWORK,
            Self::Holds(_) => FREE_HOLDS,
            Self::HoldsAround(_) => FREE_HOLDS_AROUND,
            Self::Invitations(_) => FREE_INVITATIONS,
            Self::Link(_) | Self::GuestLink(_) | Self::EmailChanges(_) | Self::Invitation(_) => {
                FREE_LINKS
            }
            Self::Login(_)
            | Self::PasswordAndCode(..)
            | Self::Device(..)
            | Self::Password(..)
            | Self::Code(..)
            | Self::GuestCode(_)
            | Self::Probes(_) => FREE_FAILURES_OF_ACCOUNT,
        }
    }

    fn max_delay(self) -> Duration {
        if self.free_attempts() == FREE_LINKS { MAX_DELAY_OF_LINKS } else { MAX_DELAY }
    }

    /// Its unique key. No two buckets share one, whatever somebody sends as a login.
    fn key(self) -> String {
        match self {
            Self::Login(login) => format!("login\0{}", canonical(login)),
            Self::PasswordAndCode(login, from) => {
                let from = from.map_or_else(
                    || "-".to_owned(),
                    |from| ClientAddress(from).network().to_string(),
                );
                format!("both\0{from}\0{}", canonical(login))
            }
            Self::Device(user, device) => format!("device\0{user}\0{device}"),
            Self::Network(from) => format!("network\0{}", ClientAddress(from).network()),
            Self::Password(user, session) => format!("password\0{user}\0{session}"),
            Self::Code(user, device) => {
                format!("code\0{user}\0{}", device.map(|id| id.to_string()).unwrap_or_default())
            }
            Self::Link(email) => format!("link\0{}", mailbox(email)),
            Self::GuestLink(email) => format!("guest link\0{}", mailbox(email)),
            Self::Links(from) => format!("links\0{}", ClientAddress(from).network()),
            Self::EmailChanges(user) => format!("own links\0{user}"),
            Self::Invitation(email) => format!("invitation\0{}", mailbox(email)),
            Self::Invitations(sender) => format!("invitations\0{sender}"),
            Self::Holds(from) => format!("holds\0{}", ClientAddress(from).network()),
            Self::HoldsAround(from) => {
                format!("holds around\0{}", ClientAddress(from).wider_network())
            }
            Self::GuestCode(request) => format!("guest code\0{request}"),
            Self::Probes(user) => format!("probes\0{user}"),
        }
    }
}

/// The same form of a login by which accounts are looked up.
fn canonical(login: &str) -> String {
    login.parse::<Email>().map_or_else(|_| normalized(login), |email| email.normalized())
}

/// The mailbox to which an address leads, so that each is counted once, whatever tag it is written with.
fn mailbox(address: &str) -> String {
    let mailbox = address.parse::<Email>().ok().and_then(|email| email.untagged_mailbox());
    mailbox.unwrap_or_else(|| canonical(address))
}

/// Counts attempts, by hashes of what they have in common.
#[derive(Clone)]
pub(crate) struct AttemptLimiter {
    db: PgPool,
    key: hmac::Key,
}

/// A counted attempt whose outcome is not known yet.
#[derive(Debug)]
#[must_use]
pub(crate) struct Attempt(Vec<u8>);

impl AttemptLimiter {
    pub(crate) fn new(db: PgPool, master: &MasterKey) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &master.derive("attempts"));
        Self { db, key }
    }

    /// Counts an attempt, or refuses it because of those before.
    pub(crate) async fn begin(&self, bucket: Bucket<'_>) -> Result<Attempt, Problem> {
        let digest = hmac::sign(&self.key, bucket.key().as_bytes()).as_ref().to_vec();
        let count = "select extract(epoch from
            identity_store.attempt($1, $2, clock_timestamp(), $3))::float8";
        let wait = sqlx::query_scalar(count)
            .bind(&digest)
            .bind(bucket.free_attempts())
            .bind(bucket.max_delay());
        match wait.fetch_one(&self.db).await? {
            None::<f64> => Ok(Attempt(digest)),
            Some(wait) => Err(Problem::too_many_attempts(Duration::from_secs_f64(wait))),
        }
    }

    /// Counts an attempt; `false` if the bucket is locked.
    pub(crate) async fn admit(&self, bucket: Bucket<'_>) -> Result<bool, Problem> {
        match self.begin(bucket).await {
            Ok(Attempt(_)) => Ok(true),
            Err(problem) if problem.has_code("locked") => Ok(false),
            Err(problem) => Err(problem),
        }
    }

    /// Resets the bucket after a success.
    pub(crate) async fn record_success(&self, attempt: Attempt) -> sqlx::Result<()> {
        let forget = "delete from identity_store.attempts where bucket = $1";
        sqlx::query(forget).bind(attempt.0).execute(&self.db).await?;
        Ok(())
    }

    /// Uncounts this one attempt; the others in the bucket still count.
    pub(crate) async fn withdraw(&self, attempt: Attempt) -> sqlx::Result<()> {
        let forget = "update identity_store.attempts set failures = greatest(failures - 1, 0)
             where bucket = $1";
        sqlx::query(forget).bind(attempt.0).execute(&self.db).await?;
        Ok(())
    }

    /// Records a failed sign-in, which the audit trail shows for a while.
    pub(crate) async fn record_failed_sign_in(
        &self,
        user: Option<UserId>,
        origin: Origin,
    ) -> Result<(), Problem> {
        let note = "insert into identity_store.failed_sign_ins (position, user_id, network, trace)
             select coalesce(max(position), 0), $1, $2, $3 from event_store.events";
        sqlx::query(note)
            .bind(user.map(UserId::uuid))
            .bind(origin.address.map(|address| ClientAddress(address).network().to_string()))
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
        let plain = Bucket::Login("victim@example.com").key();
        for other in [
            " Victim@EXAMPLE.com ",
            "\u{ff56}ictim@example.com",
            "v\u{ff49}ctim@\u{ff45}xample.com",
            "\u{1d4cb}ictim@example.com",
        ] {
            assert_eq!(Bucket::Login(other).key(), plain, "{other}");
        }
        assert_ne!(Bucket::Login("victim@example.org").key(), plain);
        let link = Bucket::Link("victim@example.com").key();
        assert_eq!(Bucket::Link("Victim+1@example.com").key(), link, "one mailbox");
        assert_ne!(Bucket::Login("victim+1@example.com").key(), plain, "another account");
        // A login that is no address is folded as text.
        assert_eq!(Bucket::Login("\u{ff21}da ").key(), Bucket::Login("ada").key());
    }

    #[test]
    fn what_is_sent_as_a_login_touches_no_other_bucket() {
        let (user, session) = (UserId::new(), SessionId::new());
        let names = [
            Bucket::Login(&user.to_string()).key(),
            Bucket::Password(user, session).key(),
            Bucket::Code(user, None).key(),
            Bucket::Code(user, Some(session.uuid())).key(),
            Bucket::Device(user, session.uuid()).key(),
            Bucket::PasswordAndCode(&user.to_string(), None).key(),
            Bucket::Link(&user.to_string()).key(),
            Bucket::GuestLink(&user.to_string()).key(),
            Bucket::Invitation(&user.to_string()).key(),
            Bucket::Invitations(user.uuid()).key(),
            Bucket::EmailChanges(user).key(),
            Bucket::GuestCode(session.uuid()).key(),
        ];
        for (place, name) in names.iter().enumerate() {
            assert!(!names[place + 1..].contains(name), "{name}");
        }
    }
}
