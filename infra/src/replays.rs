//! `servicebook replay`: makes, lists and drops read models as they were at a moment, for analysts.

use std::{fmt::Write, fs};

use anyhow::{Context, bail};
use commands::analytics::unknown_overrides;
use domain::analytics::scenario::Scenario;
use projections::{Projector, Replay, ReplayReport, ReplayRequest};

use crate::{
    cli::{ReplayArguments, ReplayCommand},
    maintenance::show_progress,
    progress,
    system::System,
};

/// Executes a command, and returns what to print.
pub(crate) async fn execute_command(
    system: &System,
    command: Option<ReplayCommand>,
    arguments: Option<ReplayArguments>,
) -> anyhow::Result<String> {
    match (command, arguments) {
        (Some(ReplayCommand::List), _) => list(system).await,
        (Some(ReplayCommand::Drop { name }), _) => drop(system, &name).await,
        (None, Some(arguments)) => replay(system, arguments).await,
        (None, None) => bail!("Say what is to be replayed: see `servicebook help replay`."),
    }
}

/// The read models that were named.
pub(crate) fn named_projectors(
    arguments: &ReplayArguments,
) -> anyhow::Result<Vec<&'static Projector>> {
    if arguments.all {
        return Ok(projections::all_projectors().collect());
    }
    let names = arguments.names.iter();
    Ok(names.map(|name| projections::projector_named(name)).collect::<Result<_, _>>()?)
}

/// The scenario in the file that was named.
pub(crate) fn scenario(arguments: &ReplayArguments) -> anyhow::Result<Option<Scenario>> {
    let Some(path) = &arguments.scenario else { return Ok(None) };
    let text =
        fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let scenario = serde_json::from_str(&text)
        .with_context(|| format!("{} is no scenario", path.display()))?;
    Ok(Some(scenario))
}

/// Refuses a scenario as the API does.
async fn check_scenario(system: &System, scenario: &Scenario) -> anyhow::Result<()> {
    let unknown = unknown_overrides(system.commands.aggregates(), scenario).await?;
    let faults = scenario.faults("", &unknown).into_iter();
    let faults: Vec<_> =
        faults.map(|fault| format!("{}: {}", fault.pointer, fault.message)).collect();
    if faults.is_empty() { Ok(()) } else { bail!("The scenario is refused: {}", faults.join("; ")) }
}

async fn replay(system: &System, arguments: ReplayArguments) -> anyhow::Result<String> {
    let scenario = scenario(&arguments)?;
    if let Some(scenario) = &scenario {
        check_scenario(system, scenario).await?;
    }
    let request = ReplayRequest {
        projectors: named_projectors(&arguments)?,
        name: arguments.into,
        until: arguments.as_of,
        effective: arguments.effective,
        since: arguments.from,
        personal_for: arguments.personal_for,
        id: None,
        scenario,
    };
    let bar = progress::progress_bar(0, "events");
    let replayed = system.projections.replay(&request, |progress| show_progress(&bar, progress));
    let ReplayReport { replays, digest, .. } = replayed.await?;
    bar.finish_and_clear();
    let mut lines = describe(&replays);
    writeln!(lines, "\nDigest of its tables: {digest}")?;
    if replays.iter().any(|replay| replay.position == 0) {
        writeln!(
            lines,
            "It is empty: nothing was recorded by then. What was imported counts from when it was \
             imported; with --effective, from when it took effect."
        )?;
    }
    write!(
        lines,
        "Its views have the names of those in the schema analyst: set search_path = \"{0}\". `servicebook \
         replay drop {0}` removes it. Whoever is erased meanwhile is erased there, too.",
        request.name
    )?;
    Ok(lines)
}

async fn list(system: &System) -> anyhow::Result<String> {
    let replays = system.projections.replays().await?;
    let by_name = replays.chunk_by(|one, other| one.name == other.name);
    let lines: Vec<_> = by_name.map(describe).collect();
    Ok(if lines.is_empty() { "There are no replays.".into() } else { lines.join("\n") })
}

async fn drop(system: &System, name: &str) -> anyhow::Result<String> {
    let replays = system.projections.replays().await?;
    if let Some(id) = replays.iter().find_map(|replay| replay.id.filter(|_| replay.name == name)) {
        bail!("It was asked for by the API: drop it there, with DELETE /api/v1/replays/{id}.");
    }
    if !system.projections.drop_replay(name).await? {
        bail!("There is no replay {name}: `servicebook replay list` names them.");
    }
    Ok(format!("The replay {name} is dropped."))
}

/// A line about one replay.
fn describe(replays: &[Replay]) -> String {
    let shown = replays.iter().filter(|replay| !replay.is_actual);
    let models: Vec<_> = shown.map(|replay| replay.projector.as_str()).collect();
    let Some(first) = replays.first() else { return "Nothing was replayed.".into() };
    let Replay { name, as_of, effective, since, position, reader, personal, expires_at, .. } =
        first;
    let time = if *effective { "took effect" } else { "was recorded" };
    let since = since.map(|since| format!(", without what began before {since}"));
    let scenario = first.scenario_label();
    let scenario = scenario.map(|label| format!(", under other policies: counterfactual, {label}"));
    let shown = if *personal { "what is personal as it is" } else { "pseudonyms" };
    format!(
        "{name}: {} with all that {time} by {as_of} (position {position}){}{}; {reader} reads it, with {shown}; \
         until {expires_at}",
        models.join(", "),
        since.unwrap_or_default(),
        scenario.unwrap_or_default()
    )
}
