//! The commands for operators that examine or repair: verify, export, rebuild, bus rebuild, erase, keys
//! rotate.

use std::{
    fmt::Write as _,
    fs::File,
    io::{BufWriter, Write, stdout},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

use anyhow::{Context, bail};
use bus::Relay;
use domain::{
    identity::Actor,
    platform::subject::{ErasureReason, SubjectId},
};
use engines::Engines;
use indicatif::ProgressBar;
use integrity::{ExportSummary, Report, SegmentPublisher};
use projections::{
    ErasureOutcome, FillProgress, Projector, RebuildReport, RelatedSubject, RemainingComment,
    RemainingData,
};
use sealing::SigningKey;
use sqlx::postgres::PgPoolOptions;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{cli, config::Config, master_key, progress, roles::LogSource, system::System};

/// Checks the log and everything derived from it. Fails with the list of faults if there are any.
pub(crate) async fn verify_log(system: &System) -> anyhow::Result<String> {
    let bar = progress::progress_bar(0, "readings");
    let report = integrity::verify(&system.options, &system.keys, |read, of| {
        bar.set_length(of.cast_unsigned());
        bar.set_position(read.cast_unsigned());
    });
    let report = report.await?;
    bar.finish_and_clear();
    let Report { events, aggregates, claims, segments, hashed, numbers, models, .. } = report;
    let mut faults = report.faults;
    if let Err(why) =
        SegmentPublisher::new(system.db.clone(), system.bus.clone()).check_last_published().await
    {
        faults.push(format!("{why:#}"));
    }
    if !faults.is_empty() {
        bail!("The examination found faults:\n  {}", faults.join("\n  "));
    }
    let mut remarks = String::new();
    if report.set_back > 0 {
        let times = report.set_back;
        write!(remarks, "\n{times} times the clock had been ahead, and the log went back to it.")?;
    }
    for (kind, count) in report.newer {
        write!(remarks, "\n{count} × {kind} cannot be judged: a newer version wrote it.")?;
    }
    Ok(format!(
        "The log is whole: {events} events of {aggregates} aggregates, {claims} claims and \
         {numbers} numbers as the events say.\n\
         {segments} segments vouch for everything up to {hashed}.\n\
         {models} read models have seen every event of theirs, once and in order.{remarks}"
    ))
}

/// Writes the log to a file that only the owner can read: with its segments, or as a Parquet file.
pub(crate) async fn export_log(
    system: &System,
    file: &Path,
    parquet: bool,
) -> anyhow::Result<String> {
    let out: Box<dyn Write + Send> = if file == Path::new("-") {
        Box::new(stdout())
    } else {
        let created = File::options().write(true).create_new(true).mode(0o600).open(file);
        Box::new(created.with_context(|| format!("{} cannot be made", file.display()))?)
    };
    let bar =
        progress::progress_bar(event_store::head(&system.db).await?.cast_unsigned(), "events");
    let on_progress = |position: i64| bar.set_position(position.cast_unsigned());
    let mut out = BufWriter::new(out);
    let (database, name) = (&system.options, file.display());
    let written = if parquet {
        let events = integrity::export_table(database, &mut out, on_progress).await?;
        format!("{name} holds {events} events.")
    } else {
        let ExportSummary { events, segments } =
            integrity::export(database, &mut out, on_progress).await?;
        format!("{name} holds {events} events and the {segments} segments that vouch for them.")
    };
    bar.finish_and_clear();
    Ok(if file == Path::new("-") { String::new() } else { written })
}

/// Rebuilds the read models of these names, or all, beside the live ones, and swaps them.
pub(crate) async fn rebuild_read_models(
    system: &System,
    names: &[String],
) -> anyhow::Result<String> {
    let chosen: Vec<_> = match names {
        [] => projections::all_projectors().collect(),
        names => {
            names.iter().map(|name| projections::projector_named(name)).collect::<Result<_, _>>()?
        }
    };
    let mut results = Vec::new();
    for projector in chosen {
        results.push(rebuild_read_model(system, projector).await?);
    }
    Ok(results.join("\n"))
}

async fn rebuild_read_model(
    system: &System,
    projector: &'static Projector,
) -> anyhow::Result<String> {
    let name = projector.name;
    let bar = progress::progress_bar(0, "events");
    let rebuilt =
        system.projections.rebuild(projector, |progress| show_progress(&bar, progress)).await?;
    bar.finish_and_clear();
    let RebuildReport { events, elapsed, position, differences, parked } = rebuilt;
    let comparison = match differences.as_deref() {
        None => "There was nothing to compare it with.".to_owned(),
        Some([]) => "It is equal to the live one to the byte.".to_owned(),
        Some(differences) => {
            let tables = differences
                .iter()
                .filter_map(|difference| difference.live.as_ref().or(difference.rebuilt.as_ref()));
            let tables: Vec<_> = tables.map(|digest| digest.table.as_str()).collect();
            format!("IT WAS NOT EQUAL to the live one, in: {}.", tables.join(", "))
        }
    };
    let parked = match parked {
        0 => String::new(),
        parked => format!(" {parked} streams are parked."),
    };
    Ok(format!(
        "{name} is rebuilt up to {position}: {events} events in {elapsed:.1?}. {comparison}{parked}"
    ))
}

/// Shows how far the filling of tables has come.
pub(crate) fn show_progress(bar: &ProgressBar, progress: FillProgress) {
    bar.set_length(progress.total);
    bar.set_position(progress.done);
}

/// Clears the mirror and fills it again, whether or not another relay is running.
pub(crate) async fn rebuild_bus(system: &System) -> anyhow::Result<String> {
    let head = event_store::head(&system.db).await?;
    system.bus.recreate_events_and_segments_streams().await?;
    let relay = Relay::new(system.bus.clone(), LogSource(system.db.clone()));
    let stop = CancellationToken::new();
    let bar = progress::progress_bar(head.cast_unsigned(), "events");
    let watch = async {
        loop {
            let position = system.bus.mirrored_position().await.unwrap_or_default();
            bar.set_position(position.cast_unsigned());
            if position >= head {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::select! {
        () = watch => stop.cancel(),
        () = relay.run(&stop) => {}
    }
    bar.finish_and_clear();
    Ok(format!("The bus is a mirror of the log again, up to {head}."))
}

/// Destroys the key of a person, and reports what else relates to them.
pub(crate) async fn erase_subject(
    system: &System,
    subject: Uuid,
    reason: cli::ErasureReason,
) -> anyhow::Result<String> {
    let id = SubjectId::from(subject);
    let reason = match reason {
        cli::ErasureReason::Requested => ErasureReason::Requested,
        cli::ErasureReason::RetentionEnded => ErasureReason::RetentionEnded,
        cli::ErasureReason::Mistake => ErasureReason::Mistake,
    };
    let by = Actor::system("servicebook erase");
    // After the erasure related rows could not be found any more.
    let remains = projections::remaining_data(&system.db, subject).await;
    let receipt = commands::platform::erase_subject(&system.commands, id, reason, by).await?;
    let replays = system.projections.erase_from_replays(subject).await?;
    let mut lines = vec![if receipt.position == 0 {
        format!("{subject} was erased before.")
    } else {
        format!(
            "The key of {subject} is destroyed (position {}): nobody can read that person's data \
             any more. Read models blank it as they reach that position.",
            receipt.position
        )
    }];
    lines.extend(replays.into_iter().map(|(replay, outcome)| match outcome {
        ErasureOutcome::Blanked => {
            format!("It is blank in {} of the replay {}, too.", replay.projector, replay.name)
        }
        ErasureOutcome::Dropped => format!(
            "{} of the replay {} was dropped: another version made it.",
            replay.projector, replay.name
        ),
    }));
    match remains {
        Ok(remains) => lines.extend(describe_remaining(&remains)),
        Err(why) => lines.push(format!("What else there is could not be looked up: {why}")),
    }
    Ok(lines.join("\n"))
}

/// Lines about what is left of a person, and what can be done about it.
fn describe_remaining(RemainingData { comments, related, models }: &RemainingData) -> Vec<String> {
    let mut lines = Vec::new();
    if !comments.is_empty() {
        lines.push("Others wrote in this person's issues; an agent decides what stays:".into());
    }
    lines.extend(comments.iter().map(|RemainingComment { issue, comment, author, at }| {
        format!("  issue {issue}, comment {comment} by {author}, {at}")
    }));
    if !related.is_empty() {
        lines.push("This may be the same person; each is erased by its own id:".into());
    }
    lines.extend(related.iter().map(|RelatedSubject { topic, id }| format!("  {topic} {id}")));
    if !models.is_empty() {
        lines.push(format!(
            "Postgres keeps what was overwritten in the files of a read model until it uses the \
             place again, and in its write-ahead log until the next checkpoints have recycled it: \
             `servicebook rebuild` of {} writes new files at once. Backups of read models, if you \
             make any, keep it until they are deleted; those of the log never had it in plain.",
            models.join(", ")
        ));
    }
    lines
}

/// Replaces the master key.
pub(crate) async fn rotate_master_key(
    config: &Config,
    engines: &Engines,
) -> anyhow::Result<String> {
    // Only the owner may change keys.
    let owner =
        PgPoolOptions::new().max_connections(2).connect_with(engines.owner_options()?).await?;
    let bar = progress::progress_bar(0, "keys");
    let result = master_key::rotate(config, &owner, &bar).await?;
    bar.finish_and_clear();
    owner.close().await;
    Ok(result)
}

/// Makes new signing keys.
pub(crate) async fn rotate_signing_keys(system: &System) -> anyhow::Result<String> {
    let keys = SigningKey::rotate(&system.db, system.keys.master()).await?;
    let (keys, lead) = (keys.join(" and "), sealing::PUBLISH_LEAD.num_minutes());
    Ok(format!("{keys} are published and sign from {lead} minutes after they were made."))
}
