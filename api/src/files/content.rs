//! Gives out the bytes of a file: whole or in a range (RFC 9110, 14), to be saved and never shown.

use std::ops::Range;

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{
            ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
            CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_RANGE, RANGE,
        },
    },
    response::{IntoResponse, Response},
};
use domain::{
    FileName,
    files::file::{Content, File, FileId, ScanStatus, Sha256},
};
use objects::ObjectKey;

use super::receive::object_key;
use crate::{
    App, entity_tag,
    problem::{Problem, ProblemCode},
};

/// A file is nobody's page: what opens it all the same runs nothing of it.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");
/// It is asked for again each time, and so is the right to it.
const CACHING: HeaderValue = HeaderValue::from_static("private, no-cache");

/// What was uploaded, if it may be given out; 404 if it is deleted, or a scan found something (FIL-4), and 409
/// as long as a scan is to come.
pub(crate) fn require_available<'a>(app: &App, file: &'a File) -> Result<&'a Content, Problem> {
    let content = file.content().ok_or_else(Problem::not_found)?;
    match file.scan() {
        ScanStatus::Quarantined => {
            let detail = "a scan found something harmful in it, so nobody gets it";
            let problem = Problem::new(StatusCode::NOT_FOUND, ProblemCode::Quarantined, detail);
            Err(problem.with_rule(Some("FIL-4")))
        }
        ScanStatus::Unscanned if app.scans_files => Err(Problem::conflict(
            ProblemCode::NotScanned,
            "it is being scanned; come back in a moment",
        )),
        ScanStatus::Unscanned | ScanStatus::Clean => Ok(content),
    }
}

/// An object that is given out as a file.
pub(super) struct Download<'a> {
    pub(super) key: ObjectKey,
    pub(super) name: Option<&'a FileName>,
    pub(super) media_type: &'a str,
    /// In bytes.
    pub(super) size: u64,
    pub(super) sha256: &'a Sha256,
}

/// The response with the bytes of a file, as far as the request asks for them.
pub(crate) async fn file_response(
    app: &App,
    id: FileId,
    content: &Content,
    request: &HeaderMap,
) -> Result<Response, Problem> {
    let Content { name, media_type, size, sha256, .. } = content;
    let download = Download {
        key: object_key(id),
        name: name.get(),
        media_type: media_type.as_str(),
        size: *size,
        sha256,
    };
    download.response(app, request).await
}

impl Download<'_> {
    /// The response with its bytes, as far as the request asks for them.
    pub(super) async fn response(
        self,
        app: &App,
        request: &HeaderMap,
    ) -> Result<Response, Problem> {
        let tag = format!("\"{}\"", self.sha256.as_str());
        let mut headers = headers(&self, &tag)?;
        if entity_tag::client_has_tag(request, &tag) {
            return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
        }
        let Self { key, size, .. } = self;
        let (status, range) = match requested_range(request, &tag, size) {
            RequestedRange::All => (StatusCode::OK, 0..size),
            RequestedRange::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
            RequestedRange::Unsatisfiable => return Err(unsatisfiable(size)),
        };
        if status == StatusCode::PARTIAL_CONTENT {
            let range = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            headers.insert(CONTENT_RANGE, header(&range)?);
        }
        headers.insert(CONTENT_LENGTH, (range.end - range.start).into());
        // What is missing is noticed before anything is sent.
        app.objects.size(&key).await?;
        Ok((status, headers, Body::from_stream(app.objects.read(&key, range))).into_response())
    }
}

fn headers(download: &Download<'_>, tag: &str) -> Result<HeaderMap, Problem> {
    let media_type = download.media_type;
    let charset = if media_type.starts_with("text/") { "; charset=utf-8" } else { "" };
    Ok(HeaderMap::from_iter([
        (CONTENT_TYPE, header(&format!("{media_type}{charset}"))?),
        (CONTENT_DISPOSITION, header(&disposition(download.name))?),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, CACHING),
        (ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (ETAG, header(tag)?),
    ]))
}

fn header(text: &str) -> Result<HeaderValue, Problem> {
    Ok(text.parse::<HeaderValue>().map_err(anyhow::Error::from)?)
}

/// `Content-Disposition` with the name in ASCII for old clients, and as it is (RFC 6266, RFC 8187).
fn disposition(name: Option<&FileName>) -> String {
    let Some(name) = name else { return "attachment".into() };
    let plain = |c: char| c.is_ascii_alphanumeric() || " ._-()".contains(c);
    let ascii: String = name.as_str().chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let encoded: String = name.as_str().bytes().map(percent_encoded).collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

fn percent_encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

/// Which bytes are asked for.
#[derive(Debug, PartialEq)]
enum RequestedRange {
    All,
    Part(Range<u64>),
    Unsatisfiable,
}

/// The range of a request. What is no single range of bytes, or is for another content, is not heeded.
fn requested_range(request: &HeaderMap, tag: &str, size: u64) -> RequestedRange {
    let text = |name| request.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let is_same = text(IF_RANGE).is_none_or(|seen| seen == tag);
    let range = text(RANGE).filter(|_| is_same).and_then(|range| range.strip_prefix("bytes="));
    let Some((first, last)) = range.and_then(|range| range.trim().split_once('-')) else {
        return RequestedRange::All;
    };
    let (first, last) = match (first, last) {
        ("", last) => match last.parse::<u64>() {
            Ok(0) => return RequestedRange::Unsatisfiable,
            Ok(length) => (size.saturating_sub(length), size),
            Err(_) => return RequestedRange::All,
        },
        (first, "") => match first.parse() {
            Ok(first) => (first, size),
            Err(_) => return RequestedRange::All,
        },
        (first, last) => match (first.parse::<u64>(), last.parse::<u64>()) {
            (Ok(first), Ok(last)) if first <= last => (first, last.saturating_add(1).min(size)),
            _ => return RequestedRange::All,
        },
    };
    if first < last { RequestedRange::Part(first..last) } else { RequestedRange::Unsatisfiable }
}

fn unsatisfiable(size: u64) -> Problem {
    let detail = format!("there is no such range in it; it has {size} bytes");
    Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, ProblemCode::NoSuchRange, detail)
        .with("size", size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str, seen: Option<&str>) -> RequestedRange {
        let mut request = HeaderMap::from_iter([(RANGE, text.parse().unwrap())]);
        request.extend(seen.map(|seen| (IF_RANGE, seen.parse().unwrap())));
        requested_range(&request, "\"a\"", 10)
    }

    #[test]
    fn a_range_lies_within_the_file() {
        for (text, part) in
            [("0-0", 0..1), ("2-", 2..10), ("-3", 7..10), ("-30", 0..10), ("8-99", 8..10)]
        {
            assert_eq!(range(&format!("bytes={text}"), None), RequestedRange::Part(part), "{text}");
        }
        for text in ["bytes=10-", "bytes=-0", "bytes=99-100"] {
            assert_eq!(range(text, None), RequestedRange::Unsatisfiable, "{text}");
        }
        for text in ["lines=1-2", "bytes=5-4", "bytes=0-1,3-4", "bytes=x-"] {
            assert_eq!(range(text, None), RequestedRange::All, "{text}");
        }
        assert_eq!(range("bytes=0-0", Some("\"a\"")), RequestedRange::Part(0..1));
        assert_eq!(range("bytes=0-0", Some("\"b\"")), RequestedRange::All);
    }

    #[test]
    fn s_11_a_name_cannot_leave_its_header() {
        let name = FileName::cleaned("Größe \"1\"; x=\r\n2.pdf");
        let text = disposition(Some(&name));
        assert_eq!(
            text,
            "attachment; filename=\"Gr__e 1_ x_2.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%201%3B%20x%3D2.pdf"
        );
    }
}
