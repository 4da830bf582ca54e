//! WebSockets: once both sides have agreed, bytes go to and fro.

use axum::{
    body::Body,
    extract::Request,
    http::{Response, header::UPGRADE},
};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;

/// The connection of a client who wants a WebSocket.
pub(super) type Wanted = Option<OnUpgrade>;

pub(super) fn wanted(request: &mut Request) -> Wanted {
    let upgrade = request.headers().get(UPGRADE)?.to_str().ok()?;
    upgrade.eq_ignore_ascii_case("websocket").then(|| hyper::upgrade::on(request))
}

/// Joins the connections of client and instance, once the client has the answer.
pub(super) fn joined(mut response: Response<Body>, client: Wanted) -> Response<Body> {
    let instance = hyper::upgrade::on(&mut response);
    tokio::spawn(async move {
        let Some(client) = client else { return };
        let (Ok(client), Ok(instance)) = futures::join!(client, instance) else { return };
        let (mut client, mut instance) = (TokioIo::new(client), TokioIo::new(instance));
        if let Err(why) = copy_bidirectional(&mut client, &mut instance).await {
            tracing::debug!("a WebSocket broke: {why}");
        }
    });
    response
}
