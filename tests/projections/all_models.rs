//! Requirements for every read model: it builds and rebuilds, its orders have indexes, and its
//! tables have policies.

use std::fs;

use domain::identity::RowScope;
use projections::{
    analytics, catalog, crm, documents, files, identity, licensing,
    listing::{FieldType, Listing, Query, fetch_page},
    notifications, organizations, platform, purchasing, scheduling, support,
};
use serde_json::{Value, json};

use super::library::*;

/// All listings of the API.
const LISTINGS: &[&Listing] = &[
    &analytics::replay::REPLAYS,
    &catalog::product::PRODUCTS,
    &crm::customer::CUSTOMERS,
    &documents::template::TEMPLATES,
    &files::export::EXPORTS,
    &files::file::FILES,
    &files::saved_export::SAVED_EXPORTS,
    &identity::authorization::AUTHORIZATIONS,
    &identity::impersonation::IMPERSONATIONS,
    &identity::oauth_client::OAUTH_CLIENTS,
    &identity::preferences::PREFERENCES,
    &identity::provider::PROVIDERS,
    &identity::service_account::SERVICE_ACCOUNTS,
    &identity::session::SESSIONS,
    &identity::user::USERS,
    &licensing::license::LICENSES,
    &notifications::announcement::ANNOUNCEMENTS,
    &notifications::notification::INBOX,
    &notifications::preferences::PREFERENCES,
    &organizations::cabinet::CABINETS,
    &organizations::invitation::INVITATIONS,
    &organizations::membership::MEMBERS,
    &platform::business::BUSINESSES,
    &purchasing::purchase::PURCHASES,
    &purchasing::purchase_event::PARKED_MESSAGES,
    &scheduling::appointment::APPOINTMENTS,
    &scheduling::resource::RESOURCES,
    &scheduling::service::SERVICES,
    &support::issue::ISSUES,
    &support::r#macro::MACROS,
];

/// Tables without a policy, because clients never read rows of them.
const WITHOUT_CLIENT_POLICY: &[&str] = &[
    "analytics_replay.replays",
    "documents_template.templates",
    "identity_oauth_client.clients",
    "identity_provider.providers",
    "notifications_notification.deliveries",
    "platform_business.businesses",
    "purchasing_purchase.messages",
    "purchasing_purchase_event.parked",
    "scheduling_appointment.occupied",
    "scheduling_appointment.reminders",
    "support_macro.macros",
];

/// Relations that the database role of clients may select from, except checkpoints: the name,
/// whether it is a table, whether row security applies, and whether it has a policy.
async fn client_readable(library: &Library) -> Vec<(String, bool, bool, bool)> {
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
    for projector in projections::all_projectors() {
        let built = library.projections().catch_up(projector).await;
        built.unwrap_or_else(|error| panic!("{}: {error}", projector.name));
        let rebuilt = library.projections().rebuild(projector, |_| ()).await;
        rebuilt.unwrap_or_else(|error| panic!("{}: {error}", projector.name));
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
            // The first column of the index, or the second after the owner.
            let serves_order = |index: &&String| {
                let (_, columns) = index.split_once(" btree (").unwrap_or_default();
                let columns: Vec<_> = columns
                    .split([',', ')'])
                    .map(|column| column.trim().trim_matches('"'))
                    .collect();
                columns[0] == field
                    || Some(columns[0]) == listing.owner.user && columns.get(1) == Some(&field)
            };
            if !indexes.iter().any(|index| serves_order(&index)) {
                missing.push(format!("{} by {field}", listing.from));
            }
        }
    }
    assert_eq!(missing, [""; 0], "whoever orders by these reads whole tables");

    // What no event says follows from what events say.
    let mut unexplained = vec![];
    for listing in LISTINGS {
        let stored: Vec<String> = sqlx::query_scalar(
            "select a.attname::text from pg_attribute a join pg_class c on c.oid = a.attrelid
             join pg_namespace n on n.oid = c.relnamespace
             where c.relkind = 'r' and n.nspname = $1",
        )
        .bind(listing.schema())
        .fetch_all(&library.database.app)
        .await
        .unwrap();
        let is_stored = |name: &&str| stored.iter().any(|column| column == name);
        let fields =
            listing.fields.iter().filter(|field| !matches!(field.kind, FieldType::OneOf { .. }));
        for field in fields.filter(|field| !field.source_fields().iter().all(is_stored)) {
            unexplained.push(format!("{} of {}", field.name, listing.from));
        }
    }
    assert_eq!(unexplained, [""; 0], "nothing tells why they are what they are");

    // A column that a filter or an order names, but no table has, is a fault that only asking tells.
    for listing in LISTINGS {
        let filters = listing.fields.iter().map(|field| Query {
            filters: vec![(field.name.to_owned(), sample_of(field.kind))],
            ..Query::default()
        });
        let orders = listing
            .sort
            .iter()
            .map(|order| Query { sort: Some((*order).to_owned()), ..Query::default() });
        for query in filters.chain(orders) {
            let page = fetch_page::<Value>(
                &mut (&library.database.app).into(),
                listing,
                &query,
                &RowScope::All,
            )
            .await;
            let page = page.unwrap_or_else(|error| panic!("{}, {query:?}: {error}", listing.from));
            assert!(page.rows.is_empty(), "{}, {query:?}", listing.from);
        }
    }

    let mut without_policy = vec![];
    for (name, is_table, has_row_security, policy) in client_readable(&library).await {
        assert!(has_row_security, "{name} shows clients whatever is in it");
        if is_table && !policy {
            without_policy.push(name);
        }
    }
    assert_eq!(
        without_policy, WITHOUT_CLIENT_POLICY,
        "where no policy is, no client sees anything"
    );
    library.database.stop().await;
}

/// A value that a filter of a kind takes.
fn sample_of(kind: FieldType) -> String {
    let sample = match kind {
        FieldType::Enum { schema, .. } => {
            return json!(schema())["enum"][0].as_str().unwrap().to_owned();
        }
        FieldType::Text => "some text",
        FieldType::Uuid | FieldType::OneOf { .. } => "7d92abd9-5370-5b1f-9b42-bcbec78ee35f",
        FieldType::Time => "2030-01-31T09:00:00Z..",
        FieldType::Date => "2030-01-31..2030-02-01",
        FieldType::Int | FieldType::Number => "1..",
        FieldType::Bool => "true",
    };
    sample.to_owned()
}

#[test]
fn no_list_is_forgotten() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../projections/src");
    let mut declared = 0;
    for context in
        fs::read_dir(root).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir())
    {
        let files = fs::read_dir(context.unwrap().path()).unwrap().map(|file| file.unwrap().path());
        for file in files.filter(|path| path.is_file()) {
            let text = fs::read_to_string(file).unwrap();
            // Listings that reuse another one are not counted.
            declared += text.matches(": Listing = Listing {\n").count();
        }
    }
    let of_things = "notes, comments and attachments of one thing are always a few";
    assert_eq!(LISTINGS.len(), declared - 3, "{of_things}");
}
