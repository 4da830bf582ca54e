//! Tables as workbooks of Excel (ECMA-376): the rows on the first sheet, and on a second one of what they are.
//! Rows go to the disk as they come. A text is a text, whatever it begins with.

use anyhow::Context as _;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use tempfile::SpooledTempFile;

use super::{about::TableMetadata, cell::Cell, columns::Column};

/// The most characters of a cell.
const MAX_CHARS: usize = 32_767;
/// The most digits that Excel keeps of a number; a longer one is text.
const MAX_DIGITS: usize = 15;

pub(super) struct XlsxWriter {
    workbook: Workbook,
    formats: Formats,
    next_row: u32,
}

struct Formats {
    heading: Format,
    amount: Format,
    date: Format,
    time: Format,
}

impl XlsxWriter {
    pub(super) fn begin(columns: &[Column], headings: &[String]) -> anyhow::Result<Self> {
        let mut workbook = Workbook::new();
        let formats = Formats::new();
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_freeze_panes(1, 0)?;
        for (index, column) in (0..).zip(columns) {
            sheet.set_column_width(index, column.width())?;
        }
        for (index, heading) in (0..).zip(headings) {
            sheet.write_string_with_format(0, index, heading, &formats.heading)?;
        }
        Ok(Self { workbook, formats, next_row: 1 })
    }

    pub(super) fn write_row(&mut self, cells: Vec<Cell>) -> anyhow::Result<()> {
        let sheet = self.workbook.worksheet_from_index(0)?;
        for (column, cell) in (0..).zip(cells) {
            write(sheet, (self.next_row, column), cell, &self.formats)?;
        }
        self.next_row += 1;
        Ok(())
    }

    pub(super) fn finish(
        mut self,
        mut file: SpooledTempFile,
        about: &TableMetadata,
    ) -> anyhow::Result<SpooledTempFile> {
        let sheet = self.workbook.add_worksheet().set_name(about.sheet_name())?;
        sheet.set_column_width(0, 24)?.set_column_width(1, 60)?;
        for (row, (name, value)) in (0..).zip(about.lines()) {
            sheet.write_string_with_format(row, 0, name, &self.formats.heading)?;
            sheet.write_string(row, 1, shortened(value))?;
        }
        self.workbook.save_to_writer(&mut file).context("the workbook")?;
        Ok(file)
    }
}

impl Formats {
    fn new() -> Self {
        Self {
            heading: Format::new().set_bold(),
            amount: Format::new().set_num_format("#,##0.00"),
            date: Format::new().set_num_format("yyyy-mm-dd"),
            time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        }
    }
}

fn write(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: Cell,
    formats: &Formats,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => Ok(sheet),
        Cell::Text(text) => sheet.write_string(row, column, shortened(text)),
        Cell::Number(digits) => match number(&digits) {
            Some(number) => sheet.write_number(row, column, number),
            None => sheet.write_string(row, column, digits),
        },
        Cell::Amount(digits) => match number(&digits) {
            Some(number) => sheet.write_number_with_format(row, column, number, &formats.amount),
            None => sheet.write_string(row, column, digits),
        },
        Cell::Bool(value) => sheet.write_boolean(row, column, value),
        Cell::Date(date) => sheet.write_datetime_with_format(row, column, date, &formats.date),
        Cell::Time(time) => {
            sheet.write_datetime_with_format(row, column, time.naive_local(), &formats.time)
        }
    }
    .map(drop)
}

/// The number that Excel shows in these digits.
fn number(digits: &str) -> Option<f64> {
    let count = digits.chars().filter(char::is_ascii_digit).count();
    digits.parse().ok().filter(|_| count <= MAX_DIGITS || digits.contains('.'))
}

fn shortened(text: String) -> String {
    match text.encode_utf16().nth(MAX_CHARS) {
        None => text,
        // Of what is longer, at most this many characters fit however they are encoded.
        Some(_) => text.chars().take(MAX_CHARS / 2).collect(),
    }
}
