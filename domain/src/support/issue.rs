//! A request for help: opened, talked about, resolved, perhaps reopened, at last closed.

mod attachment;
mod comment;
mod discussion;
#[cfg(test)]
mod tests;
mod thread;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use attachment::{AttachableFile, Attachment, NewAttachment};
pub use comment::{Comment, NewComment, Side, Source, Visibility};
pub use discussion::EDIT_WINDOW;
pub use thread::{REOPEN_WINDOW, Status, Thread};

pub use super::{CommentId, IssueId};
use crate::{
    Claim, Counter, Decider, DecisionContext, Fault, FileName, MediaType, Personal, Text,
    access::{Actor, Role},
    catalog::ProductId,
    crm::CustomerId,
    files::FileId,
    identity::UserId,
    licensing::LicenseId,
    organizations::CabinetId,
};

#[derive(Debug, Clone, Default, PartialEq)]
pub enum Issue {
    #[default]
    Unopened,
    Opened(Box<Thread>),
}

/// How much it presses.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
    Urgent,
}

/// What somebody asks.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIssue {
    pub title: Text<200>,
    pub text: Text<20_000>,
    #[serde(default)]
    pub priority: Priority,
    /// Who needs help: clients ask for themselves, staff for anybody. Whoever names nobody asks for
    /// themselves.
    #[schema(required = false)]
    pub reporter: UserId,
    /// The customer who the reporter is.
    #[serde(default)]
    pub customer: Option<CustomerId>,
    /// The reporter's cabinet. If they ask for themselves, it is their active one unless another is
    /// given.
    #[serde(default)]
    pub cabinet: Option<CabinetId>,
    #[serde(default)]
    pub product: Option<ProductId>,
    #[serde(default)]
    pub license: Option<LicenseId>,
    /// The issue that this one goes on from.
    #[serde(default)]
    pub linked_to: Option<IssueId>,
    #[serde(default)]
    pub source: Source,
}

/// What is to be different; what is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Edit {
    pub title: Option<Text<200>>,
    pub text: Option<Text<20_000>>,
    pub priority: Option<Priority>,
    pub product: Option<ProductId>,
    pub license: Option<LicenseId>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// Asks for help.
    Open(NewIssue),
    /// Changes what is asked: the reporter until the first answer, agents at any time.
    Edit(Edit),
    /// Makes an agent responsible, or nobody.
    Assign {
        #[serde(default)]
        to: Option<UserId>,
    },
    /// Says something. A client's comment reopens an issue that was resolved lately; later, or when
    /// the issue is closed, it opens a new one that goes on from it.
    Comment(NewComment),
    /// Replaces the text of a comment: its author for 15 minutes, agents with a reason.
    EditComment {
        comment: CommentId,
        text: Text<20_000>,
        /// Asked of everybody but the author.
        #[serde(default)]
        reason: Option<Text<500>>,
    },
    /// Takes a comment back: its author for 15 minutes, agents with a reason.
    DeleteComment {
        comment: CommentId,
        /// Asked of everybody but the author.
        #[serde(default)]
        reason: Option<Text<500>>,
    },
    /// Adds a file that the actor uploaded for it. A file is attached once, to one issue.
    AttachFile(NewAttachment),
    /// Takes a file away again: who attached it for 15 minutes, agents with a reason.
    DeleteAttachment {
        attachment: FileId,
        /// Asked of everybody but who attached it.
        #[serde(default)]
        reason: Option<Text<500>>,
    },
    /// Records that the reporter was helped.
    Resolve {},
    /// Takes the issue up again: clients for 14 days, agents at any time.
    Reopen {},
    /// Is done with the issue.
    Close {},
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Opened {
        /// Drawn as the event is appended, without gaps.
        number: Option<i64>,
        reporter: UserId,
        customer: Option<CustomerId>,
        cabinet: Option<CabinetId>,
        title: Personal<Text<200>>,
        text: Personal<Text<20_000>>,
        priority: Priority,
        product: Option<ProductId>,
        license: Option<LicenseId>,
        linked_to: Option<IssueId>,
        source: Source,
    },
    Edited {
        title: Personal<Text<200>>,
        text: Personal<Text<20_000>>,
    },
    PrioritySet {
        priority: Priority,
    },
    Classified {
        product: Option<ProductId>,
        license: Option<LicenseId>,
    },
    Assigned {
        to: Option<UserId>,
    },
    Commented {
        comment: CommentId,
        author: UserId,
        side: Side,
        visibility: Visibility,
        source: Source,
        text: Personal<Text<20_000>>,
        at: DateTime<Utc>,
    },
    FirstResponseGiven {
        comment: CommentId,
        at: DateTime<Utc>,
    },
    CommentEdited {
        comment: CommentId,
        by: UserId,
        text: Personal<Text<20_000>>,
        reason: Option<Personal<Text<500>>>,
        at: DateTime<Utc>,
    },
    CommentDeleted {
        comment: CommentId,
        by: UserId,
        reason: Option<Personal<Text<500>>>,
        at: DateTime<Utc>,
    },
    FileAttached {
        attachment: FileId,
        author: UserId,
        side: Side,
        visibility: Visibility,
        name: Personal<FileName>,
        media_type: MediaType,
        /// In bytes.
        size: u64,
        at: DateTime<Utc>,
    },
    AttachmentDeleted {
        attachment: FileId,
        by: UserId,
        reason: Option<Personal<Text<500>>>,
        at: DateTime<Utc>,
    },
    Resolved {
        at: DateTime<Utc>,
    },
    Reopened {},
    Closed {
        at: DateTime<Utc>,
    },
    /// A client said something when it was too late to take the issue up again: another one goes on
    /// from it.
    Continued {
        /// The other one, which this opens.
        issue: IssueId,
        author: UserId,
        source: Source,
        text: Personal<Text<20_000>>,
        at: DateTime<Utc>,
    },
}

#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such issue")]
    Unopened,
    #[error("the issue is open already")]
    AlreadyOpened,
    #[error("clients ask for themselves and the cabinets that they reach")]
    NotForOthers,
    #[error("the issue is closed; a client's public comment opens another one")]
    Closed,
    #[error("an agent has answered already; say it in a comment")]
    Answered,
    #[error("it could be taken up again until {until}; a comment opens another one")]
    ReopenWindowOver { until: DateTime<Utc> },
    #[error("there is no such comment")]
    NoSuchComment,
    #[error("there is no such attachment")]
    NoSuchAttachment,
    #[error("there is no such file of yours that can be attached")]
    UnknownFile,
    #[error("only its author can change a comment")]
    NotTheAuthor,
    #[error("the comment could be changed until {until}")]
    EditWindowOver { until: DateTime<Utc> },
    #[error("who changes what another one said gives a reason")]
    ReasonMissing,
    #[error("issues are assigned to agents")]
    NoAgent,
    #[error("there is no such customer, or the customer is archived")]
    NoSuchCustomer,
    #[error("there is no such cabinet")]
    UnknownCabinet,
    #[error("the cabinet is closed")]
    CabinetClosed,
    #[error("there is no such product")]
    UnknownProduct,
    #[error("there is no such licence within your reach")]
    UnknownLicense,
    #[error("there is no such issue within your reach")]
    UnknownIssue,
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        match self {
            Self::NotForOthers => Some("SUP-8"),
            Self::NoSuchCustomer => Some("CRM-3"),
            Self::CabinetClosed => Some("ORG-6"),
            Self::ReopenWindowOver { .. } => Some("SUP-2"),
            Self::NotTheAuthor | Self::EditWindowOver { .. } | Self::ReasonMissing => Some("SUP-3"),
            _ => None,
        }
    }

    fn is_of_state(&self) -> bool {
        matches!(
            self,
            Self::Unopened
                | Self::AlreadyOpened
                | Self::Closed
                | Self::Answered
                | Self::ReopenWindowOver { .. }
        )
    }

    fn faults(&self) -> Vec<Fault> {
        let pointer = match self {
            Self::ReasonMissing => "/reason",
            Self::NoAgent => "/to",
            Self::NoSuchCustomer => "/customer",
            Self::UnknownCabinet => "/cabinet",
            Self::UnknownProduct => "/product",
            Self::UnknownLicense => "/license",
            Self::UnknownIssue => "/linked_to",
            Self::UnknownFile => "/file",
            _ => return vec![],
        };
        vec![Fault::new(pointer, self.to_string())]
    }
}

/// What a decision must know of what the issue refers to.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The role of the user it is to be assigned to.
    pub assignee: Option<Role>,
    /// Why the issue may not refer to something: it does not exist, or is not within reach.
    pub unnameable: Option<Refusal>,
    /// The file that is to be attached, if the actor may attach it.
    pub file: Option<AttachableFile>,
}

/// The customer and cabinet of a new issue; unless named, those of the actor, if they ask for
/// themselves.
pub fn on_behalf_of(opening: &NewIssue, by: &Actor) -> (Option<CustomerId>, Option<CabinetId>) {
    let themselves = opening.reporter.uuid() == by.id;
    let customer = opening.customer.or(by.customer.filter(|_| themselves));
    (customer, opening.cabinet.or(by.cabinet.filter(|_| themselves)))
}

impl Issue {
    /// The issue, once it was opened.
    pub fn thread(&self) -> Option<&Thread> {
        match self {
            Self::Opened(thread) => Some(thread),
            Self::Unopened => None,
        }
    }

    /// Whether it was resolved or closed.
    pub fn has_ended(&self) -> bool {
        self.thread().is_some_and(|thread| thread.status != Status::Open)
    }
}

impl Decider for Issue {
    const NAME: &'static str = "support.issue";

    type Command = Command;
    type Event = Event;
    type Refusal = Refusal;
    type Facts = Facts;

    fn decide(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        match (self, command) {
            (Self::Opened(thread), command) => thread.decide(command, case),
            (Self::Unopened, Command::Open(opening)) => {
                thread::opening_events(opening, &case.by, &case.facts)
            }
            (Self::Unopened, _) => Err(Refusal::Unopened),
        }
    }

    fn evolve(self, event: Event) -> Self {
        match (self, event) {
            (
                Self::Unopened,
                Event::Opened {
                    number,
                    reporter,
                    customer,
                    cabinet,
                    title,
                    text,
                    priority,
                    product,
                    license,
                    ..
                },
            ) => Self::Opened(Box::new(Thread {
                number,
                reporter,
                customer,
                cabinet,
                title,
                text,
                priority,
                product,
                license,
                assignee: None,
                status: Status::Open,
                answered: None,
                comments: Vec::new(),
                attachments: Vec::new(),
                continued_in: Vec::new(),
            })),
            (Self::Unopened, _) => Self::Unopened,
            (Self::Opened(thread), event) => Self::Opened(Box::new(thread.evolve(event))),
        }
    }

    fn counter(event: &Event) -> Option<Counter> {
        matches!(event, Event::Opened { .. })
            .then(|| Counter { name: "issue".into(), field: "number" })
    }

    /// As long as it is not closed, neither is its cabinet (ORG-6), nor is its customer archived
    /// (CRM-3).
    fn claims(&self) -> Vec<Claim> {
        let open = self.thread().filter(|thread| !matches!(thread.status, Status::Closed { .. }));
        let cabinet = open.and_then(|thread| thread.cabinet).map(open_issues_in_cabinet_set);
        let customer = open.and_then(|thread| thread.customer).map(open_issues_of_customer_set);
        let sets = cabinet.into_iter().chain(customer).map(Claim::set_member);
        let attachments = self.thread().into_iter().flat_map(|thread| &thread.attachments);
        sets.chain(attachments.map(|attached| attachment_claim(attached.file))).collect()
    }
}

/// The kind of the claim on a file by the issue that it is or was attached to.
pub const ATTACHED_FILE: &str = "attached_file";

/// SUP-12: a file is attached once, so that it can be deleted with its attachment.
fn attachment_claim(file: FileId) -> Claim {
    Claim::unique(ATTACHED_FILE, file, "SUP-12")
}

/// The set of the issues of a customer that are not closed.
pub fn open_issues_of_customer_set(customer: CustomerId) -> String {
    format!("issue_for/{customer}")
}

/// The set of the issues of a cabinet that are not closed.
pub fn open_issues_in_cabinet_set(cabinet: CabinetId) -> String {
    format!("issue_of/{cabinet}")
}
