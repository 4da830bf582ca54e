//! Writes rows to a Parquet file as they come: at most one group of rows is in memory. Every column may be empty in
//! any row.

mod buffer;
mod value;

use std::{io::Write, sync::Arc};

use anyhow::ensure;
use parquet::{
    basic::Compression,
    file::{metadata::KeyValue, properties::WriterProperties, writer::SerializedFileWriter},
    schema::types::Type,
};

use buffer::Buffer;

pub use value::{ColumnType, Value};

/// The most rows of a group.
const MAX_ROWS: usize = 50_000;
/// When a group holds so many bytes, it is written.
const MAX_BYTES: usize = 16 << 20;

/// A file that is being written.
pub struct ParquetWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<Buffer>,
    rows: usize,
    bytes: usize,
}

impl<W: Write + Send> ParquetWriter<W> {
    /// Begins a file with columns of these names.
    pub fn begin<'a>(
        out: W,
        columns: impl IntoIterator<Item = (&'a str, ColumnType)>,
    ) -> anyhow::Result<Self> {
        let (fields, columns): (Vec<_>, Vec<_>) = columns
            .into_iter()
            .map(|(name, of)| (buffer::field(name, of).map(Arc::new), Buffer::of(of)))
            .unzip();
        let fields = fields.into_iter().collect::<Result<_, _>>()?;
        let schema = Type::group_type_builder("rows").with_fields(fields).build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by("servicebook".to_owned())
            .build();
        let file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
        Ok(Self { file, columns, rows: 0, bytes: 0 })
    }

    /// Adds a row: a value for each column, of its type.
    pub fn write_row(&mut self, row: impl IntoIterator<Item = Value>) -> anyhow::Result<()> {
        let row: Vec<_> = row.into_iter().collect();
        ensure!(row.len() == self.columns.len(), "a row has a value for each column");
        for (value, column) in row.into_iter().zip(&mut self.columns) {
            self.bytes += column.push(value)?;
        }
        self.rows += 1;
        if self.rows >= MAX_ROWS || self.bytes >= MAX_BYTES { self.write_group() } else { Ok(()) }
    }

    /// Ends the file, with these names and values in its metadata, and returns what it was written to.
    pub fn finish(
        mut self,
        notes: impl IntoIterator<Item = (&'static str, String)>,
    ) -> anyhow::Result<W> {
        self.write_group()?;
        for (name, value) in notes {
            self.file.append_key_value_metadata(KeyValue::new(name.to_owned(), value));
        }
        Ok(self.file.into_inner()?)
    }

    fn write_group(&mut self) -> anyhow::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        for column in &mut self.columns {
            if let Some(mut writer) = group.next_column()? {
                column.write(&mut writer)?;
                writer.close()?;
            }
        }
        group.close()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}
