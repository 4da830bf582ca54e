//! What holds for every read model there is.

use std::fs;

use projections::{
    catalog, crm, identity, licensing, listing::Listing, notifications, organizations, purchasing,
    scheduling, support,
};

use super::library::*;

/// All lists that can be asked for.
const LISTINGS: &[&Listing] = &[
    &catalog::product::PRODUCTS,
    &crm::customer::CUSTOMERS,
    &identity::authorization::AUTHORIZATIONS,
    &identity::impersonation::IMPERSONATIONS,
    &identity::oauth_client::CLIENTS,
    &identity::provider::PROVIDERS,
    &identity::service_account::ACCOUNTS,
    &identity::session::SESSIONS,
    &identity::user::USERS,
    &licensing::license::LICENSES,
    &notifications::notification::INBOX,
    &organizations::cabinet::CABINETS,
    &organizations::invitation::INVITATIONS,
    &organizations::membership::MEMBERS,
    &purchasing::purchase::PURCHASES,
    &purchasing::purchase_event::PARKED,
    &scheduling::appointment::APPOINTMENTS,
    &scheduling::resource::RESOURCES,
    &scheduling::service::SERVICES,
    &support::issue::ISSUES,
];

#[tokio::test]
async fn every_read_model_can_be_built_and_every_order_has_an_index() {
    let library = Library::open().await;
    for projector in projections::all() {
        let built = library.projections().catch_up(projector).await;
        built.unwrap_or_else(|why| panic!("{}: {why}", projector.name));
        let rebuilt = library.projections().rebuild(projector, |_| ()).await;
        rebuilt.unwrap_or_else(|why| panic!("{}: {why}", projector.name));
    }

    let mut missing = vec![];
    for listing in LISTINGS {
        let indexes: Vec<String> =
            sqlx::query_scalar("select indexdef from pg_indexes where schemaname = $1")
                .bind(listing.schema())
                .fetch_all(&library.database.app)
                .await
                .unwrap();
        for field in listing.sort {
            let field = field.trim_start_matches('-');
            // First, or after whose the rows are.
            let first = |index: &&String| {
                let (_, columns) = index.split_once(" btree (").unwrap_or_default();
                let columns: Vec<_> = columns.split([',', ')']).map(str::trim).collect();
                columns[0] == field
                    || Some(columns[0]) == listing.own.user && columns.get(1) == Some(&field)
            };
            if !indexes.iter().any(|index| first(&index)) {
                missing.push(format!("{} by {field}", listing.from));
            }
        }
    }
    assert_eq!(missing, [""; 0], "whoever orders by these reads whole tables");
    library.database.stop().await;
}

#[test]
fn no_list_is_forgotten() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../projections/src");
    let mut written = 0;
    for context in fs::read_dir(root).unwrap().filter(|it| it.as_ref().unwrap().path().is_dir()) {
        for file in fs::read_dir(context.unwrap().path()).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            // But for those that are another one seen differently, and threads of one thing.
            written += text.matches(": Listing = Listing {\n").count();
        }
    }
    assert_eq!(LISTINGS.len(), written - 2, "notes and comments of one thing are always a few");
}
