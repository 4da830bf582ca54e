//! Tables as Parquet, for programs: typed columns by the names of the fields; what was asked for, position and moment
//! are in the metadata of the file.

use anyhow::Context as _;
use chrono::{SecondsFormat, Utc};
use parquet_writer::{ColumnType, ParquetWriter, Value};
use tempfile::SpooledTempFile;
use url::form_urlencoded;

use super::{about::TableMetadata, cell::Cell, columns::Column};

pub(super) struct ParquetTable {
    types: Vec<ColumnType>,
    writer: ParquetWriter<SpooledTempFile>,
}

impl ParquetTable {
    pub(super) fn begin(
        file: SpooledTempFile,
        columns: &[Column],
        names: &[String],
    ) -> anyhow::Result<Self> {
        let types: Vec<_> = columns.iter().map(Column::parquet_type).collect();
        let names = names.iter().map(String::as_str);
        let writer = ParquetWriter::begin(file, names.zip(types.iter().copied()))?;
        Ok(Self { types, writer })
    }

    pub(super) fn write_row(&mut self, cells: Vec<Cell>) -> anyhow::Result<()> {
        let values = cells.into_iter().zip(&self.types).map(|(cell, of)| value(cell, *of));
        self.writer.write_row(values.collect::<Result<Vec<_>, _>>()?)
    }

    pub(super) fn finish(self, about: TableMetadata) -> anyhow::Result<SpooledTempFile> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(about.query);
        self.writer.finish([
            ("position", about.position.to_string()),
            ("as_of", about.as_of.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            ("query", query.finish()),
        ])
    }
}

/// A cell as a value of a column. Numbers and amounts are in decimal digits.
fn value(cell: Cell, of: ColumnType) -> anyhow::Result<Value> {
    Ok(match (cell, of) {
        (Cell::Empty, _) => Value::Empty,
        (Cell::Text(text), _) => Value::Text(text),
        (Cell::Number(digits), ColumnType::Float) => Value::Float(digits.parse()?),
        (Cell::Number(digits), _) => Value::Integer(digits.parse()?),
        (Cell::Amount(digits), _) => Value::Amount(hundredths(&digits)?),
        (Cell::Bool(value), _) => Value::Bool(value),
        (Cell::Date(date), _) => Value::Date(date),
        (Cell::Time(time), _) => Value::Time(time.with_timezone(&Utc)),
    })
}

fn hundredths(digits: &str) -> anyhow::Result<i64> {
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    format!("{whole}{decimals:0<2}").parse().with_context(|| format!("{digits} is no amount"))
}
