//! Live push over a WebSocket, for clients that cannot use server-sent events.

use commands::policy::Right;
use std::time::Duration;

use axum::{
    Extension,
    extract::{
        State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    },
    http::{HeaderMap, StatusCode, header::ORIGIN},
    response::Response,
};
use serde_json::json;
use tokio::time::timeout;
use utoipa_axum::routes;

use super::connection::{LiveConnection, LiveMessage, SubscriptionParams};
use crate::{
    App,
    caller::Caller,
    ingress::ClientAddress,
    json_request::Query,
    origins::Origins,
    problem::{Problem, ProblemCode},
    routes::Routes,
};

/// Our WebSocket subprotocol. A browser cannot send a header with a token, so it may offer the token
/// as another protocol: `new WebSocket(url, ["servicebook", "bearer." + token])`.
const PROTOCOL: &str = "servicebook";
/// The largest message of a client, which has nothing to send.
const MAX_MESSAGE_SIZE: usize = 4 << 10;
/// The read buffer: messages are small, and connections mostly idle.
const READ_BUFFER_SIZE: usize = 1 << 10;
/// How long a client may take to receive a message.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn routes() -> Routes {
    Routes::default().guarded(Right::Profile, routes!(follow))
}

/// What happens, as it happens, over a WebSocket: each message is a nudge.
///
/// A browser, which can send no header with a token, offers the token as a protocol beside
/// `servicebook`: `bearer.` and the token. A message whose topic is `reset` says that too much was
/// missed and lists should be asked for anew.
#[utoipa::path(get, path = "/ws", operation_id = "live.connect", tag = "live", params(SubscriptionParams),
    responses((status = 101, description = "The connection is a WebSocket from now on."),
        (status = 426, description = "Only WebSockets are served here.",
            body = crate::problem::ProblemDetails, content_type = "application/problem+json")))]
async fn follow(
    State(app): State<App>,
    caller: Caller,
    Extension(address): Extension<ClientAddress>,
    Query(subscription): Query<SubscriptionParams>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|why| {
        Problem::new(StatusCode::UPGRADE_REQUIRED, ProblemCode::NoWebsocket, why.body_text())
    })?;
    check_origin(&app.origins, &headers)?;
    let connection = LiveConnection::new(&app, caller, address, &subscription, &headers).await?;
    let upgrade = upgrade
        .protocols([PROTOCOL])
        .max_message_size(MAX_MESSAGE_SIZE)
        .max_frame_size(MAX_MESSAGE_SIZE)
        .read_buffer_size(READ_BUFFER_SIZE)
        .write_buffer_size(0);
    Ok(upgrade.on_upgrade(|socket| push(socket, connection)))
}

/// Refuses browsers on foreign pages, which could open a WebSocket with our cookies. Other clients
/// send no `Origin`.
fn check_origin(origins: &Origins, headers: &HeaderMap) -> Result<(), Problem> {
    if headers.get(ORIGIN).is_none_or(|origin| origins.may_call(origin)) {
        return Ok(());
    }
    let detail = "pages from there may not listen here";
    Err(Problem::new(StatusCode::FORBIDDEN, ProblemCode::ForeignOrigin, detail))
}

async fn push(mut socket: WebSocket, mut connection: LiveConnection) {
    loop {
        let message = tokio::select! {
            frame = connection.next() => {
                let Some(frame) = frame else {
                    let reason = "sign in again".into();
                    let close = CloseFrame { code: close_code::AWAY, reason };
                    let _ = socket.send(Message::Close(Some(close))).await;
                    return;
                };
                message(&frame)
            }
            received = socket.recv() => match received {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
        };
        if !timeout(SEND_TIMEOUT, socket.send(message)).await.is_ok_and(|sent| sent.is_ok()) {
            return;
        }
    }
}

fn message(frame: &LiveMessage) -> Message {
    match frame {
        LiveMessage::Nudge(nudge) => Message::Text(json!(nudge).to_string().into()),
        LiveMessage::Heartbeat(_) => Message::Ping(axum::body::Bytes::new()),
        LiveMessage::Reset(position) => {
            Message::Text(json!({ "topic": "reset", "position": position }).to_string().into())
        }
    }
}
