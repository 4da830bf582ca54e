//! The representations of a list, and which of them a request asks for.

use axum::http::{HeaderMap, StatusCode, header};

use crate::problem::{Problem, ProblemCode};

/// A representation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Format {
    #[default]
    Json,
    Csv,
    Xlsx,
    Pdf,
    Parquet,
}

impl Format {
    /// What lists and reports offer; what comes first is meant by who accepts anything.
    pub(crate) const OF_LISTS: &[Self] =
        &[Self::Json, Self::Csv, Self::Xlsx, Self::Pdf, Self::Parquet];

    /// What items offer that are documents as well.
    pub(crate) const OF_DOCUMENTS: &[Self] = &[Self::Json, Self::Pdf];

    /// As `format` names it, and the end of a file's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Pdf => "pdf",
            Self::Parquet => "parquet",
        }
    }

    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pdf => "application/pdf",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// Whether programs read it and no people: by the names of fields, and values as they are.
    pub(super) const fn is_for_programs(self) -> bool {
        matches!(self, Self::Json | Self::Parquet)
    }

    /// The format that a request asks for: `parameter`, else the one of those offered that it accepts best.
    ///
    /// # Errors
    /// 400 for a format that is not offered, 406 if nothing that is accepted is.
    pub(crate) fn requested(
        parameter: Option<&str>,
        headers: &HeaderMap,
        offered: &[Self],
    ) -> Result<Self, Problem> {
        let names = || offered.iter().map(|format| format.name()).collect::<Vec<_>>();
        if let Some(name) = parameter {
            let found = offered.iter().find(|format| format.name() == name);
            return found.copied().ok_or_else(|| {
                let detail = format!("{name} is not offered here");
                let problem =
                    Problem::new(StatusCode::BAD_REQUEST, ProblemCode::UnsupportedFormat, detail);
                problem.with("offered", names())
            });
        }
        let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
        let Some(accept) = accept.filter(|accept| !accept.trim().is_empty()) else {
            return Ok(offered.first().copied().unwrap_or_default());
        };
        let best =
            offered.iter().rev().filter_map(|format| Some((format.accepted(accept)?, format)));
        best.max_by(|(one, _), (other, _)| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)))
            .map(|(_, format)| *format)
            .ok_or_else(|| {
                let detail = format!("only {} is offered", names().join(", "));
                Problem::new(StatusCode::NOT_ACCEPTABLE, ProblemCode::NotAcceptable, detail)
            })
    }

    /// The weight of the range that names it most exactly, and how exactly that does; `None` if it is not
    /// accepted.
    fn accepted(self, accept: &str) -> Option<(f32, u8)> {
        let (family, _) = self.media_type().split_once('/')?;
        let ranges = accept.split(',').filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let exactness = match parts.next()? {
                range if range.eq_ignore_ascii_case(self.media_type()) => 2,
                range if range.strip_suffix("/*") == Some(family) => 1,
                "*/*" => 0,
                _ => return None,
            };
            let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok());
            Some((weight.unwrap_or(1.0), exactness))
        });
        ranges.max_by_key(|(_, exactness)| *exactness).filter(|(weight, _)| *weight > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(accept: &str) -> Option<Format> {
        let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
        Format::requested(None, &headers, Format::OF_LISTS).ok()
    }

    #[test]
    fn what_is_accepted_best_is_answered_and_anything_means_json() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for accept in [browser, "*/*", "application/*", "", "application/json, text/csv;q=0.5"] {
            assert_eq!(accepted(accept), Some(Format::Json), "{accept}");
        }
        for accept in ["text/csv", "text/csv, */*", "text/*", "application/json;q=0.1, text/csv"] {
            assert_eq!(accepted(accept), Some(Format::Csv), "{accept}");
        }
        assert_eq!(accepted(Format::Xlsx.media_type()), Some(Format::Xlsx));
        assert_eq!(accepted("*/*, application/json;q=0, text/csv;q=0"), Some(Format::Xlsx));
        assert_eq!(accepted("application/pdf"), Some(Format::Pdf));
        assert_eq!(accepted("application/vnd.apache.parquet"), Some(Format::Parquet));
        assert_eq!(accepted("image/png"), None);
    }

    #[test]
    fn a_format_by_name_wins_and_one_that_is_not_offered_is_refused_by_name() {
        let headers = HeaderMap::from_iter([(header::ACCEPT, "text/csv".parse().unwrap())]);
        let by_name = |name| Format::requested(Some(name), &headers, &[Format::Json, Format::Xlsx]);
        assert_eq!(by_name("xlsx").ok(), Some(Format::Xlsx));
        assert_eq!(by_name("csv").err().map(|problem| problem.status()), Some(400));
    }
}
