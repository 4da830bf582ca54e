use commands::policy::Right;
use domain::{
    Change, Country, Email, TaxId, Text,
    organizations::cabinet::{Cabinet, Command, Kind},
};
use projections::organizations::cabinet::{self, CABINETS};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use crate::{App, resource::resource};

pub(super) fn routes() -> OpenApiRouter<App> {
    resource::<Cabinet>("/cabinets", Right::CabinetsRead)
        .create("create")
        .without(&["provision"])
        .patch(Patch::commands)
        .list::<cabinet::Cabinet>(&CABINETS)
        .item::<cabinet::Cabinet>(&CABINETS)
        .history(&CABINETS, |_, _| true)
        .routes()
}

/// What may be changed in a cabinet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CabinetPatch)]
struct Patch {
    #[serde(default)]
    name: Option<Text<200>>,
    #[serde(default)]
    kind: Option<Kind>,
    #[serde(default)]
    #[schema(value_type = Option<TaxId>)]
    tax_id: Change<TaxId>,
    #[serde(default)]
    #[schema(value_type = Option<Text<100>>)]
    external_id: Change<Text<100>>,
    #[serde(default)]
    #[schema(value_type = Option<Country>)]
    country: Change<Country>,
    #[serde(default)]
    #[schema(value_type = Option<Email>)]
    contact_email: Change<Email>,
}

impl Patch {
    fn commands(self) -> Vec<Command> {
        let Self { name, kind, tax_id, external_id, country, contact_email } = self;
        let untouched = name.is_none()
            && tax_id.is_keep()
            && external_id.is_keep()
            && country.is_keep()
            && contact_email.is_keep();
        let details = Command::ChangeDetails { name, tax_id, external_id, country, contact_email };
        let details = (!untouched).then_some(details);
        details.into_iter().chain(kind.map(|kind| Command::ChangeType { kind })).collect()
    }
}
