//! The list of licences at an earlier moment, for those who may see some of them.

use domain::{
    identity::{CabinetLimit, OwnScope, RowScope},
    licensing::license::Status,
    organizations::cabinet::CabinetId,
};
use projections::{
    licensing::license::{LICENSES, License},
    listing::{self, AsOf, Past, Query, Source},
};
use serde_json::json;
use uuid::Uuid;

use super::vendor::{Vendor, instant, issue_command, license_id};

#[tokio::test]
async fn plt_10_of_the_past_is_seen_what_was_in_reach_then_and_is_now() {
    let vendor = Vendor::open_today().await;
    let license = license_id("one");
    vendor.execute_on_license("one", issue_command(instant(0))).await;
    let issued = event_store::head(&vendor.database.app).await.unwrap();
    let suspend = json!({ "type": "suspend", "reason": "unpaid" });
    vendor.execute_on_license("one", suspend).await;
    vendor.project().await;
    let holder = seen(&vendor, &RowScope::All, issued).await.unwrap();
    let other = CabinetId::from(Uuid::from_u128(9));
    let reach = |cabinet| {
        let own = OwnScope { user: Uuid::nil(), customer: None, place: CabinetLimit::In(None) };
        RowScope::Cabinets { cabinets: vec![cabinet], own }
    };
    assert_eq!(seen(&vendor, &reach(holder), issued).await, Some(holder));
    assert_eq!(seen(&vendor, &reach(other), issued).await, None);
    assert_eq!(seen(&vendor, &reach(holder), issued - 1).await, None, "it was not there");

    // As if it had come to somebody else since.
    let moved = "update licensing_license.licenses set cabinet_id = $2 where id = $1";
    let moved = sqlx::query(moved).bind(license.uuid()).bind(other.uuid());
    moved.execute(&vendor.database.app).await.unwrap();
    assert_eq!(seen(&vendor, &RowScope::All, issued).await, Some(holder));
    assert_eq!(seen(&vendor, &reach(holder), issued).await, None, "not today");
    assert_eq!(seen(&vendor, &reach(other), issued).await, None, "not then");
    vendor.database.stop().await;
}

/// The holder of the only licence in a list as of a position, if somebody with this row scope sees it.
async fn seen(vendor: &Vendor, row_scope: &RowScope, position: i64) -> Option<CabinetId> {
    let (db, keys) = (&vendor.database.app, vendor.commands.aggregates().keys());
    let moment = AsOf::Position(position).moment(db, vendor.commands.now()).await.unwrap();
    let past = Past::of_listings(db, keys, &[&LICENSES], moment, row_scope).await.unwrap();
    let (query, mut past) = (Query::default(), Source::Past(past));
    let page =
        listing::fetch_page::<License>(&mut past, &LICENSES, &query, row_scope).await.unwrap();
    assert!(page.rows.iter().all(|row| row.status != Status::Suspended));
    page.rows.first().map(|row| row.cabinet_id)
}
