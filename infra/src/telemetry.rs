//! Where the log goes, and how it is written.

use std::{
    fs::{self, File, OpenOptions},
    io::{IsTerminal, stderr},
    sync::Mutex,
};

use anyhow::Context;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::config::{Config, LogFormat, LogTo};

/// A log of an earlier time is kept aside when it has grown beyond this many bytes.
const LONG: u64 = 64 << 20;

/// Begins to log as the settings say. Once for each process.
pub fn start(config: &Config) -> anyhow::Result<()> {
    let mut layers = Vec::new();
    if config.log_to != LogTo::File {
        let colours = stderr().is_terminal();
        let plain = fmt::layer().with_ansi(colours).with_writer(stderr);
        layers.push(match config.log_format {
            LogFormat::Text => plain.boxed(),
            LogFormat::Json => plain.json().boxed(),
        });
    }
    if config.log_to != LogTo::Stderr {
        let file = Mutex::new(log_file(config)?);
        let plain = fmt::layer().with_ansi(false).with_writer(file);
        layers.push(match config.log_format {
            LogFormat::Text => plain.boxed(),
            LogFormat::Json => plain.json().boxed(),
        });
    }
    let layers: Box<dyn Layer<Registry> + Send + Sync> = Box::new(layers);
    let filter = EnvFilter::builder().parse(&config.log)?;
    // That a schema which is dropped in case it exists does not exist is no news.
    let filter = filter.add_directive("sqlx::postgres::notice=warn".parse()?);
    tracing_subscriber::registry().with(layers.with_filter(filter)).try_init()?;
    Ok(())
}

fn log_file(config: &Config) -> anyhow::Result<File> {
    let folder = config.data()?.join("logs");
    let path = folder.join("servicebook.log");
    let open = || -> std::io::Result<File> {
        fs::create_dir_all(&folder)?;
        if fs::metadata(&path).is_ok_and(|log| log.len() > LONG) {
            fs::rename(&path, path.with_extension("log.1"))?;
        }
        OpenOptions::new().create(true).append(true).open(&path)
    };
    open().with_context(|| format!("The log {} cannot be written", path.display()))
}
