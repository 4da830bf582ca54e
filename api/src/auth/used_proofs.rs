//! The last used counter of each proof: the time step of an app's codes, the counter of a passkey.
//!
//! It changes with every sign-in, so it is kept in rows beside the log: every sign-in reads the user's
//! history, which must stay short.

use domain::identity::user::UserId;
use sqlx::PgPool;

/// The last used counters of all users' proofs.
#[derive(Clone)]
pub(crate) struct UsedProofs {
    pub(super) db: PgPool,
}

impl UsedProofs {
    /// Advances a proof to a counter; `false` if it was used so far before. Of two concurrent calls with
    /// the same counter one succeeds.
    pub(super) async fn use_up(&self, user: UserId, proof: &str, upto: u64) -> sqlx::Result<bool> {
        let used = sqlx::query(
            "insert into identity_store.used_proofs as used (user_id, proof, last)
             values ($1, $2, $3)
             on conflict (user_id, proof) do update set last = excluded.last
             where used.last < excluded.last",
        );
        let used = used.bind(user.uuid()).bind(proof).bind(upto.cast_signed());
        Ok(used.execute(&self.db).await?.rows_affected() == 1)
    }

    /// The last used counter of a proof.
    pub(super) async fn last_counter(
        &self,
        user: UserId,
        proof: &str,
    ) -> sqlx::Result<Option<u64>> {
        let last = "select last from identity_store.used_proofs where user_id = $1 and proof = $2";
        let last = sqlx::query_scalar(last).bind(user.uuid()).bind(proof);
        Ok(last.fetch_optional(&self.db).await?.map(i64::cast_unsigned))
    }
}
