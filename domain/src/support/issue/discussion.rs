//! What follows from what is said in an issue, and who may take it back.

use chrono::TimeDelta;

use super::{
    Comment, CommentId, Event, Facts, IssueId, NewComment, Refusal, Side, Status, Thread,
    Visibility,
    thread::{in_time_to_reopen, is_agent, nameable},
};
use crate::{Case, Personal, Text, identity::UserId};

/// How long authors can change what they said (SUP-3).
pub const EDIT_WINDOW: TimeDelta = TimeDelta::minutes(15);

impl Thread {
    /// The comment, unless it was deleted.
    pub fn comment(&self, id: CommentId) -> Option<&Comment> {
        self.comments.iter().find(|comment| comment.id == id && comment.text.is_some())
    }

    /// Whether a comment of this id was ever made.
    fn said(&self, id: CommentId) -> bool {
        self.comments.iter().any(|comment| comment.id == id)
    }

    /// What follows from a comment (SUP-2): an agent's first public one is the first response; a
    /// client's public one takes a resolved issue up again, or opens another one if it comes too late.
    pub(super) fn say(
        &self,
        new: NewComment,
        status: Status,
        case: &Case<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        let other = IssueId::from(new.comment.uuid());
        if self.said(new.comment) || self.continued_in.contains(&other) {
            return Ok(vec![]);
        }
        let asks = new.visibility == Visibility::Public && Side::of(case.by.role) == Side::Client;
        match status {
            Status::Resolved { at } if asks && in_time_to_reopen(at, case.now).is_err() => {
                go_on_in(other, new, case)
            }
            Status::Closed { .. } if asks => go_on_in(other, new, case),
            Status::Closed { .. } => Err(Refusal::Closed),
            Status::Open | Status::Resolved { .. } => Ok(self.said_here(new, status, case)),
        }
    }

    fn said_here(&self, new: NewComment, status: Status, case: &Case<Facts>) -> Vec<Event> {
        let (at, comment) = (case.now, new.comment);
        let (author, side) = (UserId::from(case.by.id), Side::of(case.by.role));
        let mut events = vec![Event::Commented {
            comment,
            author,
            side,
            visibility: new.visibility,
            source: new.source,
            text: Personal::known(author, new.text),
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
        case: &Case<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        let said = self.comment(comment).ok_or(Refusal::NoSuchComment)?;
        said.changeable(reason.is_some(), case)?;
        let text = Personal::known(said.author, text);
        if said.text.as_ref() == Some(&text) {
            return Ok(vec![]);
        }
        let (by, reason) = signed(reason, case);
        Ok(vec![Event::CommentEdited { comment, by, text, reason, at: case.now }])
    }

    pub(super) fn delete_comment(
        &self,
        comment: CommentId,
        reason: Option<Text<500>>,
        case: &Case<Facts>,
    ) -> Result<Vec<Event>, Refusal> {
        let Some(said) = self.comment(comment) else {
            return if self.said(comment) { Ok(vec![]) } else { Err(Refusal::NoSuchComment) };
        };
        said.changeable(reason.is_some(), case)?;
        let (by, reason) = signed(reason, case);
        Ok(vec![Event::CommentDeleted { comment, by, reason, at: case.now }])
    }

    pub(super) fn replace(&mut self, id: CommentId, text: Option<Personal<Text<20_000>>>) {
        if let Some(comment) = self.comments.iter_mut().find(|comment| comment.id == id) {
            comment.text = text;
        }
    }
}

/// What is said opens another issue, whose id is that of the comment: it is opened once.
fn go_on_in(issue: IssueId, new: NewComment, case: &Case<Facts>) -> Result<Vec<Event>, Refusal> {
    nameable(&case.facts)?;
    let author = UserId::from(case.by.id);
    let text = Personal::known(author, new.text);
    Ok(vec![Event::Continued { issue, author, source: new.source, text, at: case.now }])
}

impl Comment {
    /// SUP-3: authors change what they just said, agents whatever was said if they say why.
    fn changeable(&self, reasoned: bool, case: &Case<Facts>) -> Result<(), Refusal> {
        let agent = is_agent(case.by.role);
        let author = self.author.uuid() == case.by.id;
        let until = self.at + EDIT_WINDOW;
        match self.visibility {
            // Whoever may not read it is not told that it exists (SUP-1).
            Visibility::Internal if !agent && !author => Err(Refusal::NoSuchComment),
            _ if author && case.now < until => Ok(()),
            _ if agent && reasoned => Ok(()),
            _ if agent => Err(Refusal::ReasonMissing),
            _ if author => Err(Refusal::EditWindowOver { until }),
            _ => Err(Refusal::NotTheAuthor),
        }
    }
}

/// Who changes a comment, and his reason under his own key.
fn signed(reason: Option<Text<500>>, case: &Case<Facts>) -> (UserId, Option<Personal<Text<500>>>) {
    let by = UserId::from(case.by.id);
    (by, reason.map(|reason| Personal::known(by, reason)))
}
