//! What guests may have: what everybody sees.

use chrono::NaiveDateTime;
use commands::{Failure, policy::Right};
use domain::scheduling::{ResourceId, ServiceId, appointment::Refusal};
use projections::{
    listing,
    scheduling::{resource::PUBLIC_RESOURCES, service::PUBLIC_SERVICES},
};
use serde_json::Value;

use crate::{App, caller::Caller, platform::business::is_published, problem::Problem};

/// Refuses a slot that no guest is offered: of a service or of somebody that not everybody sees, or off its
/// steps.
pub(super) async fn require_offered(
    app: &App,
    service: ServiceId,
    resources: &[ResourceId],
    start: NaiveDateTime,
) -> Result<(), Problem> {
    let no_service = || Problem::invalid("/service", "there is no such service");
    // A business that is not published offers nothing to strangers.
    if !is_published(app.commands.aggregates()).await? {
        return Err(no_service());
    }
    let row_scope = Caller::guest().row_scope(Right::ServicesRead)?;
    listing::find::<Value>(&mut (&app.db).into(), &PUBLIC_SERVICES, service.uuid(), &row_scope)
        .await?
        .ok_or_else(no_service)?;
    require_public_resources(app, resources).await?;
    let service = app.commands.aggregates().load(service).await?;
    // Staff may begin whenever they like.
    match service.definition().filter(|it| !it.is_slot_start(start)) {
        Some(it) => Err(Failure::Refused(Refusal::OffStep { minutes: it.step_minutes }).into()),
        None => Ok(()),
    }
}

/// Refuses resources that not everybody sees, as if they were not there.
pub(super) async fn require_public_resources(
    app: &App,
    resources: &[ResourceId],
) -> Result<(), Problem> {
    let row_scope = Caller::guest().row_scope(Right::ServicesRead)?;
    for resource in resources {
        listing::find::<Value>(
            &mut (&app.db).into(),
            &PUBLIC_RESOURCES,
            resource.uuid(),
            &row_scope,
        )
        .await?
        .ok_or_else(|| Problem::invalid("/resources", "there is no such resource"))?;
    }
    Ok(())
}
