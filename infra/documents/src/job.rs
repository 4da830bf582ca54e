//! What is to be made, and why it cannot be.

use chrono::{DateTime, Utc};
use domain::{Color, Language};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::block::{Block, Span};

/// A document that is to be made. The same job makes the same bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    pub source: Source,
    /// What the document is written in.
    pub language: Language,
    pub title: String,
    /// Whose document it is.
    pub author: String,
    /// Identifies the document, with the version of what it shows.
    pub id: String,
    /// When what it shows was last changed: a document has no other time.
    pub date: DateTime<Utc>,
    /// The colour of headings.
    pub accent: Option<Color>,
}

/// What the pages are made of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Source {
    /// Markdown with expressions of Jinja.
    Template { markdown: String, data: Map<String, Value> },
    /// Rows, on pages as wide as they can be.
    Table(Table),
}

/// A list or report.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Table {
    /// What stands below the title: filters, time zone, position.
    pub notes: Vec<String>,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<String>>,
}

/// A column of a [`Table`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Column {
    pub heading: String,
    /// Whether its values are aligned on the right, as numbers are.
    pub right: bool,
}

/// Why a document cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Error {
    /// The template cannot be read, or does not fit its data.
    #[error("line {line}, column {column}: {message}")]
    Template { line: usize, column: usize, message: String },
    /// The template, filled in, holds something that no document can.
    #[error("{0}")]
    Content(String),
    /// A fault of this crate.
    #[error("the PDF cannot be written: {0}")]
    Pdf(String),
}

impl Table {
    pub(crate) fn blocks(&self, title: &str) -> Vec<Block> {
        let title = Block::Heading(1, vec![Span::regular(title)]);
        let cell = |text: &String| vec![Span::regular(text.clone())];
        let table = Block::Table {
            head: self.columns.iter().map(|column| vec![Span::bold(&column.heading)]).collect(),
            rows: self.rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
            right: self.columns.iter().map(|column| column.right).collect(),
        };
        let notes = self.notes.iter().map(|note| Block::Note(vec![Span::regular(note.clone())]));
        std::iter::once(title).chain(notes).chain([table]).collect()
    }
}
