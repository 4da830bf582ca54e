//! `servicebook ingest`: publishes a file of purchases to the inbox.

mod mapping;

use std::{
    collections::HashSet,
    fs::File,
    io::{BufRead, BufReader, Read, stdin},
    path::Path,
};

use anyhow::Context;
use bus::{Bus, PURCHASES};
use domain::purchasing::feed;
use figment::{
    Figment,
    providers::{Format, Toml},
};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;

use self::mapping::Mapping;
use crate::progress;

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
pub(crate) async fn ingest(
    bus: &Bus,
    file: &Path,
    mapping: Option<&Path>,
) -> anyhow::Result<String> {
    let messages = read(file, mapping)?;
    let count = messages.len();
    let distinct: HashSet<_> =
        messages.iter().map(|message| (&message.source, &message.text)).collect();
    let repeated = count - distinct.len();
    let bar = progress::bar(count as u64, "purchases");
    let sent = stream::iter(messages).map(async |Message { source, text }| {
        bus.ingest(PURCHASES, &source, text.into()).await?;
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
        let opened = File::open(file);
        Box::new(opened.with_context(|| format!("{} cannot be read", file.display()))?)
    };
    let Some(mapping) = mapping else {
        let lines = BufReader::new(input).lines();
        let lines = lines.filter(|line| line.as_ref().map_or(true, |line| !line.trim().is_empty()));
        return lines.map(|line| Ok(to_message(line.context("the file is no text")?))).collect();
    };
    let mapping: Mapping = Figment::from(Toml::file_exact(mapping))
        .extract()
        .with_context(|| format!("the mapping {} cannot be used", mapping.display()))?;
    Ok(mapping.read(input)?.iter().map(|event| to_message(event.to_string())).collect())
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
