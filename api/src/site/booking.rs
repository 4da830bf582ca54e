//! Booking without an account: a service, a day and a time, who one is, and the code of a mail.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chrono::NaiveDateTime;
use domain::{
    Email, Text,
    identity::session::Origin,
    platform::business::Profile,
    scheduling::{
        appointment::{Appointment, AppointmentId},
        resource::Kind,
        service::ServiceId,
        slot::Slot,
    },
};
use maud::{Markup, html};
use projections::scheduling::appointment::APPOINTMENTS;
use serde::Deserialize;

use super::{
    account::{self, NAME},
    form::{FilledForm, Form, FormField, PrefilledForm},
    format,
    free_times::{FreeTimesQuery, slot_problem_text},
    language::{reader_language, say},
    offers::{Offer, Person, duration_and_price, load_offers, public_people, service_links},
    page::PageLayout,
    texts::booking as texts,
};
use crate::{
    App,
    auth::RequestOrigin,
    json_request::{CommandOptions, Path},
    platform::business::published_profile,
    problem::{Problem, ProblemCode},
    scheduling::guest::{self, CodeRequest, HoldRequest},
};

const EMAIL: FormField = FormField { autocomplete: "email", ..account::EMAIL };
const CODE: FormField = FormField {
    name: "code",
    label: texts::CODE,
    kind: "text",
    autocomplete: "one-time-code",
    fault: texts::WRONG_CODE,
    hint: None,
};

/// How often it is looked up who is free at a time while others take it.
const HOLD_ROUNDS: usize = 3;

/// What is booked, and with whom.
struct Booking {
    offer: Offer,
    /// Who may be chosen.
    people: Vec<Person>,
    business: Option<Profile>,
}

/// Who books, as they say.
#[derive(Deserialize)]
struct Who {
    name: Text<200>,
    email: Email,
}

pub(super) async fn services_page(State(app): State<App>) -> Result<Response, Problem> {
    let business = published_profile(&app).await?;
    let offers = load_offers(&app, business.as_ref()).await?;
    let title = say(texts::CHOOSE_SERVICE);
    let main = html! {
        main {
            h1 { (title) }
            @if offers.is_empty() { p.lead { (say(texts::NOTHING_OFFERED)) } }
            (service_links(&offers))
        }
    };
    let business = business.as_ref();
    Ok(PageLayout { title, business, main, embeddable: true, ..PageLayout::default() }
        .respond(StatusCode::OK))
}

/// The free times of a service, or once one is chosen who books it.
pub(super) async fn service_page(
    State(app): State<App>,
    Path(service): Path<ServiceId>,
    PrefilledForm(form): PrefilledForm,
) -> Result<Response, Problem> {
    let booking = Booking::find(&app, service).await?;
    if form.start_time().is_none() {
        return booking.times_page(&app, &form, None).await;
    }
    // What is held is said by the form that holds it, not by a link.
    let form = form.without("hold");
    Ok(booking.who_page(&FilledForm { form: &form, problem: None }))
}

/// Who books has said who they are, or what the code is.
pub(super) async fn book(
    State(app): State<App>,
    Path(service): Path<ServiceId>,
    RequestOrigin(origin): RequestOrigin,
    form: Form,
) -> Result<Response, Problem> {
    let booking = Booking::find(&app, service).await?;
    if !form.get("request").is_empty() {
        return booking.confirm(&app, &form).await;
    }
    let Some(start) = form.start_time() else { return booking.times_page(&app, &form, None).await };
    // Who it is comes first, so that nothing is held by a form that is not complete.
    let who = match form.with_only(&["name", "email"]).read::<Who>() {
        Ok(who) => who,
        Err(problem) => {
            return Ok(booking.who_page(&FilledForm { form: &form, problem: Some(&problem) }));
        }
    };
    // The slot is held already if the mail is to be sent again.
    let hold = if let Some(held) = booking.held(&app, &form, start).await? {
        held
    } else {
        match booking.hold(&app, &origin, &form, start).await {
            Ok(held) => held,
            Err(problem) if problem.status() < 500 => {
                return booking.times_page(&app, &form, Some(&problem)).await;
            }
            Err(problem) => return Err(problem),
        }
    };
    let form = form.with("hold", &hold.to_string());
    let Who { name, email } = who;
    match guest::mail_code(
        &app,
        &origin,
        CodeRequest { hold, name, email, language: reader_language() },
    )
    .await
    {
        Ok(request) => {
            let form = form.with("request", &request);
            booking.code_page(&app, &FilledForm { form: &form, problem: None }).await
        }
        Err(problem) if problem.concerns_field("hold") => {
            booking.times_page(&app, &form, Some(&problem)).await
        }
        Err(problem) => Ok(booking.who_page(&FilledForm { form: &form, problem: Some(&problem) })),
    }
}

impl Booking {
    async fn find(app: &App, service: ServiceId) -> Result<Self, Problem> {
        let business = published_profile(app).await?;
        let offers = load_offers(app, business.as_ref()).await?;
        let offer = offers.into_iter().find(|offer| offer.id == service);
        let offer = offer.ok_or_else(Problem::not_found)?;
        let people = if offer.needs_resource_kind(Kind::Person) {
            public_people(app).await?
        } else {
            vec![]
        };
        Ok(Self { offer, people, business })
    }

    /// The hold that a form names, if it is one of this service at this time.
    async fn held(
        &self,
        app: &App,
        form: &Form,
        start: NaiveDateTime,
    ) -> Result<Option<AppointmentId>, Problem> {
        let Ok(id) = form.get("hold").parse::<AppointmentId>() else { return Ok(None) };
        let Appointment::Held(hold) = app.commands.aggregates().load(id).await? else {
            return Ok(None);
        };
        let query = self.times_query(form);
        let is_this = hold.service == query.service
            && hold.plan.start.local == start
            && query.person.is_none_or(|person| hold.plan.resources().contains(&person));
        Ok(is_this.then_some(id))
    }

    fn times_query(&self, form: &Form) -> FreeTimesQuery<'_> {
        let person = self.person(form).map(|person| person.id);
        FreeTimesQuery { service: self.offer.id, person, moving: None }
    }

    /// Who was chosen.
    fn person(&self, form: &Form) -> Option<&Person> {
        let id = form.get("person").parse().ok()?;
        self.people.iter().find(|person| person.id == id)
    }

    /// The address of its free times, with who was chosen; other parameters follow.
    fn address(&self, person: Option<&Person>) -> String {
        let person = person.map(|person| format!("person={}&", person.id)).unwrap_or_default();
        format!("/book/{}?{person}", self.offer.id)
    }

    /// Who may serve, as links.
    fn people(&self, chosen: Option<&Person>) -> Markup {
        let chosen = chosen.map(|person| person.id);
        let choice = |person: Option<&Person>, name: &str| {
            let is_chosen = person.map(|person| person.id) == chosen;
            html! {
                a.choice href=(self.address(person)) aria-current=[is_chosen.then_some("true")] { (name) }
            }
        };
        html! {
            @if self.people.len() > 1 {
                h2 { (say(texts::WITH_WHOM)) }
                nav.choices aria-label=(say(texts::WITH_WHOM)) {
                    (choice(None, say(texts::ANYBODY)))
                    @for person in &self.people {
                        @if let Some(name) = &person.name { (choice(Some(person), name.as_str())) }
                    }
                }
            }
        }
    }

    /// Holds this time with whoever is free, also if others take the same time just now. However many are
    /// tried, one hold is counted.
    async fn hold(
        &self,
        app: &App,
        origin: &Origin,
        form: &Form,
        start: NaiveDateTime,
    ) -> Result<AppointmentId, Problem> {
        guest::count_hold_attempt(app, origin).await?;
        let mut refused = Problem::conflict(ProblemCode::Taken, "the time is taken");
        for round in 0..HOLD_ROUNDS {
            if round > 0 {
                let head = event_store::head(&app.db).await?;
                app.read_models.wait_for(&[&APPOINTMENTS], Some(head)).await?;
            }
            for Slot { resources, .. } in self.times_query(form).slots_at(app, start).await? {
                let slot = HoldRequest { service: self.offer.id, resources, start };
                match guest::hold_without_counting(app, origin, slot, CommandOptions::none()).await
                {
                    Ok(held) => return Ok(held.id().into()),
                    Err(problem) if problem.has_code("taken") => refused = problem,
                    Err(problem) => return Err(problem),
                }
            }
        }
        Err(refused)
    }

    async fn confirm(&self, app: &App, form: &Form) -> Result<Response, Problem> {
        let confirmed = form.with_only(&["request", "code"]).read();
        let booked = match confirmed {
            Ok(confirmed) => guest::book_for_guest(app, confirmed, CommandOptions::none()).await,
            Err(problem) => Err(problem),
        };
        match booked {
            Ok((_, token)) => Ok(Redirect::to(&format!("/a/{token}?new=1")).into_response()),
            Err(problem) if problem.concerns_field("code") || problem.has_code("locked") => {
                self.code_page(app, &FilledForm { form, problem: Some(&problem) }).await
            }
            Err(problem) if problem.status() < 500 => {
                self.times_page(app, form, Some(&problem)).await
            }
            Err(problem) => Err(problem),
        }
    }

    async fn times_page(
        &self,
        app: &App,
        form: &Form,
        problem: Option<&Problem>,
    ) -> Result<Response, Problem> {
        let times = self.times_query(form).free_times(app, form).await?;
        let person = self.person(form);
        let address = self.address(person);
        let main = html! {
            main {
                h1 { (self.offer.name.as_str()) }
                p.lead { (duration_and_price(&self.offer)) }
                @if let Some(problem) = problem {
                    p.notice.bad role="alert" { (slot_problem_text(problem)) }
                }
                (self.people(person))
                h2 { (say(texts::WHEN)) }
                (times.day_links(&address))
                (times.day_title())
                div.choices {
                    @for slot in times.slots_of_day() {
                        a.choice.time href={ (address) "start=" (slot.start.format("%FT%T")) } {
                            (format::time(slot.start.time()))
                        }
                    }
                }
                (times.zone_note())
                p.aside { a href="/book" { (say(texts::OTHER_SERVICE)) } }
            }
        };
        let status = FilledForm { form, problem }.status();
        Ok(self.respond(status, self.offer.name.as_str(), main))
    }

    fn who_page(&self, filled: &FilledForm<'_>) -> Response {
        let inputs = html! {
            @for name in ["start", "person", "hold"] { (filled.hidden_input(name)) }
            (filled.field(NAME))
            (filled.field(EMAIL))
        };
        let main = html! {
            main.narrow {
                h1 { (say(texts::CONTACT_TITLE)) }
                (self.chosen(filled.form))
                p.lead { (say(texts::CONTACT_LEAD)) }
                (filled.form(&[NAME, EMAIL], &inputs, texts::CONTINUE))
                (self.other_time(filled.form))
            }
        };
        self.respond(filled.status(), say(texts::CONTACT_TITLE), main)
    }

    async fn code_page(&self, app: &App, filled: &FilledForm<'_>) -> Result<Response, Problem> {
        let carried = html! {
            @for name in ["start", "person", "hold", "name", "email"] { (filled.hidden_input(name)) }
        };
        let inputs = html! { (carried) (filled.hidden_input("request")) (filled.field(CODE)) };
        let until = match filled.form.get("hold").parse::<AppointmentId>() {
            Ok(held) => app.commands.aggregates().load(held).await?,
            Err(_) => Appointment::Unknown,
        };
        let main = html! {
            main.narrow {
                h1 { (say(texts::CODE_TITLE)) }
                (self.chosen(filled.form))
                p.lead { (say(texts::CODE_LEAD)) " " b { (filled.form.get("email")) } "." }
                (filled.form(&[CODE], &inputs, texts::BOOK))
                @if let Appointment::Held(hold) = until {
                    p.aside {
                        (say(texts::HELD_UNTIL)) " "
                        (format::time(hold.until.with_timezone(&hold.plan.start.zone).time())) "."
                    }
                }
                form method="post" {
                    (carried)
                    button.button { (say(texts::NEW_CODE)) }
                }
                (self.other_time(filled.form))
            }
        };
        Ok(self.respond(filled.status(), say(texts::CODE_TITLE), main))
    }

    /// What was chosen, as it stands above a form.
    fn chosen(&self, form: &Form) -> Markup {
        html! {
            p.chosen {
                b { (self.offer.name.as_str()) }
                @if let Some(start) = form.start_time() { span { (format::weekday_date_and_time(start)) } }
                @if let Some(name) = self.person(form).and_then(|person| person.name.as_ref()) {
                    span { (name.as_str()) }
                }
            }
        }
    }

    fn other_time(&self, form: &Form) -> Markup {
        html! {
            p.aside { a href=(self.address(self.person(form))) { (say(texts::OTHER_TIME)) } }
        }
    }

    fn respond(&self, status: StatusCode, title: &str, main: Markup) -> Response {
        let business = self.business.as_ref();
        PageLayout { title, business, main, embeddable: true, ..PageLayout::default() }
            .respond(status)
    }
}
