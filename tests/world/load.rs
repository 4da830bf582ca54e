//! What a world holds a lot of, and how much memory that takes.

use std::fs;

use sqlx::AssertSqlSafe;

use super::World;

impl World {
    /// Copies the only customer in the read model: to fold as many would take longer than what is tested.
    pub async fn multiply_customers(&self, copies: i32) {
        let db = self.database().await;
        let columns: String = sqlx::query_scalar(
            "select string_agg(quote_ident(column_name), ', ') from information_schema.columns
             where table_schema = 'crm_customer' and table_name = 'customers'
                 and column_name <> 'id' and is_generated = 'NEVER'",
        )
        .fetch_one(&db)
        .await
        .unwrap();
        let copy = format!(
            "insert into crm_customer.customers (id, {columns})
             select gen_random_uuid(), {columns} from crm_customer.customers, generate_series(1, $1)"
        );
        sqlx::query(AssertSqlSafe(copy)).bind(copies).execute(&db).await.unwrap();
    }

    /// The most memory that the program took so far, in kB.
    pub fn peak_memory(&self) -> u32 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process_id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// Counts the most memory from now on; what it takes now, in kB.
    pub fn forget_peak_memory(&self) -> u32 {
        fs::write(format!("/proc/{}/clear_refs", self.process_id()), "5").unwrap();
        self.peak_memory()
    }

    fn process_id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }
}
