//! What guests do before they have an appointment: hold a slot, confirm their address, book.

use aws_lc_rs::{constant_time, hmac};
use chrono::{DateTime, TimeDelta, Utc};
use commands::{
    CommandEnvelope, Failure,
    policy::{self, Right},
};
use domain::{
    Email, Language, Text,
    crm::{
        Contact, ContactKind, ExternalId,
        customer::{
            Command as CustomerCommand, Customer, CustomerId, EXTERNAL_ID_CLAIM, NewCustomer,
            external_id_key,
        },
    },
    identity::{Actor, RowScope, session::Origin},
    scheduling::appointment::{self, Appointment, AppointmentId, Command},
};
use projections::{
    crm::customer::{self as customers, CUSTOMERS},
    identity::user::USERS,
    listing::{self, Query},
};
use sealing::LinkToken;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{BookingConfirmation, CodeRequest, HoldRequest, link, mail, offered::require_offered};
use crate::{
    App,
    auth::{Bucket, require_deliverable_email},
    caller::Caller,
    dispatcher::CommandResponse,
    encrypted::{decrypt, encrypt_text},
    guest_mail::GuestCode,
    json_request::CommandOptions,
    problem::Problem,
};

/// How long the code of a mail is good for.
const CODE_LIFETIME: TimeDelta = TimeDelta::minutes(30);
/// The system in which the id of a customer is the address by which they booked as a guest.
const GUESTS: &str = "guests";
/// What requests are sealed for, and codes are made for.
const REQUEST: &str = "guest booking";

/// What a request holds. Nothing is recorded of a guest before their address is confirmed.
#[derive(Serialize, Deserialize)]
struct PendingBooking {
    hold: AppointmentId,
    name: Text<200>,
    email: Email,
    language: Language,
    nonce: Uuid,
    until: DateTime<Utc>,
}

/// Who gives the commands that guests have no right to before they are customers.
fn guest_actor() -> Actor {
    Actor::system("scheduling.guest")
}

/// Holds a slot for a guest, of a service that everybody sees.
pub(crate) async fn hold_for_guest(
    app: &App,
    origin: &Origin,
    slot: HoldRequest,
    options: CommandOptions,
) -> Result<CommandResponse, Problem> {
    count_hold_attempt(app, origin).await?;
    hold_without_counting(app, origin, slot, options).await
}

/// Counts a slot that somebody wants to hold, whatever comes of it.
pub(crate) async fn count_hold_attempt(app: &App, origin: &Origin) -> Result<(), Problem> {
    if let Some(from) = origin.address {
        for bucket in [Bucket::Holds(from), Bucket::HoldsAround(from)] {
            let _counted = app.auth.attempts.begin(bucket).await?;
        }
    }
    Ok(())
}

/// Holds a slot for which a hold is counted.
pub(crate) async fn hold_without_counting(
    app: &App,
    origin: &Origin,
    slot: HoldRequest,
    options: CommandOptions,
) -> Result<CommandResponse, Problem> {
    // All guests act as one system here: none of them may meet the key of another.
    let own = |(key, body): (String, Vec<u8>)| (format!("{:?} {key}", origin.address), body);
    let options = CommandOptions { idempotency: options.idempotency.map(own), ..options };
    let HoldRequest { service, resources, start } = slot;
    require_offered(app, service, &resources, start).await?;
    let hold = Command::Hold { service, resources, start, customer: None };
    let envelope = CommandEnvelope::<Appointment>::create(hold.clone(), guest_actor());
    let (dispatcher, guest) = (&app.dispatcher, Caller::guest());
    match dispatcher.create(&guest, envelope, options).await {
        Ok(held) => Ok(held),
        Err(problem) => {
            Err(dispatcher.add_conflict_advice::<Appointment>(&guest, None, &hold, problem).await)
        }
    }
}

/// Mails a code. Answers the sealed request that belongs to it.
pub(crate) async fn mail_code(
    app: &App,
    origin: &Origin,
    guest: CodeRequest,
) -> Result<String, Problem> {
    if let Some(from) = origin.address {
        let _counted = app.auth.attempts.begin(Bucket::Links(from)).await?;
    }
    let CodeRequest { hold, name, email, language } = guest;
    require_deliverable_email(&email)?;
    // Only who holds something counts for the address: nobody is locked out by what was made up.
    if !matches!(app.commands.aggregates().load(hold).await?, Appointment::Held(_)) {
        return Err(Problem::invalid("/hold", "there is no such hold"));
    }
    let counted = app.auth.attempts.begin(Bucket::GuestLink(email.as_str())).await?;
    let (nonce, until) = (Uuid::now_v7(), app.commands.now() + CODE_LIFETIME);
    let (to, code) = (email.clone(), code(app, nonce));
    let code = GuestCode { about: nonce, subject: hold.uuid(), to, language, code };
    if let Err(problem) = mail::send_code_mail(app, code).await {
        // Nobody is locked out by mails that they did not get.
        app.auth.attempts.withdraw(counted).await?;
        return Err(problem);
    }
    encrypt_text(app, REQUEST, &PendingBooking { hold, name, email, language, nonce, until })
}

/// The code that belongs to a request: six digits, stored nowhere.
fn code(app: &App, nonce: Uuid) -> String {
    let key = app.commands.aggregates().keys().master().derive(REQUEST);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), nonce.as_bytes());
    let number =
        tag.as_ref().iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    format!("{:06}", number % 1_000_000)
}

/// Books for the guest who shows the code of their mail. Answers the token of the link to the appointment,
/// which a worker mails them as well. A request books once, however often it is sent.
pub(crate) async fn book_for_guest(
    app: &App,
    confirmed: BookingConfirmation,
    options: CommandOptions,
) -> Result<(CommandResponse, LinkToken), Problem> {
    let request = confirmed_request(app, &confirmed).await?;
    let held = app.commands.aggregates().load(request.hold).await?;
    if let Appointment::Held(hold) = &held {
        // It may have been hidden since it was held.
        let (service, start) = (hold.service, hold.plan.start.local);
        require_offered(app, service, &hold.plan.resources(), start).await?;
    }
    if let Appointment::Booked(record) = &held
        && known_customer(app, &request).await? != Some(record.booking.customer)
    {
        // By another request with the same hold: nobody becomes a customer for that.
        return Err(Failure::Refused(appointment::Refusal::AlreadyBooked {}).into());
    }
    let customer = customer(app, &request).await?;
    let caller = Caller::from_link(customer);
    let envelope = booking_envelope(&held, &request, (customer, &caller), app.commands.now());
    let once = Some((idempotency_key(&request), request.nonce.into_bytes().to_vec()));
    let options = CommandOptions { idempotency: once, ..options };
    let booked = app.dispatcher.create(&caller, envelope, options).await?;
    mail::delete_code_mail(app, request.hold.uuid()).await;
    let token = link::link_token(app, booked.id().into(), customer);
    Ok((booked, token))
}

/// Books what is held, or the same slot if the hold is over.
fn booking_envelope(
    hold: &Appointment,
    request: &PendingBooking,
    (customer, caller): (CustomerId, &Caller),
    now: DateTime<Utc>,
) -> CommandEnvelope<Appointment> {
    let (language, actor) = (Some(request.language), caller.actor().clone());
    match hold {
        Appointment::Held(hold) if now >= hold.until => {
            let (service, resources) = (hold.service, hold.plan.resources());
            let book = Command::Book {
                customer,
                service,
                resources,
                start: hold.plan.start.local,
                party_size: 1,
                override_reason: None,
                language,
            };
            CommandEnvelope::create(book, actor)
        }
        _ => CommandEnvelope::new(
            request.hold,
            Command::BookHeld { customer, party_size: 1, language },
            actor,
        ),
    }
}

/// The request that a guest confirms by the code of their mail.
async fn confirmed_request(
    app: &App,
    confirmed: &BookingConfirmation,
) -> Result<PendingBooking, Problem> {
    let over = || Problem::invalid("/request", "this took too long; choose a time again");
    let request: PendingBooking = decrypt(app, REQUEST, &confirmed.request).ok_or_else(over)?;
    if app.commands.now() >= request.until {
        return Err(over());
    }
    // Counted before it is compared, so the right code counts as well.
    let _counted = app.auth.attempts.begin(Bucket::GuestCode(request.nonce)).await?;
    let expected = code(app, request.nonce);
    let sent = confirmed.code.trim().as_bytes();
    if constant_time::verify_slices_are_equal(expected.as_bytes(), sent).is_err() {
        return Err(
            Problem::invalid("/code", "is not the code of the mail").with_rule(Some("SCH-12"))
        );
    }
    Ok(request)
}

/// The key under which what a request asks for is done once.
fn idempotency_key(request: &PendingBooking) -> String {
    format!("guest booking {}", request.nonce)
}

/// The active customer with the address of a request. Who booked as a guest before is known by a claim, which
/// tells of the one whom a read model does not have yet.
async fn known_customer(
    app: &App,
    request: &PendingBooking,
) -> Result<Option<CustomerId>, Problem> {
    let address = request.email.normalized();
    match earlier_guest(app, &address).await? {
        None => found_by_contact(app, &address).await,
        guest => Ok(guest),
    }
}

/// The active customer with the address of a request; a new one if there is none.
async fn customer(app: &App, request: &PendingBooking) -> Result<CustomerId, Problem> {
    if let Some(known) = known_customer(app, request).await? {
        return Ok(known);
    }
    let address = request.email.normalized();
    let new = |external_ids| NewCustomer {
        name: Some(request.name.clone()),
        contact_points: vec![Contact::Email { value: request.email.clone() }],
        external_ids,
        ..NewCustomer::default()
    };
    let create = async |new, key| {
        let envelope =
            CommandEnvelope::<Customer>::create(CustomerCommand::Create(new), guest_actor());
        let created = app
            .commands
            .execute(envelope.with_idempotency_key(key, request.nonce.into_bytes()))
            .await;
        created.map(|created| CustomerId::from(created.id))
    };
    // An address may be longer than an id.
    let ids = [(GUESTS.parse(), address.parse())].into_iter();
    let ids =
        ids.filter_map(|(system, id)| Some(ExternalId { system: system.ok()?, id: id.ok()? }));
    match create(new(ids.collect()), idempotency_key(request)).await {
        Err(Failure::Taken { .. }) => match earlier_guest(app, &address).await? {
            Some(guest) => Ok(guest),
            // It is that of somebody who was archived, or has an account with another address.
            None => Ok(create(new(vec![]), format!("{} anew", idempotency_key(request))).await?),
        },
        created => Ok(created?),
    }
}

/// The active customer who booked as a guest by this address before.
async fn earlier_guest(app: &App, address: &str) -> Result<Option<CustomerId>, Problem> {
    let aggregates = app.commands.aggregates();
    let holder =
        aggregates.claim_holder(EXTERNAL_ID_CLAIM, &external_id_key(GUESTS, address)).await?;
    let Some(guest) = holder.map(CustomerId::from) else { return Ok(None) };
    let is_theirs =
        aggregates.load(guest).await?.is_active() && is_theirs(app, guest, address).await?;
    Ok(Some(guest).filter(|_| is_theirs))
}

/// The active customer who can be reached at this address.
async fn found_by_contact(app: &App, address: &str) -> Result<Option<CustomerId>, Problem> {
    #[derive(Deserialize)]
    struct Candidate {
        id: CustomerId,
        contact_points: Vec<customers::Contact>,
    }
    let is_address = |contact: &customers::Contact| {
        let value = contact.value.as_ref().and_then(|value| value.parse::<Email>().ok());
        contact.kind == ContactKind::Email
            && value.is_some_and(|email| email.normalized() == address)
    };
    let mut query = Query {
        filters: vec![("status".into(), "active".into())],
        q: Some(address.to_owned()),
        sort: Some("created_at".into()),
        ..Query::default()
    };
    loop {
        let page = listing::fetch_page::<Candidate>(
            &mut (&app.db).into(),
            &CUSTOMERS,
            &query,
            &row_scope(),
        )
        .await?;
        for candidate in page.rows {
            if candidate.contact_points.iter().any(is_address)
                && is_theirs(app, candidate.id, address).await?
            {
                return Ok(Some(candidate.id));
            }
        }
        match page.next {
            None => return Ok(None),
            next => query.cursor = next,
        }
    }
}

/// Whether an address proves who a customer is. Clients write their contact points themselves: for a
/// customer who has an account, only its verified address is a proof.
async fn is_theirs(app: &App, customer: CustomerId, address: &str) -> Result<bool, Problem> {
    #[derive(Deserialize)]
    struct Linked {
        email: Option<Email>,
        verified: bool,
    }
    let owns = |user: &Linked| {
        user.verified && user.email.as_ref().is_some_and(|email| email.normalized() == address)
    };
    let linked =
        Query { filters: vec![("customer".into(), customer.to_string())], ..Query::default() };
    let users =
        listing::fetch_page::<Linked>(&mut (&app.db).into(), &USERS, &linked, &row_scope()).await?;
    Ok(users.rows.iter().all(owns))
}

/// The rows that the actor of guests sees.
fn row_scope() -> RowScope {
    let actor = guest_actor();
    policy::granted_scope(Right::CustomersRead, &actor).row_scope(&actor)
}
