//! Live push by server-sent events.

use commands::policy::Right;
use std::convert::Infallible;

use axum::{
    Extension,
    extract::State,
    http::HeaderMap,
    response::sse::{Event, Sse},
};
use futures::{Stream, stream};
use utoipa_axum::routes;

use super::{
    connection::{LiveConnection, LiveMessage, SubscriptionParams},
    owned_events::Nudge,
};
use crate::{
    App, caller::Caller, ingress::ClientAddress, json_request::Query, problem::Problem,
    routes::Routes,
};

pub(super) fn routes() -> Routes {
    Routes::default().guarded(Right::Profile, routes!(follow))
}

/// What happens, as it happens, as server-sent events.
///
/// Each event has the position as its id, so that a browser that comes back (`Last-Event-ID`)
/// misses nothing; an event `reset` says that too much was missed and lists should be asked for
/// anew. The stream ends with the token, and within a second when what that stands on is taken
/// away. A user, and an address, have a few of them at a time.
#[utoipa::path(get, path = "/stream", operation_id = "live.follow", tag = "live", params(SubscriptionParams),
    responses((status = 200, description = "Events whose data is a nudge.", body = Nudge,
        content_type = "text/event-stream")))]
async fn follow(
    State(app): State<App>,
    caller: Caller,
    Extension(address): Extension<ClientAddress>,
    Query(subscription): Query<SubscriptionParams>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let connection = LiveConnection::new(&app, caller, address, &subscription, &headers).await?;
    Ok(Sse::new(stream::unfold(connection, |mut connection| async move {
        let frame = connection.next().await?;
        Some((Ok(event(&frame)), connection))
    })))
}

fn event(frame: &LiveMessage) -> Event {
    match frame {
        LiveMessage::Nudge(nudge) => {
            let event = Event::default().id(nudge.position.to_string());
            event.json_data(nudge).unwrap_or_default()
        }
        // Without data browsers dispatch no event, but remember the id.
        LiveMessage::Heartbeat(position) => Event::default().id(position.to_string()),
        LiveMessage::Reset(position) => Event::default()
            .event("reset")
            .id(position.to_string())
            .data(format!("{{\"position\":{position}}}")),
    }
}
