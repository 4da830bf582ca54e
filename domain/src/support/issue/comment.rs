//! A comment on an issue.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::CommentId;
use crate::{Personal, Text, access::Role, identity::UserId};

/// A comment as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Comment {
    pub id: CommentId,
    /// Who wrote it. They are the subject of the text.
    pub author: UserId,
    pub visibility: Visibility,
    /// `None` once it was deleted.
    pub text: Option<Personal<Text<20_000>>>,
    pub at: DateTime<Utc>,
}

/// Who reads a comment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CommentVisibility)]
pub enum Visibility {
    #[default]
    Public,
    /// Agents only; no client ever learns that it exists (SUP-1).
    Internal,
}

/// By which way it came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    #[default]
    Web,
    Mail,
    Api,
    Chat,
}

/// For whom somebody speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Client,
    /// The business.
    Staff,
}

/// What somebody says.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    /// The same id is said once; a new one where none is given.
    #[serde(default)]
    pub comment: CommentId,
    pub text: Text<20_000>,
    #[serde(default)]
    pub visibility: Visibility,
    #[serde(default)]
    pub source: Source,
}

impl Side {
    pub(super) fn of_role(role: Role) -> Self {
        if role.is_staff() { Self::Staff } else { Self::Client }
    }
}
