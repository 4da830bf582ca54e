//! The ceremonies by which passkeys are enrolled and used; their state is kept between the halves, for
//! one use within five minutes.

use std::sync::Arc;

use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;
use webauthn_rs::{Webauthn, WebauthnBuilder, prelude::Url};

use crate::{
    body::DataBody,
    problem::{Problem, ProblemCode},
};

/// The first half of a ceremony.
#[derive(Serialize, ToSchema)]
pub(super) struct CeremonyStart {
    ceremony: Uuid,
    /// For `navigator.credentials`.
    #[schema(value_type = Object)]
    options: Value,
}

/// The second half.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Answered)]
pub(super) struct CeremonyAnswer {
    ceremony: Uuid,
    /// What `navigator.credentials` answered.
    #[schema(value_type = Object)]
    credential: Value,
}

/// Checks ceremonies, and keeps what their second halves need.
#[derive(Clone)]
pub(crate) struct PasskeyCeremonies {
    db: PgPool,
    /// `None` if the address of this deployment has no name, for which browsers have no passkeys.
    webauthn: Option<Arc<Webauthn>>,
}

impl PasskeyCeremonies {
    /// `address` is the public URL of this deployment.
    pub(super) fn new(db: PgPool, address: &str) -> Self {
        Self { db, webauthn: webauthn(address).map(Arc::new) }
    }

    pub(super) fn webauthn(&self) -> Result<&Webauthn, Problem> {
        self.webauthn.as_deref().ok_or_else(|| {
            let detail = "browsers keep no passkeys for a server without a name: set public_url";
            Problem::conflict(ProblemCode::NoPasskeys, detail)
        })
    }

    /// Stores the state for the second half of a ceremony.
    pub(super) async fn begin(
        &self,
        options: &impl Serialize,
        state: &impl Serialize,
    ) -> Result<Json<DataBody<CeremonyStart>>, Problem> {
        let ceremony = Uuid::now_v7();
        let options = serde_json::to_value(options).map_err(anyhow::Error::from)?;
        sqlx::query(
            "insert into identity_store.ceremonies (id, state, until)
             values ($1, $2, clock_timestamp() + interval '5 minutes')",
        )
        .bind(ceremony)
        .bind(sqlx::types::Json(state))
        .execute(&self.db)
        .await?;
        Ok(Json(DataBody { data: CeremonyStart { ceremony, options } }))
    }

    /// Takes the stored state, once, and parses the credential of the device.
    pub(super) async fn finish<S, C>(&self, answered: CeremonyAnswer) -> Result<(S, C), Problem>
    where
        S: DeserializeOwned,
        C: DeserializeOwned,
    {
        let credential = serde_json::from_value(answered.credential)
            .map_err(|why| Problem::invalid("/credential", why.to_string()))?;
        let state = "delete from identity_store.ceremonies where id = $1
             returning case when until > clock_timestamp() then state end";
        let state = sqlx::query_scalar(state).bind(answered.ceremony).fetch_optional(&self.db);
        let state: Option<Option<Value>> = state.await?;
        let state = state.flatten().ok_or_else(ceremony_failed_problem)?;
        // The state of another kind of ceremony does not deserialize.
        Ok((serde_json::from_value(state).map_err(|_| ceremony_failed_problem())?, credential))
    }
}

/// The answer to every failed ceremony, whatever was wrong.
pub(super) fn ceremony_failed_problem() -> Problem {
    let detail = "the passkey is unknown, or it took too long";
    Problem::new(StatusCode::UNAUTHORIZED, ProblemCode::NotSignedIn, detail)
}

/// The relying party for pages of this address; `None` if the address has no name.
fn webauthn(address: &str) -> Option<Webauthn> {
    let address = Url::parse(address).ok()?;
    let name = address.domain()?.to_owned();
    let builder = WebauthnBuilder::new(&name, &address).ok()?;
    builder.rp_name("Servicebook").build().ok()
}
