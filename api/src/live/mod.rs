//! Live push: that something happened, to those who may know, as soon as it can be asked for.
//!
//! One task follows the log ([`run`]) and finds out whose the things are; every connection
//! ([`Watch`](watch::Watch)) picks what its caller may see. What is pushed names things and says
//! nothing of them. A client who comes back says how far it got, and misses nothing.
//!
//! A connection lasts as long as the credential that it was opened with.

mod feed;
mod seats;
mod socket;
mod sse;
mod topics;
mod visible_events;
mod watch;

use crate::{App, routes::Routes};
pub(crate) use feed::Live;

/// In every version of the API.
pub(crate) fn stream() -> Routes {
    sse::routes()
}

/// Outside of the versions.
pub(crate) fn socket() -> Routes {
    socket::routes()
}

/// Follows the log for those who listen, until `stop`; then they are hung up on.
pub async fn run(app: App, stop: impl Future<Output = ()> + Send) {
    app.live.run(stop).await;
}
