//! Files that are attached to an issue: who may add them and take them away.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Event, Facts, Refusal, Side, Thread, Visibility,
    discussion::{check_changeable, editor_and_reason},
};
use crate::{
    DecisionContext, FileName, MediaType, Personal, Text, files::FileId, identity::UserId,
};

/// A file that is or was attached.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment {
    pub file: FileId,
    /// Who attached it. They are the subject of its name.
    pub author: UserId,
    pub visibility: Visibility,
    pub at: DateTime<Utc>,
    pub deleted: bool,
}

/// What is to be attached.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAttachment {
    pub file: FileId,
    #[serde(default)]
    pub visibility: Visibility,
}

/// What is known of a file that may be attached.
#[derive(Debug, Clone, PartialEq)]
pub struct AttachableFile {
    pub name: FileName,
    pub media_type: MediaType,
    /// In bytes.
    pub size: u64,
}

impl Thread {
    /// The attachment, unless it was deleted.
    pub fn find_attachment(&self, file: FileId) -> Option<&Attachment> {
        self.attachments.iter().find(|attached| attached.file == file && !attached.deleted)
    }

    /// Whether a file was ever attached.
    fn was_attached(&self, file: FileId) -> bool {
        self.attachments.iter().any(|attached| attached.file == file)
    }

    pub(super) fn attach(
        &self,
        new: NewAttachment,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        if self.was_attached(new.file) {
            return Ok(vec![]);
        }
        let file = case.facts.file.clone().ok_or(Refusal::UnknownFile)?;
        let author = UserId::from(case.by.id);
        Ok(vec![Event::FileAttached {
            attachment: new.file,
            author,
            side: Side::of_role(case.by.role),
            visibility: new.visibility,
            name: Personal::sealed(author, file.name),
            media_type: file.media_type,
            size: file.size,
            at: case.now,
        }])
    }

    pub(super) fn delete_attachment(
        &self,
        attachment: FileId,
        reason: Option<Text<500>>,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        let Some(existing) = self.find_attachment(attachment) else {
            let was_there = self.was_attached(attachment);
            return if was_there { Ok(vec![]) } else { Err(Refusal::NoSuchAttachment) };
        };
        let added = (existing.author, existing.at, existing.visibility);
        check_changeable(added, Refusal::NoSuchAttachment, reason.is_some(), case)?;
        let (by, reason) = editor_and_reason(reason, case);
        Ok(vec![Event::AttachmentDeleted { attachment, by, reason, at: case.now }])
    }

    pub(super) fn remove_attachment(&mut self, file: FileId) {
        let attached = self.attachments.iter_mut().find(|attached| attached.file == file);
        if let Some(attached) = attached {
            attached.deleted = true;
        }
    }
}
