//! WebSockets: joins the connections of client and instance after the upgrade.

use axum::{
    body::Body,
    extract::Request,
    http::{Response, header::UPGRADE},
};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;

/// The upgrade of the client's connection, if it requested a WebSocket.
pub(super) type ClientUpgrade = Option<OnUpgrade>;

pub(super) fn take_client_upgrade(request: &mut Request) -> ClientUpgrade {
    let upgrade = request.headers().get(UPGRADE)?.to_str().ok()?;
    upgrade.eq_ignore_ascii_case("websocket").then(|| hyper::upgrade::on(request))
}

/// Copies bytes between client and instance once both connections are upgraded.
pub(super) fn tunnel(mut response: Response<Body>, client: ClientUpgrade) -> Response<Body> {
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
