//! Giving commands: checked, decided, recorded; and decided again when others were faster.

use std::collections::{HashMap, HashSet};

use anyhow::anyhow;
use chrono::{DateTime, Utc};
use domain::{Case, Claim, Meta, claims_of, identity::Scope, schema_of, wire_name};
use sealing::{EventLocation, KeyRing, Keys, MasterKey, NewKey, Sealed, SealingError};
use sqlx::{FromRow, PgPool, postgres::PgConnectOptions};
use uuid::Uuid;

use crate::{
    Appender, Clock, Failure, Handler, Lookup, Order, Passing, Receipt,
    appender::{AppendError, Verdict, mutated},
    batch::{Once, Pending, PendingEvent},
    clock::{ClockFault, SteadyClock, apart},
    failure::CommandResult,
    lookup::Loaded,
    policy,
    reads::Reads,
    root::Root,
};

/// How often a command is decided anew when someone else was faster.
const ATTEMPTS: usize = 3;

/// What the write side is made of.
pub struct Settings {
    /// For reading; connections must have the role `servicebook_app`.
    pub db: PgPool,
    /// For the one connection that appends; the same role.
    pub appender: PgConnectOptions,
    pub master: MasterKey,
    pub clock: Clock,
    /// Whether the clock tells the world's time, and no time of a test's own: then nothing is
    /// recorded while the database's clock says something else.
    pub is_world_clock: bool,
}

/// Where commands are given. Cheap to clone.
#[derive(Clone)]
pub struct Commands {
    lookup: Lookup,
    appender: Appender,
    clock: Clock,
}

impl Commands {
    /// Needs a tokio runtime: it starts the appending task.
    pub fn new(settings: Settings) -> Self {
        let Settings { db, appender, master, clock, is_world_clock } = settings;
        let keys = KeyRing::new(db.clone(), master.clone());
        let lookup = Lookup::new(db, keys);
        let steady = is_world_clock.then(|| SteadyClock::new(clock.clone()));
        Self { lookup, appender: Appender::start(appender, master, steady), clock }
    }

    pub fn lookup(&self) -> &Lookup {
        &self.lookup
    }

    pub fn appender(&self) -> &Appender {
        &self.appender
    }

    /// What the clock says.
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// What is wrong with the clocks, if anything is: that of the database and this process's, or
    /// the last event's date.
    pub async fn clock_fault(&self) -> sqlx::Result<Option<ClockFault>> {
        let (database, last): (DateTime<Utc>, Option<DateTime<Utc>>) = sqlx::query_as(
            "select clock_timestamp(),
                (select recorded_at from event_store.events order by position desc limit 1)",
        )
        .fetch_one(self.lookup.db())
        .await?;
        let ours = self.now();
        Ok(match last {
            _ if apart(ours, database) => Some(ClockFault::Disagree { ours, database }),
            Some(last) if last > database && apart(last, database) => {
                Some(ClockFault::Ahead { last, database })
            }
            _ => None,
        })
    }

    /// Must be called when another process erased a person.
    pub fn forget(&self, subject: Uuid) {
        self.lookup.forget_subject(subject);
    }

    /// Checks, looks up, decides and records.
    pub async fn execute<H: Handler>(&self, order: Order<H>) -> CommandResult<Receipt, H> {
        let mut attempt = 0;
        let outcome = loop {
            attempt += 1;
            match self.attempt(&order, attempt).await {
                Err(Failure::Contended) if attempt < ATTEMPTS => self.lookup.forget(order.id),
                // No append shows whether what was remembered is still true: others may have
                // changed it, in this process or another.
                Err(Failure::Refused(_) | Failure::Forbidden { .. } | Failure::Stale { .. })
                    if attempt == 1 && !order.fresh =>
                {
                    self.lookup.forget(order.id);
                }
                outcome => break outcome,
            }
        };
        if outcome.as_ref().is_err_and(may_have_happened) {
            return self.earlier(&order).await?.unwrap_or(outcome);
        }
        outcome
    }

    async fn attempt<H: Handler>(
        &self,
        order: &Order<H>,
        attempt: usize,
    ) -> CommandResult<Receipt, H> {
        let erasures = self.lookup.erasures();
        let Loaded { version, state } = self.load(order, attempt).await?;
        let before = claims_of(&state, order.id.uuid());
        let lookup = self.lookup.noting();
        let mut root = Root { state };
        let mut events = Vec::new();
        for command in &order.commands {
            let right = H::right_of(command);
            let scope = policy::granted(right, &order.by);
            let owner = root.state.owner(order.id, command);
            let permits =
                if root.state.is_below(command) { Scope::permits_below } else { Scope::permits };
            if !permits(scope, &order.by, &owner) {
                return Err(Failure::Forbidden { right });
            }
            // Only whoever may do it learns what the version is.
            if order.expected.is_some_and(|expected| expected != version) {
                return Err(Failure::Stale { current: version });
            }
            let facts = root.state.facts(&lookup, order.id, command, &order.by).await?;
            let case = Case { id: order.id.uuid(), by: order.by.clone(), now: self.now(), facts };
            let decided = root.decide(command.clone(), case).await;
            events.extend(decided.map_err(Failure::Refused)?);
        }
        fail::fail_point!("commands.after_decide", |_| std::process::abort());
        let mut reads = lookup.into_reads();
        if events.is_empty() {
            if attempt == 1 && !order.fresh {
                // Again, from the store: what was remembered may be old.
                return Err(Failure::Contended);
            }
            if order.once.is_none() {
                return Ok(Receipt::new(order, version, 0));
            }
            reads.aggregate(H::NAME, order.id.uuid(), version);
        }

        let numbered = events.iter().any(|event| H::counter(event).is_some());
        let (keys, pending) = self.seal(order, version, events, attempt).await?;
        let version = pending.version;
        let (given, mut taken) = moved(&before, &claims_of(&root.state, order.id.uuid()));
        if mutated("mutant.claims.off") {
            taken.clear();
        }
        if mutated("mutant.reads.off") {
            reads = Reads::default();
        }
        let rules: HashMap<_, _> =
            taken.iter().map(|claim| (claim.what.clone(), claim.rule.clone())).collect();
        let pending = Pending { given, taken, reads, ..pending };
        let happened = !pending.events.is_empty();

        let verdict = self.appender.append(pending, self.now()).await.map_err(failure)?;
        match verdict {
            Verdict::Appended { position } => {
                self.lookup.keys().remember(&keys);
                if H::NAME == domain::platform::SUBJECT {
                    self.lookup.forget_subject(order.id.uuid());
                } else if numbered {
                    // The state does not know its number; the store does.
                    self.lookup.forget(order.id);
                } else if happened {
                    let loaded = Loaded { version, state: root.state };
                    self.lookup.remember(order.id, loaded, erasures);
                }
                Ok(Receipt::new(order, version, position))
            }
            Verdict::Repeated => self.earlier(order).await?.ok_or(Failure::Contended)?,
            Verdict::Taken { what } => {
                let rule = rules.get(&what).cloned().unwrap_or_default();
                Err(Failure::Taken { what, rule })
            }
            Verdict::TooLarge => Err(Failure::TooLarge),
            Verdict::Conflict => Err(Failure::Contended),
            Verdict::Erased { subject } => {
                self.lookup.forget_subject(subject);
                Err(Failure::Contended)
            }
        }
    }

    async fn load<H: Handler>(
        &self,
        order: &Order<H>,
        attempt: usize,
    ) -> CommandResult<Loaded<H>, H> {
        if attempt > 1 {
            return Ok(self.lookup.read(order.id).await?);
        }
        if order.fresh {
            return Ok(Loaded::default());
        }
        let cached = self.lookup.cached(order.id).await?;
        match order.expected {
            // The caller may know more than the cache.
            Some(expected) if expected != cached.version => Ok(self.lookup.read(order.id).await?),
            _ => Ok(cached),
        }
    }

    /// The events as they may be written, and the keys that this took.
    async fn seal<H: Handler>(
        &self,
        order: &Order<H>,
        version: i32,
        events: Vec<H::Event>,
        attempt: usize,
    ) -> CommandResult<(Keys, Pending), H> {
        let (ring, id) = (self.lookup.keys(), order.id.uuid());
        let mut keys = Keys::default();
        let mut new_keys: Vec<NewKey> = Vec::new();
        let mut sealed: Vec<PendingEvent> = Vec::new();
        for (mut version, event) in (version + 1..).zip(&events) {
            if version > 1 && mutated("mutant.version.skip") {
                version += 1;
            }
            let location = EventLocation { stream: H::NAME, id, version };
            let Sealed { variant, data, subjects } = loop {
                match keys.encode::<H>(location, event) {
                    Ok(sealed) => break sealed,
                    Err(SealingError::Missing(people)) => {
                        // Somebody who is created by this very command has no key to be fetched.
                        let born = order.fresh && attempt == 1;
                        let known = people.iter().copied().filter(|who| !(born && *who == id));
                        let found = ring.keys(known).await?;
                        keys.extend(&found);
                        for who in people.into_iter().filter(|who| !found.contains(*who)) {
                            let key = keys.create(ring.master(), who);
                            new_keys.push(key.map_err(|why| Failure::Broken(why.into()))?);
                        }
                    }
                    Err(SealingError::Erased(_)) => return Err(Failure::SubjectErased),
                    Err(why @ (SealingError::Broken(_) | SealingError::Failed(_))) => {
                        return Err(Failure::Broken(why.into()));
                    }
                }
            };
            let meta = serde_json::to_string(&meta(order, subjects.clone()));
            sealed.push(PendingEvent {
                version,
                schema: schema_of::<H>(&variant),
                kind: wire_name::<H>(&variant),
                data,
                meta: meta.map_err(|why| Failure::Broken(why.into()))?,
                subjects,
                counter: H::counter(event).map(|counter| (counter.name, counter.field)),
            });
        }
        let once = order.once.clone().map(|(key, body)| Once {
            scope: order.by.id,
            key: key_digest(ring.master(), &key),
            body,
            part: order.part,
        });
        let once = once.filter(|_| !mutated("mutant.idempotency.off"));
        let version = sealed.last().map_or(version, |event| event.version);
        let (stream, events) = (H::NAME, sealed);
        let pending = Pending { stream, id, version, events, new_keys, once, ..Pending::default() };
        Ok((keys, pending))
    }

    /// What was answered when the command came for the first time, if it did.
    async fn earlier<H: Handler>(
        &self,
        order: &Order<H>,
    ) -> CommandResult<Option<CommandResult<Receipt, H>>, H> {
        let Some((key, body)) = &order.once else { return Ok(None) };
        let earlier: Option<Earlier> = sqlx::query_as(
            "select id, version, position, part, body from event_store.idempotency
             where scope = $1 and key = $2",
        )
        .bind(order.by.id)
        .bind(key_digest(self.lookup.keys().master(), key))
        .fetch_optional(self.lookup.db())
        .await?;
        Ok(earlier.map(|Earlier { id, version, position, part, body: first }| {
            if first == *body {
                Ok(Receipt { id, part, version, position, repeated: true })
            } else {
                Err(Failure::KeyReused)
            }
        }))
    }
}

/// What was answered to a command that may be sent again.
#[derive(FromRow)]
struct Earlier {
    id: Uuid,
    version: i32,
    position: i64,
    part: Option<Uuid>,
    body: Vec<u8>,
}

/// Under what the answer to a command that may be sent again is recorded. What clients put into
/// their keys is their own affair, and may be personal.
fn key_digest(master: &MasterKey, key: &str) -> Vec<u8> {
    master.digest(&format!("idempotency\u{1f}{key}"))
}

fn meta<H: Handler>(order: &Order<H>, subjects: Vec<Uuid>) -> Meta {
    let (actor, on_behalf_of) = match order.by.impersonator {
        Some(impersonator) => (impersonator, Some(order.by.id)),
        None => (order.by.id, order.on_behalf_of),
    };
    Meta {
        actor,
        on_behalf_of,
        command: order.command,
        correlation: order.correlation.unwrap_or(order.command),
        causation: order.causation,
        reason: None,
        effective_at: order.effective_at,
        trace: order.trace.clone(),
        subjects,
    }
}

/// Which claims the new state no longer makes, and which it makes now.
fn moved(before: &[Claim], after: &[Claim]) -> (Vec<Claim>, Vec<Claim>) {
    let lacking = |claims: &[Claim], others: &[Claim]| {
        let others: HashSet<_> = others.iter().collect();
        claims.iter().filter(|claim| !others.contains(claim)).cloned().collect()
    };
    (lacking(before, after), lacking(after, before))
}

/// Whether a command may have come to nothing because it happened before: nothing was appended now,
/// and the store can be asked.
fn may_have_happened<R>(failure: &Failure<R>) -> bool {
    match failure {
        Failure::Forbidden { .. }
        | Failure::Refused(_)
        | Failure::Taken { .. }
        | Failure::Stale { .. }
        | Failure::Contended
        | Failure::TooLarge
        | Failure::SubjectErased
        | Failure::ClocksDisagree(_)
        | Failure::Broken(_) => true,
        Failure::KeyReused | Failure::Overloaded(_) | Failure::Unavailable(_) => false,
    }
}

fn failure<R>(lost: AppendError) -> Failure<R> {
    match lost {
        AppendError::Overloaded => Failure::Overloaded(Passing),
        AppendError::Unreachable => Failure::Unavailable(Some(Passing)),
        AppendError::Clocks => Failure::ClocksDisagree(Passing),
        AppendError::Refused(why) => Failure::Broken(anyhow!(why)),
    }
}
