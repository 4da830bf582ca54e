//! Writes a table in its format, row by row. It stays in memory while it is small, and goes on on the disk.

use std::io::{self, Read, Seek, SeekFrom};

use anyhow::bail;
use axum::body::{Body, Bytes};
use domain::platform::business::BusinessId;
use futures::stream;
use tempfile::SpooledTempFile;
use tokio::task::spawn_blocking;

use super::{
    about::TableMetadata, cell::Cell, columns::Column, csv_writer::CsvWriter,
    file_locale::FileLocale, format::Format, parquet_table::ParquetTable, pdf_writer::PdfWriter,
    xlsx_writer::XlsxWriter,
};
use crate::{App, problem::Problem};

/// From this size on a file is on the disk.
const MAX_IN_MEMORY: usize = 1 << 20;
/// How much of a file is read at once.
const CHUNK: usize = 64 * 1024;

/// A file that is being written.
pub(super) enum Writer {
    Csv(Box<CsvWriter>),
    Xlsx(Box<XlsxWriter>),
    Pdf(PdfWriter),
    Parquet(Box<ParquetTable>),
}

impl Writer {
    pub(super) fn begin(
        format: Format,
        columns: &[Column],
        headings: &[String],
        locale: FileLocale,
    ) -> anyhow::Result<Self> {
        Ok(match format {
            Format::Json => bail!("that is no table"),
            Format::Pdf => Self::Pdf(PdfWriter::begin(columns, headings, locale)),
            Format::Csv => Self::Csv(Box::new(CsvWriter::begin(spooled(), headings)?)),
            Format::Xlsx => Self::Xlsx(Box::new(XlsxWriter::begin(columns, headings)?)),
            Format::Parquet => {
                Self::Parquet(Box::new(ParquetTable::begin(spooled(), columns, headings)?))
            }
        })
    }

    pub(super) fn write_rows(&mut self, rows: Vec<Vec<Cell>>) -> anyhow::Result<()> {
        rows.into_iter().try_for_each(|row| match self {
            Self::Csv(writer) => writer.write_row(row),
            Self::Xlsx(writer) => writer.write_row(row),
            Self::Parquet(writer) => writer.write_row(row),
            Self::Pdf(writer) => {
                writer.write_row(row);
                Ok(())
            }
        })
    }

    /// The file, made by `app` where it takes more than to write it.
    pub(super) async fn finish(
        self,
        app: &App,
        about: TableMetadata,
    ) -> Result<SpooledTempFile, Problem> {
        if let Self::Pdf(writer) = self {
            let business = app.commands.aggregates().load(BusinessId::singleton()).await?;
            let author = business.profile().map(|profile| profile.name.to_string());
            let job = writer.job(&about, author.unwrap_or_default());
            let pdf = app.documents.render(&job).await?;
            return Ok(blocking(move || in_file(&pdf)).await?);
        }
        Ok(blocking(move || self.finish_rows(about)).await?)
    }

    fn finish_rows(self, about: TableMetadata) -> anyhow::Result<SpooledTempFile> {
        match self {
            Self::Csv(writer) => writer.finish(),
            Self::Xlsx(writer) => writer.finish(spooled(), &about),
            Self::Parquet(writer) => writer.finish(about),
            Self::Pdf(_) => bail!("that is a document"),
        }
    }
}

fn in_file(bytes: &[u8]) -> anyhow::Result<SpooledTempFile> {
    let mut file = spooled();
    io::Write::write_all(&mut file, bytes)?;
    Ok(file)
}

/// Works on a file without keeping others waiting.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    spawn_blocking(work).await?
}

fn spooled() -> SpooledTempFile {
    SpooledTempFile::new(MAX_IN_MEMORY)
}

/// A file as a body, and its size.
pub(super) fn file_body(mut file: SpooledTempFile) -> anyhow::Result<(Body, u64)> {
    let size = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    let chunks = stream::try_unfold(file, async |file| {
        spawn_blocking(move || read_chunk(file)).await.map_err(io::Error::other)?
    });
    Ok((Body::from_stream(chunks), size))
}

/// The next bytes, and the file for those after them.
fn read_chunk(mut file: SpooledTempFile) -> io::Result<Option<(Bytes, SpooledTempFile)>> {
    let mut chunk = Vec::with_capacity(CHUNK);
    let read = file.by_ref().take(CHUNK as u64).read_to_end(&mut chunk)?;
    Ok((read > 0).then(|| (chunk.into(), file)))
}
