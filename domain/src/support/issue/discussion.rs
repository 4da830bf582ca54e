//! Comments on an issue: what follows from them, and who may change them.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Comment, CommentId, Event, Facts, IssueId, NewComment, Refusal, Side, Status, Thread,
    Visibility,
    thread::{check_references, check_reopen_window, is_agent},
};
use crate::{DecisionContext, Personal, Text, identity::UserId};

/// How long authors can change their comments (SUP-3).
pub const EDIT_WINDOW: TimeDelta = TimeDelta::minutes(15);

impl Thread {
    /// The comment, unless it was deleted.
    pub fn find_comment(&self, id: CommentId) -> Option<&Comment> {
        self.comments.iter().find(|comment| comment.id == id && comment.text.is_some())
    }

    /// Whether a comment of this id was ever made.
    fn was_commented(&self, id: CommentId) -> bool {
        self.comments.iter().any(|comment| comment.id == id)
    }

    /// What follows from a comment (SUP-2): an agent's first public one is the first response; a
    /// client's public one takes a resolved issue up again, or opens another one if it comes too late.
    pub(super) fn add_comment(
        &self,
        new: NewComment,
        status: Status,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        let other = IssueId::from(new.comment.uuid());
        if self.was_commented(new.comment) || self.continued_in.contains(&other) {
            return Ok(vec![]);
        }
        let is_request =
            new.visibility == Visibility::Public && Side::of_role(case.by.role) == Side::Client;
        match status {
            Status::Resolved { at } if is_request && check_reopen_window(at, case.now).is_err() => {
                continue_in(other, new, case)
            }
            Status::Closed { .. } if is_request => continue_in(other, new, case),
            Status::Closed { .. } => Err(Refusal::Closed),
            Status::Open | Status::Resolved { .. } => Ok(self.comment_here(new, status, case)),
        }
    }

    fn comment_here(
        &self,
        new: NewComment,
        status: Status,
        case: &DecisionContext<Facts>,
    ) -> Vec<Event> {
        let (at, comment) = (case.now, new.comment);
        let (author, side) = (UserId::from(case.by.id), Side::of_role(case.by.role));
        let mut events = vec![Event::Commented {
            comment,
            author,
            side,
            visibility: new.visibility,
            source: new.source,
            text: Personal::sealed(author, new.text),
            at,
        }];
        if new.visibility == Visibility::Public {
            if is_agent(case.by.role) && self.answered.is_none() {
                events.push(Event::FirstResponseGiven { comment, at });
            }
            if let (Side::Client, Status::Resolved { .. }) = (side, status) {
                events.push(Event::Reopened {});
            }
        }
        events
    }

    pub(super) fn edit_comment(
        &self,
        comment: CommentId,
        text: Text<20_000>,
        reason: Option<Text<500>>,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        let existing = self.find_comment(comment).ok_or(Refusal::NoSuchComment)?;
        existing.check_changeable(reason.is_some(), case)?;
        let text = Personal::sealed(existing.author, text);
        if existing.text.as_ref() == Some(&text) {
            return Ok(vec![]);
        }
        let (by, reason) = editor_and_reason(reason, case);
        Ok(vec![Event::CommentEdited { comment, by, text, reason, at: case.now }])
    }

    pub(super) fn delete_comment(
        &self,
        comment: CommentId,
        reason: Option<Text<500>>,
        case: &DecisionContext<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        let Some(existing) = self.find_comment(comment) else {
            return if self.was_commented(comment) {
                Ok(vec![])
            } else {
                Err(Refusal::NoSuchComment)
            };
        };
        existing.check_changeable(reason.is_some(), case)?;
        let (by, reason) = editor_and_reason(reason, case);
        Ok(vec![Event::CommentDeleted { comment, by, reason, at: case.now }])
    }

    pub(super) fn replace_comment(&mut self, id: CommentId, text: Option<Personal<Text<20_000>>>) {
        if let Some(comment) = self.comments.iter_mut().find(|comment| comment.id == id) {
            comment.text = text;
        }
    }
}

/// The comment opens another issue, whose id is that of the comment: it is opened once.
fn continue_in(
    issue: IssueId,
    new: NewComment,
    case: &DecisionContext<Facts>,
) -> Result<Vec<Event>, Refusal> {
    check_references(&case.facts)?;
    let author = UserId::from(case.by.id);
    let text = Personal::sealed(author, new.text);
    Ok(vec![Event::Continued { issue, author, source: new.source, text, at: case.now }])
}

impl Comment {
    fn check_changeable(
        &self,
        has_reason: bool,
        case: &DecisionContext<Facts>,
    ) -> Result<(), Refusal> {
        let said = (self.author, self.at, self.visibility);
        check_changeable(said, Refusal::NoSuchComment, has_reason, case)
    }
}

/// SUP-3: authors change what they said for a while, agents anything if they give a reason.
pub(super) fn check_changeable(
    (author, at, visibility): (UserId, DateTime<Utc>, Visibility),
    missing: Refusal,
    has_reason: bool,
    case: &DecisionContext<Facts>,
) -> Result<(), Refusal> {
    let agent = is_agent(case.by.role);
    let author = author.uuid() == case.by.id;
    let until = at + EDIT_WINDOW;
    match visibility {
        // Readers without access to it must not learn that it exists (SUP-1).
        Visibility::Internal if !agent && !author => Err(missing),
        _ if author && case.now < until => Ok(()),
        _ if agent && has_reason => Ok(()),
        _ if agent => Err(Refusal::ReasonMissing),
        _ if author => Err(Refusal::EditWindowOver { until }),
        _ => Err(Refusal::NotTheAuthor),
    }
}

/// Who changes a comment, and their reason under their own key.
pub(super) fn editor_and_reason(
    reason: Option<Text<500>>,
    case: &DecisionContext<Facts>,
) -> (UserId, Option<Personal<Text<500>>>) {
    let by = UserId::from(case.by.id);
    (by, reason.map(|reason| Personal::sealed(by, reason)))
}
