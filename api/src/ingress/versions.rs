//! Versions of the API that come to an end.

use std::{
    str::FromStr,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::LINK};
use chrono::{DateTime, NaiveDate, Utc};

use super::unversioned::DEPRECATION;
use crate::problem::{Problem, ProblemCode};

const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// The deprecated versions: `v1=2027-01-01..2027-07-01 https://…`, separated by commas: deprecated
/// since, sunset, and the address of the migration guide.
#[derive(Debug, Clone, Default)]
pub struct Deprecations(Vec<Deprecation>);

#[derive(Debug, Clone)]
struct Deprecation {
    version: String,
    since: DateTime<Utc>,
    /// From when on it answers 410.
    sunset: DateTime<Utc>,
    /// The address of the migration guide.
    help: String,
}

impl Deprecations {
    /// The headers to add to a response if the version is deprecated; 410 once it has ended.
    pub(crate) fn headers(&self, path: &str) -> Result<HeaderMap, Problem> {
        self.headers_at(path, now())
    }

    fn headers_at(&self, path: &str, now: DateTime<Utc>) -> Result<HeaderMap, Problem> {
        let mut headers = HeaderMap::new();
        let version = path.strip_prefix("/api/").and_then(|rest| rest.split('/').next());
        let Some(found) = self.0.iter().find(|found| Some(found.version.as_str()) == version)
        else {
            return Ok(headers);
        };
        let Deprecation { version, since, sunset, help } = found;
        if now >= *sunset {
            let detail =
                format!("{version} of the API ended on {}; see {help}", sunset.date_naive());
            let problem = Problem::new(StatusCode::GONE, ProblemCode::VersionEnded, detail);
            return Err(problem.with("help", help.clone()));
        }
        let values = [
            (DEPRECATION, format!("@{}", since.timestamp())),
            (SUNSET, sunset.format("%a, %d %b %Y %H:%M:%S GMT").to_string()),
            (LINK, format!("<{help}>; rel=\"deprecation\"; type=\"text/html\"")),
        ];
        for (name, value) in values {
            headers.extend(HeaderValue::from_str(&value).ok().map(|value| (name, value)));
        }
        Ok(headers)
    }
}

fn now() -> DateTime<Utc> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    DateTime::from_timestamp_secs(since.as_secs().cast_signed()).unwrap_or_default()
}

impl FromStr for Deprecations {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let rules = text.split(',').map(str::trim).filter(|rule| !rule.is_empty());
        let read = |rule: &str| {
            let (version, rest) = rule.split_once('=')?;
            let (dates, help) = rest.trim().split_once(' ')?;
            let (since, sunset) = dates.split_once("..")?;
            let day = |text: &str| {
                let day: NaiveDate = text.trim().parse().ok()?;
                Some(day.and_time(chrono::NaiveTime::MIN).and_utc())
            };
            let (version, help) = (version.trim().to_owned(), help.trim().to_owned());
            Some(Deprecation { version, since: day(since)?, sunset: day(sunset)?, help })
        };
        let read = |rule| read(rule).with_context(|| format!("{rule} is none"));
        rules.map(read).collect::<anyhow::Result<_>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_announced_to_end_and_then_ends() {
        let text = "v1=2027-01-01..2027-07-01 https://book.example/v2";
        let versions: Deprecations = text.parse().unwrap();
        let day = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let headers =
            versions.headers_at("/api/v1/customers", day("2027-06-30T23:59:59Z")).unwrap();
        assert_eq!(headers["deprecation"], "@1798761600");
        assert_eq!(headers["sunset"], "Thu, 01 Jul 2027 00:00:00 GMT");
        assert!(headers["link"].to_str().unwrap().starts_with("<https://book.example/v2>"));
        let ended = versions.headers_at("/api/v1/customers", day("2027-07-01T00:00:00Z"));
        assert_eq!(ended.unwrap_err().status(), 410);
        assert!(versions.headers_at("/api/v2/customers", day("2027-07-02T00:00:00Z")).is_ok());
        assert!("v1=soon".parse::<Deprecations>().is_err());
    }
}
