//! Live push: tells clients that something they may see has changed, once it can be queried.
//!
//! One task ([`run_live_feed`]) follows the log and finds the owners of what changed; every connection
//! ([`LiveConnection`](connection::LiveConnection)) picks what its caller may see. A nudge names an
//! item and has none of its content. A client that reconnects names its last position, and misses
//! nothing.
//!
//! A connection lasts as long as the credential that it was opened with.

mod connection;
mod feed;
mod owned_events;
mod slots;
mod socket;
mod sse;
mod topics;

use crate::{App, routes::Routes};
pub(crate) use feed::LiveFeed;
pub(crate) use topics::{TOPICS, Topic};

/// The routes in every version of the API.
pub(crate) fn sse_routes() -> Routes {
    sse::routes()
}

/// The routes outside of the versions.
pub(crate) fn websocket_routes() -> Routes {
    socket::routes()
}

/// Follows the log for all listeners until `stop`; then their connections end.
pub async fn run_live_feed(app: App, stop: impl Future<Output = ()> + Send) {
    app.live.run_until(stop).await;
}
