//! Tables: lists and reports as files. Whoever reads a list decides once who may see which rows, in which
//! order; a file is made of the same rows, so formats cannot differ in them.
//!
//! A new format is a variant of [`Format`] and a writer. A new list has all of them for nothing: its columns
//! are those of the schema of its rows ([`columns`]), its headings the phrases of its fields ([`texts`]).

mod about;
mod answer;
mod cell;
mod columns;
mod csv_writer;
mod delivery;
mod file_locale;
mod format;
mod kind;
mod parquet_table;
mod pdf_writer;
mod texts;
mod writer;
mod xlsx_writer;

pub(crate) use self::{
    answer::{ListAnswer, ParseRows, Table, table_file},
    columns::{columns_of, columns_of_row},
    delivery::{ExportRun, FileDelivery, MAX_PDF_ROWS, MAX_ROWS},
    file_locale::FileLocale,
    format::Format,
};
