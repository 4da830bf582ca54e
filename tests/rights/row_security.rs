//! Row security on real rows: Postgres itself shows a client only their rows, whatever a statement
//! forgets.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

use super::{
    field_level::create_more,
    fixture::Fixture,
    table::{Owner, Scope},
};

/// Tables that every client may read.
const PUBLIC_TABLES: [&str; 7] = [
    "catalog_product.products",
    "licensing_license.products",
    "scheduling_resource.public_resources",
    "scheduling_resource.resources",
    "scheduling_resource.shown",
    "scheduling_service.public_services",
    "scheduling_service.services",
];

/// The settings of a reading client.
struct Reader {
    user: Uuid,
    customer: Option<Uuid>,
    cabinets: Vec<Uuid>,
}

#[tokio::test]
async fn the_database_shows_a_client_only_their_own_rows() {
    let mut fixture = Fixture::new().await;
    create_more(&fixture).await;
    fixture.world.wait_until_settled().await;
    let db = fixture.world.database().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', table_schema, table_name)
         from information_schema.role_table_grants
         where grantee = 'servicebook_client' and privilege_type = 'SELECT'
             and table_schema <> 'projections'",
    )
    .fetch_all(&db)
    .await
    .unwrap();
    let non_empty: BTreeSet<&str> =
        visible_cabinets(&db, &tables, None).await.into_keys().collect();
    assert!(non_empty.len() > 18, "of {} tables only {non_empty:?} have rows", tables.len());

    let stranger = Reader { user: Uuid::now_v7(), customer: None, cabinets: vec![] };
    let visible = visible_cabinets(&db, &tables, Some(&stranger)).await;
    assert_eq!(visible.keys().copied().collect::<Vec<_>>(), PUBLIC_TABLES);

    let member =
        fixture.principals.iter().find(|member| member.reach == Some(Scope::Cabinet)).unwrap();
    let own = fixture.item_id("cabinets", Owner::SameCabinet, member).unwrap();
    let user = fixture.item_id("users", Owner::Caller, member).unwrap();
    let customer = fixture.item_id("customers", Owner::Caller, member);
    let reader = Reader { user, customer, cabinets: vec![own] };
    let visible = visible_cabinets(&db, &tables, Some(&reader)).await;
    assert!(visible.len() > 10, "{visible:?}");
    let own = Some(own.to_string());
    let is_own = |owner: &Option<String>| owner.is_none() || *owner == own;
    let others: Vec<_> = visible.iter().filter(|(_, owners)| !owners.iter().all(is_own)).collect();
    assert!(others.is_empty(), "{others:?}");
    db.close().await;
    fixture.world.stop().await;
}

/// For each table that shows any rows to the reader, the cabinets of these rows; without a reader,
/// as the owner of the database.
async fn visible_cabinets<'a>(
    db: &PgPool,
    tables: &'a [String],
    reader: Option<&Reader>,
) -> BTreeMap<&'a str, Vec<Option<String>>> {
    let mut tx = event_store::begin(db).await.unwrap();
    if let Some(Reader { user, customer, cabinets }) = reader {
        let become_client = "select set_config('role', 'servicebook_client', true),
             set_config('row_scope.user', $1::text, true),
             set_config('row_scope.customer', coalesce($2::text, ''), true),
             set_config('row_scope.place', '', true),
             set_config('row_scope.cabinets', $3::text, true)";
        let become_client = sqlx::query(become_client).bind(user).bind(customer).bind(cabinets);
        become_client.execute(&mut *tx).await.unwrap();
    }
    let mut visible = BTreeMap::new();
    for table in tables {
        let owner = if table.ends_with(".cabinets") { "id" } else { "cabinet" };
        let rows = format!(
            "select coalesce(fields ->> '{owner}', fields ->> 'cabinet_id')
             from (select to_jsonb(t) as fields from {table} t) as rows"
        );
        let owners: Vec<Option<String>> =
            sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(&mut *tx).await.unwrap();
        if !owners.is_empty() {
            visible.insert(table.as_str(), owners);
        }
    }
    visible
}
