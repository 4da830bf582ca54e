//! What files are for, which says how large they may be and of which types.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Refusal;
use crate::{FileName, MediaType};

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FilePurpose)]
pub enum Purpose {
    /// To be attached to an issue: pictures, documents, tables, logs and archives of them.
    IssueAttachment,
}

/// A type that is taken.
struct Allowed {
    media_type: &'static str,
    /// How names of such files end.
    extensions: &'static [&'static str],
    /// What their first bytes look like, besides the type itself: a container is known by its end only.
    looks_like: &'static [&'static str],
}

const fn allowed(
    media_type: &'static str,
    extensions: &'static [&'static str],
    looks_like: &'static [&'static str],
) -> Allowed {
    Allowed { media_type, extensions, looks_like }
}

const TEXT: &[&str] = &["text/plain"];
const ZIP: &[&str] = &["application/zip"];

/// Nothing that a browser would run: neither HTML nor SVG.
const ATTACHMENTS: &[Allowed] = &[
    allowed("application/gzip", &["gz", "tgz"], &[]),
    allowed("application/json", &["json"], TEXT),
    allowed("application/pdf", &["pdf"], &[]),
    allowed("application/vnd.oasis.opendocument.spreadsheet", &["ods"], ZIP),
    allowed("application/vnd.oasis.opendocument.text", &["odt"], ZIP),
    allowed(
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        &["pptx"],
        ZIP,
    ),
    allowed("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &["xlsx"], ZIP),
    allowed(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        &["docx"],
        ZIP,
    ),
    allowed("application/zip", &["zip"], &[]),
    allowed("image/gif", &["gif"], &[]),
    allowed("image/jpeg", &["jpeg", "jpg"], &[]),
    allowed("image/png", &["png"], &[]),
    allowed("image/webp", &["webp"], &[]),
    allowed("text/csv", &["csv"], TEXT),
    allowed("text/plain", &["log", "md", "txt"], &[]),
    allowed("video/mp4", &["mp4"], &[]),
];

impl Purpose {
    /// The largest size, in bytes.
    pub const fn max_size(self) -> u64 {
        match self {
            Self::IssueAttachment => 2 << 30,
        }
    }

    const fn allowed(self) -> &'static [Allowed] {
        match self {
            Self::IssueAttachment => ATTACHMENTS,
        }
    }

    /// FIL-1.
    pub fn check_size(self, size: u64) -> Result<(), Refusal> {
        let most = self.max_size();
        if size > most { Err(Refusal::FileTooLarge { most }) } else { Ok(()) }
    }

    /// FIL-2, and that the end of the name fits the type (FIL-3).
    pub fn check_type(self, name: &FileName, media_type: &MediaType) -> Result<(), Refusal> {
        let found = self.find(media_type)?;
        let extension = name.extension();
        if extension.is_some_and(|extension| !found.extensions.contains(&extension.as_str())) {
            return Err(Refusal::ExtensionMismatch);
        }
        Ok(())
    }

    /// FIL-3: the first bytes look like the type.
    pub fn check_content(self, media_type: &MediaType, sniffed: &MediaType) -> Result<(), Refusal> {
        let found = self.find(media_type)?;
        if sniffed == media_type || found.looks_like.contains(&sniffed.as_str()) {
            return Ok(());
        }
        Err(Refusal::TypeMismatch { sniffed: sniffed.clone() })
    }

    fn find(self, media_type: &MediaType) -> Result<&'static Allowed, Refusal> {
        let found = self.allowed().iter().find(|known| known.media_type == media_type.as_str());
        found.ok_or_else(|| Refusal::TypeNotAllowed {
            allowed: self.allowed().iter().map(|known| known.media_type).collect(),
        })
    }
}
