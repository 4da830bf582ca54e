//! Receives messages of purchase systems over HTTP.

use axum::{Json, extract::State};
use commands::{
    AggregateReader,
    policy::Right,
    purchasing::ingest::{IngestOutcome, MessageSender, ingest},
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
    App, caller::Caller, contracts::OneOrManyPurchaseMessages, json_request::RawJson,
    problem::Problem, routes::Routes,
};

/// How many messages of a batch are processed concurrently.
const MAX_CONCURRENT: usize = 16;

pub(super) fn routes() -> Routes {
    Routes::default().guarded(Right::PurchasesIngest, routes!(ingest_purchases))
}

/// The outcome of each message, in order.
#[derive(Serialize, ToSchema)]
struct MessageOutcomes {
    data: Vec<MessageOutcome>,
}

#[derive(Serialize, ToSchema)]
struct MessageOutcome {
    /// The message's own id.
    id: Option<String>,
    #[serde(flatten)]
    outcome: IngestOutcome,
}

/// Receives messages of a purchase system: one `CloudEvent`, or a list of them.
///
/// A message may be sent again as often as one likes. One that cannot be applied is parked, and is
/// no error: the answer says so. A purchase system speaks for the source that has the name of its
/// account (other signs than letters and digits do not count), and for no other.
#[utoipa::path(post, path = "/ingest/purchases", operation_id = "purchasing.ingest.purchases",
    tag = "purchasing", request_body = OneOrManyPurchaseMessages,
    responses((status = 200, body = MessageOutcomes)))]
async fn ingest_purchases(
    State(app): State<App>,
    caller: Caller,
    RawJson(body): RawJson,
) -> Result<Json<MessageOutcomes>, Problem> {
    let messages = match body {
        Value::Array(messages) => messages,
        message => vec![message],
    };
    let source = caller_source(app.commands.aggregates(), &caller).await?;
    let default_source: Text<200> = "api".parse().map_err(Problem::malformed)?;
    let sender =
        source.as_ref().map_or(MessageSender::Anyone(&default_source), MessageSender::Source);
    let outcomes = stream::iter(messages).map(async |message| {
        let outcome = ingest(&app.commands, &message.to_string(), sender, caller.actor()).await;
        let outcome = outcome.map_err(|failure| caller.unauthenticated_if_guest(failure.into()))?;
        Ok(MessageOutcome { id: message["id"].as_str().map(str::to_owned), outcome })
    });
    let data = outcomes.buffered(MAX_CONCURRENT).try_collect().await;
    data.map(|data| Json(MessageOutcomes { data }))
}

/// The source of a purchase system's messages: the name of its account. None for other callers.
pub(super) async fn caller_source(
    aggregates: &AggregateReader,
    caller: &Caller,
) -> Result<Option<Text<200>>, Problem> {
    if caller.actor().role != Role::PurchaseSystem {
        return Ok(None);
    }
    let service_account: ServiceAccount = aggregates.load(Id::from(caller.id)).await?;
    if let Some(profile) = service_account.profile() {
        return Ok(Some(profile.name.as_str().parse().map_err(Problem::malformed)?));
    }
    let user: User = aggregates.load(Id::from(caller.id)).await?;
    let name = user.account().and_then(|account| account.name.get().cloned());
    Ok(Some(name.ok_or_else(Problem::unauthenticated)?))
}
