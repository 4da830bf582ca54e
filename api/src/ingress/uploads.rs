//! Which requests bring a file: their bodies are streamed, and larger than others.

use axum::http::{HeaderMap, header::CONTENT_TYPE};

/// The types of bodies that hold a file. Whoever takes one checks its size as it comes in; every other
/// operation refuses them.
const FILE_TYPES: [&str; 2] = ["multipart/form-data", "application/offset+octet-stream"];

/// Whether a file is sent with the request.
pub fn brings_file(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    FILE_TYPES.iter().any(|file_type| essence.eq_ignore_ascii_case(file_type))
}
