//! Rules across aggregates under load: random commands by two processes' worth of [`Commands`], on
//! one Postgres; a model then finds broken rules in the log.

mod model;
mod workload;

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Instant,
};

use futures::future::join_all;
use tests::{database::Database, effort};
use workload::{Random, Workload};

/// How many clients give commands at once, half of them to each process.
const AT_ONCE: u64 = 24;

/// How many runs there are at most.
const MAX_RUNS: u64 = 5;

/// Events that must occur; otherwise it would show nothing.
const REQUIRED_EVENTS: &[&str] = &[
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

/// Runs random commands; answers the broken rules, and how often each type of event occurred.
async fn run_and_check(count: u64, seed: u64) -> (Vec<String>, HashMap<String, usize>) {
    let database = Database::new().await;
    let processes = [database.commands(), database.commands()];
    let workload = Arc::new(Workload::new(&processes[0]).await);
    let started = Instant::now();
    let clients = (0..AT_ONCE).map(|client| {
        let (workload, commands) =
            (Arc::clone(&workload), processes[usize::from(client % 2 == 0)].clone());
        tokio::spawn(async move {
            let mut random = Random(seed.wrapping_mul(AT_ONCE).wrapping_add(client) | 1 << 40);
            for _ in 0..count / AT_ONCE {
                workload.execute_random(&commands, &mut random).await;
            }
        })
    });
    for client in join_all(clients.collect::<Vec<_>>()).await {
        client.unwrap();
    }
    let elapsed = started.elapsed();
    let events = model::read_log(&database.owner).await;
    let mailboxes = workload.mailboxes.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let (violations, event_counts) = model::check(&events, mailboxes);
    let [accepted, refused, contended] =
        [&workload.tally.accepted, &workload.tally.refused, &workload.tally.contended]
            .map(|count| count.load(Ordering::Relaxed));
    let mut sorted_counts: Vec<_> = event_counts.iter().collect();
    sorted_counts.sort();
    println!(
        "seed {seed}, {elapsed:.1?}: {accepted} done, {refused} refused, {contended} contended"
    );
    println!("{sorted_counts:?}");
    database.stop().await;
    (violations, event_counts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_rule_is_broken_by_commands_at_once() {
    let commands = 2_000 * u64::try_from(effort()).unwrap();
    let mut missing = REQUIRED_EVENTS.to_vec();
    // What is rare may not happen in one run.
    for seed in 8..8 + MAX_RUNS {
        let (violations, event_counts) = run_and_check(commands, seed).await;
        assert!(
            violations.is_empty(),
            "{} times: {:#?}",
            violations.len(),
            &violations[..violations.len().min(20)]
        );
        missing.retain(|event_type| !event_counts.contains_key(*event_type));
        if missing.is_empty() {
            return;
        }
    }
    panic!("never happened: {missing:?}");
}

/// The model finds broken rules when the append does not guard what decisions have read.
#[cfg(feature = "fail-points")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_model_finds_decisions_on_stale_reads() {
    fail::cfg("mutant.reads.off", "return").unwrap();
    let (violations, _) = run_and_check(2_000, 9).await;
    fail::remove("mutant.reads.off");
    println!("{violations:#?}");
    assert!(!violations.is_empty());
}
