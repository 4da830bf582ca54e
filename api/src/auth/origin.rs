//! The network address and user agent of a request, as sessions record them.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{header::USER_AGENT, request::Parts},
};
use domain::identity::session::Origin;

use crate::ingress::ClientAddress;

/// Extracts the origin of a request; never fails.
pub(crate) struct RequestOrigin(pub(crate) Origin);

impl<S: Sync> FromRequestParts<S> for RequestOrigin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        let agent = agent.map(|agent| agent.chars().take(200).collect::<String>());
        let agent = agent.and_then(|agent| agent.parse().ok());
        let address =
            parts.extensions.get::<ClientAddress>().map(|ClientAddress(address)| *address);
        Ok(Self(Origin { agent, address }))
    }
}
