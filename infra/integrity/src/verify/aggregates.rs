//! Checks the log aggregate by aggregate: versions, contents, claims, drawn numbers, keys.

use std::collections::{HashMap, HashSet};

use domain::{EventFormatError, RawEvent};
use sealing::{KeyRing, SubjectKeys};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    claims::{ClaimCheck, Readability, check_orphaned_claims},
    fold::{AggregateFold, all_folds},
    numbers::CounterNumbers,
    report::Report,
};

pub(super) async fn check_aggregates(
    db: &mut PgConnection,
    keys: &KeyRing,
    report: &mut Report,
    progress: impl Fn(i64),
) -> anyhow::Result<()> {
    let mut scan = AggregateScan {
        folds: all_folds(),
        current: None,
        claim_check: ClaimCheck::default(),
        numbers: CounterNumbers::load(db, report).await?,
        erased_subjects: event_store::erased_subjects(&mut *db, 0).await?.into_iter().collect(),
        keyless: HashSet::new(),
    };
    event_store::open_aggregate_cursor(db).await?;
    let mut read = 0;
    loop {
        let rows = event_store::fetch_cursor_rows(db).await?;
        if rows.is_empty() {
            break;
        }
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            let position = row.position;
            match row.into_raw() {
                Ok(raw) => events.push(raw),
                Err(why) => report.add_fault(format!("{position} cannot be read: {why}")),
            }
            read += 1;
        }
        let subjects: HashSet<_> =
            events.iter().flat_map(|raw| raw.meta.subjects.iter().copied()).collect();
        let opener = keys.keys_for_reading_uncached(db, subjects).await?;
        for raw in events {
            scan.visit(&raw, keys, &opener, report);
        }
        scan.claim_check.compare_with_store(db, report).await?;
        progress(read);
    }
    scan.finish(keys, report);
    scan.claim_check.compare_with_store(db, report).await?;
    scan.numbers.report_missing(report);
    check_orphaned_claims(db, report).await?;
    Ok(())
}

struct AggregateScan {
    folds: HashMap<&'static str, Box<dyn AggregateFold>>,
    current: Option<Current>,
    claim_check: ClaimCheck,
    numbers: CounterNumbers,
    erased_subjects: HashSet<Uuid>,
    /// Whose keys are gone though they were not erased.
    keyless: HashSet<Uuid>,
}

/// The aggregate whose events are being read.
struct Current {
    stream: String,
    id: Uuid,
    version: i32,
    readability: Readability,
}

impl AggregateScan {
    fn visit(&mut self, raw: &RawEvent, keys: &KeyRing, opener: &SubjectKeys, report: &mut Report) {
        let other = |current: &Current| (&current.stream, current.id) != (&raw.stream, raw.id);
        if self.current.as_ref().is_some_and(other) {
            self.finish(keys, report);
        }
        let current = self.current.get_or_insert_with(|| Current {
            stream: raw.stream.clone(),
            id: raw.id,
            version: 0,
            readability: Readability::Full,
        });
        if raw.version != current.version + 1 {
            report.add_fault(format!(
                "{} of {}/{}: version {} follows {}",
                raw.position, raw.stream, raw.id, raw.version, current.version
            ));
        }
        current.version = raw.version;
        for subject in &raw.meta.subjects {
            self.claim_check.record_sealed(*subject, &raw.stream, raw.id);
            if opener.can_open(*subject) {
                continue;
            }
            if current.readability == Readability::Full {
                current.readability = Readability::Erased;
            }
            if !self.erased_subjects.contains(subject) && self.keyless.insert(*subject) {
                report.add_fault(format!("the key of {subject} is gone, and nobody erased them"));
            }
        }
        let Some(fold) = self.folds.get_mut(raw.stream.as_str()) else {
            current.readability = Readability::Unreadable;
            *report.newer.entry(raw.stream.clone()).or_default() += 1;
            return;
        };
        match fold.fold(opener, raw) {
            Ok(None) => {}
            Ok(Some(counter)) => self.numbers.record(&counter, raw, report),
            Err(why) => {
                current.readability = Readability::Unreadable;
                match why {
                    EventFormatError::Newer { kind, schema } => {
                        *report.newer.entry(format!("{kind} in shape {schema}")).or_default() += 1;
                    }
                    why => report.add_fault(format!("{}: {why}", raw.position)),
                }
            }
        }
    }

    /// Called when the last event of the current aggregate was read.
    fn finish(&mut self, keys: &KeyRing, report: &mut Report) {
        let Some(Current { stream, id, readability, .. }) = self.current.take() else { return };
        report.aggregates += 1;
        let fold = self.folds.get_mut(stream.as_str());
        let claims = fold.map(|fold| fold.take_claims(id)).unwrap_or_default();
        self.claim_check.add_aggregate((stream, id), readability, claims, keys.master());
    }
}
