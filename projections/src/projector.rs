//! A projector: the tables of one read model, and the streams that fill them.

use domain::platform::SUBJECT_STREAM;

use crate::FoldedStream;

/// One read model: its tables, and the folds that fill them.
#[derive(Debug, Clone, Copy)]
pub struct Projector {
    /// `context.aggregate`; its schema has the same name, with `_` for `.`.
    pub name: &'static str,
    /// Raise it when the tables or their meaning change: the read model is then rebuilt.
    pub version: i32,
    /// The tables in SQL, with unqualified names. The part after the line `-- after filling` runs once they
    /// are filled.
    pub tables: &'static str,
    /// The streams it is folded from.
    pub streams: &'static [FoldedStream],
}

impl Projector {
    /// The schema of its tables.
    pub fn schema(&self) -> String {
        self.name.replace('.', "_")
    }

    /// The version, which a fail point can lower.
    pub(crate) fn version(&self) -> i32 {
        // For tests: the version of an older program.
        fail::fail_point!("projector.of_before", |_| self.version - 1);
        self.version
    }

    /// The streams whose events it must read: its own, and that of erasures.
    pub fn consumed_streams(&self) -> Vec<String> {
        let mut names = self.stream_names();
        if !names.iter().any(|name| name == SUBJECT_STREAM) {
            names.push(SUBJECT_STREAM.to_owned());
        }
        names
    }

    /// The streams it is folded from, by their names.
    pub(crate) fn stream_names(&self) -> Vec<String> {
        self.streams.iter().map(|stream| stream.name.to_owned()).collect()
    }

    pub(crate) fn stream(&self, name: &str) -> Option<&'static FoldedStream> {
        self.streams.iter().find(|stream| stream.name == name)
    }

    /// The SQL to run before filling, and the SQL to run after.
    pub(crate) fn sql_around_filling(&self) -> (&'static str, &'static str) {
        self.tables.split_once("-- after filling").unwrap_or((self.tables, ""))
    }
}
