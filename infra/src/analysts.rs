//! `servicebook analyst`: makes, lists and removes the logins of analysts, who may read a part of the
//! database.

use anyhow::{Context, bail};
use engines::Engines;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, PgConnection};

use crate::cli::AnalystCommand;

/// What holds for each of them, so that no question of theirs is in the way of the business. A role does not
/// inherit it from the group.
const LIMITS: [&str; 4] = [
    "search_path = analyst",
    "default_transaction_read_only = on",
    "statement_timeout = '10min'",
    "idle_in_transaction_session_timeout = '10min'",
];
/// How much of the disk each of their connections may take for sorting. Only a superuser may set it, so analysts
/// cannot undo it; with a database of others' it is for these to set.
const DISK_LIMIT: &str = "temp_file_limit = '2GB'";
/// How many connections each may hold.
const MAX_CONNECTIONS: u32 = 8;
/// Those who log in as members of the group.
const ANALYSTS: &str = "
    select r.rolname::text from pg_auth_members m
    join pg_roles r on r.oid = m.member
    where m.roleid = 'servicebook_analyst'::regrole and r.rolcanlogin order by 1";

/// Executes a command, and returns what to print.
pub(crate) async fn execute_command(
    engines: &Engines,
    command: AnalystCommand,
) -> anyhow::Result<String> {
    // Statements are not logged: one of them holds a password.
    let owner = engines.owner_options()?.disable_statement_logging();
    let mut owner = owner.connect().await?;
    match command {
        AnalystCommand::Create { name } => create(engines, &mut owner, &name).await,
        AnalystCommand::List => list(&mut owner).await,
        AnalystCommand::Remove { name } => remove(&mut owner, &name).await,
    }
}

async fn create(engines: &Engines, owner: &mut PgConnection, name: &str) -> anyhow::Result<String> {
    if !is_valid_name(name) {
        bail!(
            "{name:?} cannot be the name of an analyst: it begins with a small letter, takes digits and \
             _, and begins neither with pg_ nor with servicebook."
        );
    }
    let exists = "select exists (select from pg_roles where rolname = $1)";
    if sqlx::query_scalar(exists).bind(name).fetch_one(&mut *owner).await? {
        bail!("There is a role {name} in this database server already. Choose another name.");
    }
    let password = engines::random_password()?;
    let mut statements = format!(
        "create role \"{name}\" login password '{password}' connection limit {MAX_CONNECTIONS}
             in role servicebook_analyst;"
    );
    let is_superuser = "select rolsuper from pg_roles where rolname = current_user";
    let is_superuser: bool = sqlx::query_scalar(is_superuser).fetch_one(&mut *owner).await?;
    let limits = LIMITS.into_iter().chain(is_superuser.then_some(DISK_LIMIT));
    statements.extend(limits.map(|limit| format!("alter role \"{name}\" set {limit};")));
    // One message with several statements is one transaction.
    let created = owner.execute(AssertSqlSafe(statements)).await;
    created.context("The owner of the database may not create roles: grant it createrole")?;
    let url = engines.analyst_url(owner, name, &password).await?;
    Ok(match url {
        Some(url) => format!(
            "{}\n\nThe password is shown this once. They read the views of the schema `analyst` and the \
             replays.",
            url.reveal()
        ),
        None => format!(
            "{name} has the password {password}, which is shown this once, but cannot connect yet: nobody \
             reaches the private Postgres. With SERVICEBOOK_ANALYST_LISTEN=127.0.0.1:5433 for `servicebook \
             up` the address is\n\npostgres://{name}:{password}@127.0.0.1:5433/servicebook"
        ),
    })
}

async fn list(owner: &mut PgConnection) -> anyhow::Result<String> {
    let names: Vec<String> = sqlx::query_scalar(ANALYSTS).fetch_all(owner).await?;
    Ok(if names.is_empty() { "There are no analysts.".into() } else { names.join("\n") })
}

async fn remove(owner: &mut PgConnection, name: &str) -> anyhow::Result<String> {
    let names: Vec<String> = sqlx::query_scalar(ANALYSTS).fetch_all(&mut *owner).await?;
    if !names.iter().any(|known| known == name) {
        bail!("There is no analyst {name}.");
    }
    owner.execute(AssertSqlSafe(format!("alter role \"{name}\" nologin"))).await?;
    let end = "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1";
    sqlx::query(end).bind(name).execute(&mut *owner).await?;
    let drop = format!("drop owned by \"{name}\"; drop role \"{name}\"");
    owner.execute(AssertSqlSafe(drop)).await?;
    Ok(format!("{name} is let in no more."))
}

/// Whether a name needs no quotes in SQL, and is nobody else's.
fn is_valid_name(name: &str) -> bool {
    let letters = name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_'));
    let reserved = ["pg_", "servicebook"].iter().any(|prefix| name.starts_with(prefix));
    letters && !reserved && name.len() <= 40 && name.starts_with(|c: char| c.is_ascii_lowercase())
}
