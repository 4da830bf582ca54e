//! The page of an appointment, by the signed link of its mail: see it, move it, call it off.

use axum::{
    extract::State,
    http::{
        StatusCode,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use commands::scheduling::AppointmentDetails;
use domain::{
    platform::business::Profile,
    scheduling::{
        Plan,
        appointment::{Appointment, AppointmentId, AppointmentRecord, Command, Status},
        slot::Slot,
    },
};
use maud::{Markup, html};

use super::{
    form::{FilledForm, Form, PrefilledForm},
    format,
    free_times::{FreeTimesQuery, slot_problem_text},
    home,
    language::{Phrase, reader_language, say},
    offers::{Person, public_people},
    page::PageLayout,
    texts::booking as texts,
};
use crate::{
    App,
    caller::Caller,
    json_request::{CommandOptions, Path},
    platform::business::published_profile,
    problem::{Problem, ProblemCode},
    scheduling::guest::resolve_link,
};

/// What a link leads to.
struct Shown {
    token: String,
    id: AppointmentId,
    caller: Caller,
    record: AppointmentRecord,
    details: AppointmentDetails,
    business: Option<Profile>,
    now: DateTime<Utc>,
}

impl Shown {
    async fn load(app: &App, token: String) -> Result<Self, Problem> {
        let (id, caller) = resolve_link(app, &token).await?;
        let aggregates = app.commands.aggregates();
        let Appointment::Booked(record) = aggregates.load(id).await? else {
            return Err(Problem::not_found());
        };
        let details = AppointmentDetails::load(aggregates, id, &record, reader_language()).await?;
        let business = published_profile(app).await?;
        Ok(Self { token, id, caller, record, details, business, now: app.commands.now() })
    }

    fn plan(&self) -> &Plan {
        &self.record.booking.plan
    }

    fn times_query(&self) -> FreeTimesQuery<'_> {
        let moving = Some((self.id, self.plan()));
        FreeTimesQuery { service: self.record.booking.service, person: None, moving }
    }

    fn is_changeable_by_customer(&self) -> bool {
        self.details.is_changeable_by_customer(self.now)
    }

    fn page(&self, just: Option<Just>) -> Response {
        let plan = self.plan();
        let (title, kind) = title(self.record.booking.status, just);
        let zone = plan.start.zone;
        let main = html! {
            main.narrow {
                p class={ "notice " (kind) } role="status" { b { (say(title)) } }
                h1 { (self.details.service) }
                p.chosen {
                    b {
                        (format::weekday_date_and_time(plan.start.local)) "–"
                        (format::time(plan.until.with_timezone(&zone).time()))
                    }
                    span { (zone.name()) }
                }
                @if !self.details.people.is_empty() {
                    p { (say(texts::WITH)) " " b { (self.details.people.join(", ")) } }
                }
                @if just == Some(Just::Booked) { p.lead { (say(texts::LINK_IS_IN_MAIL)) } }
                (self.acts())
                @if let Some(business) = &self.business { (home::location_and_contact(business)) }
            }
        };
        self.respond(StatusCode::OK, say(title), main)
    }

    /// What the guest can do with it.
    fn acts(&self) -> Markup {
        let Self { token, .. } = self;
        let zone = self.plan().start.zone;
        let (is_live, is_changeable) =
            (self.record.booking.status.is_live(), self.is_changeable_by_customer());
        html! {
            p.acts {
                @if is_live {
                    a.button href={ "/a/" (token) "/calendar.ics" } { (say(texts::ADD_TO_CALENDAR)) }
                }
                @if is_changeable {
                    a.button href={ "/a/" (token) "/move" } { (say(texts::MOVE)) }
                }
                @if !is_live { a.button href="/book" { (say(texts::BOOK_ANOTHER)) } }
            }
            @if is_changeable {
                details {
                    summary.button.bad { (say(texts::CALL_OFF)) }
                    form method="post" action={ "/a/" (token) "/cancel" } {
                        button.button.bad { (say(texts::REALLY_CALL_OFF)) }
                    }
                }
                p.aside {
                    (say(texts::CHANGEABLE_UNTIL)) " "
                    (format::weekday_date_and_time(self.plan().cutoff.with_timezone(&zone).naive_local())) "."
                }
            } @else if is_live {
                p.aside { (say(texts::TOO_LATE_TO_CHANGE)) }
            }
        }
    }

    async fn times_page(
        &self,
        app: &App,
        form: &Form,
        problem: Option<&Problem>,
    ) -> Result<Response, Problem> {
        let times = self.times_query().free_times(app, form).await?;
        let people = public_people(app).await?;
        let address = format!("/a/{}/move", self.token);
        let main = html! {
            main {
                h1 { (self.details.service) }
                p.chosen { b { (format::weekday_date_and_time(self.plan().start.local)) } }
                @if let Some(problem) = problem {
                    p.notice.bad role="alert" { (slot_problem_text(problem)) }
                }
                h2 { (say(texts::WHEN)) }
                (times.day_links(&format!("{address}?")))
                (times.day_title())
                form.choices method="post" action=(address) {
                    @for slot in times.slots_of_day() { (self.time_button(slot, &people)) }
                }
                (times.zone_note())
                p.aside { a href={ "/a/" (self.token) } { (say(texts::KEEP_TIME)) } }
            }
        };
        Ok(self.respond(FilledForm { form, problem }.status(), say(texts::MOVE), main))
    }

    /// A time to move it to, and with whom if that is not who it is with.
    fn time_button(&self, slot: &Slot, people: &[Person]) -> Markup {
        let kept = self.plan().resources();
        let is_new =
            |person: &&Person| slot.resources.contains(&person.id) && !kept.contains(&person.id);
        let other = people.iter().find(is_new).and_then(|person| person.name.as_ref());
        html! {
            button.choice.time name="start" value=(slot.start.format("%FT%T")) {
                (format::time(slot.start.time()))
                @if let Some(name) = other { span { (say(texts::WITH)) " " (name.as_str()) } }
            }
        }
    }

    /// Changes it and shows how it is then; what the business refuses is said on a page.
    async fn change(self, app: &App, form: &Form, command: Command) -> Result<Response, Problem> {
        let changed = if matches!(command, Command::Reschedule { .. }) { "?moved=1" } else { "" };
        let none = CommandOptions::none();
        match app.dispatcher.execute(&self.caller, self.id, vec![command], none).await {
            Ok(_) => Ok(Redirect::to(&format!("/a/{}{changed}", self.token)).into_response()),
            // It is as it is now: too late, or over.
            Err(problem) if problem.status() == 409 => {
                let shown = Self::load(app, self.token).await?;
                if shown.is_changeable_by_customer() {
                    shown.times_page(app, form, Some(&problem)).await
                } else {
                    Ok(shown.page(None))
                }
            }
            Err(problem) => Err(problem),
        }
    }

    fn respond(&self, status: StatusCode, title: &str, main: Markup) -> Response {
        let head = html! { meta name="robots" content="noindex"; };
        let business = self.business.as_ref();
        PageLayout { title, business, head, main, embeddable: true, ..PageLayout::default() }
            .respond(status)
    }
}

pub(super) async fn appointment_page(
    State(app): State<App>,
    Path(token): Path<String>,
    PrefilledForm(form): PrefilledForm,
) -> Result<Response, Problem> {
    Ok(Shown::load(&app, token).await?.page(Just::read(&form)))
}

/// What has just been done, if its page is shown for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Just {
    Booked,
    Moved,
}

impl Just {
    fn read(form: &Form) -> Option<Self> {
        match (form.get("new"), form.get("moved")) {
            ("", "") => None,
            ("", _) => Some(Self::Moved),
            _ => Some(Self::Booked),
        }
    }
}

fn title(status: Status, just: Option<Just>) -> (Phrase, &'static str) {
    match status {
        Status::Pending => (texts::PENDING, "info"),
        Status::Confirmed if just == Some(Just::Moved) => (texts::MOVED, "ok"),
        Status::Confirmed => (texts::CONFIRMED, "ok"),
        Status::Cancelled => (texts::CANCELLED, "bad"),
        Status::Declined => (texts::DECLINED, "bad"),
        _ => (texts::OTHER_STATUS, "info"),
    }
}

pub(super) async fn cancel(
    State(app): State<App>,
    Path(token): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let shown = Shown::load(&app, token).await?;
    shown.change(&app, &form, Command::Cancel { reason: None }).await
}

/// The times to which it can be moved.
pub(super) async fn move_page(
    State(app): State<App>,
    Path(token): Path<String>,
    PrefilledForm(form): PrefilledForm,
) -> Result<Response, Problem> {
    let shown = Shown::load(&app, token).await?;
    if shown.is_changeable_by_customer() {
        shown.times_page(&app, &form, None).await
    } else {
        Ok(shown.page(None))
    }
}

pub(super) async fn move_to(
    State(app): State<App>,
    Path(token): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let shown = Shown::load(&app, token).await?;
    let start = form.start_time().ok_or_else(|| Problem::invalid("/start", "is no time"))?;
    let Some(slot) = shown.times_query().slots_at(&app, start).await?.into_iter().next() else {
        let taken = Problem::conflict(ProblemCode::Taken, "the time is taken");
        return shown.times_page(&app, &form, Some(&taken)).await;
    };
    let (start, resources, override_reason) = (Some(start), Some(slot.resources), None);
    shown.change(&app, &form, Command::Reschedule { start, resources, override_reason }).await
}

/// The appointment as a file for calendars.
pub(super) async fn calendar_file(
    State(app): State<App>,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let shown = Shown::load(&app, token).await?;
    let history = app.commands.aggregates().history(shown.id).await?;
    let changes = history.last().map_or(0, |last| last.version);
    let address = format!("{}/a/{}", app.tokens.issuer(), shown.token);
    let business = shown.business.as_ref();
    let calendar = shown.details.calendar_file((changes, shown.now), &address, business, None);
    let headers = [
        (CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"appointment.ics\""),
    ];
    Ok((headers, calendar).into_response())
}
