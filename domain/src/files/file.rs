//! A file: uploaded, scanned, at last deleted. Its bytes are in the object store, under its id.
//!
//! FIL-1: a file is no larger than what it is for allows. FIL-2: what it is for says which types it may
//! have. FIL-3: a file is what it says: its first bytes and the end of its name fit its type. FIL-4: what a
//! scan found to be harmful is given to nobody. FIL-5: what is in use is deleted where it is used. FIL-6: what
//! nobody uses two days after its upload is deleted.

mod purpose;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::FileId;
use crate::{
    Decider, DecisionContext, Fault, FileName, MediaType, Personal, Text, access::Role,
    identity::UserId, to_hexadecimal,
};
pub use purpose::Purpose;

/// Nothing until it is uploaded.
#[derive(Debug, Clone, Default)]
pub struct File {
    content: Option<Content>,
    scan: ScanStatus,
    deleted: bool,
}

/// What was uploaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    pub owner: UserId,
    pub name: Personal<FileName>,
    pub media_type: MediaType,
    /// In bytes.
    pub size: u64,
    pub sha256: Sha256,
    pub purpose: Purpose,
}

/// What a scan for harmful content came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScanStatus {
    /// Not scanned yet, or nobody scans here.
    #[default]
    Unscanned,
    Clean,
    /// Found to be harmful: nobody gets it (FIL-4).
    Quarantined,
}

/// A SHA-256, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, pattern = "^[0-9a-f]{64}$")]
pub struct Sha256(String);

impl Sha256 {
    pub fn new(hash: &[u8; 32]) -> Self {
        Self(to_hexadecimal(hash))
    }

    /// 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A file whose bytes are in the object store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFile {
    /// Who uploads it.
    pub owner: UserId,
    pub name: FileName,
    /// What it is said to hold.
    pub media_type: MediaType,
    /// What its first bytes look like.
    pub sniffed: MediaType,
    /// In bytes.
    pub size: u64,
    pub sha256: Sha256,
    pub purpose: Purpose,
}

/// What can be asked of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Records that it is there.
    Upload(NewFile),
    /// Records that a scan found nothing.
    MarkClean {},
    /// Records that a scan found something.
    Quarantine {
        /// What was found, in the words of the scanner.
        reason: Text<200>,
    },
    /// Deletes it and its bytes.
    Delete {},
    /// Deletes it unless it is in use (FIL-6).
    DeleteUnused {},
}

/// What can have happened to a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Uploaded {
        owner: UserId,
        name: Personal<FileName>,
        media_type: MediaType,
        /// What its first bytes look like.
        sniffed: MediaType,
        /// In bytes.
        size: u64,
        sha256: Sha256,
        purpose: Purpose,
    },
    FoundClean {},
    Quarantined {
        reason: Text<200>,
    },
    Deleted {},
}

/// Why the business says no.
#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such file")]
    NotUploaded,
    #[error("the file is uploaded already")]
    AlreadyUploaded,
    #[error("the file is too large; it may have {most} bytes")]
    FileTooLarge { most: u64 },
    #[error("files of this type are not taken here")]
    TypeNotAllowed { allowed: Vec<&'static str> },
    #[error("the file is not what it says: it looks like {sniffed}")]
    TypeMismatch { sniffed: MediaType },
    #[error("the name ends in a way that does not fit its type")]
    ExtensionMismatch,
    #[error("the file is deleted")]
    Deleted,
    #[error("the file is in use; remove it there")]
    InUse,
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        match self {
            Self::FileTooLarge { .. } => Some("FIL-1"),
            Self::TypeNotAllowed { .. } => Some("FIL-2"),
            Self::TypeMismatch { .. } | Self::ExtensionMismatch => Some("FIL-3"),
            Self::InUse => Some("FIL-5"),
            Self::NotUploaded | Self::AlreadyUploaded | Self::Deleted => None,
        }
    }

    fn is_of_state(&self) -> bool {
        matches!(self, Self::NotUploaded | Self::AlreadyUploaded | Self::Deleted)
    }

    fn faults(&self) -> Vec<Fault> {
        let pointer = match self {
            Self::FileTooLarge { .. } => "/size",
            Self::TypeNotAllowed { .. } | Self::TypeMismatch { .. } => "/media_type",
            Self::ExtensionMismatch => "/name",
            _ => return vec![],
        };
        vec![Fault::new(pointer, self.to_string())]
    }
}

/// What a decision must know of who uses the file.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub in_use: bool,
}

impl File {
    /// What was uploaded, until it is deleted.
    pub fn content(&self) -> Option<&Content> {
        self.content.as_ref().filter(|_| !self.deleted)
    }

    pub fn scan(&self) -> ScanStatus {
        self.scan
    }

    fn delete(&self, case: &DecisionContext<Facts>) -> Result<Vec<Event>, Refusal> {
        match case.by.role {
            _ if self.deleted => Ok(vec![]),
            // Whoever used it let go of it, or its owner was erased.
            Role::System => Ok(vec![Event::Deleted {}]),
            _ if case.facts.in_use => Err(Refusal::InUse),
            _ => Ok(vec![Event::Deleted {}]),
        }
    }
}

impl Decider for File {
    const NAME: &'static str = "files.file";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = Facts;

    fn decide(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        match (&self.content, command) {
            (None, Command::Upload(file)) => upload(file),
            (None, _) => Err(Refusal::NotUploaded),
            (Some(_), Command::Upload(_)) => Err(Refusal::AlreadyUploaded),
            (Some(_), Command::Delete {}) => self.delete(case),
            (Some(_), Command::DeleteUnused {}) => {
                let is_unused = !self.deleted && !case.facts.in_use;
                Ok(is_unused.then_some(Event::Deleted {}).into_iter().collect())
            }
            (Some(_), _) if self.deleted => Err(Refusal::Deleted),
            (Some(_), Command::MarkClean {}) => {
                let is_new = self.scan == ScanStatus::Unscanned;
                Ok(is_new.then_some(Event::FoundClean {}).into_iter().collect())
            }
            (Some(_), Command::Quarantine { reason }) => {
                let is_new = self.scan != ScanStatus::Quarantined;
                Ok(is_new.then_some(Event::Quarantined { reason }).into_iter().collect())
            }
        }
    }

    fn evolve(mut self, event: Event) -> Self {
        match event {
            Event::Uploaded { owner, name, media_type, size, sha256, purpose, .. } => {
                self.content = Some(Content { owner, name, media_type, size, sha256, purpose });
            }
            Event::FoundClean {} => self.scan = ScanStatus::Clean,
            Event::Quarantined { .. } => self.scan = ScanStatus::Quarantined,
            Event::Deleted {} => self.deleted = true,
        }
        self
    }
}

fn upload(file: NewFile) -> Result<Vec<Event>, Refusal> {
    let NewFile { owner, name, media_type, sniffed, size, sha256, purpose } = file;
    purpose.check_size(size)?;
    purpose.check_type(&name, &media_type)?;
    purpose.check_content(&media_type, &sniffed)?;
    let name = Personal::sealed(owner, name);
    Ok(vec![Event::Uploaded { owner, name, media_type, sniffed, size, sha256, purpose }])
}
