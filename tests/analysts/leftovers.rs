//! What is left of scenarios when somebody is erased, and when they are dropped.

use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use tests::world::{Caller, World};
use uuid::Uuid;

use super::{requested::wait_until_gone, rows};

/// What a view of a replay says is so at its moment, whenever it is asked.
pub(super) async fn assert_clock_stands_still(world: &World) {
    let db = world.database().await;
    let asking = "select schemaname ~ '^(longer|in_june)' as in_replay, count(*) from pg_views
         where definition ~* 'now\\(\\)' and schemaname ~ 'licensing_license' group by 1";
    let asking: Vec<(bool, i64)> = sqlx::query_as(asking).fetch_all(&db).await.unwrap();
    assert!(asking.len() == 1 && !asking[0].0, "{asking:?}");
}

/// Whoever is erased is in no table of it, nor in those that it is compared with. What another version made is
/// dropped; the rest is compared as before.
pub(super) async fn assert_erasure(world: &World, login: &mut PgConnection) {
    let db = world.database().await;
    let subjects = "select id from crm_customer.customers where name = 'Anna'
         union all select id from organizations_cabinet.cabinets where name = 'Acme'";
    let subjects: Vec<Uuid> = sqlx::query_scalar(subjects).fetch_all(&db).await.unwrap();
    assert_eq!(subjects.len(), 2);
    let (before, differences) = (names_in(&db).await, "select * from longer.scenario_diff");
    for schema in ["longer__licensing_license_base.", "longer__licensing_license."] {
        assert!(before.iter().any(|table| table.starts_with(schema)), "{before:?}");
    }
    let diff = rows(login, differences).await;
    let other_versions = "
        update projections.replays set version = 0
        where name = 'again' and projector = 'licensing.license';
        update projections.replays set scenario = '{\"label\": \"x\", \"overrides\": [{\"type\": \"odd\"}]}'
        where name = 'newer'";
    sqlx::raw_sql(other_versions).execute(&db).await.unwrap();

    let erase =
        |subject: &Uuid| world.cli(&["erase", &subject.to_string(), "--reason", "requested"]);
    let said: String = subjects.iter().map(erase).collect();
    assert_eq!(names_in(&db).await, Vec::<String>::new());
    let after = rows(login, "select * from named.customers where name = 'Anna'").await;
    assert_eq!(after.len(), 0);
    assert_eq!(rows(login, differences).await, diff);

    for line in [
        "It is blank in licensing.license of the replay longer, too.",
        "licensing.license of the replay again was dropped",
        "crm.customer of the replay newer was dropped",
    ] {
        assert_eq!(said.matches(line).count(), 1, "{line}: {said}");
    }
    let left = "select distinct schema from projections.replays
         where name = 'newer' or name = 'again' and projector = 'licensing.license'";
    assert_eq!(sqlx::query(left).fetch_all(&db).await.unwrap().len(), 0);
    let compared = rows(login, "select distinct read_model from again.scenario_diff").await;
    let compared: Vec<_> = compared.iter().map(|row| row["read_model"].as_str().unwrap()).collect();
    assert_eq!(compared, ["catalog.product", "scheduling.service"]);
}

/// Whoever drops it, what it is compared with goes as well.
pub(super) async fn assert_nothing_is_left(world: &World, analyst: &Caller, asked_for: &Value) {
    world.cli(&["replay", "drop", "named"]);
    let id = asked_for["id"].as_str().unwrap();
    analyst.delete(&format!("/replays/{id}")).await.expect(reqwest::StatusCode::OK);
    wait_until_gone(world, "again").await;
    let left = "select nspname from pg_namespace where nspname ~ '^(named|again|newer)'";
    let left: Vec<String> =
        sqlx::query_scalar(left).fetch_all(&world.database().await).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}

/// The tables of scenarios that have a name in them.
async fn names_in(db: &PgPool) -> Vec<String> {
    let tables = "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'r' and (n.nspname like 'longer\\_\\_%' or n.nspname like 'named\\_\\_%')";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(db).await.unwrap();
    assert!(tables.len() > 10, "{tables:?}");
    let mut found = vec![];
    for table in tables {
        let query = format!("select exists (select from {table} t where t::text ~ 'Anna|Acme')");
        let has: bool = sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(db).await.unwrap();
        found.extend(has.then_some(table));
    }
    found
}
