//! Files as those see them who uploaded them.

use domain::{
    FileName, MediaType, Recorded, Text,
    files::file::{self, Event, Purpose, ScanStatus, Sha256},
    identity::user::UserId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Fold, FoldedStream, Projector,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "files.file",
    version: 1,
    tables: include_str!("file.sql"),
    streams: &[FoldedStream::of::<file::File, Rows>()],
};

pub const FILES: Listing = Listing {
    from: "files_file.files",
    fields: &[
        Field::text("name").as_row_name(),
        Field::text("media_type"),
        Field::int("size"),
        Field::text("sha256"),
        Field::enum_of::<Purpose>("purpose"),
        Field::enum_of::<ScanStatus>("scan"),
        Field::id::<UserId>("owner"),
        Field::bool("deleted"),
    ],
    search: Some("search"),
    sort: &["-created_at", "name", "size"],
    owner: OwnerColumns { user: Some("owner"), ..OwnerColumns::NONE },
};

/// A file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = UploadedFile)]
pub struct File {
    /// Nothing, once its owner was erased.
    pub name: Option<FileName>,
    pub media_type: MediaType,
    /// In bytes.
    pub size: u64,
    /// Of its bytes.
    pub sha256: Sha256,
    pub purpose: Purpose,
    pub scan: ScanStatus,
    /// Why nobody gets it, if a scan found something.
    pub reason: Option<Text<200>>,
    /// Who uploaded it.
    pub owner: UserId,
    /// Its bytes are gone.
    pub deleted: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Rows {
    files: Vec<File>,
}

impl Fold<file::File> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        match (&recorded.event, self.files.first_mut()) {
            (Event::Uploaded { owner, name, media_type, size, sha256, purpose, .. }, _) => {
                self.files = vec![File {
                    name: name.get().cloned(),
                    media_type: media_type.clone(),
                    size: *size,
                    sha256: sha256.clone(),
                    purpose: *purpose,
                    scan: ScanStatus::Unscanned,
                    reason: None,
                    owner: *owner,
                    deleted: false,
                }];
            }
            (_, None) => {}
            (Event::FoundClean {}, Some(row)) => row.scan = ScanStatus::Clean,
            (Event::Quarantined { reason }, Some(row)) => {
                (row.scan, row.reason) = (ScanStatus::Quarantined, Some(reason.clone()));
            }
            (Event::Deleted {}, Some(row)) => row.deleted = true,
        }
    }
}
