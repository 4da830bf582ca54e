//! The worker that records expiry notices and the expiry of licences at their times.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use lease::Leases;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use workers::{licensing::LicenseExpiry, run_task};

use super::vendor::{Vendor, instant, issue_command};

#[tokio::test]
async fn lic_3_and_lic_10_the_worker_records_each_step_once_at_its_time() {
    let vendor = Vendor::open().await;
    vendor.execute_on_license("a", issue_command(instant(0))).await;
    assert_eq!(vendor.next_due_day().await, Some(70));
    vendor.run_worker_on_day(69).await;
    assert_eq!(vendor.recorded_steps("a").await, []);
    vendor.run_worker_on_day(70).await;
    vendor.run_worker_on_day(93).await;
    assert_eq!(vendor.next_due_day().await, Some(100));
    vendor.run_worker_on_day(100).await;
    vendor.run_worker_on_day(200).await;
    assert_eq!(vendor.recorded_steps("a").await, [(1, 30), (1, 7), (1, 0)]);
    assert_eq!(vendor.next_due_day().await, None);
    vendor.database.stop().await;
}

#[tokio::test]
async fn lic_10_a_licence_with_an_overdue_notice_expires_on_time() {
    let vendor = Vendor::open_today().await;
    vendor.project().await;
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (pool, stop) = (vendor.database.app.clone(), stop.clone());
        let expiry = LicenseExpiry::new(vendor.commands.clone(), pool.clone());
        async move { run_task(&pool, &Leases::new(&pool.connect_options()), &expiry, stop).await }
    });
    // The task has stored how far it got before the licence exists.
    while vendor.database.count("select count(*) from workers.tasks").await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let now = "select date_trunc('second', clock_timestamp())";
    let now = sqlx::query_scalar(now).fetch_one(&vendor.database.app).await;
    let now: DateTime<Utc> = now.unwrap();
    let mut short = issue_command(now - TimeDelta::days(60));
    short["until"] = json!(now + TimeDelta::seconds(5));
    vendor.execute_on_license("a", short).await;
    let begun = Instant::now();
    while vendor.recorded_steps("a").await.last() != Some(&(1, 0)) {
        assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", vendor.recorded_steps("a").await);
        vendor.project().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stop.cancel();
    running.await.unwrap();
    vendor.database.stop().await;
}

#[tokio::test]
async fn lic_10_after_a_renewal_the_old_term_causes_no_more_notices() {
    let vendor = Vendor::open().await;
    vendor.execute_on_license("a", issue_command(instant(0))).await;
    vendor.run_worker_on_day(71).await;
    vendor.execute_on_license("a", json!({ "type": "renew", "from": instant(100 * 86_400) })).await;
    vendor.run_worker_on_day(101).await;
    assert_eq!(vendor.recorded_steps("a").await, [(1, 30)]);
    assert_eq!(vendor.next_due_day().await, Some(170));
    vendor.run_worker_on_day(171).await;
    assert_eq!(vendor.recorded_steps("a").await, [(1, 30), (2, 30)]);
    vendor.database.stop().await;
}
