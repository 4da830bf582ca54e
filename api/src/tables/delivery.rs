//! How a file is given: with the answer, or as an export, which is made beside the requests.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::{
    extract::OriginalUri,
    http::{HeaderMap, request::Parts},
};
use projections::listing::Source;

use super::{file_locale::FileLocale, format::Format};
use crate::problem::Problem;

/// The most rows of a file that is given with the answer.
pub(crate) const MAX_ROWS: u32 = 10_000;
/// The most rows of a PDF: each is laid out in memory.
pub(crate) const MAX_PDF_ROWS: u32 = 2_000;
/// The most rows of a sheet, below its headings.
const MAX_SHEET_ROWS: u32 = 1_048_575;

/// How a request has its file given.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileDelivery {
    /// The whole path that it asks.
    pub(crate) path: String,
    /// `Prefer: respond-async`.
    pub(crate) respond_async: bool,
    /// What is being made, if it is the request of an export.
    pub(crate) run: Option<ExportRun>,
}

/// An export that is being made.
#[derive(Debug, Clone)]
pub(crate) struct ExportRun {
    pub(crate) locale: FileLocale,
    /// How many rows were written so far.
    pub(crate) rows: Arc<AtomicU64>,
}

impl FileDelivery {
    pub(crate) fn of(parts: &Parts) -> Self {
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |uri| &uri.0);
        Self {
            path: uri.path().to_owned(),
            respond_async: prefers_async(&parts.headers),
            run: parts.extensions.get::<ExportRun>().cloned(),
        }
    }

    /// Rows to read with the limits of a request, or with those of an export, for which nobody waits.
    pub(crate) async fn with_limits(&self, source: Source) -> Result<Source, Problem> {
        match self.run {
            Some(_) => Ok(source.for_export().await?),
            None => Ok(source),
        }
    }

    /// The most rows that a file in a format has.
    pub(crate) fn max_rows(&self, format: Format) -> Option<u32> {
        match (format, &self.run) {
            (Format::Pdf, _) => Some(MAX_PDF_ROWS),
            (_, None) => Some(MAX_ROWS),
            (Format::Xlsx, Some(_)) => Some(MAX_SHEET_ROWS),
            (Format::Csv | Format::Json | Format::Parquet, Some(_)) => None,
        }
    }

    pub(super) fn report_rows(&self, rows: u64) {
        if let Some(run) = &self.run {
            run.rows.store(rows, Ordering::Relaxed);
        }
    }
}

/// Whether one of the preferences is `respond-async` (RFC 7240, 4.1).
fn prefers_async(headers: &HeaderMap) -> bool {
    let preferences = headers.get_all("prefer").iter().filter_map(|prefer| prefer.to_str().ok());
    let mut preferences = preferences.flat_map(|prefer| prefer.split([',', ';']));
    preferences.any(|preference| preference.trim().eq_ignore_ascii_case("respond-async"))
}
