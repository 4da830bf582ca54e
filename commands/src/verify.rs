//! Whether the log is what it must be: `servicebook verify`.
//!
//! Positions dense from 1, versions of each stream whole, recording times never going back, every
//! event readable by this program, and the claims exactly those of the folded states.

use std::{
    any::type_name,
    collections::{HashMap, HashSet},
};

use chrono::{DateTime, Utc};
use domain::{Claim, Raw, claims_of, platform};
use sealing::Keys;
use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{ForEach, Handler, Lookup, Lost, batch::claim_digest, for_each};

/// How many events are looked at at once.
const PAGE: i64 = 2_000;
/// How many faults are reported; after so many the rest says nothing new.
const FAULTS: usize = 100;

/// What an examination of the log found.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub events: i64,
    pub streams: usize,
    pub claims: usize,
    /// Sentences; none when all is well.
    pub faults: Vec<String>,
}

impl Report {
    fn fault(&mut self, fault: String) {
        if self.faults.len() < FAULTS {
            self.faults.push(fault);
        }
    }
}

/// Examines the whole log; `progress` hears the position reached and the last one.
pub async fn verify(lookup: &Lookup, progress: impl Fn(i64, i64)) -> Result<Report, Lost> {
    let mut report = Report::default();
    let mut folders = Folders::default();
    for_each(&mut folders);
    let mut versions: HashMap<(String, Uuid), i32> = HashMap::new();
    let mut erased = HashSet::new();
    let mut last: Option<DateTime<Utc>> = None;
    let head = lookup.store().head().await?;

    while report.events < head {
        let page = lookup.store().after(report.events, PAGE.min(head - report.events)).await?;
        if page.is_empty() {
            report.fault(format!("the log ends at {} instead of {head}", report.events));
            break;
        }
        let subjects = page.iter().flat_map(|raw| raw.meta.subjects.iter().copied());
        let keys = lookup.keys().opener(subjects).await?;
        for raw in page {
            if raw.position != report.events + 1 {
                report.fault(format!(
                    "after position {} comes {}: events are missing",
                    report.events, raw.position
                ));
            }
            report.events = raw.position;
            if last.is_some_and(|last| raw.recorded_at < last) {
                report.fault(format!("{} was recorded before its predecessor", raw.position));
            }
            last = Some(raw.recorded_at);
            let version = versions.entry((raw.stream.clone(), raw.id)).or_default();
            if raw.version != *version + 1 {
                report.fault(format!(
                    "{} of {}/{}: version {} follows {version}",
                    raw.position, raw.stream, raw.id, raw.version
                ));
            }
            *version = raw.version;
            if raw.stream == platform::SUBJECT {
                erased.insert(raw.id);
            }
            match folders.0.get_mut(raw.stream.as_str()) {
                None => report.fault(format!("{}: nothing is called {}", raw.position, raw.stream)),
                Some(folder) => {
                    if let Err(why) = folder.fold(&keys, &raw) {
                        report.fault(format!("{}: {why}", raw.position));
                    }
                }
            }
        }
        progress(report.events, head);
    }
    report.streams = versions.len();
    compare_claims(lookup, &folders, &erased, &mut report).await?;
    Ok(report)
}

#[derive(FromRow)]
struct TimeClaim {
    what: String,
    key: String,
    from_: DateTime<Utc>,
    until_: DateTime<Utc>,
    stream: String,
    id: Uuid,
}

type Held = HashSet<(String, Vec<u8>, String, Uuid)>;

async fn compare_claims(
    lookup: &Lookup,
    folders: &Folders,
    erased: &HashSet<Uuid>,
    report: &mut Report,
) -> Result<(), Lost> {
    let (mut claimed, mut timed) = (Held::new(), Held::new());
    let master = lookup.keys().master();
    for (name, folder) in &folders.0 {
        for (id, claim) in folder.claims() {
            let (what, stream) = (claim.what.clone(), (*name).to_owned());
            match claim.during {
                None => {
                    claimed.insert((
                        what,
                        claim_digest(master, &claim.what, &claim.key),
                        stream,
                        id,
                    ));
                }
                // The store lets go of what has expired when somebody else wants it.
                Some(during) if during.expires.is_some() => {}
                Some(during) => {
                    let key = format!("{}/{}/{}", claim.key, during.from, during.until);
                    timed.insert((what, key.into_bytes(), stream, id));
                }
            }
        }
    }
    let db = lookup.store().db();
    let held: Vec<(String, Vec<u8>, String, Uuid)> =
        sqlx::query_as("select what, digest, stream, id from event_store.claims")
            .fetch_all(db)
            .await?;
    let held_for_a_time: Vec<TimeClaim> = sqlx::query_as(
        "select what, key, lower(during) as from_, upper(during) as until_, stream, id
         from event_store.time_claims where expires is null",
    )
    .fetch_all(db)
    .await?;
    let held_for_a_time = held_for_a_time.into_iter().map(|claim| {
        let TimeClaim { what, key, from_, until_, stream, id } = claim;
        (what, format!("{key}/{from_}/{until_}").into_bytes(), stream, id)
    });
    report.claims = held.len() + held_for_a_time.len();
    // What an erased person once claimed cannot be folded any more, and stays taken.
    let sealed: Vec<(String, Uuid)> =
        sqlx::query_as("select stream, id from event_store.sealed where subject = any($1)")
            .bind(erased.iter().copied().collect::<Vec<_>>())
            .fetch_all(db)
            .await?;
    let sealed: HashSet<_> = sealed.into_iter().collect();
    for (fold, held) in [(claimed, Held::from_iter(held)), (timed, held_for_a_time.collect())] {
        for (what, _, stream, id) in fold.difference(&held) {
            report.fault(format!("{stream}/{id} should hold {what} and does not"));
        }
        for (what, _, stream, id) in held.difference(&fold) {
            if !sealed.contains(&(stream.clone(), *id)) {
                report.fault(format!("{stream}/{id} holds {what} and should not"));
            }
        }
    }
    Ok(())
}

/// Folds the events of one kind of aggregate.
trait Folder: Send {
    fn fold(&mut self, keys: &Keys, raw: &Raw) -> Result<(), String>;
    fn claims(&self) -> Vec<(Uuid, Claim)>;
}

struct States<H>(HashMap<Uuid, H>);

impl<H: Handler> Folder for States<H> {
    fn fold(&mut self, keys: &Keys, raw: &Raw) -> Result<(), String> {
        let fact = keys.decode::<H>(raw).map_err(|why| why.to_string())?;
        let state = self.0.remove(&raw.id).unwrap_or_default();
        self.0.insert(raw.id, state.evolve(fact.event));
        Ok(())
    }

    fn claims(&self) -> Vec<(Uuid, Claim)> {
        let claims = |(id, state): (&Uuid, &H)| {
            let id = *id;
            claims_of(state, id).into_iter().map(move |claim| (id, claim))
        };
        self.0.iter().flat_map(claims).collect()
    }
}

#[derive(Default)]
struct Folders(HashMap<&'static str, Box<dyn Folder>>);

impl ForEach for Folders {
    fn aggregate<H: Handler>(&mut self) {
        let twice = self.0.insert(H::NAME, Box::new(States::<H>(HashMap::new())));
        debug_assert!(twice.is_none(), "two aggregates are called as {}", type_name::<H>());
    }
}
