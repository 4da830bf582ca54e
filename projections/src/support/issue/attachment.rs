//! The files that are attached to issues.

use chrono::{DateTime, Utc};
use domain::{
    FileName, MediaType,
    files::file::FileId,
    identity::user::UserId,
    support::issue::{Event, Side, Visibility},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An attachment as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AttachmentRow {
    pub(super) key: FileId,
    author: UserId,
    side: Side,
    visibility: Visibility,
    name: Option<FileName>,
    media_type: MediaType,
    size: u64,
    at: DateTime<Utc>,
}

/// A file that is attached to an issue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Attachment {
    /// That of the file.
    pub id: FileId,
    pub author: UserId,
    pub author_name: Option<String>,
    pub side: Side,
    pub visibility: Visibility,
    /// Nothing, once its author was erased.
    pub name: Option<FileName>,
    pub media_type: MediaType,
    /// In bytes.
    pub size: u64,
    pub at: DateTime<Utc>,
}

impl AttachmentRow {
    /// That of a file that was attached.
    pub(super) fn attached(event: &Event) -> Option<Self> {
        let Event::FileAttached {
            attachment,
            author,
            side,
            visibility,
            name,
            media_type,
            size,
            at,
        } = event
        else {
            return None;
        };
        Some(Self {
            key: *attachment,
            author: *author,
            side: *side,
            visibility: *visibility,
            name: name.get().cloned(),
            media_type: media_type.clone(),
            size: *size,
            at: *at,
        })
    }
}
