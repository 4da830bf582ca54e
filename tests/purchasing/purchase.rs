//! Purchase messages: order and duplicates do not matter, bad ones are parked, and buyers are
//! invited.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use commands::{
    CommandEnvelope, Failure,
    policy::{self, RIGHTS_MATRIX, Right},
    purchasing::ingest::IngestOutcome,
};
use domain::{
    identity::{Actor, Role, Scope},
    organizations::{cabinet::CabinetId, invitation::InvitationId, membership::Rank},
    platform::subject::{ErasureReason, SubjectId},
    purchasing::{feed, purchase, purchase_event},
};
use lease::Leases;
use projections::purchasing::reconciliation::{self, DayFilter, ReconciledLines, Reconciliation};
use serde_json::{Value, json};
use tests::effort;
use uuid::Uuid;
use workers::{
    WorkerRuntime,
    notifications::mail::{self, MailSender},
    organizations::InvitationReactions,
};

use super::feed::{Shop, demo_messages};

/// Knuth's shuffle and random number generator: the same order for the same seed.
fn shuffled(mut messages: Vec<String>, mut seed: u64) -> Vec<String> {
    for index in (1..messages.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let with = usize::try_from(seed >> 33).unwrap() % (index + 1);
        messages.swap(index, with);
    }
    messages
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "the database has the same clock")]
async fn a_feed_comes_to_the_same_once_twice_and_shuffled() {
    // Whole orders, so that nothing waits for what is left out.
    let share = 5_usize.div_ceil(effort());
    let mut feed = demo_messages();
    feed.retain(|message| order_number(message).is_none_or(|order| order % share == 0));
    // How long a message waits for an earlier one depends on the clock.
    let now = Utc::now();
    let shop = Shop::open_at(now).await;
    shop.ingest_all(&feed).await;
    let once = shop.snapshot().await;
    let count = |table| once.iter().find(|(name, _)| *name == table).unwrap().1.len();
    assert!(count("purchasing_purchase.purchases") >= 2_000 / share);
    assert!(count("licensing_license.licenses") >= 2_000 / share);
    assert!(count("organizations_cabinet.cabinets") >= 300 / share);
    assert!(count("purchasing_purchase_event.parked") >= 50 / share);

    shop.ingest_all(&feed).await;
    assert_same_snapshot(&once, &shop.snapshot().await);
    let days = reconciled(&shop, now).await;
    shop.database.stop().await;

    let shuffled_shop = Shop::open_at(now).await;
    shuffled_shop.ingest_all(&shuffled(feed.clone(), 7)).await;
    assert_same_snapshot(&once, &shuffled_shop.snapshot().await);
    assert_eq!(reconciled(&shuffled_shop, now).await, days);
    shuffled_shop.database.stop().await;

    // PUR-5: every distinct message was counted, and no line is left open.
    let sent: BTreeSet<_> = feed.iter().map(|text| fingerprint(text)).collect();
    let sum = |count: fn(&Reconciliation) -> i64| days.iter().map(count).sum::<i64>();
    assert_eq!(sum(|day| day.messages.received), i64::try_from(sent.len()).unwrap());
    assert_eq!(
        sum(|day| day.orders),
        i64::try_from(count("purchasing_purchase.purchases")).unwrap()
    );
    let finished = |day: &Reconciliation| {
        let ReconciledLines { fulfilled, refunded, discarded, .. } = day.lines;
        fulfilled + refunded + discarded
    };
    assert_eq!(sum(|day| day.lines.ordered), sum(finished));
    assert!(
        days.len() > 300 / share
            && days.iter().any(|day| day.totals.iter().any(|total| total.refunded > 0))
    );
}

/// The number of an order of the demonstration's feed; nothing for what cannot be read.
fn order_number(message: &str) -> Option<usize> {
    let (_, order) = message.split_once(r#""order": "W-"#)?;
    order.split_once('"')?.0.parse().ok()
}

/// The identity of a message: equal for repeated deliveries.
fn fingerprint(text: &str) -> Uuid {
    match feed::parse(text) {
        Ok(message) => message.delivery.fingerprint,
        Err(unreadable) => unreadable.fingerprint,
    }
}

async fn reconciled(shop: &Shop, now: DateTime<Utc>) -> Vec<Reconciliation> {
    let (from, until) = ("2020-01-01".parse().unwrap(), now.date_naive().succ_opt().unwrap());
    let filter =
        DayFilter { source: None, subject_token: None, from, until, limit: 10_000, offset: 0 };
    reconciliation::daily_reconciliation(&shop.database.app, &filter).await.unwrap().rows
}

pub(super) type Snapshot = [(&'static str, Vec<String>)];

/// Compares table by table, and shows the first difference only: there are thousands of rows.
pub(super) fn assert_same_snapshot(first: &Snapshot, second: &Snapshot) {
    for ((table, first), (_, second)) in first.iter().zip(second) {
        let [rows, others] = [first, second].map(|rows| rows.iter().collect::<BTreeSet<_>>());
        let (missing, extra) = (rows.difference(&others).next(), others.difference(&rows).next());
        assert!(missing.is_none() && extra.is_none(), "{table}:\n{missing:?}\n{extra:?}");
        assert_eq!(first.len(), second.len(), "{table}");
    }
}

fn recorded(product: &str) -> Value {
    let lines = json!([{
        "line": 1, "product": product, "quantity": 2,
        "price": { "amount": 100, "currency": "EUR" },
    }]);
    json!({
        "specversion": "1.0", "type": "purchase.recorded", "source": "shop", "id": "m-1",
        "time": "2026-01-31T10:00:00Z",
        "data": {
            "order": "A-1", "sequence": 1, "lines": lines,
            "organisation": { "name": "Acme", "tax_id": "DE123456789" },
            "total": { "amount": 200, "currency": "EUR" },
        },
    })
}

#[tokio::test]
async fn pur_3_a_parked_message_is_applied_once_its_product_exists() {
    let shop = Shop::open().await;
    let outcomes = shop.ingest_all(&[recorded("orbit").to_string()]).await;
    let IngestOutcome::Parked { parked, reason } = &outcomes[0] else { panic!("{outcomes:?}") };
    assert_eq!(reason.code, "unknown_product");

    shop.add_product("ORBIT", None, json!({ "term": { "days": 30 } })).await;
    let again = purchase_event::Command::Reprocess {};
    shop.commands
        .execute(CommandEnvelope::new(*parked, again, Actor::system("test")))
        .await
        .unwrap();
    shop.run_fulfilment().await;

    let snapshot = shop.snapshot().await;
    let rows = |table| &snapshot.iter().find(|(name, _)| *name == table).unwrap().1;
    let [license] = &rows("licensing_license.licenses")[..] else { panic!("{snapshot:?}") };
    let license: Value = serde_json::from_str(license).unwrap();
    assert_eq!(license["starts_at"], "2026-01-31T10:00:00+00:00", "the clock has no say");
    assert_eq!(license["ends_at"], "2026-03-02T10:00:00+00:00");
    assert!(rows("purchasing_purchase_event.parked")[0].contains("reprocessed"));
    assert!(rows("purchasing_purchase.purchases")[0].contains("\"fulfilled\""));
    shop.database.stop().await;
}

#[tokio::test]
async fn pur_3_any_message_is_stored_or_at_least_its_beginning() {
    let shop = Shop::open().await;
    let mut faulty = recorded("NONE");
    faulty["data"]["lines"] = vec![json!({}); 4_000].into();
    let control_characters = format!("{{\"id\": \"{}\"", "\u{1}".repeat(300_000));
    for (text, is_complete) in [(faulty.to_string(), true), (control_characters, false)] {
        let outcomes = shop.ingest_all(std::slice::from_ref(&text)).await;
        let IngestOutcome::Parked { parked, reason } = &outcomes[0] else { panic!("{outcomes:?}") };
        assert!(reason.detail.len() < 10_000, "{}", reason.detail.len());
        let stored = shop.commands.aggregates().load(*parked).await.unwrap();
        let stored = stored.payload().unwrap();
        assert!(
            text.starts_with(stored) && (stored.len() == text.len()) == is_complete,
            "{}",
            stored.len()
        );
    }
    shop.database.stop().await;
}

#[tokio::test]
async fn pur_1_an_id_that_was_used_for_another_order_is_parked() {
    let shop = Shop::open().await;
    let mut message = recorded("LENS-VIEWER");
    shop.ingest_all(&[message.to_string()]).await;
    message["data"]["order"] = json!("A-2");
    let outcomes = shop.ingest_all(&[message.to_string()]).await;
    let IngestOutcome::Parked { reason, .. } = &outcomes[0] else { panic!("{outcomes:?}") };
    assert_eq!(reason.code, "conflict");
    shop.database.stop().await;
}

#[tokio::test]
async fn pur_4_the_first_buyer_of_a_new_organisation_is_invited_once() {
    let shop = Shop::open().await;
    let folder = tempfile::tempdir().unwrap();
    let settings = mail::MailSettings {
        mailer: mail::Mailer::Folder(folder.path().to_owned()),
        from: "Shop <shop@example.com>".into(),
        portal: "https://book.example.com".into(),
    };
    let sender = MailSender::new(shop.commands.clone(), shop.database.app.clone(), settings);
    let leases = Leases::new(&shop.database.options);
    let workers = WorkerRuntime::new(shop.database.app.clone(), shop.ring(), None, leases);
    let (invitation_worker, mail_worker) =
        (InvitationReactions::new(shop.commands.clone(), sender.clone()).worker(), sender.worker());
    for worker in [&invitation_worker, &mail_worker] {
        workers.register(worker).await.unwrap();
    }
    let mut order = recorded("LENS-VIEWER");
    let mut again = order.clone();
    order["data"]["organisation"]["contact_email"] = json!("eva@acme.example");
    (again["id"], again["data"]["order"]) = (json!("m-2"), json!("A-2"));
    again["data"]["organisation"]["contact_email"] = json!("mallory@elsewhere.example");
    for messages in [[order.to_string()], [again.to_string()], [order.to_string()]] {
        shop.ingest_all(&messages).await;
        // The invitation, and the mail that follows from it.
        for _ in 0..2 {
            workers.catch_up(&invitation_worker).await.unwrap();
        }
    }

    let text = |entry: std::io::Result<std::fs::DirEntry>| {
        std::fs::read_to_string(entry.unwrap().path()).unwrap()
    };
    let sent_mails = || -> Vec<_> { std::fs::read_dir(folder.path()).unwrap().map(text).collect() };
    let [mail] = &sent_mails()[..] else { panic!("{:?}", sent_mails()) };
    assert!(mail.contains("To: eva@acme.example"), "{mail}");
    let tax_id = "DE123456789".parse().unwrap();
    let (cabinet, aggregates) = (CabinetId::from_tax_id(&tax_id), shop.commands.aggregates());
    let invitation = aggregates.load(InvitationId::of_first_buyer(cabinet)).await.unwrap();
    let offer = invitation.offer().unwrap();
    assert_eq!((offer.cabinet, offer.grant.role), (cabinet, Rank::ClientAdmin));

    // An erasure removes the address from the invitation.
    let (buyer, actor) = (SubjectId::from(cabinet.uuid()), Actor::system("test"));
    commands::platform::erase_subject(&shop.commands, buyer, ErasureReason::Requested, actor)
        .await
        .unwrap();
    workers.catch_up(&mail_worker).await.unwrap();
    assert_eq!(sent_mails(), [""; 0]);
    let erased = aggregates.load(InvitationId::of_first_buyer(cabinet)).await.unwrap();
    assert!(erased.offer().unwrap().email.get().is_none());
    shop.database.stop().await;
}

#[tokio::test]
async fn pur_6_a_purchase_system_reports_purchases_and_does_nothing_else() {
    let allowed: Vec<_> = RIGHTS_MATRIX.iter().map(|(right, _)| *right).collect();
    let allowed = allowed
        .into_iter()
        .filter(|right| policy::role_scope(*right, Role::PurchaseSystem) != Scope::None);
    let (ingests, reads) = (Right::PurchasesIngest, Right::PurchasesRead);
    // It may read its own entries of the audit trail.
    let expected = [Right::Profile, Right::ProductsRead, ingests, reads, Right::Audit];
    assert_eq!(allowed.collect::<Vec<_>>(), expected);

    let shop = Shop::open().await;
    let outcomes = shop.ingest_all(&[recorded("LENS-VIEWER").to_string()]).await;
    let IngestOutcome::Applied { purchase } = outcomes[0] else { panic!("{outcomes:?}") };
    let reason = "because".parse().unwrap();
    let discard = purchase::Command::DiscardLine { line: 1, sequence: 1, reason };
    let source = Actor::new(Uuid::from_u128(2), Role::PurchaseSystem);
    let outcome = shop.commands.execute(CommandEnvelope::new(purchase, discard, source)).await;
    assert!(matches!(outcome, Err(Failure::Forbidden { .. })), "{outcome:?}");
    shop.database.stop().await;
}

#[tokio::test]
async fn lic_11_refunded_licenses_end_and_the_others_stay() {
    let shop = Shop::open().await;
    let refund = json!({
        "specversion": "1.0", "type": "purchase.refunded", "source": "shop", "id": "m-2",
        "time": "2026-02-03T10:00:00Z",
        "data": {
            "order": "A-1", "sequence": 2, "lines": [{ "line": 1, "quantity": 1 }],
            "total": { "amount": 100, "currency": "EUR" },
        },
    });
    shop.ingest_all(&[refund.to_string(), recorded("TIDE-SERVER").to_string()]).await;
    let snapshot = shop.snapshot().await;
    let rows = &snapshot.iter().find(|(name, _)| *name == "licensing_license.licenses").unwrap().1;
    let revoked = rows.iter().filter(|row| row.contains("\"revoked\": true")).count();
    assert_eq!((rows.len(), revoked), (2, 1));
    shop.database.stop().await;
}
