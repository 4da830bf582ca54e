//! A saved export: a list or report that somebody named to have it again, and that others may be sent by a rhythm.
//!
//! EXP-5: each recipient gets an export of their own, of what they may read themselves. EXP-6: what is due is made
//! once; what was missed is not made up for. EXP-7: only staff name recipients besides themselves. EXP-8: nobody has
//! more than a few that have not ended. EXP-9: a period is that of the day on which it is due.

mod period;
mod recurrence;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::EnumDiscriminants;
use thiserror::Error;
use utoipa::ToSchema;

pub use super::SavedExportId;
use super::export::Format;
use crate::{Claim, Decider, DecisionContext, Fault, Personal, Text, Upcaster, identity::UserId};
pub use period::Period;
pub use recurrence::{Recurrence, TimeOfDay};

/// How many recipients there may be.
pub const MAX_RECIPIENTS: usize = 50;
/// How many saved exports somebody may have that have not ended (EXP-8).
pub const MAX_SAVED: usize = 20;
/// Where all lists and reports are.
const PATHS: &str = "/api/v1/";

/// Those of a user that have not ended.
pub fn saved_set_of(user: UserId) -> String {
    format!("files.saved_export.saved.{user}")
}

/// Nothing until it is saved.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum SavedExport {
    #[default]
    Unsaved,
    Saved(Box<Plan>),
    Ended(Box<Plan>),
}

/// What is saved, and how far it has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub details: Details,
    /// From when on it is due again; nothing while it is paused.
    since: Option<DateTime<Utc>>,
}

/// What is saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SavedExportDetails)]
pub struct Details {
    pub owner: UserId,
    pub name: Text<200>,
    /// Where the list is: `/api/v1/customers`.
    #[schema(example = "/api/v1/customers")]
    pub path: Text<300>,
    /// Filters and order, as in a URL; people may be named in them.
    pub query: Option<Personal<Text<4000>>>,
    pub format: Format,
    pub recipients: Vec<UserId>,
    /// When it is made; without one it is only saved.
    pub rhythm: Option<Recurrence>,
    /// What `from` and `until` of a report are on the day when it is due.
    pub period: Option<Period>,
}

/// What is to be saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSavedExport {
    /// Whose it is; whoever saves it, if that is not said.
    #[schema(required = false)]
    pub owner: UserId,
    pub name: Text<200>,
    /// Where the list is: `/api/v1/customers`.
    #[schema(example = "/api/v1/customers")]
    pub path: Text<300>,
    /// Filters and order, as in a URL.
    #[serde(default)]
    #[schema(example = "sort=name")]
    pub query: Option<Text<4000>>,
    pub format: Format,
    /// Who is sent a link to theirs, each time.
    #[serde(default)]
    pub recipients: Vec<UserId>,
    /// When it is made; without one it is only saved.
    #[serde(default)]
    pub rhythm: Option<Recurrence>,
    /// What `from` and `until` of a report are on the day when it is due, by the zone of the rhythm.
    #[serde(default)]
    pub period: Option<Period>,
}

/// What can be asked of a saved export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, EnumDiscriminants)]
#[strum_discriminants(name(CommandKind), derive(Serialize), serde(rename_all = "snake_case"))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Saves it.
    Save(NewSavedExport),
    /// Makes none until it is resumed.
    Pause {},
    /// Makes them again, from now on.
    Resume {},
    /// Gives it up.
    End {},
    /// Records that exports were asked for which were due then.
    RecordRun { due: DateTime<Utc> },
}

/// What can have happened to a saved export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub enum Event {
    Saved {
        details: Details,
        /// It is due from this moment on.
        since: DateTime<Utc>,
    },
    Paused {},
    Resumed {
        since: DateTime<Utc>,
    },
    Ended {},
    Run {
        due: DateTime<Utc>,
    },
}

/// Why the business says no.
#[derive(Debug, Clone, PartialEq, Error, Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    #[error("there is no such saved export")]
    NotSaved,
    #[error("the export was saved already")]
    AlreadySaved,
    #[error("the saved export has ended")]
    SavedExportEnded,
    #[error("only staff name recipients besides themselves")]
    OtherRecipients,
    #[error("there may be {most} recipients")]
    TooManyRecipients { most: usize },
    #[error("you have {most} saved exports; end one of them first")]
    TooManySavedExports { most: usize },
    #[error("that is nobody with an active account")]
    UnknownOwner,
    #[error("that is nobody with an active account")]
    UnknownRecipient {
        /// Which of the recipients, from 0.
        index: usize,
    },
    #[error("lists and reports are below {PATHS}")]
    NoList,
    #[error("the rhythm is none: {why}")]
    UnusableRhythm { why: &'static str },
    #[error("the period cannot be used: {why}")]
    UnusablePeriod { why: &'static str },
}

impl crate::Refusal for Refusal {
    fn rule(&self) -> Option<&'static str> {
        match self {
            Self::OtherRecipients => Some("EXP-7"),
            Self::TooManySavedExports { .. } => Some("EXP-8"),
            Self::UnusablePeriod { .. } => Some("EXP-9"),
            _ => None,
        }
    }

    fn is_of_state(&self) -> bool {
        matches!(self, Self::NotSaved | Self::AlreadySaved | Self::SavedExportEnded)
    }

    fn faults(&self) -> Vec<Fault> {
        let pointer = match self {
            Self::OtherRecipients | Self::TooManyRecipients { .. } => "/recipients".to_owned(),
            Self::UnknownOwner => "/owner".to_owned(),
            Self::UnknownRecipient { index } => format!("/recipients/{index}"),
            Self::NoList => "/path".to_owned(),
            Self::UnusableRhythm { .. } => "/rhythm".to_owned(),
            Self::UnusablePeriod { .. } => "/period".to_owned(),
            Self::NotSaved
            | Self::AlreadySaved
            | Self::SavedExportEnded
            | Self::TooManySavedExports { .. } => return vec![],
        };
        vec![Fault::new(pointer, self.to_string())]
    }
}

/// What a decision must know of the owner and the recipients of what is to be saved.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// How many saved exports of the owner have not ended.
    pub saved: usize,
    /// Who of them has no account that is active.
    pub unknown: Vec<UserId>,
}

impl SavedExport {
    /// What is saved, until it ends.
    pub fn plan(&self) -> Option<&Plan> {
        match self {
            Self::Saved(plan) => Some(plan),
            Self::Unsaved | Self::Ended(_) => None,
        }
    }

    /// Whose it is.
    pub fn owner(&self) -> Option<UserId> {
        match self {
            Self::Unsaved => None,
            Self::Saved(plan) | Self::Ended(plan) => Some(plan.details.owner),
        }
    }
}

impl NewSavedExport {
    /// What is asked for at a moment when it is due: the query with the days of the period.
    ///
    /// # Errors
    /// Why there are no such days.
    pub fn query_at(&self, due: DateTime<Utc>) -> Result<Option<Text<4000>>, &'static str> {
        query_at(self.query.as_ref(), (self.period, self.rhythm), due)
    }
}

impl Details {
    /// As [`NewSavedExport::query_at`]; the query is nothing once its owner was erased.
    ///
    /// # Errors
    /// As there.
    pub fn query_at(&self, due: DateTime<Utc>) -> Result<Option<Text<4000>>, &'static str> {
        let query = self.query.as_ref().and_then(|query| query.get());
        query_at(query, (self.period, self.rhythm), due)
    }
}

fn query_at(
    query: Option<&Text<4000>>,
    (period, rhythm): (Option<Period>, Option<Recurrence>),
    due: DateTime<Utc>,
) -> Result<Option<Text<4000>>, &'static str> {
    let Some(period) = period else { return Ok(query.cloned()) };
    let rhythm = rhythm.ok_or("it takes a rhythm, on which its days depend")?;
    if query.is_some_and(|query| has_days(query.as_str())) {
        return Err("the query says its days already");
    }
    let (from, until) = period.days(due.with_timezone(&rhythm.zone()).date_naive());
    let query = query.map(|query| format!("{query}&")).unwrap_or_default();
    let text = format!("{query}from={from}&until={until}");
    text.parse().map(Some).map_err(|_| "the query leaves no room for its days")
}

fn has_days(query: &str) -> bool {
    query.split('&').any(|part| part.starts_with("from=") || part.starts_with("until="))
}

impl Plan {
    fn new(details: Details, since: DateTime<Utc>) -> Self {
        Self { details, since: Some(since) }
    }

    /// When it is due next; nothing, if it is paused or has no rhythm.
    pub fn next_due(&self) -> Option<DateTime<Utc>> {
        self.details.rhythm?.first_after(self.since?)
    }

    /// The last time at which it was due by a moment, if it was (EXP-6).
    pub fn last_due(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (rhythm, first) = (self.details.rhythm?, self.next_due()?);
        let times = std::iter::successors(Some(first), |due| rhythm.first_after(*due));
        times.take_while(|due| *due <= now).last()
    }

    fn decide(&self, command: &Command, now: DateTime<Utc>) -> Result<Vec<Event>, Refusal> {
        let event = match command {
            Command::Save(_) => return Err(Refusal::AlreadySaved),
            Command::Pause {} => self.since.map(|_| Event::Paused {}),
            Command::Resume {} => self.since.is_none().then_some(Event::Resumed { since: now }),
            Command::End {} => Some(Event::Ended {}),
            Command::RecordRun { due } => {
                self.since.filter(|since| since < due).map(|_| Event::Run { due: *due })
            }
        };
        Ok(event.into_iter().collect())
    }
}

impl Decider for SavedExport {
    const NAME: &'static str = "files.saved_export";

    const UPCASTERS: &'static [Upcaster] = &[Upcaster {
        variant: "Saved",
        from: 1,
        up: |data| data["details"]["period"] = serde_json::Value::Null,
    }];

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
            (Self::Unsaved, Command::Save(new)) => save(new, case),
            (Self::Unsaved, _) => Err(Refusal::NotSaved),
            (Self::Saved(plan), command) => plan.decide(&command, case.now),
            (Self::Ended(_), Command::Save(_)) => Err(Refusal::AlreadySaved),
            (Self::Ended(_), Command::End {} | Command::RecordRun { .. }) => Ok(vec![]),
            (Self::Ended(_), _) => Err(Refusal::SavedExportEnded),
        }
    }

    fn evolve(self, event: Event) -> Self {
        match (self, event) {
            (Self::Unsaved, Event::Saved { details, since }) => {
                Self::Saved(Box::new(Plan::new(details, since)))
            }
            (Self::Saved(plan), Event::Ended {}) => Self::Ended(plan),
            (Self::Saved(mut plan), event) => {
                plan.since = match event {
                    Event::Resumed { since } => Some(since),
                    Event::Run { due } => plan.since.map(|_| due),
                    _ => None,
                };
                Self::Saved(plan)
            }
            (state, _) => state,
        }
    }

    fn claims(&self) -> Vec<Claim> {
        self.plan()
            .map(|plan| Claim::set_member(saved_set_of(plan.details.owner)))
            .into_iter()
            .collect()
    }
}

fn save(new: NewSavedExport, case: &DecisionContext<Facts>) -> Result<Vec<Event>, Refusal> {
    check_people(&new, case)?;
    new.query_at(case.now).map_err(|why| Refusal::UnusablePeriod { why })?;
    let NewSavedExport { owner, name, path, query, format, recipients, rhythm, period } = new;
    let of_path = |c: char| c.is_ascii_alphanumeric() || "/-_".contains(c);
    if !path.as_str().starts_with(PATHS) || !path.as_str().chars().all(of_path) {
        return Err(Refusal::NoList);
    }
    if let Some(Err(why)) = rhythm.map(Recurrence::validate) {
        return Err(Refusal::UnusableRhythm { why });
    }
    let query = query.map(|query| Personal::sealed(owner, query));
    let details = Details { owner, name, path, query, format, recipients, rhythm, period };
    Ok(vec![Event::Saved { details, since: case.now }])
}

/// Whether these recipients may be named, and the owner may have one more.
fn check_people(new: &NewSavedExport, case: &DecisionContext<Facts>) -> Result<(), Refusal> {
    let NewSavedExport { owner, recipients, .. } = new;
    if !case.by.role.is_staff() && recipients.iter().any(|recipient| recipient != owner) {
        return Err(Refusal::OtherRecipients);
    }
    if recipients.len() > MAX_RECIPIENTS {
        return Err(Refusal::TooManyRecipients { most: MAX_RECIPIENTS });
    }
    let Facts { saved, unknown } = &case.facts;
    if unknown.contains(owner) {
        return Err(Refusal::UnknownOwner);
    }
    if let Some(index) = recipients.iter().position(|recipient| unknown.contains(recipient)) {
        return Err(Refusal::UnknownRecipient { index });
    }
    if *saved >= MAX_SAVED {
        return Err(Refusal::TooManySavedExports { most: MAX_SAVED });
    }
    Ok(())
}
