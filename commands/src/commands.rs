use std::{collections::HashMap, sync::Arc};

use anyhow::anyhow;
use chrono::{DateTime, Utc};
use domain::{Case, Claim, Meta, claims_of, schema_of, wire_name};
use sealing::{KeyRing, Keys, MasterKey, NewKey, Place, Sealed, SealingError};
use sqlx::{PgPool, postgres::PgConnectOptions};
use uuid::Uuid;

use crate::{
    Appender, Failure, Handler, Lookup, Order, Pending, Receipt, Store,
    appender::{self, Verdict, mutated},
    batch::PendingEvent,
    failure::Outcome,
    lookup::Loaded,
    policy,
    root::Root,
};

/// How often a command is decided anew when someone else was faster.
const ATTEMPTS: usize = 3;

/// Tells the time: the system's, or a test's.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// What the write side is made of.
pub struct Settings {
    /// For reading; connections must have the role `servicebook_app`.
    pub db: PgPool,
    /// For the one connection that appends; the same role.
    pub appender: PgConnectOptions,
    pub master: MasterKey,
    pub clock: Clock,
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
        let Settings { db, appender, master, clock } = settings;
        let keys = KeyRing::new(db.clone(), master.clone());
        let lookup = Lookup::new(Store::new(db), keys);
        Self { lookup, appender: Appender::start(appender, master), clock }
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

    /// Must be called when another process erased a person.
    pub fn forget(&self, subject: Uuid) {
        self.lookup.forget_subject(subject);
    }

    /// Checks, looks up, decides and records.
    pub async fn execute<H: Handler>(&self, order: Order<H>) -> Outcome<Receipt, H> {
        let Some(rule) = order.commands.iter().find_map(H::turn) else {
            return self.run(order).await;
        };
        // Whoever asks may go away; the turn must last until the store has answered.
        let desk = self.clone();
        let in_turn = tokio::spawn(async move {
            let _turn = desk.lookup.turn(rule).await?;
            desk.run(order).await
        });
        in_turn.await.unwrap_or_else(|why| Err(Failure::Broken(why.into())))
    }

    async fn run<H: Handler>(&self, order: Order<H>) -> Outcome<Receipt, H> {
        let mut attempt = 0;
        let outcome = loop {
            attempt += 1;
            match self.attempt(&order, attempt).await {
                Err(Failure::Contended) if attempt < ATTEMPTS => self.lookup.forget(order.id),
                // No append shows whether what was remembered is still true: others may have
                // changed it, in this process or another.
                Err(Failure::Refused(_) | Failure::Forbidden | Failure::Stale { .. })
                | Ok(Receipt { position: 0, .. })
                    if attempt == 1 && !order.fresh =>
                {
                    self.lookup.forget(order.id);
                }
                outcome => break outcome,
            }
        };
        match outcome {
            // Nothing happened now; perhaps because it happened before.
            Err(Failure::Refused(_) | Failure::Stale { .. }) | Ok(Receipt { position: 0, .. }) => {
                self.earlier(&order).await?.unwrap_or(outcome)
            }
            outcome => outcome,
        }
    }

    async fn attempt<H: Handler>(&self, order: &Order<H>, attempt: usize) -> Outcome<Receipt, H> {
        let Loaded { version, state } = self.load(order, attempt).await?;
        let before = claims_of(&state, order.id.uuid());
        let mut root = Root { state };
        let mut events = Vec::new();
        for command in &order.commands {
            let right = policy::granted(H::right(command), &order.by);
            if !right.permits(&order.by, &root.state.owner(order.id, command)) {
                return Err(Failure::Forbidden);
            }
            // Only whoever may do it learns what the version is.
            if order.expected.is_some_and(|expected| expected != version) {
                return Err(Failure::Stale { current: version });
            }
            let facts = root.state.facts(&self.lookup, order.id, command, &order.by).await?;
            let case = Case { id: order.id.uuid(), by: order.by.clone(), now: self.now(), facts };
            let decided = root.decide(command.clone(), case).await;
            events.extend(decided.map_err(Failure::Refused)?);
        }
        fail::fail_point!("commands.after_decide", |_| std::process::abort());
        if events.is_empty() {
            return Ok(Receipt { id: order.id.uuid(), version, position: 0, repeated: false });
        }

        let numbered = events.iter().any(|event| H::counter(event).is_some());
        let (keys, pending) = self.seal(order, version, events, attempt).await?;
        let version = pending.events.last().map_or(version, |event| event.version);
        let (given, mut taken) = moved(before, &claims_of(&root.state, order.id.uuid()));
        if mutated("mutant.claims.off") {
            taken.clear();
        }
        let rules: HashMap<_, _> =
            taken.iter().map(|claim| (claim.what.clone(), claim.rule.clone())).collect();
        let pending = Pending { given, taken, ..pending };

        let verdict = self.appender.append(pending, self.now()).await.map_err(failure)?;
        match verdict {
            Verdict::Appended { position } => {
                let receipt = Receipt { id: order.id.uuid(), version, position, repeated: false };
                self.lookup.keys().remember(&keys);
                if H::NAME == domain::platform::SUBJECT {
                    self.lookup.forget_subject(order.id.uuid());
                } else if numbered {
                    // The state does not know its number; the store does.
                    self.lookup.forget(order.id);
                } else {
                    self.lookup.remember(order.id, Loaded { version, state: root.state });
                }
                Ok(receipt)
            }
            Verdict::Repeated => self.earlier(order).await?.ok_or(Failure::Contended)?,
            Verdict::Taken { what } => {
                let rule = rules.get(&what).cloned().unwrap_or_default();
                Err(Failure::Taken { what, rule })
            }
            Verdict::TooLarge => Err(Failure::TooLarge),
            Verdict::Conflict => Err(Failure::Contended),
        }
    }

    async fn load<H: Handler>(&self, order: &Order<H>, attempt: usize) -> Outcome<Loaded<H>, H> {
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
    ) -> Outcome<(Keys, Pending), H> {
        let (ring, id) = (self.lookup.keys(), order.id.uuid());
        let mut keys = Keys::default();
        let mut new_keys: Vec<NewKey> = Vec::new();
        let mut sealed: Vec<PendingEvent> = Vec::new();
        for (version, event) in (version + 1..).zip(&events) {
            let place = Place { stream: H::NAME, id, version };
            let Sealed { variant, data, subjects } = loop {
                match keys.encode::<H>(place, event) {
                    Ok(sealed) => break sealed,
                    Err(SealingError::Missing(people)) => {
                        // Somebody who is created by this very command has no key to be fetched.
                        let born = order.fresh && attempt == 1;
                        let known = people.iter().copied().filter(|who| !(born && *who == id));
                        let found = ring.keys(known).await?;
                        keys.extend(&found);
                        for who in people.into_iter().filter(|who| !found.knows(*who)) {
                            let key = keys.make(ring.master(), who);
                            new_keys.push(key.map_err(|why| Failure::Broken(why.into()))?);
                        }
                    }
                    Err(SealingError::Erased(_)) => return Err(Failure::SubjectErased),
                    Err(SealingError::Broken(why)) => return Err(Failure::Broken(why.into())),
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
        let once = order.once.clone().map(|(key, body)| (order.by.id, key, body));
        let once = once.filter(|_| !mutated("mutant.idempotency.off"));
        let pending =
            Pending { stream: H::NAME, id, events: sealed, new_keys, once, ..Pending::default() };
        Ok((keys, pending))
    }

    /// What was answered when the command came for the first time, if it did.
    async fn earlier<H: Handler>(
        &self,
        order: &Order<H>,
    ) -> Outcome<Option<Outcome<Receipt, H>>, H> {
        let Some((key, body)) = &order.once else { return Ok(None) };
        let earlier: Option<(Uuid, i32, i64, Vec<u8>)> = sqlx::query_as(
            "select id, version, position, body from event_store.idempotency
             where scope = $1 and key = $2",
        )
        .bind(order.by.id)
        .bind(key)
        .fetch_optional(self.lookup.store().db())
        .await?;
        Ok(earlier.map(|(id, version, position, first)| {
            if first == *body {
                Ok(Receipt { id, version, position, repeated: true })
            } else {
                Err(Failure::KeyReused)
            }
        }))
    }
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
        reason: order.reason.clone(),
        effective_at: order.effective_at,
        trace: order.trace.clone(),
        subjects,
    }
}

/// Which claims the new state no longer makes, and which it makes now.
fn moved(before: Vec<Claim>, after: &[Claim]) -> (Vec<Claim>, Vec<Claim>) {
    let taken = after.iter().filter(|claim| !before.contains(claim)).cloned().collect();
    let given = before.into_iter().filter(|claim| !after.contains(claim)).collect();
    (given, taken)
}

fn failure<R>(lost: appender::Lost) -> Failure<R> {
    match lost {
        appender::Lost::Overloaded => Failure::Overloaded,
        appender::Lost::Unreachable => Failure::Unavailable,
        appender::Lost::Refused(why) => Failure::Broken(anyhow!(why)),
    }
}
