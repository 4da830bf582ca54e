//! What was used of somebody's proofs: a code of an app is good once, and a device counts on.
//!
//! That changes with every sign-in, so it is kept in rows beside the log: a user's history must not
//! grow with each, since whoever signs in reads it.

use domain::identity::user::UserId;
use sqlx::PgPool;

/// What was used of the proofs of all users.
#[derive(Clone)]
pub(crate) struct UsedProofs {
    pub(super) db: PgPool,
}

impl UsedProofs {
    /// Uses a proof up to a number; says whether that is further than ever before. Of two at once that
    /// show the same number one wins.
    pub(super) async fn use_up(&self, of: UserId, proof: &str, upto: u64) -> sqlx::Result<bool> {
        let used = sqlx::query(
            "insert into identity_store.used_proofs as used (user_id, proof, last)
             values ($1, $2, $3)
             on conflict (user_id, proof) do update set last = excluded.last
             where used.last < excluded.last",
        );
        let used = used.bind(of.uuid()).bind(proof).bind(upto.cast_signed());
        Ok(used.execute(&self.db).await?.rows_affected() == 1)
    }

    /// How far a proof was used, if it was.
    pub(super) async fn last(&self, of: UserId, proof: &str) -> sqlx::Result<Option<u64>> {
        let last = "select last from identity_store.used_proofs where user_id = $1 and proof = $2";
        let last = sqlx::query_scalar(last).bind(of.uuid()).bind(proof);
        Ok(last.fetch_optional(&self.db).await?.map(i64::cast_unsigned))
    }
}
