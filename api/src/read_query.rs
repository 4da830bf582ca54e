//! The query of a list or an item: filters, order, page, and how fresh the answer must be.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use chrono::DateTime;
use domain::{Language, organizations::cabinet::CabinetId};
use projections::listing::{self, AsOf};

use crate::{
    names::Include,
    problem::Problem,
    site::accepted_language,
    tables::{FileDelivery, Format},
};

/// The query in a URL and its headers. An unknown parameter is refused by name.
#[derive(Debug, Default)]
pub(crate) struct ReadQuery {
    pub(crate) list: listing::Query,
    /// `cabinet_id`: only what belongs to this cabinet.
    pub(crate) cabinet: Option<CabinetId>,
    /// `as_of`: as it was then.
    pub(crate) as_of: Option<AsOf>,
    /// `count`: the field whose values are to be counted.
    pub(crate) count: Option<String>,
    /// `include`: what the answer should carry besides its data.
    pub(crate) include: Option<Include>,
    /// What its path calls the list: `customers`.
    pub(crate) name: String,
    /// `format`, or `Accept`.
    pub(crate) format: Format,
    /// `Accept-Language`: what a file is written in for whoever has no account.
    pub(crate) language: Language,
    /// The parameters that decide which rows there are, and their order, as they are in the URL.
    pub(crate) text: Vec<(String, String)>,
    /// How a file is given.
    pub(crate) delivery: FileDelivery,
    /// `X-Min-Position`: the answer should contain everything up to here.
    pub(crate) min_position: Option<i64>,
    /// `If-None-Match`: the `ETag` that the client has.
    pub(crate) none_match: Option<HeaderValue>,
}

/// The query of a list, which can be had in all [`Format::OF_LISTS`].
pub(crate) struct ListQuery(pub(crate) ReadQuery);

/// A position in the log, or an instant.
fn moment(text: &str) -> Result<AsOf, Problem> {
    let position = text.parse().map(AsOf::Position);
    let instant = || DateTime::parse_from_rfc3339(text).map(|at| AsOf::Instant(at.to_utc()));
    let wrong = "must be a position in the log, or an instant such as 2030-01-31T09:00:00Z";
    position.or_else(|_| instant()).map_err(|_| Problem::invalid("as_of", wrong))
}

impl<S: Sync> FromRequestParts<S> for ReadQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::read(parts, ONLY_JSON, &|_| false)?.0.of_the_present()
    }
}

impl<S: Sync> FromRequestParts<S> for ListQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        ReadQuery::read(parts, Format::OF_LISTS, &|_| false)?.0.of_the_present().map(Self)
    }
}

pub(crate) const ONLY_JSON: &[Format] = &[Format::Json];
/// The parameters that change nothing in which rows a file has.
const WITHOUT_EFFECT_ON_FILES: [&str; 5] = ["format", "limit", "cursor", "count", "include"];

impl ReadQuery {
    /// Also returns the parameters for which `is_extra` holds, which belong to one endpoint only.
    pub(crate) fn read(
        parts: &Parts,
        offered: &[Format],
        is_extra: &dyn Fn(&str) -> bool,
    ) -> Result<(Self, Vec<(String, String)>), Problem> {
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|_| Problem::malformed("the query string cannot be read"))?;
        let mut list = listing::Query::default();
        let (mut format, mut cabinet, mut count, mut include) = (None, None, None, None);
        let (mut as_of, mut extra, mut text) = (None, vec![], pairs.0.clone());
        text.retain(|(name, _)| !WITHOUT_EFFECT_ON_FILES.contains(&name.as_str()));
        for (name, value) in pairs.0 {
            match name.as_str() {
                name if is_extra(name) => extra.push((name.to_owned(), value)),
                "q" => list.q = Some(value),
                "sort" => list.sort = Some(value),
                "cursor" => list.cursor = Some(value),
                "count" => count = Some(value),
                "include" if value == "names" => include = Some(Include::Names),
                "include" => return Err(Problem::invalid("include", "can be names")),
                "limit" => {
                    let limit =
                        value.parse().map_err(|_| Problem::invalid("limit", "must be a number"));
                    list.limit = Some(limit?);
                }
                "format" => format = Some(value),
                "as_of" => as_of = Some(moment(&value)?),
                "cabinet_id" => {
                    let id =
                        value.parse().map_err(|_| Problem::invalid("cabinet_id", "must be a UUID"));
                    cabinet = Some(id?);
                }
                _ => match name.strip_prefix("filter[").and_then(|name| name.strip_suffix(']')) {
                    Some(field) => list.filters.push((field.to_owned(), value)),
                    None => return Err(Problem::unknown_parameter(&name)),
                },
            }
        }
        let format = Format::requested(format.as_deref(), &parts.headers, offered)?;
        let language = accepted_language(&parts.headers);
        let name = list_name(parts.uri.path()).to_owned();
        let min_position = min_position(&parts.headers)?;
        let none_match = parts.headers.get(header::IF_NONE_MATCH).cloned();
        let query = Self {
            list,
            cabinet,
            as_of,
            count,
            include,
            name,
            format,
            language,
            text,
            delivery: FileDelivery::of(parts),
            min_position,
            none_match,
        };
        Ok((query, extra))
    }
}

impl ReadQuery {
    /// Refuses all parameters of lists.
    pub(crate) fn refuse_list_params(&self) -> Result<(), Problem> {
        self.allow_only(&["include"])
    }

    /// Refuses `as_of`.
    fn of_the_present(self) -> Result<Self, Problem> {
        match self.as_of {
            Some(_) => Err(Problem::unknown_parameter("as_of")),
            None => Ok(self),
        }
    }

    /// Refuses all parameters of lists but these, as they would be ignored.
    pub(crate) fn allow_only(&self, allowed: &[&str]) -> Result<(), Problem> {
        let listing::Query { filters, q, sort, limit, cursor, fixed: _, ids: _ } = &self.list;
        let filter = filters.first().map(|(field, _)| format!("filter[{field}]"));
        let present = [
            ("filter", filter),
            ("q", q.as_ref().map(|_| "q".to_owned())),
            ("sort", sort.as_ref().map(|_| "sort".to_owned())),
            ("limit", limit.map(|_| "limit".to_owned())),
            ("cabinet_id", self.cabinet.map(|_| "cabinet_id".to_owned())),
            ("cursor", cursor.as_ref().map(|_| "cursor".to_owned())),
            ("count", self.count.as_ref().map(|_| "count".to_owned())),
            ("include", self.include.map(|_| "include".to_owned())),
            ("as_of", self.as_of.map(|_| "as_of".to_owned())),
        ];
        let mut others = present.into_iter().filter(|(kind, _)| !allowed.contains(kind));
        match others.find_map(|(_, name)| name) {
            Some(name) => Err(Problem::unknown_parameter(&name)),
            None => Ok(()),
        }
    }
}

/// The last part of the path, which is one of the names that our routes have.
fn list_name(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// `X-Min-Position`: the answer should contain everything up to here.
pub(crate) fn min_position(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(position) = headers.get("x-min-position") else { return Ok(None) };
    let position = position.to_str().ok().and_then(|position| position.parse().ok());
    let wrong = || Problem::invalid("X-Min-Position", "must be a number");
    Ok(Some(position.ok_or_else(wrong)?))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    async fn read(uri: &str, accept: &str) -> Result<ReadQuery, (u16, String)> {
        let request = Request::get(uri).header("accept", accept).header("x-min-position", "7");
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let status_and_detail =
            |problem: Problem| (problem.status(), serde_json::json!(problem)["detail"].to_string());
        ReadQuery::from_request_parts(&mut parts, &()).await.map_err(status_and_detail)
    }

    #[tokio::test]
    async fn a_question_is_read_from_the_url() {
        let uri = "/customers?filter%5Bkind%5D=person&q=anna&sort=-name&limit=10&cursor=x";
        let query = read(uri, "text/html, */*").await.unwrap();
        assert_eq!(query.list.filters, [("kind".to_owned(), "person".to_owned())]);
        assert_eq!(query.list.limit, Some(10));
        assert_eq!(query.min_position, Some(7));
    }

    #[tokio::test]
    async fn what_is_not_offered_is_named() {
        let (status, detail) = read("/customers?colour=red", "*/*").await.unwrap_err();
        assert!(status == 422 && detail.contains("colour"), "{detail}");
        assert_eq!(read("/customers?format=csv", "*/*").await.unwrap_err().0, 400);
        assert_eq!(read("/customers", "application/pdf").await.unwrap_err().0, 406);
        assert!(read("/customers?format=json", "application/pdf").await.is_ok());
    }
}
