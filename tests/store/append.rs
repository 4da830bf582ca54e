//! Appending: dense positions, concurrency, claims, idempotency keys, numbers, sealing, and a log
//! that nobody can change.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use commands::{CommandEnvelope, Commands, Failure, Receipt};
use domain::{
    identity::{Actor, Role},
    platform::subject::{self, SubjectId},
};
use futures::future::join_all;
use sqlx::AssertSqlSafe;
use tests::database::{Database, frozen_clock};
use uuid::Uuid;

use super::seat::{AlreadyPrinted, Command, Ride, Seat, SeatId};

fn employee() -> Actor {
    Actor::new(Uuid::from_u128(1), Role::Employee)
}

fn rename(text: &str) -> Command {
    Command::Name { name: text.into() }
}

async fn execute(
    commands: &Commands,
    id: SeatId,
    command: Command,
) -> Result<Receipt, Failure<AlreadyPrinted>> {
    commands.execute(CommandEnvelope::new(id, command, employee())).await
}

#[tokio::test]
async fn positions_are_dense_and_every_command_gets_its_own_verdict() {
    let database = Database::new().await;
    let commands = database.commands();
    let names = (0..200).map(|n| {
        let commands = commands.clone();
        async move { execute(&commands, SeatId::new(), rename(&format!("seat {}", n % 150))).await }
    });
    let outcomes = join_all(names).await;

    let done: Vec<_> = outcomes.iter().flatten().collect();
    let taken = outcomes.iter().filter(|outcome| {
        matches!(outcome, Err(Failure::Taken { what, rule, .. }) if what == "seat_name" && rule == "TRN-1")
    });
    assert_eq!((done.len(), taken.count()), (150, 50));
    let mut positions: Vec<_> = done.iter().map(|receipt| receipt.position).collect();
    positions.sort_unstable();
    assert_eq!(positions, (1..=150).collect::<Vec<_>>());
    database.stop().await;
}

#[tokio::test]
async fn an_event_too_large_for_the_bus_is_refused_and_the_others_are_not() {
    let database = Database::new().await;
    let commands = database.commands();
    let names = (0..20).map(|n| {
        let length = if n == 7 { 800 << 10 } else { 700 << 10 };
        let long = format!("{n}{}", "x".repeat(length));
        let commands = commands.clone();
        async move { execute(&commands, SeatId::new(), rename(&long)).await }
    });
    for (n, outcome) in join_all(names).await.iter().enumerate() {
        assert_eq!(matches!(outcome, Err(Failure::TooLarge)), n == 7, "{n}: {outcome:?}");
        assert_eq!(outcome.is_ok(), n != 7, "{n}: {outcome:?}");
    }
    // As text, 1e300 has 301 digits.
    let insert_large_event = "insert into event_store.events
                 select 20, 'trains.seat', gen_random_uuid(), 1, 'Named', 1, jsonb_agg(1e300), '{}', now()
                 from generate_series(1, 3000)";
    let refused = sqlx::raw_sql(insert_large_event).execute(&database.owner).await.unwrap_err();
    assert!(refused.to_string().contains("events_size"), "{refused}");
    database.stop().await;
}

#[tokio::test]
async fn commands_to_one_aggregate_happen_one_after_another() {
    let database = Database::new().await;
    let (one, other) = (database.commands(), database.commands());
    let id = SeatId::new();
    let names = (0..20).map(|n| {
        let commands = if n % 2 == 0 { &one } else { &other };
        execute(commands, id, rename(&n.to_string()))
    });
    let outcomes = join_all(names).await;

    let mut versions: Vec<_> = outcomes.iter().flatten().map(|receipt| receipt.version).collect();
    versions.sort_unstable();
    let last = i32::try_from(versions.len()).unwrap();
    assert_eq!(versions, (1..=last).collect::<Vec<_>>());
    assert!(!versions.is_empty());
    for outcome in outcomes {
        assert!(matches!(outcome, Ok(_) | Err(Failure::Contended)), "{outcome:?}");
    }
    database.stop().await;
}

#[tokio::test]
async fn writers_who_do_not_contradict_each_other_all_get_through() {
    let database = Database::new().await;
    let id = SeatId::new();
    let writers = (0..5).map(|writer| {
        let commands = database.commands();
        async move {
            let mut done = 0;
            for n in 0..10 {
                let outcome = execute(&commands, id, rename(&format!("{writer}-{n}"))).await;
                assert!(outcome.is_ok(), "{writer}-{n}: {outcome:?}");
                done += 1;
            }
            done
        }
    });
    assert_eq!(join_all(writers).await, [10; 5]);
    database.stop().await;
}

#[tokio::test]
async fn a_command_decides_on_the_current_state() {
    let database = Database::new().await;
    let (one, other) = (database.commands(), database.commands());
    let id = SeatId::new();
    execute(&one, id, rename("window")).await.unwrap();
    execute(&other, id, rename("aisle")).await.unwrap();
    let again = execute(&one, id, rename("window")).await.unwrap();
    assert_eq!(again.version, 3, "it is no window any more");
    database.stop().await;
}

#[tokio::test]
async fn a_released_claim_can_be_taken_by_others() {
    let database = Database::new().await;
    let commands = database.commands();
    let (first, second) = (SeatId::new(), SeatId::new());
    execute(&commands, first, rename("window")).await.unwrap();
    assert!(matches!(
        execute(&commands, second, rename("window")).await,
        Err(Failure::Taken { .. })
    ));
    execute(&commands, first, rename("aisle")).await.unwrap();
    execute(&commands, second, rename("window")).await.unwrap();
    assert_eq!(
        commands.aggregates().claim_holder("seat_name", "window").await.unwrap(),
        Some(second.uuid())
    );
    assert_eq!(commands.aggregates().claim_holder("seat_name", "door").await.unwrap(), None);
    database.stop().await;
}

#[tokio::test]
async fn a_train_with_three_places_takes_three() {
    let database = Database::new().await;
    let commands = database.commands();
    let from = Utc.with_ymd_and_hms(2030, 1, 7, 9, 0, 0).unwrap();
    let one_hour = ride("S1", from, 1, 3, None);
    let bookings = (0..64).map(|_| execute(&commands, SeatId::new(), one_hour.clone()));
    let outcomes = join_all(bookings).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3);
    for outcome in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(matches!(outcome, Failure::Taken { rule, .. } if rule == "TRN-2"), "{outcome:?}");
    }
    let again = ride("S1", from + TimeDelta::hours(1), 1, 3, None);
    execute(&commands, SeatId::new(), again).await.unwrap();
    database.stop().await;
}

#[tokio::test]
async fn capacity_is_checked_at_every_moment() {
    let database = Database::new().await;
    let commands = database.commands();
    let hour = |hour| Utc.with_ymd_and_hms(2030, 1, 7, hour, 0, 0).unwrap();
    let book = async |seat, from, hours, places| {
        execute(&commands, seat, ride("S1", hour(from), hours, places, None)).await
    };
    // One of three places stays taken; then the capacity is one.
    let [first, second] = [SeatId::new(), SeatId::new()];
    book(first, 9, 1, 3).await.unwrap();
    book(second, 9, 1, 3).await.unwrap();
    execute(&commands, first, ride("S2", hour(9), 1, 1, None)).await.unwrap();
    let beyond = book(SeatId::new(), 9, 1, 1).await;
    assert!(matches!(beyond, Err(Failure::Taken { .. })), "{beyond:?}");
    book(SeatId::new(), 9, 1, 2).await.unwrap();

    // From 12 to 14 at most one place is taken at any moment, though by different seats.
    let third = SeatId::new();
    for (seat, from) in [(third, 12), (SeatId::new(), 12), (SeatId::new(), 13)] {
        book(seat, from, 1, 2).await.unwrap();
    }
    execute(&commands, third, ride("S2", hour(12), 1, 1, None)).await.unwrap();
    book(SeatId::new(), 12, 2, 2).await.unwrap();
    let full = book(SeatId::new(), 11, 3, 2).await;
    assert!(matches!(full, Err(Failure::Taken { .. })), "{full:?}");
    book(SeatId::new(), 14, 1, 1).await.unwrap();
    database.stop().await;
}

fn ride(
    train: &str,
    from: DateTime<Utc>,
    hours: i64,
    places: u16,
    held_until: Option<DateTime<Utc>>,
) -> Command {
    Command::Ride(Ride { train: train.into(), from, hours, places, held_until })
}

#[tokio::test]
async fn a_held_place_is_free_once_the_hold_expires() {
    let database = Database::new().await;
    let from = Utc.with_ymd_and_hms(2030, 1, 7, 9, 0, 0).unwrap();
    let until = from - TimeDelta::minutes(30);
    let ride = |held_until| ride("S1", from, 1, 1, held_until);

    let before = database.commands_at(frozen_clock(until - TimeDelta::minutes(5)));
    execute(&before, SeatId::new(), ride(Some(until))).await.unwrap();
    let refused = execute(&before, SeatId::new(), ride(None)).await;
    assert!(matches!(refused, Err(Failure::Taken { .. })), "{refused:?}");

    let after = database.commands_at(frozen_clock(until));
    execute(&after, SeatId::new(), ride(None)).await.unwrap();
    database.stop().await;
}

#[tokio::test]
async fn a_command_sent_again_is_answered_as_before() {
    let database = Database::new().await;
    let commands = database.commands();
    let envelope = |key: &str, body: &str| {
        CommandEnvelope::<Seat>::create(rename("window"), employee())
            .with_idempotency_key(key, body.as_bytes())
    };
    let first = commands.execute(envelope("k1", "a")).await.unwrap();
    let again = commands.execute(envelope("k1", "a")).await.unwrap();
    assert!(!first.repeated);
    assert_eq!(again, Receipt { repeated: true, ..first });
    assert!(matches!(commands.execute(envelope("k1", "b")).await, Err(Failure::KeyReused)));
    assert!(matches!(commands.execute(envelope("k2", "a")).await, Err(Failure::Taken { .. })));

    let repeated = (0..32).map(|_| {
        commands.execute(
            CommandEnvelope::<Seat>::create(rename("aisle"), employee())
                .with_idempotency_key("k3", b"c"),
        )
    });
    let repeated = join_all(repeated).await;
    let ids: std::collections::HashSet<_> =
        repeated.iter().map(|receipt| receipt.as_ref().unwrap().id).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(repeated.iter().filter(|receipt| !receipt.as_ref().unwrap().repeated).count(), 1);

    // A repeated command gets its first answer, even if it would be refused now.
    let id = SeatId::new();
    let passenger = Command::Seat { passenger: "Anna".parse().unwrap() };
    let seat_order =
        || CommandEnvelope::new(id, passenger.clone(), employee()).with_idempotency_key("k4", b"d");
    let first = commands.execute(seat_order()).await.unwrap();
    let admin = Actor::new(Uuid::from_u128(2), Role::Admin);
    let erase = subject::Command::Erase { reason: subject::ErasureReason::Requested };
    commands.execute(CommandEnvelope::new(SubjectId::from(id.uuid()), erase, admin)).await.unwrap();
    let other_passenger = Command::Seat { passenger: "Bea".parse().unwrap() };
    assert!(matches!(execute(&commands, id, other_passenger).await, Err(Failure::SubjectErased)));
    assert_eq!(commands.execute(seat_order()).await.unwrap(), Receipt { repeated: true, ..first });
    let bystander = Actor::new(employee().id, Role::ClientUser);
    let again = CommandEnvelope::new(id, passenger.clone(), bystander.clone())
        .with_idempotency_key("k4", b"d");
    assert_eq!(commands.execute(again).await.unwrap(), Receipt { repeated: true, ..first });
    let other =
        CommandEnvelope::new(id, passenger.clone(), bystander).with_idempotency_key("k5", b"d");
    assert!(matches!(commands.execute(other).await, Err(Failure::Forbidden { .. })));
    // Random digests may well have a key of two letters in them.
    let plain = "select count(*) from event_store.idempotency where octet_length(key) < 16";
    assert_eq!(database.count(plain).await, 0, "keys may hold anything");
    database.stop().await;
}

#[tokio::test]
async fn an_idempotency_key_is_kept_for_a_command_without_events() {
    let database = Database::new().await;
    let commands = database.commands();
    let id = SeatId::new();
    execute(&commands, id, rename("window")).await.unwrap();
    let envelope = |to: &str, part: u128| {
        let envelope = CommandEnvelope::new(id, rename(to), employee())
            .with_idempotency_key("k", to.as_bytes());
        envelope.creating_part(Uuid::from_u128(part))
    };
    let first = commands.execute(envelope("window", 1)).await.unwrap();
    assert_eq!((first.version, first.position, first.repeated), (1, 0, false));
    assert!(matches!(commands.execute(envelope("aisle", 2)).await, Err(Failure::KeyReused)));
    execute(&commands, id, rename("aisle")).await.unwrap();
    let again = commands.execute(envelope("window", 3)).await.unwrap();
    assert_eq!(
        again,
        Receipt { repeated: true, ..first },
        "it was done before, and named its part"
    );
    assert_eq!(commands.aggregates().load(id).await.unwrap().name.as_deref(), Some("aisle"));
    database.stop().await;
}

#[tokio::test]
async fn nothing_is_recorded_while_the_clocks_disagree() {
    let database = Database::new().await;
    let offset = Arc::new(AtomicI64::new(0));
    let read_offset = Arc::clone(&offset);
    #[expect(clippy::disallowed_methods, reason = "a clock that can be put ahead")]
    let clock = move || Utc::now() + TimeDelta::seconds(read_offset.load(Ordering::SeqCst));
    let commands = database.commands_with(Arc::new(clock), true);
    execute(&commands, SeatId::new(), rename("window")).await.unwrap();
    for ahead in [365 * 24 * 3600, -7200] {
        offset.store(ahead, Ordering::SeqCst);
        let refused = execute(&commands, SeatId::new(), rename("aisle")).await;
        assert!(matches!(refused, Err(Failure::ClocksDisagree(_))), "{refused:?}");
    }
    offset.store(20, Ordering::SeqCst);
    execute(&commands, SeatId::new(), rename("aisle")).await.unwrap();
    assert_eq!(database.count("select count(*) from event_store.events").await, 2);

    // An event that was dated in the future does not date later ones.
    let append_after_event_ahead_by = async |by: &str| {
        let event = AssertSqlSafe(format!(
            "insert into event_store.events
             select position + 1, stream, gen_random_uuid(), 1, type, schema, data, meta,
                clock_timestamp() + interval '{by}'
             from event_store.events order by position desc limit 1"
        ));
        sqlx::raw_sql(event).execute(&database.owner).await.unwrap();
        execute(&commands, SeatId::new(), rename(by)).await.unwrap();
        let seconds_ahead =
            "select extract(epoch from max(recorded_at) - clock_timestamp())::bigint
             from (select * from event_store.events order by position desc limit 1) as last";
        database.count(seconds_ahead).await
    };
    assert!(
        append_after_event_ahead_by("20 seconds").await > 10,
        "a little ahead it stays in order"
    );
    assert!(append_after_event_ahead_by("1 year").await < 30);
    database.stop().await;
}

#[tokio::test]
async fn numbers_have_no_gaps_though_commands_fail() {
    let database = Database::new().await;
    let commands = database.commands();
    let ids: Vec<_> = (0..40).map(|_| SeatId::new()).collect();
    join_all(ids.iter().enumerate().map(|(n, id)| {
        let command = rename(&if n % 4 == 0 { "same".into() } else { n.to_string() });
        commands.execute(CommandEnvelope::new(*id, command, employee()).and_command(Command::Print))
    }))
    .await;
    let tickets = "select data ->> 'ticket' from event_store.events
         where type = 'SeatPrinted' order by position";
    let tickets: Vec<String> =
        sqlx::query_scalar(tickets).fetch_all(&database.owner).await.unwrap();
    assert_eq!(tickets, (1..=31).map(|n| n.to_string()).collect::<Vec<_>>());
    assert!(commands.aggregates().load(ids[1]).await.unwrap().ticket.is_some());
    let refused = execute(&commands, ids[1], Command::Print).await;
    assert!(matches!(refused, Err(Failure::Refused(AlreadyPrinted))), "{refused:?}");
    database.stop().await;
}

#[tokio::test]
async fn a_version_that_is_not_the_present_one_is_refused() {
    let database = Database::new().await;
    let commands = database.commands();
    let id = SeatId::new();
    let envelope = |text: &str, version| {
        CommandEnvelope::new(id, rename(text), employee()).expecting_version(version)
    };
    commands.execute(envelope("a", Some(0))).await.unwrap();
    commands.execute(envelope("b", Some(1))).await.unwrap();
    let stale = commands.execute(envelope("c", Some(1))).await;
    assert!(matches!(stale, Err(Failure::Stale { current: 2 })), "{stale:?}");
    let guest = Actor::new(Uuid::from_u128(9), Role::Guest);
    let forbidden = commands.execute(CommandEnvelope::new(id, rename("d"), guest)).await;
    assert!(matches!(forbidden, Err(Failure::Forbidden { .. })), "{forbidden:?}");
    database.stop().await;
}

#[tokio::test]
async fn personal_fields_are_stored_sealed_and_read_as_plain_text() {
    let database = Database::new().await;
    let commands = database.commands();
    let id = SeatId::new();
    let seat = |passenger: &str| Command::Seat { passenger: passenger.parse().unwrap() };
    execute(&commands, id, seat("Anna Planted")).await.unwrap();
    // Another process has no copy of the key in memory.
    let other = database.commands();
    execute(&other, id, seat("Berta Planted")).await.unwrap();
    let passenger = other.aggregates().load(id).await.unwrap().passenger.unwrap();
    assert_eq!(passenger.get().unwrap().as_str(), "Berta Planted");
    let plain = "select count(*) from event_store.events where data::text like '%Planted%'";
    assert_eq!(database.count(plain).await, 0);
    assert_eq!(database.count("select count(*) from key_store.subjects").await, 1);
    assert_eq!(database.count("select count(*) from event_store.sealed").await, 1);
    database.stop().await;
}

#[tokio::test]
async fn nobody_changes_an_event() {
    let database = Database::new().await;
    execute(&database.commands(), SeatId::new(), rename("window")).await.unwrap();
    for forbidden in [
        "update event_store.events set type = 'x'",
        "delete from event_store.events",
        "truncate event_store.events",
        "insert into event_store.events select position + 1, stream, id, version + 1, type, schema, data, meta, recorded_at from event_store.events",
    ] {
        let tried = sqlx::raw_sql(forbidden).execute(&database.app).await;
        assert!(tried.unwrap_err().to_string().contains("permission denied"), "{forbidden}");
    }
    for forbidden in ["update event_store.events set type = 'x'", "delete from event_store.events"]
    {
        let tried = sqlx::raw_sql(forbidden).execute(&database.owner).await;
        assert!(tried.unwrap_err().to_string().contains("never changed"), "{forbidden}");
    }
    database.stop().await;
}

#[tokio::test]
async fn nothing_is_sealed_for_a_person_whom_another_process_has_just_erased() {
    let database = Database::new().await;
    let (commands, other, id) = (database.commands(), database.commands(), SeatId::new());
    let seat = |passenger: &str| Command::Seat { passenger: passenger.parse().unwrap() };
    execute(&commands, id, seat("Anna")).await.unwrap();
    let erase = subject::Command::Erase { reason: subject::ErasureReason::Requested };
    let admin = Actor::new(Uuid::from_u128(2), Role::Admin);
    other.execute(CommandEnvelope::new(SubjectId::from(id.uuid()), erase, admin)).await.unwrap();
    // This process still has the key in memory, for a second.
    let late = execute(&commands, id, seat("Bea")).await;
    assert!(matches!(late, Err(Failure::SubjectErased)), "{late:?}");
    execute(&commands, id, rename("window")).await.unwrap();
    database.stop().await;
}
