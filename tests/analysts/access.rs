//! The logins of analysts: what they reach, and what they do not.

use sqlx::{Connection, PgConnection};
use tests::world::{World, free_port};

/// Every relation that an analyst could read a column of, but for what Postgres tells everybody.
const READABLE: &str = "
    select n.nspname || '.' || c.relname
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and n.nspname not in ('pg_catalog', 'information_schema')
      and has_any_column_privilege(c.oid, 'select')
    order by 1";

/// Every right to change something.
const CHANGEABLE: &str = "
    select n.nspname || '.' || c.relname
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname <> 'pg_catalog'
      and (has_any_column_privilege(c.oid, 'insert, update') or has_table_privilege(c.oid, 'delete, truncate'))
    union all
    select nspname from pg_namespace where has_schema_privilege(oid, 'create')
    union all
    select datname from pg_database where datname = current_database()
      and has_database_privilege(oid, 'create, temporary')";

#[tokio::test]
async fn an_analyst_logs_in_where_the_setting_says_and_reads_only_what_is_for_them() {
    let listen = format!("127.0.0.1:{}", free_port());
    let mut world = World::isolated_with(&[("SERVICEBOOK_ANALYST_LISTEN", &listen)]).await;
    let created = world.cli(&["analyst", "create", "mira"]);
    let url = created.lines().next().unwrap().to_owned();
    assert!(url.contains(&listen), "{created}");
    let again = world.try_cli(&["analyst", "create", "mira"]);
    assert!(!again.status.success());
    assert_eq!(world.cli(&["analyst", "list"]).trim(), "mira");

    let mut mira = PgConnection::connect(&url).await.unwrap();
    let readable: Vec<String> = sqlx::query_scalar(READABLE).fetch_all(&mut mira).await.unwrap();
    let others: Vec<_> = readable.iter().filter(|name| !name.starts_with("analyst.")).collect();
    assert!(others.is_empty(), "{others:?}");
    let changeable: Vec<String> =
        sqlx::query_scalar(CHANGEABLE).fetch_all(&mut mira).await.unwrap();
    assert!(changeable.is_empty(), "{changeable:?}");
    // The catalogue is right: what it says cannot be read is refused.
    for secret in [
        "select from event_store.events",
        "select from key_store.subjects",
        "select from crm_customer.customers",
        // What would keep the append waiting, and what is kept however it is written.
        "select pg_advisory_lock(7305014226)",
        "select pg_try_advisory_lock(1, 2)",
        "select lo_from_bytea(0, 'x')",
    ] {
        let refused = sqlx::query(secret).fetch_all(&mut mira).await.unwrap_err().to_string();
        assert!(refused.contains("permission denied"), "{secret}: {refused}");
    }
    let other = "grant usage on schema analyst to mira";
    sqlx::query(other).execute(&world.database().await).await.unwrap();

    // Without the password, and as the owner of all, nobody gets in there.
    let guessed = url.replace("mira:", "mira:x");
    assert!(PgConnection::connect(&guessed).await.is_err());
    let owner = format!("postgres://servicebook@{listen}/servicebook");
    assert!(PgConnection::connect(&owner).await.is_err());

    world.cli(&["analyst", "remove", "mira"]);
    assert!(sqlx::query("select 1").fetch_one(&mut mira).await.is_err());
    assert!(PgConnection::connect(&url).await.is_err());
    world.stop().await;
}
