use serde_json::json;

use super::vendor::{Vendor, issue, moment};

#[tokio::test]
async fn lic_3_and_lic_10_the_worker_records_each_step_once_at_its_time() {
    let vendor = Vendor::open().await;
    vendor.license("a", issue(moment(0))).await;
    assert_eq!(vendor.due().await, Some(70));
    vendor.on_day(69).await;
    assert_eq!(vendor.recorded("a").await, []);
    vendor.on_day(70).await;
    vendor.on_day(93).await;
    assert_eq!(vendor.due().await, Some(100));
    vendor.on_day(100).await;
    vendor.on_day(200).await;
    assert_eq!(vendor.recorded("a").await, [(1, 30), (1, 7), (1, 0)]);
    assert_eq!(vendor.due().await, None);
    vendor.database.stop().await;
}

#[tokio::test]
async fn lic_10_after_a_renewal_the_old_term_is_not_spoken_of_any_more() {
    let vendor = Vendor::open().await;
    vendor.license("a", issue(moment(0))).await;
    vendor.on_day(71).await;
    vendor.license("a", json!({ "type": "renew", "from": moment(100 * 86_400) })).await;
    vendor.on_day(101).await;
    assert_eq!(vendor.recorded("a").await, [(1, 30)]);
    assert_eq!(vendor.due().await, Some(170));
    vendor.on_day(171).await;
    assert_eq!(vendor.recorded("a").await, [(1, 30), (2, 30)]);
    vendor.database.stop().await;
}
