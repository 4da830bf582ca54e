//! Tables as PDF: at once, as the widths of its columns follow from all rows.

use documents::{Column as PdfColumn, Job, Source, Table};

use super::{about::TableMetadata, cell::Cell, columns::Column, file_locale::FileLocale};
use crate::site::{Phrase, say_in};

const YES: Phrase = ["yes", "ja", "да", "oui"];
const NO: Phrase = ["no", "nein", "нет", "non"];

/// A PDF whose rows are being collected.
pub(super) struct PdfWriter {
    locale: FileLocale,
    columns: Vec<PdfColumn>,
    rows: Vec<Vec<String>>,
}

impl PdfWriter {
    pub(super) fn begin(columns: &[Column], headings: &[String], locale: FileLocale) -> Self {
        let column = |(column, heading): (&Column, &String)| PdfColumn {
            heading: heading.clone(),
            right: column.is_numeric(),
        };
        Self { locale, columns: columns.iter().zip(headings).map(column).collect(), rows: vec![] }
    }

    pub(super) fn write_row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells.into_iter().map(|cell| text(cell, self.locale)).collect());
    }

    /// Whether a column says anything of any row: what is empty takes the room of all others on a page.
    fn is_shown(&self, index: usize) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|row| !row[index].is_empty())
    }

    /// The document that is to be made, of a business with this name.
    pub(super) fn job(self, about: &TableMetadata, author: String) -> Job {
        let shown: Vec<_> = (0..self.columns.len()).map(|index| self.is_shown(index)).collect();
        let notes = about.lines().into_iter().map(|(name, value)| format!("{name}: {value}"));
        let table = Table {
            notes: notes.collect(),
            columns: only(self.columns, &shown),
            rows: self.rows.into_iter().map(|row| only(row, &shown)).collect(),
        };
        Job {
            source: Source::Table(table),
            language: self.locale.language,
            title: about.title.clone(),
            author,
            id: format!("{}/{}", about.title, about.position),
            date: about.as_of,
            accent: None,
        }
    }
}

/// The members at the places that are shown.
fn only<T>(all: Vec<T>, shown: &[bool]) -> Vec<T> {
    all.into_iter().zip(shown).filter_map(|(one, is_shown)| is_shown.then_some(one)).collect()
}

fn text(cell: Cell, locale: FileLocale) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text,
        Cell::Number(number) | Cell::Amount(number) => number,
        Cell::Bool(value) => say_in(locale.language, if value { YES } else { NO }).to_owned(),
        Cell::Date(date) => date.to_string(),
        Cell::Time(time) => time.format("%Y-%m-%d %H:%M:%S").to_string(),
    }
}
