//! The master keys of a database, and their rotation.
//!
//! `key_store.masters` lists the wrapping keys that may be used. Every wrapped row refers to it, so a
//! key leaves the table only when it wraps nothing any more, and afterwards nothing can be wrapped by
//! it: a process that missed the rotation is refused, and reads its keys again.

use sqlx::{FromRow, PgConnection, PgPool, Postgres, Transaction};

use crate::master::{MasterKey, WrappingKey, WrappingKeyReader, random_key, wrapping_key_id};

/// How many keys are rewrapped in one transaction.
const PAGE_SIZE: i64 = 500;
/// What the secret of the deployment is bound to.
const SECRET_CONTEXT: &[u8] = b"deployment secret";

/// How far a rotation is.
#[derive(Debug, Clone, Copy, Default)]
pub struct RotationProgress {
    /// How many keys are wrapped by the new one by now.
    pub done: u64,
    /// How many keys were to be rewrapped.
    pub total: u64,
}

/// The statements for one table of wrapped keys. The context identifies a row, and its ciphertext is
/// bound to it.
struct WrappedTable {
    count: &'static str,
    page: &'static str,
    write: &'static str,
}

const TABLES: [WrappedTable; 3] = [
    WrappedTable {
        count: "select count(*) from key_store.subjects where master <> $1",
        page: "select uuid_send(subject) as context, wrapped from key_store.subjects
            where master <> $1 limit $2",
        write: "update key_store.subjects s set wrapped = n.new
            from unnest($1::bytea[], $2::bytea[], $3::bytea[]) n (context, old, new)
            where s.subject = encode(n.context, 'hex')::uuid and s.wrapped = n.old",
    },
    WrappedTable {
        count: "select count(*) from key_store.signing where master <> $1",
        page: "select convert_to(kid, 'UTF8') as context, wrapped from key_store.signing
            where master <> $1 limit $2",
        write: "update key_store.signing s set wrapped = n.new
            from unnest($1::bytea[], $2::bytea[], $3::bytea[]) n (context, old, new)
            where s.kid = convert_from(n.context, 'UTF8') and s.wrapped = n.old",
    },
    WrappedTable {
        count: "select count(*) from key_store.secret where master <> $1",
        page: "select 'deployment secret'::bytea as context, wrapped from key_store.secret
            where master <> $1 limit $2",
        write: "update key_store.secret s set wrapped = n.new
            from unnest($1::bytea[], $2::bytea[], $3::bytea[]) n (context, old, new)
            where s.wrapped = n.old",
    },
];

#[derive(FromRow)]
struct WrappedRow {
    context: Vec<u8>,
    wrapped: Vec<u8>,
}

impl MasterKey {
    /// Loads the master key of a database. The first of `keys` wraps, all unwrap. The first start
    /// generates the secret of the deployment. Fails if none of the keys opens it.
    pub async fn load_or_create(
        db: &mut PgConnection,
        keys: Vec<WrappingKey>,
        reader: Option<WrappingKeyReader>,
    ) -> sqlx::Result<Self> {
        let mut transaction = sqlx::Connection::begin(db).await?;
        lock_master_keys(&mut transaction).await?;
        let stored: Option<Vec<u8>> = sqlx::query_scalar("select wrapped from key_store.secret")
            .fetch_optional(&mut *transaction)
            .await?;
        let first = keys.first().ok_or_else(|| decode_error("there is no master key"))?.clone();
        let master = if let Some(stored) = stored {
            let probe = Self::new(keys.clone(), [0; 32], None);
            let secret =
                probe.unwrap(SECRET_CONTEXT, &stored).ok().and_then(|bytes| bytes.try_into().ok());
            let secret = secret.ok_or_else(|| {
                let (id, available) = (wrapping_key_id(&stored), ids(&keys));
                decode_error(format!("it takes the master key {id}, and not {available}"))
            })?;
            insert_master_key(&mut transaction, &first).await?;
            Self::new(keys, secret, reader)
        } else {
            let secret =
                random_key().map_err(|_| decode_error("the system gives no random numbers"))?;
            let wrapped = first.wrap(SECRET_CONTEXT, &secret);
            let wrapped = wrapped.map_err(|_| decode_error("the secret could not be wrapped"))?;
            insert_master_key(&mut transaction, &first).await?;
            sqlx::query("insert into key_store.secret (wrapped) values ($1)")
                .bind(wrapped)
                .execute(&mut *transaction)
                .await?;
            Self::new(keys, secret, reader)
        };
        transaction.commit().await?;
        Ok(master)
    }
}

/// Allows a key to wrap. Before that nothing that it wrapped can be stored.
#[expect(clippy::disallowed_methods, reason = "it is given up with its process only")]
pub async fn allow_wrapping_key(db: &PgPool, key: &WrappingKey) -> sqlx::Result<()> {
    let mut transaction = db.begin().await?;
    lock_master_keys(&mut transaction).await?;
    insert_master_key(&mut transaction, key).await?;
    transaction.commit().await
}

/// Rewraps everything by the first of the keys, and removes the others; answers how many keys were
/// rewrapped. The system may run meanwhile, if its processes can read all of the keys. It may be
/// interrupted at any time and started again.
#[expect(clippy::disallowed_methods, reason = "it is given up with its process only")]
pub async fn rotate_master_key(
    db: &PgPool,
    keys: Vec<WrappingKey>,
    mut on_progress: impl FnMut(RotationProgress),
) -> sqlx::Result<u64> {
    let new = keys.first().ok_or_else(|| decode_error("there is no master key"))?.id();
    let master = MasterKey::new(keys, [0; 32], None);
    let mut progress = RotationProgress::default();
    for WrappedTable { count, .. } in TABLES {
        let remaining: i64 = sqlx::query_scalar(count).bind(&new).fetch_one(db).await?;
        progress.total += remaining.cast_unsigned();
    }
    rewrap_all(&mut *db.acquire().await?, &master, &new, &mut progress, &mut on_progress).await?;
    // Once more, for what others wrapped meanwhile, with a lock: a process that wraps now waits, is
    // refused afterwards, and reads the keys again.
    let mut transaction = db.begin().await?;
    lock_master_keys(&mut transaction).await?;
    sqlx::query("lock table key_store.masters in exclusive mode")
        .execute(&mut *transaction)
        .await?;
    rewrap_all(&mut transaction, &master, &new, &mut progress, &mut on_progress).await?;
    sqlx::query("delete from key_store.masters where id <> $1")
        .bind(&new)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(progress.done)
}

/// Rewraps everything by the key `new`, a page at a time. Rows that change meanwhile, or are destroyed,
/// are left as they are.
async fn rewrap_all(
    db: &mut PgConnection,
    master: &MasterKey,
    new: &str,
    progress: &mut RotationProgress,
    on_progress: &mut impl FnMut(RotationProgress),
) -> sqlx::Result<()> {
    for WrappedTable { page, write, .. } in TABLES {
        loop {
            let rows: Vec<WrappedRow> =
                sqlx::query_as(page).bind(new).bind(PAGE_SIZE).fetch_all(&mut *db).await?;
            if rows.is_empty() {
                break;
            }
            progress.done += rows.len() as u64;
            progress.total = progress.total.max(progress.done);
            let (mut contexts, mut old, mut rewrapped) = (Vec::new(), Vec::new(), Vec::new());
            for WrappedRow { context, wrapped } in rows {
                let key = master.unwrap(&context, &wrapped);
                rewrapped.push(key.and_then(|key| master.wrap(&context, &key)).map_err(|_| {
                    let id = wrapping_key_id(&wrapped);
                    decode_error(format!(
                        "a key was wrapped by the master key {id}, which is not there"
                    ))
                })?);
                contexts.push(context);
                old.push(wrapped);
            }
            sqlx::query(write).bind(contexts).bind(old).bind(rewrapped).execute(&mut *db).await?;
            on_progress(*progress);
            fail::fail_point!("exchange.after_page", |_| std::process::abort());
        }
    }
    Ok(())
}

/// Only one process at a time changes which keys may wrap.
async fn lock_master_keys(transaction: &mut Transaction<'_, Postgres>) -> sqlx::Result<()> {
    sqlx::query("select pg_advisory_xact_lock(hashtext('key_store.masters'))")
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

async fn insert_master_key(
    transaction: &mut Transaction<'_, Postgres>,
    key: &WrappingKey,
) -> sqlx::Result<()> {
    sqlx::query("insert into key_store.masters (id) values ($1) on conflict do nothing")
        .bind(key.id())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

fn ids(keys: &[WrappingKey]) -> String {
    keys.iter().map(WrappingKey::id).collect::<Vec<_>>().join(" or ")
}

fn decode_error(why: impl Into<String>) -> sqlx::Error {
    sqlx::Error::Decode(why.into().into())
}
