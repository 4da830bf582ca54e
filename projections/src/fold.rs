//! A read model is a pure fold: the rows of one aggregate follow from its own events, and from
//! nothing else.

use std::{
    any::Any,
    collections::BTreeMap,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use domain::{Decider, Raw, Recorded};
use sealing::Keys;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

/// The rows that one aggregate has in a read model: a struct whose fields are `Vec<Row>`, named
/// like the tables of the group's schema.
///
/// A main table has at most one row per aggregate and is keyed by `id`; a child table has a
/// column `key` as well. The runtime fills `id` everywhere and, in main tables, `version`,
/// `position`, `created_at` and `updated_at`. The order of the rows in a `Vec` is not kept.
pub trait Fold<D: Decider>: Default + Serialize + DeserializeOwned {
    /// What an event does to the rows. Reads no clock, draws nothing at random; what was erased
    /// is met as `None`.
    fn on(&mut self, fact: &Recorded<D::Event>);
}

/// One kind of aggregate in a read model.
#[derive(Clone, Copy)]
pub struct Stream {
    /// The aggregate's [`NAME`](Decider::NAME).
    pub name: &'static str,
    rows: Rows,
}

/// Makes rows of the rows so far and some events; see [`Stream::fold`].
type Rows = fn(Option<&str>, &[Raw], &Keys) -> Result<String, Poison>;

/// Why the rows of an aggregate could not be made.
#[derive(Debug, Clone)]
pub(crate) enum Poison {
    /// The event with this index cannot be decoded or folded.
    Event(usize, String),
    /// The rows do not fit the code: not the fault of any event.
    Rows(String),
}

/// The rows of one aggregate, by table; each row a JSON object.
pub(crate) type ByTable<'a> = BTreeMap<&'a str, Vec<&'a RawValue>>;

impl Stream {
    /// Folds the events of `D` into `R`.
    pub const fn of<D: Decider, R: Fold<D>>() -> Self {
        Self { name: D::NAME, rows: rows::<D, R> }
    }

    /// The rows after `facts`, as the JSON of all tables. `before` are the rows so far; without
    /// facts they come back in the form in which rows can be compared.
    pub(crate) fn fold(
        &self,
        before: Option<&str>,
        facts: &[Raw],
        keys: &Keys,
    ) -> Result<String, Poison> {
        (self.rows)(before, facts, keys)
    }

    /// The names of its tables.
    pub(crate) fn tables(&self) -> Result<Vec<String>, Poison> {
        let empty = self.fold(None, &[], &Keys::default())?;
        Ok(by_table(&empty)?.into_keys().map(str::to_owned).collect())
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Takes the JSON of an aggregate's rows apart.
pub(crate) fn by_table(rows: &str) -> Result<ByTable<'_>, Poison> {
    serde_json::from_str(rows).map_err(|why| Poison::Rows(why.to_string()))
}

fn rows<D: Decider, R: Fold<D>>(
    before: Option<&str>,
    facts: &[Raw],
    keys: &Keys,
) -> Result<String, Poison> {
    let unfit = |why: serde_json::Error| Poison::Rows(why.to_string());
    let mut rows: R =
        before.map(serde_json::from_str).transpose().map_err(unfit)?.unwrap_or_default();
    for (index, raw) in facts.iter().enumerate() {
        let step = AssertUnwindSafe(|| {
            let fact = keys.decode::<D>(raw).map_err(|why| why.to_string())?;
            rows.on(&fact);
            Ok(())
        });
        // The rows are discarded when it panics, so nobody sees them half done.
        catch_unwind(step)
            .unwrap_or_else(|panic| Err(format!("panicked: {}", panic_message(&*panic))))
            .map_err(|why| Poison::Event(index, why))?;
    }
    serde_json::to_string(&rows).map_err(unfit)
}

/// What a panic said.
pub fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}
