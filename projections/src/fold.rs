//! A read model is a pure fold: the rows of one aggregate follow from its own events alone.

use std::{
    any::Any,
    collections::BTreeMap,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use domain::{Decider, RawEvent, Recorded};
use sealing::SubjectKeys;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

/// The rows that one aggregate has in a read model: a struct whose fields are `Vec<Row>`, named
/// like the tables of the group's schema.
///
/// A main table has at most one row per aggregate and is keyed by `id`; a child table has a
/// column `key` as well. The runtime fills `id` everywhere and, in main tables, `version`,
/// `position`, `created_at` and `updated_at`. The order of the rows in a `Vec` is not kept.
pub trait Fold<D: Decider>: Default + Serialize + DeserializeOwned {
    /// Applies an event to the rows. Must be pure: no clock, no randomness. Erased data is `None`.
    fn apply(&mut self, recorded: &Recorded<D::Event>);
}

/// One kind of aggregate in a read model.
#[derive(Clone, Copy)]
pub struct FoldedStream {
    /// The aggregate's [`NAME`](Decider::NAME).
    pub name: &'static str,
    fold: FoldFn,
}

/// See [`FoldedStream::fold`].
type FoldFn = fn(Option<&str>, &[RawEvent], &SubjectKeys) -> Result<String, FoldError>;

/// Why the rows of an aggregate could not be made.
#[derive(Debug, Clone)]
pub(crate) enum FoldError {
    /// The event with this index cannot be decoded or folded.
    Event(usize, String),
    /// The rows do not fit the code; no event is at fault.
    Rows(String),
}

/// The rows of one aggregate, by table; each row a JSON object.
pub(crate) type RowsByTable<'a> = BTreeMap<&'a str, Vec<&'a RawValue>>;

impl FoldedStream {
    /// Folds the events of `D` into `R`.
    pub const fn of<D: Decider, R: Fold<D>>() -> Self {
        Self { name: D::NAME, fold: fold_rows::<D, R> }
    }

    /// The rows after `events`, as the JSON of all tables; `before` are the rows so far. Without events it
    /// brings them into a form in which they can be compared.
    pub(crate) fn fold(
        &self,
        before: Option<&str>,
        events: &[RawEvent],
        keys: &SubjectKeys,
    ) -> Result<String, FoldError> {
        (self.fold)(before, events, keys)
    }

    /// The names of its tables.
    pub(crate) fn tables(&self) -> Result<Vec<String>, FoldError> {
        let empty = self.fold(None, &[], &SubjectKeys::default())?;
        Ok(rows_by_table(&empty)?.into_keys().map(str::to_owned).collect())
    }
}

impl fmt::Debug for FoldedStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Parses the JSON of an aggregate's rows.
pub(crate) fn rows_by_table(rows: &str) -> Result<RowsByTable<'_>, FoldError> {
    serde_json::from_str(rows).map_err(|why| FoldError::Rows(why.to_string()))
}

fn fold_rows<D: Decider, R: Fold<D>>(
    before: Option<&str>,
    events: &[RawEvent],
    keys: &SubjectKeys,
) -> Result<String, FoldError> {
    let unfit = |why: serde_json::Error| FoldError::Rows(why.to_string());
    let mut rows: R =
        before.map(serde_json::from_str).transpose().map_err(unfit)?.unwrap_or_default();
    for (index, raw) in events.iter().enumerate() {
        let step = AssertUnwindSafe(|| {
            let recorded = keys.open_event::<D>(raw).map_err(|why| why.to_string())?;
            rows.apply(&recorded);
            Ok(())
        });
        // After a panic the rows are discarded, so they need not be consistent.
        catch_unwind(step)
            .unwrap_or_else(|panic| Err(format!("panicked: {}", panic_message(&*panic))))
            .map_err(|why| FoldError::Event(index, why))?;
    }
    serde_json::to_string(&rows).map_err(unfit)
}

/// The message of a panic.
pub fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}
