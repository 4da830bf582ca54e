//! The headers of tus 1.0.

use std::collections::BTreeMap;

use axum::{
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CONTENT_TYPE, LOCATION},
    },
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{FileName, MediaType};

use super::row::UploadRow;
use crate::problem::{Problem, ProblemCode};

const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");

/// A problem, with the headers that every answer has.
pub(super) struct TusProblem(Problem);

impl<E: Into<Problem>> From<E> for TusProblem {
    fn from(why: E) -> Self {
        Self(why.into())
    }
}

impl IntoResponse for TusProblem {
    fn into_response(self) -> Response {
        (tus_headers(), self.0).into_response()
    }
}

/// The headers that every answer has.
pub(super) fn tus_headers() -> HeaderMap {
    HeaderMap::from_iter([(TUS_RESUMABLE, VERSION), (TUS_VERSION, VERSION)])
}

/// The headers that say how far an upload has come, and where to find it or what came of it.
pub(super) fn upload_headers(upload: &UploadRow, location: Option<&str>) -> HeaderMap {
    let mut headers = tus_headers();
    headers.insert(UPLOAD_OFFSET, upload.received.into());
    headers.insert(UPLOAD_LENGTH, upload.length.into());
    let expires = upload.expires_at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    headers.extend(HeaderValue::from_str(&expires).ok().map(|expires| (UPLOAD_EXPIRES, expires)));
    let location = location.and_then(|location| HeaderValue::from_str(location).ok());
    headers.extend(location.map(|location| (LOCATION, location)));
    headers
}

/// 412 for a client that does not speak this version.
pub(super) fn require_version(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.get(TUS_RESUMABLE).is_some_and(|version| version == VERSION) {
        return Ok(());
    }
    let detail = "send Tus-Resumable: 1.0.0, the version that is spoken here";
    Err(Problem::new(StatusCode::PRECONDITION_FAILED, ProblemCode::TusVersion, detail))
}

/// From where on the bytes of a body are added.
pub(super) fn offset_of(headers: &HeaderMap) -> Result<u64, Problem> {
    let kind = headers.get(CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != "application/offset+octet-stream") {
        let detail = "send Content-Type: application/offset+octet-stream";
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ProblemCode::NotBytes,
            detail,
        ));
    }
    number(headers, &UPLOAD_OFFSET)
        .ok_or_else(|| Problem::invalid("Upload-Offset", "say how many bytes are kept already"))
}

/// What is said of a file before its bytes come.
pub(super) struct NewUpload {
    pub(super) name: FileName,
    pub(super) media_type: MediaType,
    /// In bytes.
    pub(super) length: u64,
}

impl NewUpload {
    pub(super) fn read(headers: &HeaderMap) -> Result<Self, Problem> {
        let length = number(headers, &UPLOAD_LENGTH).filter(|length| *length > 0);
        let length = length.ok_or_else(|| {
            Problem::invalid("Upload-Length", "say how many bytes the file has, at least one")
        })?;
        let metadata = headers.get(UPLOAD_METADATA).map(HeaderValue::as_bytes).unwrap_or_default();
        let metadata = std::str::from_utf8(metadata).ok().and_then(parse_metadata);
        let invalid = |why: String| Problem::invalid("Upload-Metadata", why);
        let mut metadata = metadata
            .ok_or_else(|| invalid("each is a name, a space, and a value in Base64".into()))?;
        let name = FileName::cleaned(&metadata.remove("filename").unwrap_or_default());
        let media_type = metadata.remove("filetype");
        let media_type = media_type.unwrap_or_else(|| "application/octet-stream".into());
        Ok(Self { name, media_type: media_type.parse().map_err(invalid)?, length })
    }
}

/// `filename aW52b2ljZS5wZGY=,filetype YXBwbGljYXRpb24vcGRm`; what has no value is said to be so.
fn parse_metadata(text: &str) -> Option<BTreeMap<&str, String>> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let read = pairs.map(|pair| {
        let (name, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let value = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
        Some((name, value))
    });
    read.collect()
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(length: &'static str, metadata: &'static str) -> Result<NewUpload, Problem> {
        let headers = [(UPLOAD_LENGTH, length), (UPLOAD_METADATA, metadata)];
        let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
        NewUpload::read(&HeaderMap::from_iter(headers))
    }

    #[test]
    fn a_file_is_announced_by_name_type_and_length() {
        let read = announced("7", "filename R3LDtsOfZS50eHQ=, filetype dGV4dC9wbGFpbg==,other");
        let NewUpload { name, media_type, length } = read.unwrap();
        assert_eq!((name.as_str(), media_type.as_str(), length), ("Größe.txt", "text/plain", 7));
        let NewUpload { name, media_type, .. } = announced("1", "").unwrap();
        assert_eq!((name.as_str(), media_type.as_str()), ("file", "application/octet-stream"));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (length, metadata, field) in [
            ("0", "", "Upload-Length"),
            ("-1", "", "Upload-Length"),
            ("7", "filename %", "Upload-Metadata"),
            ("7", "filename /w==", "Upload-Metadata"),
            ("7", "filetype eA==", "Upload-Metadata"),
        ] {
            let refused = announced(length, metadata).err().unwrap();
            assert!(refused.status() == 422 && refused.concerns_field(field), "{refused:?}");
        }
    }
}
