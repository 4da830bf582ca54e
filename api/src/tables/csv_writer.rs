//! Tables as CSV (RFC 4180): UTF-8 with a byte order mark, without which Excel takes it for another encoding.
//! Only the heading and the rows are in it, since whatever else there is breaks what reads it: filters,
//! position and zone are in the headers of the answer.

use std::io::Write;

use chrono::SecondsFormat;
use tempfile::SpooledTempFile;

use super::cell::Cell;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// What a spreadsheet takes for a formula if a text begins with it.
const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

pub(super) struct CsvWriter(csv::Writer<SpooledTempFile>);

impl CsvWriter {
    pub(super) fn begin(mut file: SpooledTempFile, headings: &[String]) -> anyhow::Result<Self> {
        file.write_all(BYTE_ORDER_MARK)?;
        let mut builder = csv::WriterBuilder::new();
        let mut writer = builder.terminator(csv::Terminator::CRLF).from_writer(file);
        writer.write_record(headings)?;
        Ok(Self(writer))
    }

    pub(super) fn write_row(&mut self, cells: Vec<Cell>) -> anyhow::Result<()> {
        Ok(self.0.write_record(cells.into_iter().map(text))?)
    }

    pub(super) fn finish(self) -> anyhow::Result<SpooledTempFile> {
        Ok(self.0.into_inner().map_err(csv::IntoInnerError::into_error)?)
    }
}

fn text(cell: Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => inert(text),
        Cell::Number(number) | Cell::Amount(number) => number,
        Cell::Bool(value) => value.to_string(),
        Cell::Date(date) => date.to_string(),
        Cell::Time(time) => time.to_rfc3339_opts(SecondsFormat::AutoSi, false),
    }
}

/// A text that no spreadsheet computes.
fn inert(text: String) -> String {
    if text.starts_with(FORMULA_STARTS) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_a_formula_is_text_and_numbers_stay_numbers() {
        for start in FORMULA_STARTS {
            assert_eq!(text(Cell::Text(format!("{start}1+1"))), format!("'{start}1+1"));
        }
        assert_eq!(text(Cell::Number("-5".into())), "-5");
        assert_eq!(text(Cell::Text("a=b".into())), "a=b");
    }
}
