//! An opened issue: its state, and what it decides.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Attachment, Command, Comment, Edit, Event, Facts, IssueId, NewIssue, Priority, Refusal,
    on_behalf_of,
};
use crate::{
    DecisionContext, Personal, Text,
    access::{Actor, Role},
    catalog::ProductId,
    crm::CustomerId,
    identity::UserId,
    licensing::LicenseId,
    organizations::CabinetId,
};

/// How long after it ended a client can take an issue up again (SUP-2).
pub const REOPEN_WINDOW: TimeDelta = TimeDelta::days(14);

/// An issue and its comments.
#[derive(Debug, Clone, PartialEq)]
pub struct Thread {
    /// The number by which people call it.
    pub number: Option<i64>,
    /// Who needs help. They are the subject of the title and the text.
    pub reporter: UserId,
    pub customer: Option<CustomerId>,
    pub cabinet: Option<CabinetId>,
    pub title: Personal<Text<200>>,
    pub text: Personal<Text<20_000>>,
    pub priority: Priority,
    pub product: Option<ProductId>,
    pub license: Option<LicenseId>,
    pub assignee: Option<UserId>,
    pub status: Status,
    /// When an agent first answered.
    pub answered: Option<DateTime<Utc>>,
    pub comments: Vec<Comment>,
    /// What was ever attached.
    pub attachments: Vec<Attachment>,
    /// The issues that go on from this one because it was too late to take it up again.
    pub continued_in: Vec<IssueId>,
}

/// Where an issue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Open,
    /// Helped, as far as anybody knows.
    Resolved {
        at: DateTime<Utc>,
    },
    /// Done with.
    Closed {
        at: DateTime<Utc>,
    },
}

pub(super) fn opening_events(
    opening: NewIssue,
    by: &Actor,
    facts: &Facts,
) -> Result<Vec<Event>, Refusal> {
    let reporter = opening.reporter;
    let (customer, cabinet) = on_behalf_of(&opening, by);
    let is_reached = |cabinet| by.cabinet == Some(cabinet) || by.reachable.contains(&cabinet);
    let for_themselves =
        reporter.uuid() == by.id && customer == by.customer && cabinet.is_none_or(is_reached);
    if !for_themselves && !by.role.is_staff() {
        return Err(Refusal::NotForOthers);
    }
    check_references(facts)?;
    Ok(vec![Event::Opened {
        number: None,
        reporter,
        customer,
        cabinet,
        title: Personal::sealed(reporter, opening.title),
        text: Personal::sealed(reporter, opening.text),
        priority: opening.priority,
        product: opening.product,
        license: opening.license,
        linked_to: opening.linked_to,
        source: opening.source,
    }])
}

impl Thread {
    pub(super) fn decide(
        &self,
        command: Command,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        let (now, agent) = (case.now, is_agent(case.by.role));
        match (command, self.status) {
            (Command::Open(_), _) => Err(Refusal::AlreadyOpened),
            (Command::EditComment { comment, text, reason }, _) => {
                self.edit_comment(comment, text, reason, case)
            }
            (Command::DeleteComment { comment, reason }, _) => {
                self.delete_comment(comment, reason, case)
            }
            (Command::DeleteAttachment { attachment, reason }, _) => {
                self.delete_attachment(attachment, reason, case)
            }
            (Command::Close {}, Status::Closed { .. })
            | (Command::Resolve {}, Status::Resolved { .. })
            | (Command::Reopen {}, Status::Open) => Ok(vec![]),
            (Command::Reopen {}, Status::Resolved { at } | Status::Closed { at }) => {
                if !agent {
                    check_reopen_window(at, now)?;
                }
                check_references(&case.facts)?;
                Ok(vec![Event::Reopened {}])
            }
            (Command::Comment(new), status) => self.add_comment(new, status, case),
            (_, Status::Closed { .. }) => Err(Refusal::Closed),
            (Command::AttachFile(new), _) => self.attach(new, case),
            (Command::Close {}, _) => Ok(vec![Event::Closed { at: now }]),
            (Command::Resolve {}, _) => Ok(vec![Event::Resolved { at: now }]),
            (Command::Edit(_), _) if self.answered.is_some() && !agent => Err(Refusal::Answered),
            (Command::Edit(edit), _) => {
                check_references(&case.facts)?;
                Ok(self.edit(edit))
            }
            (Command::Assign { to }, _) if to == self.assignee => Ok(vec![]),
            (Command::Assign { to: Some(_) }, _) if !case.facts.assignee.is_some_and(is_agent) => {
                Err(Refusal::NoAgent)
            }
            (Command::Assign { to }, _) => Ok(vec![Event::Assigned { to }]),
        }
    }

    fn edit(&self, edit: Edit) -> Vec<Event> {
        let mut events = Vec::new();
        let title = edit.title.map(|title| Personal::sealed(self.reporter, title));
        let text = edit.text.map(|text| Personal::sealed(self.reporter, text));
        let (title, text) = (
            title.unwrap_or_else(|| self.title.clone()),
            text.unwrap_or_else(|| self.text.clone()),
        );
        if (&title, &text) != (&self.title, &self.text) {
            events.push(Event::Edited { title, text });
        }
        let priority = edit.priority.filter(|priority| *priority != self.priority);
        events.extend(priority.map(|priority| Event::PrioritySet { priority }));
        let (product, license) = (edit.product.or(self.product), edit.license.or(self.license));
        if (product, license) != (self.product, self.license) {
            events.push(Event::Classified { product, license });
        }
        events
    }

    pub(super) fn evolve(mut self, event: Event) -> Self {
        match event {
            Event::Opened { .. } => {}
            Event::Edited { title, text } => self = Self { title, text, ..self },
            Event::PrioritySet { priority } => self.priority = priority,
            Event::Classified { product, license } => self = Self { product, license, ..self },
            Event::Assigned { to } => self.assignee = to,
            Event::Commented { comment: id, author, visibility, text, at, .. } => {
                let text = Some(text);
                self.comments.push(Comment { id, author, visibility, text, at });
            }
            Event::FirstResponseGiven { at, .. } => self.answered = Some(at),
            Event::CommentEdited { comment, text, .. } => self.replace_comment(comment, Some(text)),
            Event::CommentDeleted { comment, .. } => self.replace_comment(comment, None),
            Event::FileAttached { attachment: file, author, visibility, at, .. } => {
                let deleted = false;
                self.attachments.push(Attachment { file, author, visibility, at, deleted });
            }
            Event::AttachmentDeleted { attachment, .. } => self.remove_attachment(attachment),
            Event::Resolved { at } => self.status = Status::Resolved { at },
            Event::Reopened {} => self.status = Status::Open,
            Event::Closed { at } => self.status = Status::Closed { at },
            Event::Continued { issue, .. } => self.continued_in.push(issue),
        }
        self
    }
}

/// Fails if the issue would name something that is not there or not within reach: to those who may
/// not see it both is the same.
pub(super) fn check_references(facts: &Facts) -> Result<(), Refusal> {
    facts.unnameable.clone().map_or(Ok(()), Err)
}

/// Fails once a client cannot take up again what ended at that moment.
pub(super) fn check_reopen_window(ended: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refusal> {
    let until = ended + REOPEN_WINDOW;
    if now < until { Ok(()) } else { Err(Refusal::ReopenWindowOver { until }) }
}

/// Whether someone answers for the business, as the matrix has it.
pub(super) fn is_agent(role: Role) -> bool {
    matches!(role, Role::SupportAgent | Role::Admin | Role::System)
}
