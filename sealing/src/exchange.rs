//! The master key and the database: whose keys are wrapped by which, and how one follows another.
//!
//! `key_store.masters` names the wrapping keys by which something may be wrapped. Every row that
//! holds something wrapped refers to it, so a key leaves the table only when it wraps nothing any
//! more, and afterwards nothing can be wrapped by it: a process that did not hear of the exchange is
//! refused, and reads its keys again.

use sqlx::{FromRow, PgConnection, PgPool, Postgres, Transaction};

use crate::master::{MasterKey, Source, WrappingKey, random, wrapped_by};

/// How many keys are wrapped anew in one transaction.
const PAGE: i64 = 500;
/// What the secret of the deployment is bound to.
const SECRET: &[u8] = b"deployment secret";

/// How far an exchange is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Exchanged {
    /// Keys that are wrapped by the new one by now.
    pub done: u64,
    /// All there were.
    pub total: u64,
}

/// A table of wrapped keys: what tells a row from others, and what it is bound to.
struct Table {
    count: &'static str,
    page: &'static str,
    write: &'static str,
}

const TABLES: [Table; 3] = [
    Table {
        count: "select count(*) from key_store.subjects where master <> $1",
        page: "select uuid_send(subject) as context, wrapped from key_store.subjects
            where master <> $1 limit $2",
        write: "update key_store.subjects s set wrapped = n.new
            from unnest($1::bytea[], $2::bytea[], $3::bytea[]) n (context, old, new)
            where s.subject = encode(n.context, 'hex')::uuid and s.wrapped = n.old",
    },
    Table {
        count: "select count(*) from key_store.signing where master <> $1",
        page: "select convert_to(kid, 'UTF8') as context, wrapped from key_store.signing
            where master <> $1 limit $2",
        write: "update key_store.signing s set wrapped = n.new
            from unnest($1::bytea[], $2::bytea[], $3::bytea[]) n (context, old, new)
            where s.kid = convert_from(n.context, 'UTF8') and s.wrapped = n.old",
    },
    Table {
        count: "select count(*) from key_store.secret where master <> $1",
        page: "select 'deployment secret'::bytea as context, wrapped from key_store.secret
            where master <> $1 limit $2",
        write: "update key_store.secret s set wrapped = n.new
            from unnest($1::bytea[], $2::bytea[], $3::bytea[]) n (context, old, new)
            where s.wrapped = n.old",
    },
];

#[derive(FromRow)]
struct Wrapped {
    context: Vec<u8>,
    wrapped: Vec<u8>,
}

impl MasterKey {
    /// The master key of a database, by the keys that are kept for it; the first of them wraps. The
    /// first start makes the secret of the deployment. Fails if none of the keys opens it.
    pub async fn of(
        db: &mut PgConnection,
        keys: Vec<WrappingKey>,
        source: Option<Source>,
    ) -> sqlx::Result<Self> {
        let mut transaction = sqlx::Connection::begin(db).await?;
        alone(&mut transaction).await?;
        let stored: Option<Vec<u8>> = sqlx::query_scalar("select wrapped from key_store.secret")
            .fetch_optional(&mut *transaction)
            .await?;
        let first = keys.first().ok_or_else(|| broken("there is no master key"))?.clone();
        let master = if let Some(stored) = stored {
            let probe = Self::new(keys.clone(), [0; 32], None);
            let secret = probe.unwrap(SECRET, &stored).ok().and_then(|it| it.try_into().ok());
            let secret = secret.ok_or_else(|| {
                let (id, given) = (wrapped_by(&stored), ids(&keys));
                broken(format!("it takes the master key {id}, and not {given}"))
            })?;
            allow(&mut transaction, &first).await?;
            Self::new(keys, secret, source)
        } else {
            let secret = random().map_err(|_| broken("the system gives no random numbers"))?;
            let wrapped = first.wrap(SECRET, &secret);
            let wrapped = wrapped.map_err(|_| broken("the secret could not be wrapped"))?;
            allow(&mut transaction, &first).await?;
            sqlx::query("insert into key_store.secret (wrapped) values ($1)")
                .bind(wrapped)
                .execute(&mut *transaction)
                .await?;
            Self::new(keys, secret, source)
        };
        transaction.commit().await?;
        Ok(master)
    }
}

/// Lets a key wrap. Before that nothing that it wrapped can be stored.
pub async fn announce(db: &PgPool, key: &WrappingKey) -> sqlx::Result<()> {
    let mut transaction = db.begin().await?;
    alone(&mut transaction).await?;
    allow(&mut transaction, key).await?;
    transaction.commit().await
}

/// Wraps everything by the first of some keys that another of them wrapped, and lets the others go.
/// The system may run meanwhile, if its processes can read all of the keys. It may be broken off at
/// any time and begun again.
pub async fn exchange(
    db: &PgPool,
    keys: Vec<WrappingKey>,
    mut show: impl FnMut(Exchanged),
) -> sqlx::Result<u64> {
    let new = keys.first().ok_or_else(|| broken("there is no master key"))?.id();
    let master = MasterKey::new(keys, [0; 32], None);
    let mut state = Exchanged::default();
    for Table { count, .. } in TABLES {
        let left: i64 = sqlx::query_scalar(count).bind(&new).fetch_one(db).await?;
        state.total += left.cast_unsigned();
    }
    wrap_anew(&mut *db.acquire().await?, &master, &new, &mut state, &mut show).await?;
    // What others wrapped meanwhile, while nobody can wrap more. Who tries waits, is refused
    // afterwards, and reads the keys again.
    let mut transaction = db.begin().await?;
    alone(&mut transaction).await?;
    sqlx::query("lock table key_store.masters in exclusive mode")
        .execute(&mut *transaction)
        .await?;
    wrap_anew(&mut transaction, &master, &new, &mut state, &mut show).await?;
    sqlx::query("delete from key_store.masters where id <> $1")
        .bind(&new)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(state.done)
}

/// Wraps everything by the key `new`, a page at a time. What is changed meanwhile, or destroyed, is
/// left alone.
async fn wrap_anew(
    db: &mut PgConnection,
    master: &MasterKey,
    new: &str,
    state: &mut Exchanged,
    show: &mut impl FnMut(Exchanged),
) -> sqlx::Result<()> {
    for Table { page, write, .. } in TABLES {
        loop {
            let rows: Vec<Wrapped> =
                sqlx::query_as(page).bind(new).bind(PAGE).fetch_all(&mut *db).await?;
            if rows.is_empty() {
                break;
            }
            state.done += rows.len() as u64;
            state.total = state.total.max(state.done);
            let (mut contexts, mut old, mut anew) = (Vec::new(), Vec::new(), Vec::new());
            for Wrapped { context, wrapped } in rows {
                let key = master.unwrap(&context, &wrapped);
                anew.push(key.and_then(|key| master.wrap(&context, &key)).map_err(|_| {
                    let id = wrapped_by(&wrapped);
                    broken(format!("a key was wrapped by the master key {id}, which is not there"))
                })?);
                contexts.push(context);
                old.push(wrapped);
            }
            sqlx::query(write).bind(contexts).bind(old).bind(anew).execute(&mut *db).await?;
            show(*state);
            fail::fail_point!("exchange.after_page", |_| std::process::abort());
        }
    }
    Ok(())
}

/// One process at a time decides which keys may wrap.
async fn alone(transaction: &mut Transaction<'_, Postgres>) -> sqlx::Result<()> {
    sqlx::query("select pg_advisory_xact_lock(hashtext('key_store.masters'))")
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

async fn allow(transaction: &mut Transaction<'_, Postgres>, key: &WrappingKey) -> sqlx::Result<()> {
    sqlx::query("insert into key_store.masters (id) values ($1) on conflict do nothing")
        .bind(key.id())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

fn ids(keys: &[WrappingKey]) -> String {
    keys.iter().map(WrappingKey::id).collect::<Vec<_>>().join(" or ")
}

fn broken(why: impl Into<String>) -> sqlx::Error {
    sqlx::Error::Decode(why.into().into())
}
