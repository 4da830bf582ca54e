//! The command line. The comments on commands and arguments are its help texts.

#![expect(clippy::doc_markdown, reason = "these comments are read in a terminal")]

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use projections::ReplayEnd;
use uuid::Uuid;

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

/// The command of the processes that make documents.
pub(crate) const RENDER: &str = "render";

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
    /// Start everything in one process, and stop it with Ctrl-C
    ///
    /// Starts a private Postgres and nats-server beside itself, unless DATABASE_URL and NATS_URL
    /// name others. All it keeps lies in .data/ (SERVICEBOOK_DATA); it serves HTTP on
    /// 127.0.0.1:8080 (SERVICEBOOK_LISTEN).
    Up {
        /// Load the demonstration business once it is ready (see `servicebook help demo`)
        #[arg(long)]
        demo: bool,
        /// Load it even where others reach this server or a business is told already
        #[arg(long, requires = "demo")]
        anyway: bool,
    },

    /// Run one role as a process of its own
    ///
    /// It uses the engines of DATABASE_URL and NATS_URL, or those of `servicebook up` (or
    /// `servicebook run engines`) on the same data folder. Any number may run; of the relay and of
    /// each projector and worker one works and the others stand by.
    #[command(subcommand)]
    Run(RunRole),

    /// Bring the database schema up to date; `up` does so by itself
    Migrate,

    /// Show how far the log, the bus, the read models and the workers are
    Status {
        /// As JSON, for programs
        #[arg(long)]
        json: bool,
    },

    /// Print all settings, each with where it comes from; secrets are hidden
    ///
    /// What is printed is a settings file: `servicebook config > servicebook.toml` is a start.
    Config,

    /// Publish a feed of purchases to the inbox
    ///
    /// FILE holds CloudEvents, one JSON object a line; or, with --mapping, it is a CSV file whose
    /// columns the mapping names. What was sent before changes nothing, so an interrupted run is
    /// simply repeated.
    #[command(after_help = "\
Examples:
  servicebook ingest feed.jsonl
  servicebook ingest shop.csv --mapping shop.toml")]
    Ingest {
        /// The feed; - reads standard input
        file: PathBuf,
        /// How the columns of a CSV file become a purchase
        #[arg(long, value_name = "FILE")]
        mapping: Option<PathBuf>,
    },

    /// Load a believable small business of both kinds: a salon and a software vendor
    ///
    /// Loading it twice changes nothing. It prints the logins it made. It is for a Servicebook on
    /// this machine alone, and without another business: everybody knows its password.
    Demo {
        /// Load it elsewhere, too; where others reach this server, with a password of its own
        #[arg(long)]
        anyway: bool,
    },

    /// Build read models anew beside the live ones, compare, and swap
    #[command(after_help = "Example:\n  servicebook rebuild crm.customer")]
    Rebuild(NameArguments),

    /// Build read models as they were at a moment, for analysts
    ///
    /// They hold the log from its beginning up to the last event that was recorded by then, or, with
    /// --effective, that took effect by then. Where a clock ran ahead and was set back, events dated too late
    /// are among them, if others followed. The views of a replay have the names of those in the schema
    /// analyst, and show pseudonyms as these do. It is dropped after 30 days.
    ///
    /// With --scenario it is counterfactual: other policies over the same facts. The file is what POST /replays
    /// takes as scenario, such as {"label": "10 % more", "overrides": [{"type": "service_price", "change":
    /// {"percent": 10}}]}. Each view has the label in its last column, and the view scenario_diff says what
    /// differs from what was. All analysts read the label, and nothing erases it: it names no people.
    #[command(
        args_conflicts_with_subcommands = true,
        subcommand_negates_reqs = true,
        after_help = "\
Examples:
  servicebook replay --all --as-of 2026-01-01 --into new_year
  servicebook replay crm.customer purchasing.purchase --as-of 4711 --into before_the_import
  servicebook replay purchasing.purchase --as-of 2016-07-01T00:00:00Z --effective --into summer_2016
  servicebook replay scheduling.service scheduling.appointment --as-of 4711 --scenario dearer.json --into dearer
  servicebook replay list
  servicebook replay drop new_year"
    )]
    Replay {
        #[command(subcommand)]
        command: Option<ReplayCommand>,
        #[command(flatten)]
        arguments: Option<ReplayArguments>,
    },

    /// Prove that the log is whole and that everything follows from it
    ///
    /// Positions dense, versions without gaps, every event readable and what was recorded, claims,
    /// numbers and answers as the events say, every read model complete. All of it at one moment, so
    /// it may run beside everything else. Fails if anything is not so.
    Verify,

    /// Write the whole log, with the hashes that vouch for it, to be checked or read elsewhere
    ///
    /// One JSON object a line: every event, and behind its last event each segment with its hash.
    /// What is personal stays sealed. infra/tools/verify_export.py checks such a file by itself.
    /// With --parquet it is a table for analysts, an event a row, without the segments; effective_at is
    /// recorded_at where an event says nothing else, and what is personal in data is sealed there, too.
    #[command(after_help = "\
Examples:
  servicebook export log.jsonl
  servicebook export log.parquet --parquet")]
    Export {
        /// Where to; it must not exist. - writes to standard output
        file: PathBuf,
        /// As a Parquet file
        #[arg(long)]
        parquet: bool,
    },

    /// Mend the bus, or let other systems use it
    #[command(subcommand)]
    Bus(BusCommand),

    /// Destroy the key of a person, so that nobody can read their data any more
    ///
    /// The events stay, in their order and with their numbers; what is personal in them is gone
    /// for ever, in backups too. There is no way back.
    #[command(after_help = "\
Example:
  servicebook erase 0199c0de-0000-7000-8000-000000000001 --reason requested")]
    Erase {
        /// The id of the customer, user, cabinet, invitation or parked message
        #[arg(value_parser = id)]
        subject: Uuid,
        /// Why; it is recorded. A fixed list, because free text could name the person for ever
        #[arg(long, value_enum)]
        reason: ErasureReason,
    },

    /// Make an administrator
    #[command(subcommand)]
    Admin(AdminCommand),

    /// Let people ask questions of the database, who may change nothing
    #[command(subcommand)]
    Analyst(AnalystCommand),

    /// Look after the keys: those that sign tokens, and the one that wraps all others
    #[command(subcommand)]
    Keys(KeysCommand),

    /// Make one document, as the API asks for it
    #[command(name = RENDER, hide = true)]
    Render,

    /// Return when a starting Servicebook is ready
    Wait {
        /// Give up after so many seconds
        #[arg(long, default_value_t = 60, value_name = "SECONDS")]
        timeout: u64,
    },
}

/// A moment as people type it: of a date, its beginning.
fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    let date = text.parse::<NaiveDate>().map(|date| date.and_time(NaiveTime::MIN).and_utc());
    date.or_else(|_| text.parse()).map_err(|_| {
        "a moment is a date (2026-01-01, from its beginning by UTC), or a date with a time and a zone, such as \
         2026-01-01T00:00:00Z or 2026-01-01T09:00:00+01:00"
            .to_owned()
    })
}

/// A moment, or a position.
fn replay_end(text: &str) -> Result<ReplayEnd, String> {
    if let Ok(position) = text.parse() {
        return Ok(ReplayEnd::Position(position));
    }
    let moment = moment(text).map(ReplayEnd::Moment);
    moment.map_err(|why| format!("{why}; or a position of the log, such as 4711"))
}

/// An id as people copy it.
fn id(text: &str) -> Result<Uuid, String> {
    text.parse().map_err(|_| "an id looks like 0199c0de-0000-7000-8000-000000000001".to_owned())
}

#[derive(Debug, Subcommand)]
pub enum RunRole {
    /// The private Postgres and nats-server only, for roles that run as processes of their own
    Engines,
    /// Serve the HTTP API, whole or in part
    #[command(after_help = "Example:\n  servicebook run api --contexts crm,scheduling")]
    Api {
        /// Only these contexts; a gateway joins them with others
        #[arg(long, value_delimiter = ',')]
        contexts: Vec<String>,
    },
    /// Serve the public pages only: homepage, booking, signing up, links of mails
    ///
    /// A gateway joins them with the API. Whatever they show or do they take from the same database.
    Site,
    /// Be the one address of all processes that serve the API
    ///
    /// Who answers which paths it learns from the registry, as they come and go, or from the
    /// setting `routes`. It needs no database.
    Gateway,
    /// Mirror the log onto the bus
    Relay,
    /// Keep read models up to date
    Projector(NameArguments),
    /// React to events, to the clock and to what comes in: mails, expiry, fulfilment
    Worker(NameArguments),
}

#[derive(Debug, Default, Args)]
pub struct NameArguments {
    /// Which ones; none named means all
    pub names: Vec<String>,
}

/// Why a person is forgotten.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum ErasureReason {
    /// The person asked for it (GDPR, article 17)
    Requested,
    /// Nothing obliges or entitles us to keep the data any longer
    RetentionEnded,
    /// The data should never have been recorded
    Mistake,
}

#[derive(Debug, Subcommand)]
pub enum BusCommand {
    /// Throw the streams of events and of segments away and fill them again from the log
    Rebuild,
    /// Let other systems in, each with rights of its own
    #[command(subcommand)]
    User(BusUserCommand),
}

#[derive(Debug, Subcommand)]
pub enum BusUserCommand {
    /// Make a user for another system, and print how it connects
    ///
    /// A source sends purchases: it may publish ingest.purchases.NAME, and nothing else. A
    /// subscriber reads all events and may say nothing. The private nats-server, which serves this
    /// machine only, is started again, which nobody notices; for one of your own (NATS_URL), what to
    /// add to its configuration is printed.
    #[command(after_help = "\
Examples:
  servicebook bus user add webshop --as source
  servicebook bus user add reporting --as subscriber")]
    Add {
        /// Letters, digits, - and _; of a source, its name in the purchases that it sends
        name: String,
        /// What it is there for
        #[arg(long = "as", value_enum, value_name = "KIND")]
        kind: BusUserKind,
    },
    /// Show who is let in
    List,
    /// Let somebody in no more; what keeps their place in the events is removed as well
    Remove { name: String },
}

/// What another system is there for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum BusUserKind {
    /// Sends purchases
    Source,
    /// Reads events
    Subscriber,
}

#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make new ones now; by themselves they are followed every 90 days
    ///
    /// A new key is published at once and signs after 15 minutes; the old one is published until
    /// nothing that it signed is good any more. Nobody has to sign in again.
    Rotate,
    /// Print the key for the setting gateway_key of a gateway that runs elsewhere
    Gateway,
    /// Wrap everything by a new master key, and forget the present one
    ///
    /// Servicebook may run meanwhile. The keys of all persons and the keys that sign are wrapped
    /// anew; what was sealed with them is not touched. Broken off, it is simply repeated. With the
    /// setting master_key, put the new key before the old one first, for all processes.
    RotateMaster,
}

#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Create a user with the role of an administrator
    #[command(after_help = "\
Examples:
  servicebook admin create --email anna@example.com --name \"Anna Berg\"
  pass show servicebook | servicebook admin create --email … --name … --password-stdin")]
    Create {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
        /// Read the password from standard input; without it, one is made and printed
        #[arg(long)]
        password_stdin: bool,
    },
}

#[derive(Debug, Args)]
pub struct ReplayArguments {
    /// The read models, as `servicebook status` names them
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub names: Vec<String>,
    /// All read models
    #[arg(long)]
    pub all: bool,
    /// A date, a date and time with a zone, or a position of the log
    #[arg(long, value_name = "MOMENT", value_parser = replay_end)]
    pub as_of: ReplayEnd,
    /// The schema to make; it must not exist
    #[arg(long, value_name = "SCHEMA")]
    pub into: String,
    /// Go by when events took effect, not by when they were recorded
    #[arg(long)]
    pub effective: bool,
    /// Leave out what began earlier
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    pub from: Option<DateTime<Utc>>,
    /// Show what is personal as it is, to this analyst alone
    #[arg(long, value_name = "ANALYST")]
    pub personal_for: Option<String>,
    /// Make it under other policies than those that were in force, as JSON says: a label and overrides
    #[arg(long, value_name = "FILE.json")]
    pub scenario: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum ReplayCommand {
    /// Show the replays that there are
    List,
    /// Remove a replay
    Drop { name: String },
}

#[derive(Debug, Subcommand)]
pub enum AnalystCommand {
    /// Make a login of the database for an analyst, and print how they connect
    ///
    /// They read the views of the schema `analyst` and the replays, and nothing else. What is personal
    /// is a pseudonym there. The private Postgres lets them in on the setting analyst_listen only.
    #[command(after_help = "\
Example:
  servicebook analyst create mira
  psql postgres://mira:…@127.0.0.1:5433/servicebook -c 'table purchases'")]
    Create {
        /// Small letters, digits and _
        name: String,
    },
    /// Show who they are
    List,
    /// Let somebody in no more, and end their connections
    Remove { name: String },
}

#[cfg(test)]
mod tests;
