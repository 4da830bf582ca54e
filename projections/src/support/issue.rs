//! Issues as agents see them, with internal comments.

mod attachment;

use chrono::{DateTime, Utc};
use domain::{
    Recorded, Text,
    catalog::product::ProductId,
    crm::customer::CustomerId,
    identity::user::{self, UserId},
    licensing::license::LicenseId,
    organizations::cabinet::CabinetId,
    support::issue::{self, CommentId, Event, IssueId, Priority, Side, Source, Visibility},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::attachment::Attachment;
use self::attachment::AttachmentRow;
use crate::{
    Fold, FoldedStream, Projector,
    identity::user_names::UserNameRows,
    listing::{Field, Listing, OwnerColumns},
};

pub const PROJECTOR: Projector = Projector {
    name: "support.issue",
    version: 6,
    tables: include_str!("issue.sql"),
    streams: &[
        FoldedStream::of::<issue::Issue, Rows>(),
        FoldedStream::of::<user::User, UserNameRows>(),
    ],
};

pub const ISSUES: Listing = Listing { from: "support_issue.issues", ..BASE_ISSUES };

/// The comments of all issues; those of one by `filter[issue]`.
pub const COMMENTS: Listing = Listing { from: "support_issue.thread", ..BASE_COMMENTS };

/// The attachments of all issues; those of one by `filter[issue]`.
pub const ATTACHMENTS: Listing = Listing { from: "support_issue.attached", ..BASE_ATTACHMENTS };

/// What agents and clients can query of issues.
pub(super) const BASE_ISSUES: Listing = Listing {
    from: "",
    fields: &[
        Field::int("number"),
        Field::text("title").as_row_name(),
        Field::enum_of::<Priority>("priority"),
        Field::enum_of::<Status>("status"),
        Field::id::<UserId>("reporter"),
        Field::id::<CustomerId>("customer"),
        Field::id::<CabinetId>("cabinet"),
        Field::id::<UserId>("assignee"),
        Field::id::<ProductId>("product"),
        Field::id::<LicenseId>("license"),
        Field::id::<IssueId>("linked_to"),
        Field::ids::<IssueId>("continued_in", "continued_in"),
        Field::enum_of::<Source>("source"),
        Field::time("answered_at"),
        Field::time("ended_at"),
        Field::time("changed_at"),
    ],
    search: Some("search"),
    sort: &["-changed_at", "created_at", "number"],
    owner: OWNER,
};

pub(super) const BASE_COMMENTS: Listing = Listing {
    from: "",
    fields: &[
        Field::id::<IssueId>("issue"),
        Field::id::<UserId>("author").with_names_in("author_name"),
        Field::time("at"),
    ],
    search: None,
    sort: &["at"],
    owner: OWNER,
};

pub(super) const BASE_ATTACHMENTS: Listing = Listing {
    from: "",
    fields: &[
        Field::id::<IssueId>("issue"),
        Field::id::<UserId>("author").with_names_in("author_name"),
        Field::text("name").as_row_name(),
        Field::text("media_type"),
        Field::int("size"),
        Field::time("at"),
    ],
    search: None,
    sort: &["at"],
    owner: OWNER,
};

const OWNER: OwnerColumns = OwnerColumns {
    user: Some("reporter"),
    customer: Some("customer"),
    cabinet: Some("cabinet"),
    ..OwnerColumns::NONE
};

/// A request for help.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Issue {
    /// The number by which people call it.
    pub number: Option<i64>,
    /// Nothing, once the reporter was erased.
    pub title: Option<Text<200>>,
    pub text: Option<Text<20_000>>,
    pub priority: Priority,
    pub status: Status,
    pub reporter: UserId,
    pub customer: Option<CustomerId>,
    pub cabinet: Option<CabinetId>,
    pub assignee: Option<UserId>,
    pub product: Option<ProductId>,
    pub license: Option<LicenseId>,
    /// The issue that this one goes on from…
    pub linked_to: Option<IssueId>,
    /// …and those that go on from this one, as it was too late to take it up again.
    pub continued_in: Vec<IssueId>,
    pub source: Source,
    /// How many comments there are to read.
    pub comments: usize,
    /// When an agent first answered.
    pub answered_at: Option<DateTime<Utc>>,
    /// When it was resolved or closed.
    pub ended_at: Option<DateTime<Utc>>,
    /// When something changed that can be seen here.
    pub changed_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Open,
    Resolved,
    Closed,
}

/// A comment as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommentRow {
    key: CommentId,
    author: UserId,
    side: Side,
    visibility: Visibility,
    source: Source,
    text: Option<Text<20_000>>,
    at: DateTime<Utc>,
    edited_at: Option<DateTime<Utc>>,
    deleted_at: Option<DateTime<Utc>>,
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Comment {
    pub id: CommentId,
    pub author: UserId,
    pub author_name: Option<String>,
    pub side: Side,
    pub visibility: Visibility,
    pub source: Source,
    /// Nothing, once it was deleted or its author was erased.
    pub text: Option<Text<20_000>>,
    pub at: DateTime<Utc>,
    pub edited_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Rows {
    issues: Vec<Issue>,
    comments: Vec<CommentRow>,
    attachments: Vec<AttachmentRow>,
}

impl Fold<issue::Issue> for Rows {
    fn apply(&mut self, recorded: &Recorded<Event>) {
        if let Event::Opened { .. } = &recorded.event {
            self.issues = opened(recorded).into_iter().collect();
        }
        let Some(issue) = self.issues.first_mut() else { return };
        let comments = &mut self.comments;
        match &recorded.event {
            Event::Opened { .. } => {}
            Event::Edited { title, text } => {
                (issue.title, issue.text) = (title.get().cloned(), text.get().cloned());
            }
            Event::PrioritySet { priority } => issue.priority = *priority,
            Event::Classified { product, license } => {
                (issue.product, issue.license) = (*product, *license);
            }
            Event::Assigned { to } => issue.assignee = *to,
            Event::Commented { comment, author, side, visibility, source, text, at } => {
                comments.push(CommentRow {
                    key: *comment,
                    author: *author,
                    side: *side,
                    visibility: *visibility,
                    source: *source,
                    text: text.get().cloned(),
                    at: *at,
                    edited_at: None,
                    deleted_at: None,
                });
            }
            Event::FirstResponseGiven { at, .. } => issue.answered_at = Some(*at),
            Event::CommentEdited { comment, text, at, .. } => {
                let Some(comment) = comment_mut(comments, *comment) else { return };
                (comment.text, comment.edited_at) = (text.get().cloned(), Some(*at));
            }
            Event::CommentDeleted { comment, at, .. } => {
                let Some(comment) = comment_mut(comments, *comment) else { return };
                (comment.text, comment.deleted_at) = (None, Some(*at));
            }
            Event::FileAttached { .. } => {
                self.attachments.extend(AttachmentRow::attached(&recorded.event));
            }
            Event::AttachmentDeleted { attachment, .. } => {
                self.attachments.retain(|attached| attached.key != *attachment);
            }
            Event::Resolved { at } => {
                (issue.status, issue.ended_at) = (Status::Resolved, Some(*at));
            }
            Event::Reopened {} => (issue.status, issue.ended_at) = (Status::Open, None),
            Event::Closed { at } => (issue.status, issue.ended_at) = (Status::Closed, Some(*at)),
            Event::Continued { issue: other, .. } => issue.continued_in.push(*other),
        }
        issue.changed_at = recorded.recorded_at;
        issue.comments = comments.iter().filter(|comment| comment.deleted_at.is_none()).count();
    }
}

fn opened(recorded: &Recorded<Event>) -> Option<Issue> {
    let Event::Opened {
        number,
        reporter,
        customer,
        cabinet,
        title,
        text,
        priority,
        product,
        license,
        linked_to,
        source,
    } = &recorded.event
    else {
        return None;
    };
    Some(Issue {
        number: *number,
        title: title.get().cloned(),
        text: text.get().cloned(),
        priority: *priority,
        status: Status::Open,
        reporter: *reporter,
        customer: *customer,
        cabinet: *cabinet,
        assignee: None,
        product: *product,
        license: *license,
        linked_to: *linked_to,
        continued_in: Vec::new(),
        source: *source,
        comments: 0,
        answered_at: None,
        ended_at: None,
        changed_at: recorded.recorded_at,
    })
}

fn comment_mut(comments: &mut [CommentRow], id: CommentId) -> Option<&mut CommentRow> {
    comments.iter_mut().find(|comment| comment.key == id)
}
