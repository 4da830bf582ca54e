//! Rules across aggregates under fire: many random commands at once by two processes' worth of
//! [`Commands`], on one Postgres, and a model that reads in the log whether any rule was broken.

mod model;
mod scene;

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Instant,
};

use futures::future::join_all;
use scene::{Chance, Scene};
use tests::database::Database;

/// So many give commands at once, half of them to each process.
const AT_ONCE: u64 = 24;

/// How many commands are given, and from which seed: as the environment says, or a few.
fn wanted(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Without these nothing would be shown.
const MUST_HAPPEN: &[&str] = &[
    "AppointmentBooked",
    "AppointmentCancelled",
    "AppointmentReopened",
    "AppointmentRescheduled",
    "CabinetClosed",
    "CabinetMoved",
    "CustomerArchived",
    "IssueOpened",
    "LicenseIssued",
    "LicenseRenewed",
    "MembershipRemoved",
    "ResourceCapacityChanged",
    "ResourceRetired",
    "ServiceRetired",
    "UserDeactivated",
    "UserRoleGranted",
];

/// Gives commands, and answers what the model finds wrong and how often each kind of event came.
async fn broken(count: u64, seed: u64) -> (Vec<String>, HashMap<String, usize>) {
    let database = Database::new().await;
    let desks = [database.commands(), database.commands()];
    let scene = Arc::new(Scene::set(&desks[0]).await);
    let begun = Instant::now();
    let givers = (0..AT_ONCE).map(|giver| {
        let (scene, commands) = (Arc::clone(&scene), desks[usize::from(giver % 2 == 0)].clone());
        tokio::spawn(async move {
            let mut chance = Chance(seed.wrapping_mul(AT_ONCE).wrapping_add(giver) | 1 << 40);
            for _ in 0..count / AT_ONCE {
                scene.act(&commands, &mut chance).await;
            }
        })
    });
    for giver in join_all(givers.collect::<Vec<_>>()).await {
        giver.unwrap();
    }
    let taken = begun.elapsed();
    let log = model::log(&database.owner).await;
    let mailboxes = scene.mailboxes.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let (wrong, seen) = model::judge(&log, mailboxes);
    let [done, refused, contended] =
        [&scene.tally.done, &scene.tally.refused, &scene.tally.contended]
            .map(|count| count.load(Ordering::Relaxed));
    let mut counts: Vec<_> = seen.iter().collect();
    counts.sort();
    println!("seed {seed}, {taken:.1?}: {done} done, {refused} refused, {contended} contended");
    println!("{counts:?}");
    database.stop().await;
    (wrong, seen)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_rule_is_broken_by_commands_at_once() {
    let (commands, seed) = (wanted("RULES_COMMANDS", 2_000), wanted("RULES_SEED", 8));
    let (wrong, seen) = broken(commands, seed).await;
    assert!(wrong.is_empty(), "{} times: {:#?}", wrong.len(), &wrong[..wrong.len().min(20)]);
    for kind in MUST_HAPPEN {
        assert!(seen.contains_key(*kind), "{kind} never happened: {seen:?}");
    }
}

/// The model would notice: here decisions stand whatever has become of what they rest on.
#[cfg(feature = "fail-points")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_by_what_is_no_longer_so_is_found() {
    fail::cfg("mutant.reads.off", "return").unwrap();
    let (wrong, _) = broken(2_000, 9).await;
    fail::remove("mutant.reads.off");
    println!("{wrong:#?}");
    assert!(!wrong.is_empty());
}
