//! Executes commands: checks the right, decides, seals and appends; decides again after a conflict.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use anyhow::anyhow;
use chrono::{DateTime, Utc};
use domain::{Claim, DecisionContext, Meta, claims_of, schema_version_of, wire_name};
use sealing::{
    EventLocation, KeyRing, MasterKey, NewSubjectKey, SealedEvent, SealingError, SubjectKeys,
};
use sqlx::{FromRow, PgPool, postgres::PgConnectOptions};
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    AggregateReader, Appender, ClaimedPeriod, Clock, CommandEnvelope, Failure, Handler, Receipt,
    TransientError,
    aggregate_reader::LoadedAggregate,
    appender::{AppendError, AppendOutcome, append_and_roll_back, is_fault_injected},
    batch::{IdempotencyEntry, PendingAppend, PendingEvent},
    clock::{ClockFault, SteadyClock, clocks_differ},
    failure::CommandResult,
    handler::missing_right,
    read_set::ReadSet,
    root::AggregateRoot,
};

/// For how long a command is decided again before its conflicts are reported.
const RETRY_FOR: Duration = Duration::from_secs(1);
/// The shortest and the longest pause between two further attempts, in milliseconds: who met once does not
/// meet again.
const PAUSES: (u64, u64) = (5, 50);

/// What the write side needs.
pub struct Settings {
    /// For reading; its connections must have the role `servicebook_app`.
    pub db: PgPool,
    /// For the one connection that appends; the same role.
    pub appender: PgConnectOptions,
    pub master: MasterKey,
    pub clock: Clock,
    /// Whether the clock tells real time, not the time of a test: then nothing is recorded while the
    /// database's clock differs.
    pub is_world_clock: bool,
}

/// Executes commands. Cheap to clone.
#[derive(Clone)]
pub struct Commands {
    aggregates: AggregateReader,
    appender: Appender,
    clock: Clock,
    /// Unless it tells the time of a test.
    steady: Option<SteadyClock>,
}

impl Commands {
    /// Needs a tokio runtime: it starts the appending task.
    pub fn new(settings: Settings) -> Self {
        let Settings { db, appender, master, clock, is_world_clock } = settings;
        let keys = KeyRing::new(db.clone(), master.clone());
        let aggregates = AggregateReader::new(db, keys);
        let steady = is_world_clock.then(|| SteadyClock::new(clock.clone()));
        let appender = Appender::start(appender, master, steady.clone());
        Self { aggregates, appender, clock, steady }
    }

    pub fn aggregates(&self) -> &AggregateReader {
        &self.aggregates
    }

    pub fn appender(&self) -> &Appender {
        &self.appender
    }

    /// The present time, by the clock.
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// A fault of the clocks, if there is one: of this process and the database, or of the last event's
    /// date.
    pub async fn clock_fault(&self) -> sqlx::Result<Option<ClockFault>> {
        let (database, last): (DateTime<Utc>, Option<DateTime<Utc>>) = sqlx::query_as(
            "select clock_timestamp(),
                (select recorded_at from event_store.events order by position desc limit 1)",
        )
        .fetch_one(self.aggregates.db())
        .await?;
        // The time by which this process records: after a jump it is counted on for a while.
        let ours = self.steady.as_ref().map_or_else(|| self.now(), SteadyClock::now);
        Ok(match last {
            _ if clocks_differ(ours, database) => Some(ClockFault::Disagree { ours, database }),
            Some(last) if last > database && clocks_differ(last, database) => {
                Some(ClockFault::Ahead { last, database })
            }
            _ => None,
        })
    }

    /// Whether the clock of this process was seen to jump within a period before now.
    pub fn clock_has_jumped_within(&self, period: Duration) -> bool {
        self.steady.as_ref().is_some_and(|clock| clock.has_jumped_within(period))
    }

    /// Drops all cached data of a person. Must be called when another process erased them.
    pub fn evict_subject(&self, subject: Uuid) {
        self.aggregates.evict_subject(subject);
    }

    /// Checks the right, looks up the facts, decides and appends.
    pub async fn execute<A: Handler>(
        &self,
        envelope: CommandEnvelope<A>,
    ) -> CommandResult<Receipt, A> {
        let begun = Instant::now();
        let mut source = if envelope.is_new { StateSource::New } else { StateSource::Cache };
        let outcome = loop {
            match self.try_once(&envelope, source).await {
                Err(Failure::Contended) if source != StateSource::Store => {}
                Err(Failure::Contended) if begun.elapsed() < RETRY_FOR => {
                    sleep(random_pause()).await;
                }
                outcome => break outcome,
            }
            self.aggregates.evict(envelope.id);
            source = StateSource::Store;
        };
        if outcome.as_ref().is_err_and(may_have_happened) {
            return self.recorded_answer(&envelope).await?.unwrap_or(outcome);
        }
        outcome
    }

    async fn try_once<A: Handler>(
        &self,
        envelope: &CommandEnvelope<A>,
        source: StateSource,
    ) -> CommandResult<Receipt, A> {
        let erasures = self.aggregates.erasure_count();
        let mut decision = self.decide(envelope, source).await;
        // Without an append, nothing shows whether the cached state is still current.
        if source == StateSource::Cache && !decision.as_ref().is_ok_and(Decision::appends) {
            self.aggregates.evict(envelope.id);
            decision = self.decide(envelope, StateSource::Store).await;
        }
        fail::fail_point!("commands.after_decide", |_| std::process::abort());
        let Decision { version: before, state, events, reads, released, taken } = decision?;
        if events.is_empty() && envelope.idempotency.is_none() {
            return Ok(Receipt::new(envelope, before, 0));
        }

        let has_number = events.iter().any(|event| A::counter(event).is_some());
        let (keys, pending) = self.seal(envelope, before, events, source).await?;
        let version = pending.version;
        let rules: HashMap<_, _> =
            taken.iter().map(|claim| (claim.what.clone(), claim.rule.clone())).collect();
        let pending = PendingAppend { released, taken, reads, ..pending };
        let happened = !pending.events.is_empty();
        let outcome = if envelope.dry_run {
            append_and_roll_back(
                self.aggregates.db(),
                self.aggregates.keys().master(),
                &pending,
                self.now(),
            )
            .await?
        } else {
            self.appender.append(pending, self.now()).await.map_err(failure_of)?
        };
        match outcome {
            AppendOutcome::Appended { .. } if envelope.dry_run => {
                Ok(Receipt::new(envelope, before, 0))
            }
            AppendOutcome::Appended { position } => {
                self.aggregates.keys().cache_created(&keys);
                if A::NAME == domain::platform::SUBJECT_STREAM {
                    self.aggregates.evict_subject(envelope.id.uuid());
                } else if has_number {
                    // Only the stored event has the number.
                    self.aggregates.evict(envelope.id);
                } else if happened {
                    self.aggregates.cache(
                        envelope.id,
                        LoadedAggregate { version, state },
                        erasures,
                    );
                }
                Ok(Receipt::new(envelope, version, position))
            }
            AppendOutcome::Repeated => {
                self.recorded_answer(envelope).await?.ok_or(Failure::Contended)?
            }
            AppendOutcome::Taken { what, time } => {
                let rule = rules.get(&what).cloned().unwrap_or_default();
                let time = match time {
                    Some(time) => Some(self.held_time(&what, time, envelope.id.uuid()).await?),
                    None => None,
                };
                Err(Failure::Taken { what, rule, time })
            }
            AppendOutcome::TooLarge => Err(Failure::TooLarge),
            AppendOutcome::Conflict => Err(Failure::Contended),
            AppendOutcome::Erased { subject } => {
                self.aggregates.evict_subject(subject);
                Err(Failure::Contended)
            }
        }
    }

    /// For how long somebody else holds what was claimed for a time; that time itself if nobody does any
    /// more.
    async fn held_time(
        &self,
        what: &str,
        claimed: ClaimedPeriod,
        by: Uuid,
    ) -> sqlx::Result<ClaimedPeriod> {
        let holder = "select lower(during), upper(during) from event_store.time_claims
             where what = $1 and key = $2 and during && tstzrange($3, $4) and id <> $5
                 and (expires is null or expires > $6)
             order by during limit 1";
        let held: Option<(DateTime<Utc>, DateTime<Utc>)> = sqlx::query_as(holder)
            .bind(what)
            .bind(&claimed.key)
            .bind(claimed.from)
            .bind(claimed.until)
            .bind(by)
            .bind(self.now())
            .fetch_optional(self.aggregates.db())
            .await?;
        Ok(match held {
            Some((from, until)) => ClaimedPeriod { from, until, ..claimed },
            None => claimed,
        })
    }

    /// Loads the aggregate, and for each command checks the right, looks up the facts and decides.
    async fn decide<A: Handler>(
        &self,
        envelope: &CommandEnvelope<A>,
        source: StateSource,
    ) -> CommandResult<Decision<A>, A> {
        let LoadedAggregate { version, state } = self.load(envelope, source).await?;
        let before = claims_of(&state, envelope.id.uuid());
        let aggregates = self.aggregates.recording_copy();
        let mut root = AggregateRoot { state };
        let mut events = Vec::new();
        for command in &envelope.commands {
            if let Some(right) = missing_right(&root.state, envelope.id, command, &envelope.by) {
                return Err(Failure::Forbidden { right });
            }
            // Only callers that may do it learn the version.
            if envelope.expected_version.is_some_and(|expected| expected != version) {
                return Err(Failure::Stale { current: version });
            }
            let facts = root.state.facts(&aggregates, envelope.id, command, &envelope.by).await?;
            let case = DecisionContext {
                id: envelope.id.uuid(),
                by: envelope.by.clone(),
                now: self.now(),
                facts,
            };
            let decided = root.decide(command.clone(), case).await;
            events.extend(decided.map_err(Failure::Refused)?);
        }
        let mut reads = aggregates.into_read_set();
        if events.is_empty() {
            // No event of its own meets the version that this was decided on.
            reads.record_aggregate(A::NAME, envelope.id.uuid(), version);
        }
        let after = claims_of(&root.state, envelope.id.uuid());
        let (released, mut taken) = changed_claims(&before, &after);
        if is_fault_injected("mutant.claims.off") {
            taken.clear();
        }
        if is_fault_injected("mutant.reads.off") {
            reads = ReadSet::default();
        }
        Ok(Decision { version, state: root.state, events, reads, released, taken })
    }

    async fn load<A: Handler>(
        &self,
        envelope: &CommandEnvelope<A>,
        source: StateSource,
    ) -> CommandResult<LoadedAggregate<A>, A> {
        let cached = match source {
            StateSource::New => return Ok(LoadedAggregate::default()),
            StateSource::Cache => self.aggregates.load_cached(envelope.id).await?,
            StateSource::Store => return Ok(self.aggregates.load_stored(envelope.id).await?),
        };
        match envelope.expected_version {
            // The cache may be older than what the caller has read.
            Some(expected) if expected != cached.version => {
                Ok(self.aggregates.load_stored(envelope.id).await?)
            }
            _ => Ok(cached),
        }
    }

    /// Seals the events. Returns the keys as well, new ones included.
    async fn seal<A: Handler>(
        &self,
        envelope: &CommandEnvelope<A>,
        version: i32,
        events: Vec<A::Event>,
        source: StateSource,
    ) -> CommandResult<(SubjectKeys, PendingAppend), A> {
        let (ring, id) = (self.aggregates.keys(), envelope.id.uuid());
        let mut keys = SubjectKeys::default();
        let mut new_keys: Vec<NewSubjectKey> = Vec::new();
        let mut sealed: Vec<PendingEvent> = Vec::new();
        for (mut version, event) in (version + 1..).zip(&events) {
            if version > 1 && is_fault_injected("mutant.version.skip") {
                version += 1;
            }
            let location = EventLocation { stream: A::NAME, id, version };
            let SealedEvent { variant, data, subjects } = loop {
                match keys.seal_event::<A>(location, event) {
                    Ok(sealed) => break sealed,
                    Err(SealingError::Missing(people)) => {
                        // A person that this command creates has no key yet.
                        let is_new = source == StateSource::New;
                        let existing = people.iter().copied().filter(|who| !(is_new && *who == id));
                        let found = ring.keys(existing).await?;
                        keys.add_all(&found);
                        for who in people.into_iter().filter(|who| !found.has_entry_for(*who)) {
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
            let meta = serde_json::to_string(&meta(envelope, subjects.clone()));
            sealed.push(PendingEvent {
                version,
                schema: schema_version_of::<A>(&variant),
                kind: wire_name::<A>(&variant),
                data,
                meta: meta.map_err(|why| Failure::Broken(why.into()))?,
                subjects,
                counter: A::counter(event).map(|counter| (counter.name, counter.field)),
            });
        }
        let once = envelope.idempotency.clone().map(|(key, body)| IdempotencyEntry {
            scope: envelope.by.id,
            key: key_digest(ring.master(), &key),
            body,
            part: envelope.created_part,
        });
        let once = once.filter(|_| !is_fault_injected("mutant.idempotency.off"));
        let version = sealed.last().map_or(version, |event| event.version);
        let (stream, events) = (A::NAME, sealed);
        let pending = PendingAppend {
            stream,
            id,
            version,
            events,
            new_keys,
            once,
            ..PendingAppend::default()
        };
        Ok((keys, pending))
    }

    /// The answer to an earlier command with the same idempotency key, if there was one.
    async fn recorded_answer<A: Handler>(
        &self,
        envelope: &CommandEnvelope<A>,
    ) -> CommandResult<Option<CommandResult<Receipt, A>>, A> {
        let Some((key, body)) = &envelope.idempotency else { return Ok(None) };
        let answer: Option<RecordedAnswer> = sqlx::query_as(
            "select id, version, position, part, body from event_store.idempotency
             where scope = $1 and key = $2",
        )
        .bind(envelope.by.id)
        .bind(key_digest(self.aggregates.keys().master(), key))
        .fetch_optional(self.aggregates.db())
        .await?;
        Ok(answer.map(|RecordedAnswer { id, version, position, part, body: first }| {
            if first == *body {
                Ok(Receipt { id, part, version, position, repeated: true })
            } else {
                Err(Failure::KeyReused)
            }
        }))
    }
}

/// Where the state comes from that is decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StateSource {
    /// There is no history: the aggregate is being created.
    New,
    Cache,
    Store,
}

/// What the commands of an envelope lead to.
struct Decision<A: Handler> {
    /// The version that was decided on.
    version: i32,
    /// The state after the events.
    state: A,
    events: Vec<A::Event>,
    reads: ReadSet,
    released: Vec<Claim>,
    taken: Vec<Claim>,
}

impl<A: Handler> Decision<A> {
    fn appends(&self) -> bool {
        !self.events.is_empty()
    }
}

/// The recorded answer to a command with an idempotency key.
#[derive(FromRow)]
struct RecordedAnswer {
    id: Uuid,
    version: i32,
    position: i64,
    part: Option<Uuid>,
    body: Vec<u8>,
}

/// The digest of an idempotency key, which is stored in its place: keys of clients may be personal
/// data.
fn key_digest(master: &MasterKey, key: &str) -> Vec<u8> {
    master.digest(&format!("idempotency\u{1f}{key}"))
}

fn meta<A: Handler>(envelope: &CommandEnvelope<A>, subjects: Vec<Uuid>) -> Meta {
    let (actor, on_behalf_of) = match envelope.by.impersonator {
        Some(impersonator) => (impersonator, Some(envelope.by.id)),
        None => (envelope.by.id, envelope.on_behalf_of),
    };
    Meta {
        actor,
        on_behalf_of,
        command: envelope.command_id,
        correlation: envelope.correlation.unwrap_or(envelope.command_id),
        causation: envelope.causation,
        effective_at: envelope.effective_at,
        trace: envelope.trace.clone(),
        subjects,
    }
}

/// The claims that the new state releases, and those that it takes.
fn changed_claims(before: &[Claim], after: &[Claim]) -> (Vec<Claim>, Vec<Claim>) {
    let missing = |claims: &[Claim], others: &[Claim]| {
        let others: HashSet<_> = others.iter().collect();
        claims.iter().filter(|claim| !others.contains(claim)).cloned().collect()
    };
    (missing(before, after), missing(after, before))
}

/// How long to wait before the next attempt. The last bits of an id are random.
fn random_pause() -> Duration {
    let (shortest, longest) = PAUSES;
    let random = Uuid::now_v7().as_u64_pair().1 % (longest - shortest + 1);
    Duration::from_millis(shortest + random)
}

/// Whether a command may have failed because it was recorded before: nothing was appended now, and the
/// store can be asked.
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

fn failure_of<R>(error: AppendError) -> Failure<R> {
    match error {
        AppendError::Overloaded => Failure::Overloaded(TransientError),
        AppendError::Unreachable => Failure::Unavailable(Some(TransientError)),
        AppendError::Clocks => Failure::ClocksDisagree(TransientError),
        AppendError::Refused(why) => Failure::Broken(anyhow!(why)),
    }
}
