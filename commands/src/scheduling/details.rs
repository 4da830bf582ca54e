//! An appointment as its customer is told of it, by a page, a mail or a file for calendars.

use chrono::{DateTime, Utc};
use domain::{
    Language, Money,
    platform::business::Profile,
    scheduling::{
        Plan,
        appointment::{AppointmentId, AppointmentRecord, Status},
        resource::Kind,
    },
};
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};

use crate::{AggregateReader, ReadError};

/// An appointment as its customer is told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AppointmentDetails {
    pub id: AppointmentId,
    /// What is done, in the language of the reader.
    pub service: String,
    /// Who does it, as far as everybody may see them.
    pub people: Vec<String>,
    pub price: Option<Money>,
    /// Whether the price is the least that it may come to.
    pub price_from: bool,
    pub plan: Plan,
    pub status: Status,
}

/// What makes a file for calendars an invitation, by which they add, move or remove an appointment by
/// themselves (RFC 5546): the addresses of whoever sends it and of whoever it is sent to.
#[derive(Debug, Clone, Copy)]
pub struct CalendarInvitation<'a> {
    pub organizer: &'a str,
    pub attendee: &'a str,
}

impl AppointmentDetails {
    /// An appointment as it stood; what it is called, and who does it, as it is now.
    pub async fn load(
        aggregates: &AggregateReader,
        id: AppointmentId,
        record: &AppointmentRecord,
        language: Language,
    ) -> Result<Self, ReadError> {
        let (plan, status) = (record.booking.plan.clone(), record.booking.status);
        let service = aggregates.load(record.booking.service).await?;
        let service = service.definition();
        let mut people = vec![];
        for resource in plan.resources() {
            let resource = aggregates.load(resource).await?;
            let is_shown = |kind, public| kind == Kind::Person && public;
            let shown =
                resource.setup_in_use().filter(|setup| is_shown(setup.kind, setup.profile.public));
            people.extend(shown.and_then(|setup| setup.name.get()).map(ToString::to_string));
        }
        Ok(Self {
            id,
            service: service.map(|it| it.name_in(language).to_string()).unwrap_or_default(),
            people,
            price: service.and_then(|it| it.price),
            price_from: service.is_some_and(|it| it.price_from),
            plan,
            status,
        })
    }

    /// Whether it was called off or declined.
    fn is_off(&self) -> bool {
        matches!(self.status, Status::Cancelled | Status::Declined)
    }

    /// Whether its customer may move it or call it off by themselves (SCH-8).
    pub fn is_changeable_by_customer(&self, now: DateTime<Utc>) -> bool {
        self.status.is_live() && now < self.plan.cutoff
    }

    /// What a calendar is to do with an invitation (RFC 5546).
    pub fn calendar_method(&self) -> &'static str {
        if self.is_off() { "CANCEL" } else { "REQUEST" }
    }

    /// The appointment as a file for calendars; `sequence` counts what happened to it (SCH-11), and `page_url`
    /// is that of the page where there is more.
    pub fn calendar_file(
        &self,
        (sequence, timestamp): (i32, DateTime<Utc>),
        page_url: &str,
        business: Option<&Profile>,
        invitation: Option<CalendarInvitation<'_>>,
    ) -> String {
        let mut event = self.event(business);
        event.timestamp(timestamp).add_property("SEQUENCE", sequence.to_string()).url(page_url);
        let mut calendar = Calendar::new();
        if let Some(CalendarInvitation { organizer, attendee }) = invitation {
            calendar.append_property(("METHOD", self.calendar_method()));
            let mut organizer = Property::new("ORGANIZER", format!("mailto:{organizer}"));
            if let Some(business) = business {
                organizer.add_parameter("CN", &business.name.as_str().replace('"', "'"));
            }
            let mut attendee = Property::new("ATTENDEE", format!("mailto:{attendee}"));
            // They have agreed already, and are not asked.
            attendee.add_parameter("PARTSTAT", "ACCEPTED").add_parameter("RSVP", "FALSE");
            event.append_property(organizer.done()).append_multi_property(attendee.done());
        }
        calendar.push(event.done()).done().to_string()
    }

    fn event(&self, business: Option<&Profile>) -> Event {
        let mut event = Event::new();
        event.uid(&self.id.to_string()).summary(&self.service);
        event.starts(self.plan.start.utc).ends(self.plan.until);
        event.status(match self.status {
            Status::Pending => EventStatus::Tentative,
            _ if self.is_off() => EventStatus::Cancelled,
            _ => EventStatus::Confirmed,
        });
        if let Some(Profile { name, address, .. }) = business {
            event.summary(&format!("{}, {name}", self.service));
            if let Some(address) = address {
                event.location(&format!("{}, {}", address.street, address.city));
            }
        }
        event
    }
}
