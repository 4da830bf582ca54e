//! The list of licences shows the same status as the licence itself.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{identity::RowScope, licensing::license::Status};
use projections::{
    licensing::license::{LICENSES, License, PSEUDONYMOUS_LICENSES},
    listing::{self, Query},
};
use serde_json::{Value, json};

use super::vendor::{Vendor, issue_command, license_id};

fn issue_until(from: DateTime<Utc>, until: DateTime<Utc>) -> Value {
    let mut issue = issue_command(from);
    issue["until"] = json!(until);
    issue
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the list asks the clock of the database")]
async fn lic_3_the_list_shows_every_licence_with_the_status_of_the_licence_itself() {
    let vendor = Vendor::open_today().await;
    let now = Utc::now();
    let days_from_now = |days| now + TimeDelta::days(days);
    let suspend = || json!({ "type": "suspend", "reason": "unpaid" });
    for (name, issue, more) in [
        ("pending", issue_command(days_from_now(3)), vec![]),
        ("active", issue_command(days_from_now(-3)), vec![]),
        ("grace", issue_until(days_from_now(-90), days_from_now(-5)), vec![]),
        ("expired", issue_until(days_from_now(-90), days_from_now(-20)), vec![]),
        ("suspended", issue_command(days_from_now(-3)), vec![suspend()]),
        (
            "reinstated",
            issue_command(days_from_now(-3)),
            vec![suspend(), json!({ "type": "reinstate" })],
        ),
        (
            "suspended, then expired",
            issue_until(days_from_now(-90), days_from_now(-20)),
            vec![suspend()],
        ),
        (
            "revoked",
            issue_command(days_from_now(-3)),
            vec![json!({ "type": "revoke", "reason": "sold" })],
        ),
        (
            "renewed",
            issue_until(days_from_now(-90), days_from_now(-20)),
            vec![json!({ "type": "renew", "from": days_from_now(-20) })],
        ),
        (
            "between",
            issue_until(days_from_now(-90), days_from_now(-20)),
            vec![json!({ "type": "renew", "from": days_from_now(9) })],
        ),
    ] {
        vendor.execute_on_license(name, issue).await;
        for command in more {
            vendor.execute_on_license(name, command).await;
        }
        vendor.project().await;
        let id = license_id(name).uuid();
        let item = listing::find::<License>(
            &mut (&vendor.database.app).into(),
            &LICENSES,
            id,
            &RowScope::All,
        )
        .await;
        let item = item.unwrap().unwrap().data;
        let state: domain::licensing::license::License =
            vendor.commands.aggregates().load(license_id(name)).await.unwrap();
        assert_eq!(Some(item.status), state.status(Utc::now()), "{name}");
        assert_eq!(item.sku.unwrap().as_str(), "CAD");
        assert_eq!(item.cabinet_name.unwrap().as_str(), "Acme");
        assert_eq!(item.terms.last().unwrap().from, item.starts_at);
    }

    let filters = vec![("status".to_owned(), "expired".to_owned())];
    let query = Query { filters, q: Some("acme".into()), ..Query::default() };
    let page = listing::fetch_page::<License>(
        &mut (&vendor.database.app).into(),
        &LICENSES,
        &query,
        &RowScope::All,
    )
    .await
    .unwrap();
    assert!(page.rows.len() == 3 && page.rows.iter().all(|row| row.status == Status::Expired));

    // It is called by what is licensed and to whom; analysts are not told who that is.
    let ids = BTreeSet::from([license_id("active").uuid()]);
    for (listing, called) in [(&LICENSES, "Cad, Acme"), (&PSEUDONYMOUS_LICENSES, "Cad")] {
        let topic = ("licensing.license", listing);
        let names = listing::names_of_rows(&vendor.database.app, topic, &ids, &RowScope::All)
            .await
            .unwrap();
        assert_eq!(names[0].1.name.as_deref(), Some(called));
    }
    vendor.database.stop().await;
}
