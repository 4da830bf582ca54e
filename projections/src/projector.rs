use domain::platform::SUBJECT;

use crate::{Error, Stream};

/// One read model group: its tables and what fills them.
#[derive(Debug, Clone, Copy)]
pub struct Projector {
    /// `context.aggregate`; with `_` for `.` the name of its schema.
    pub name: &'static str,
    /// Raise it when the tables or their meaning change: the model is then built anew.
    pub version: i32,
    /// The tables in SQL, unqualified. What follows the line `-- after filling` is run once a
    /// rebuild has filled them.
    pub tables: &'static str,
    /// The aggregates it is folded from.
    pub streams: &'static [Stream],
}

impl Projector {
    /// Where its tables lie.
    pub fn schema(&self) -> String {
        self.name.replace('.', "_")
    }

    /// The version that counts here.
    pub(crate) fn version(&self) -> i32 {
        // For tests: what a program before this one has.
        fail::fail_point!("projector.of_before", |_| self.version - 1);
        self.version
    }

    /// The streams whose events it must see: its own, and the one that tells of erasures.
    pub fn consumes(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.streams.iter().map(|stream| stream.name.to_owned()).collect();
        if !names.iter().any(|name| name == SUBJECT) {
            names.push(SUBJECT.to_owned());
        }
        names
    }

    pub(crate) fn stream(&self, name: &str) -> Option<&'static Stream> {
        self.streams.iter().find(|stream| stream.name == name)
    }

    /// The SQL to run before filling, and the SQL to run after.
    pub(crate) fn phases(&self) -> (&'static str, &'static str) {
        self.tables.split_once("-- after filling").unwrap_or((self.tables, ""))
    }

    /// The one of this name.
    pub fn named(name: &str) -> Result<&'static Self, Error> {
        crate::all()
            .find(|projector| projector.name == name)
            .ok_or_else(|| Error::Unknown(name.to_owned()))
    }
}
