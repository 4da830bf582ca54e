//! Messages of purchase systems, by HTTP.

use axum::{Json, extract::State};
use commands::{
    Lookup,
    policy::Right,
    purchasing::ingest::{Outcome, Sender, ingest},
};
use domain::{
    Id, Text,
    identity::{Role, service_account::ServiceAccount, user::User},
};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    App, caller::Caller, contracts::PurchaseMessages, json_request::RawJson, problem::Problem,
    routes::Routes,
};

/// How many messages of a batch are in hand at once.
const AT_ONCE: usize = 16;

pub(super) fn routes() -> Routes {
    Routes::default().right(Right::PurchasesIngest, routes!(purchases))
}

/// What became of each message, in their order.
#[derive(Serialize, ToSchema)]
struct Outcomes {
    data: Vec<Taken>,
}

#[derive(Serialize, ToSchema)]
struct Taken {
    /// The message's own id.
    id: Option<String>,
    #[serde(flatten)]
    outcome: Outcome,
}

/// Takes what a purchase system tells: one `CloudEvent`, or a list of them.
///
/// A message may be sent again as often as one likes. One that cannot be applied is parked, and is
/// no error: the answer says so. A purchase system speaks for the source that has the name of its
/// account (other signs than letters and digits do not count), and for no other.
#[utoipa::path(post, path = "/ingest/purchases", operation_id = "purchasing.ingest.purchases",
    tag = "purchasing", request_body = PurchaseMessages,
    responses((status = 200, body = Outcomes)))]
async fn purchases(
    State(app): State<App>,
    caller: Caller,
    RawJson(body): RawJson,
) -> Result<Json<Outcomes>, Problem> {
    let messages = match body {
        Value::Array(messages) => messages,
        message => vec![message],
    };
    let own = source_of(app.commands.lookup(), &caller).await?;
    let unnamed: Text<200> = "api".parse().map_err(Problem::malformed)?;
    let sender = own.as_ref().map_or(Sender::Anyone(&unnamed), Sender::Source);
    let outcomes = stream::iter(messages).map(async |message| {
        let outcome = ingest(&app.commands, &message.to_string(), sender, caller.actor()).await;
        let outcome = outcome.map_err(|failure| caller.unauthenticated_if_guest(failure.into()))?;
        Ok(Taken { id: message["id"].as_str().map(str::to_owned), outcome })
    });
    let data = outcomes.buffered(AT_ONCE).try_collect().await;
    data.map(|data| Json(Outcomes { data }))
}

/// The source for which a purchase system speaks; nothing for others.
pub(super) async fn source_of(
    lookup: &Lookup,
    caller: &Caller,
) -> Result<Option<Text<200>>, Problem> {
    if caller.actor().role != Role::PurchaseSystem {
        return Ok(None);
    }
    let program: ServiceAccount = lookup.load(Id::from(caller.id)).await?;
    if let Some(profile) = program.profile() {
        return Ok(Some(profile.name.as_str().parse().map_err(Problem::malformed)?));
    }
    let user: User = lookup.load(Id::from(caller.id)).await?;
    let name = user.account().and_then(|account| account.name.get().cloned());
    Ok(Some(name.ok_or_else(Problem::unauthenticated)?))
}
