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

/// Tables of which no client ever reads a row, so they need no policy.
const FOR_NO_CLIENT: [&str; 6] = [
    "identity_oauth_client.clients",
    "identity_provider.providers",
    "notifications_notification.deliveries",
    "purchasing_purchase.messages",
    "purchasing_purchase_event.parked",
    "scheduling_appointment.occupied",
];

/// What the role of clients may select from, but for checkpoints: whether it is a table, whether
/// Postgres looks at who reads, and whether there is a policy.
async fn readable(library: &Library) -> Vec<(String, bool, bool, bool)> {
    sqlx::query_as(
        "select format('%s.%s', n.nspname, c.relname), c.relkind = 'r',
             c.relrowsecurity or coalesce('security_invoker=true' = any(c.reloptions), false),
             exists (select from pg_policy p where p.polrelid = c.oid)
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'v', 'm', 'p', 'f')
             and n.nspname not in ('pg_catalog', 'information_schema', 'projections')
             and has_table_privilege('servicebook_client', c.oid, 'select')
         order by (n.nspname || '.' || c.relname) collate \"C\"",
    )
    .fetch_all(&library.database.owner)
    .await
    .unwrap()
}

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

    let mut without_policy = vec![];
    for (name, is_table, secured, policy) in readable(&library).await {
        assert!(secured, "{name} shows clients whatever is in it");
        if is_table && !policy {
            without_policy.push(name);
        }
    }
    assert_eq!(without_policy, FOR_NO_CLIENT, "where no policy is, no client sees anything");
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
