//! Booking without an account: a slot is held, an address is confirmed by the code of a mail, and a signed
//! link leads to the appointment (SCH-12). Who books is a customer of the business from then on.

mod booking;
mod link;
mod mail;
mod offered;

pub(crate) use booking::{
    book_for_guest, count_hold_attempt, hold_for_guest, hold_without_counting, mail_code,
};
pub(crate) use link::resolve_link;

use axum::{Json, extract::State, http::StatusCode};
use chrono::NaiveDateTime;
use domain::{
    Email, Language, Text,
    scheduling::{appointment::AppointmentId, resource::ResourceId, service::ServiceId},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App, auth::RequestOrigin, body::DataBody, dispatcher::CommandResponse,
    json_request::JsonRequest, problem::Problem, routes::Routes,
};

pub(super) fn routes() -> Routes {
    Routes::default()
        .public(routes!(hold_slot))
        .public(routes!(request_code))
        .public(routes!(book_appointment))
        .merge(link::routes())
}

/// The slot that shall be kept free: one of those that are offered.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GuestHold)]
pub(crate) struct HoldRequest {
    pub(crate) service: ServiceId,
    /// One of each kind that the service needs; the first one's clock is meant by `start`.
    pub(crate) resources: Vec<ResourceId>,
    #[schema(value_type = String, example = "2030-01-08T10:00:00")]
    pub(crate) start: NaiveDateTime,
}

/// Who books the slot that is held.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Guest)]
pub(crate) struct CodeRequest {
    /// The id of the hold.
    pub(crate) hold: AppointmentId,
    pub(crate) name: Text<200>,
    pub(crate) email: Email,
    /// The language of the mails.
    #[serde(default)]
    pub(crate) language: Language,
}

/// A request to book, to be sent with the code of the mail.
#[derive(Serialize, ToSchema)]
struct GuestRequest {
    /// Good for half an hour, and for one appointment.
    request: String,
}

/// A request to book, and the code of the mail.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConfirmedRequest)]
pub(crate) struct BookingConfirmation {
    request: String,
    /// Six digits.
    #[schema(example = "042137")]
    code: String,
}

/// Keeps a slot free for five minutes, for somebody without an account.
#[utoipa::path(post, path = "/public/holds", operation_id = "scheduling.guest.hold",
    tag = "scheduling", request_body = HoldRequest,
    responses((status = 201, body = CommandResponse)))]
async fn hold_slot(
    State(app): State<App>,
    RequestOrigin(origin): RequestOrigin,
    request: JsonRequest<HoldRequest>,
) -> Result<(StatusCode, CommandResponse), Problem> {
    let held = hold_for_guest(&app, &origin, request.body, request.options).await?;
    Ok((StatusCode::CREATED, held))
}

/// Sends a code to an address, by which its owner can book the slot that is held.
#[utoipa::path(post, path = "/public/appointments/code",
    operation_id = "scheduling.guest.request_code", tag = "scheduling", request_body = CodeRequest,
    responses((status = 202, body = DataBody<GuestRequest>)))]
async fn request_code(
    State(app): State<App>,
    RequestOrigin(origin): RequestOrigin,
    request: JsonRequest<CodeRequest>,
) -> Result<(StatusCode, Json<DataBody<GuestRequest>>), Problem> {
    let request = mail_code(&app, &origin, request.body).await?;
    Ok((StatusCode::ACCEPTED, Json(DataBody { data: GuestRequest { request } })))
}

/// Books the slot that is held, or the same one if the hold is over by now and it is still free.
///
/// `data.secret` is the token of the link by which the guest sees, moves and calls off the appointment.
#[utoipa::path(post, path = "/public/appointments", operation_id = "scheduling.guest.book",
    tag = "scheduling", request_body = BookingConfirmation,
    responses((status = 201, body = CommandResponse)))]
async fn book_appointment(
    State(app): State<App>,
    request: JsonRequest<BookingConfirmation>,
) -> Result<(StatusCode, CommandResponse), Problem> {
    let (booked, token) = book_for_guest(&app, request.body, request.options).await?;
    Ok((StatusCode::CREATED, booked.with_token(token.to_string())))
}
