//! Transactions whose beginning nobody waits for.

use std::pin::pin;

use futures::poll;
use tests::database::Database;
use tokio::task::yield_now;

#[tokio::test]
async fn a_transaction_that_is_given_up_while_it_begins_is_rolled_back() {
    let database = Database::new().await;
    for polls in 0..300 {
        // It takes a transaction.
        let savepoint = sqlx::raw_sql("savepoint here").execute(&database.app).await;
        assert!(savepoint.is_err(), "{polls} polls: a connection is left in a transaction");
        let mut begun = pin!(event_store::begin(&database.app));
        for _ in 0..polls {
            if poll!(&mut begun).is_ready() {
                break;
            }
            yield_now().await;
        }
    }
    database.stop().await;
}
