//! `servicebook ingest`: publishes a file of purchases to the inbox.

mod mapping;

use std::{
    collections::HashSet,
    fs::File,
    io::{BufRead, BufReader, Read, stdin},
    path::Path,
};

use anyhow::{Context, anyhow, bail, ensure};
use bus::{Bus, MAX_INGEST_MESSAGE_BYTES, PURCHASES_CHANNEL};
use domain::purchasing::feed;
use figment::{
    Figment,
    providers::{Format, Toml},
};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::Value;

use self::mapping::CsvMapping;
use crate::{config, progress};

/// So many messages may wait for the acknowledgement of the bus at once.
const MAX_CONCURRENT: usize = 64;

/// The source of messages that name none.
const DEFAULT_SOURCE: &str = "file";

/// A message and its source.
struct Message {
    source: String,
    text: String,
}

/// Publishes a file, and returns a summary.
pub(crate) async fn ingest_file(
    bus: &Bus,
    file: &Path,
    mapping: Option<&Path>,
) -> anyhow::Result<String> {
    let messages = read(file, mapping)?;
    let count = messages.len();
    let distinct: HashSet<_> =
        messages.iter().map(|message| (&message.source, &message.text)).collect();
    let repeated = count - distinct.len();
    let bar = progress::progress_bar(count as u64, "purchases");
    let sent = stream::iter(messages).map(async |Message { source, text }| {
        bus.publish_to_ingest(PURCHASES_CHANNEL, &source, text.into()).await?;
        bar.inc(1);
        anyhow::Ok(())
    });
    sent.buffered(MAX_CONCURRENT).try_collect::<()>().await?;
    bar.finish_and_clear();
    Ok(format!(
        "{count} purchase events are in the inbox{}. `servicebook status` shows what becomes of \
         them; what cannot be understood is parked, not lost.",
        if repeated > 0 { format!(" ({repeated} of them repeat others)") } else { String::new() }
    ))
}

fn read(file: &Path, mapping: Option<&Path>) -> anyhow::Result<Vec<Message>> {
    let input: Box<dyn Read> = if file == Path::new("-") {
        Box::new(stdin())
    } else {
        ensure!(!file.is_dir(), "{} is a folder: ingest takes one file.", file.display());
        let opened = File::open(file);
        Box::new(opened.with_context(|| format!("{} cannot be read", file.display()))?)
    };
    let Some(mapping) = mapping else {
        let lines = BufReader::new(input).lines();
        let lines = lines.filter(|line| line.as_ref().map_or(true, |line| !line.trim().is_empty()));
        let lines = lines.collect::<Result<Vec<_>, _>>();
        let lines = lines.with_context(|| format!("{} is no text", file.display()))?;
        if let Some(first) = lines.first()
            && !serde_json::from_str::<Value>(first).is_ok_and(|first| first.is_object())
        {
            bail!(
                "The first line of {} is no CloudEvent, so nothing is sent: a feed has one JSON \
                 object a line; a CSV file takes --mapping (see `servicebook help ingest`).",
                file.display()
            );
        }
        let most = usize::try_from(MAX_INGEST_MESSAGE_BYTES)?;
        if let Some((number, line)) = (1..).zip(&lines).find(|(_, line)| line.len() > most) {
            bail!(
                "Line {number} of {} has {} bytes, and a message may have {most}, so nothing is sent.",
                file.display(),
                line.len()
            );
        }
        return Ok(lines.into_iter().map(to_message).collect());
    };
    ensure!(mapping.is_file(), "There is no mapping {}.", mapping.display());
    let mapping: CsvMapping =
        Figment::from(Toml::file_exact(mapping)).extract().map_err(|error| {
            let place = match error.path.join(".") {
                path if path.is_empty() => path,
                path => format!("{path}: "),
            };
            let why = config::describe_wrong_value(&error.kind);
            anyhow!("The mapping {} cannot be used: {place}{why}.", mapping.display())
        })?;
    Ok(mapping.map_to_events(input)?.iter().map(|event| to_message(event.to_string())).collect())
}

/// Texts that are no valid event are published as well: the inbox parks them, where people see them.
fn to_message(text: String) -> Message {
    #[derive(Deserialize)]
    struct Named {
        source: String,
    }
    let named = serde_json::from_str::<Named>(&text).map(|named| named.source);
    let source = named.map(|source| feed::subject_token(&source)).unwrap_or_default();
    let source = if source.is_empty() { DEFAULT_SOURCE.to_owned() } else { source };
    Message { source, text }
}
