//! What a person types. Its words are its documentation.

#![expect(clippy::doc_markdown, reason = "these comments are read in a terminal")]

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// The service book of a business: what happened with its customers, kept for ever.
///
/// From it follow its lists, appointments, licences, issues and mails. Begin with `servicebook up`.
#[derive(Debug, Parser)]
#[command(name = "servicebook", version, after_help = EXAMPLES)]
pub struct Cli {
    /// Settings file [default: servicebook.toml in this folder, if there is one]
    #[arg(long, global = true, value_name = "FILE", env = "SERVICEBOOK_CONFIG", hide_env = true)]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  servicebook up                        start everything here, with data in .data/
  servicebook up --demo                 … and load a small business to look at
  SERVICEBOOK_LISTEN=0.0.0.0:80 servicebook up
  servicebook status                    how far everybody is
  servicebook config                    all settings and where each comes from
  servicebook ingest purchases.jsonl    feed in purchases

Every command has more to say: servicebook help <command>";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run one role as a process of its own
    ///
    /// It uses the engines of DATABASE_URL and NATS_URL, or those of `servicebook up` (or
    /// `servicebook run engines`) on the same data folder. Any number may run; of the relay and of
    /// each projector and worker one works and the others stand by.
    #[command(subcommand)]
    Run(RunRole),

    /// Bring the database schema up to date; `up` does so by itself
    Migrate,

    /// Print all settings, each with where it comes from; secrets are hidden
    ///
    /// What is printed is a settings file: `servicebook config > servicebook.toml` is a start.
    Config,

    /// Return when a starting Servicebook is ready
    Wait {
        /// Give up after so many seconds
        #[arg(long, default_value_t = 60, value_name = "SECONDS")]
        timeout: u64,
    },
}

#[derive(Debug, Subcommand)]
pub enum RunRole {
    /// The private Postgres and nats-server only, for roles that run as processes of their own
    Engines,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
