//! Who may do what on the bus: the accounts of a nats-server, as its configuration has them.
//!
//! The program has an account, in which each kind of process has a user that may publish what it needs
//! to and nothing else. Each external system has an account of its own, into which only its subjects
//! are imported: rights within one account would not suffice, since a server sends its answer (and
//! stores it!) to whatever subject the request names. So a process of ours that reads the streams could
//! have an answer stored among the events; the relay removes it again. Such a process has the database
//! as well, where it could do worse. The gateway has no database and may not read the streams.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The channel of the purchase systems: `ingest.purchases.<source>`.
pub const PURCHASES_CHANNEL: &str = "purchases";

/// The account that holds the streams.
const ACCOUNT: &str = "SERVICEBOOK";

/// The names of our users begin with this; no external user's name may.
const USER_PREFIX: &str = "servicebook";

/// The `JetStream` domain by which external users reach the streams: their own account has none.
const JETSTREAM_DOMAIN: &str = "servicebook";

/// Every process of ours announces itself and answers requests. It may answer only below these
/// subjects: a request could name the subject of an event for its answer.
const REGISTRY_SUBJECTS: &str = "servicebook.registry.>";

/// The state of the stream of events.
const EVENTS_INFO: &str = "$JS.API.STREAM.INFO.EVENTS";

/// What it takes to set up the inbox.
const INBOX_SETUP: [&str; 3] =
    ["$JS.API.STREAM.INFO.INGEST", "$JS.API.STREAM.CREATE.INGEST", "$JS.API.STREAM.UPDATE.INGEST"];

/// A kind of process. (A process that is several kinds at once logs in with all rights.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProcessKind {
    Relay,
    Projector,
    Worker,
    Api,
    Gateway,
}

impl ProcessKind {
    pub const ALL: [Self; 5] =
        [Self::Relay, Self::Projector, Self::Worker, Self::Api, Self::Gateway];

    /// The user name it logs in with.
    pub fn user_name(self) -> &'static str {
        match self {
            Self::Relay => "servicebook-relay",
            Self::Projector => "servicebook-projector",
            Self::Worker => "servicebook-worker",
            Self::Api => "servicebook-api",
            Self::Gateway => "servicebook-gateway",
        }
    }

    /// The subjects that it may publish to, beside those of the registry.
    fn publish_subjects(self) -> Vec<&'static str> {
        const EVENTS_READ: &str = "$JS.API.DIRECT.GET.EVENTS";
        match self {
            Self::Relay => [
                EVENTS_READ,
                "events.>",
                "servicebook.mirrored",
                EVENTS_INFO,
                "$JS.API.STREAM.CREATE.EVENTS",
                "$JS.API.STREAM.UPDATE.EVENTS",
                "$JS.API.STREAM.DELETE.EVENTS",
                "$JS.API.STREAM.MSG.GET.EVENTS",
                "$JS.API.CONSUMER.LIST.EVENTS",
                "$JS.API.CONSUMER.CREATE.EVENTS.>",
                "$JS.API.CONSUMER.RESET.EVENTS.*",
                "segments",
                "$JS.API.STREAM.INFO.SEGMENTS",
                "$JS.API.STREAM.CREATE.SEGMENTS",
                "$JS.API.STREAM.UPDATE.SEGMENTS",
                "$JS.API.STREAM.MSG.GET.SEGMENTS",
            ]
            .into_iter()
            .chain(INBOX_SETUP)
            .collect(),
            Self::Projector => vec!["servicebook.progress.>", EVENTS_INFO, EVENTS_READ],
            Self::Worker => [
                "servicebook.appended",
                EVENTS_INFO,
                EVENTS_READ,
                "$JS.API.CONSUMER.CREATE.INGEST.>",
                "$JS.API.CONSUMER.INFO.INGEST.*",
                "$JS.API.CONSUMER.MSG.NEXT.INGEST.*",
                "$JS.ACK.INGEST.>",
            ]
            .into_iter()
            .chain(INBOX_SETUP)
            .collect(),
            Self::Api => vec!["servicebook.appended", EVENTS_INFO, EVENTS_READ],
            Self::Gateway => vec![],
        }
    }
}

/// What an external user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExternalUserKind {
    /// Sends purchases, as the source that it is named after.
    Source,
    /// Reads all events, by the consumer that is named after it.
    Subscriber,
}

/// The login of an external system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalUser {
    pub name: String,
    #[serde(rename = "outsider")]
    pub kind: ExternalUserKind,
    pub password: String,
}

/// All logins of the bus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    /// The password of [`Accounts::OPERATOR`], which has all rights.
    pub operator: String,
    /// The passwords of the kinds of process, in the order of [`ProcessKind::ALL`].
    pub processes: [String; 5],
    #[serde(rename = "outsiders")]
    pub external_users: Vec<ExternalUser>,
}

impl Accounts {
    /// The user of `servicebook up` and of maintenance commands.
    pub const OPERATOR: &str = USER_PREFIX;

    /// Whether an external user may have this name.
    pub fn is_valid_name(name: &str) -> bool {
        is_subject_token(name) && name.len() <= 64 && !name.starts_with(USER_PREFIX)
    }

    /// The users of the program, with their passwords.
    pub fn processes(&self) -> impl Iterator<Item = (ProcessKind, &str)> {
        ProcessKind::ALL.into_iter().zip(self.processes.iter().map(String::as_str))
    }
}

impl ExternalUser {
    /// The account, as text for the configuration of nats-server.
    pub fn account_config(&self) -> String {
        let Self { name, kind, password } = self;
        let service = |subject: &str, to: String| {
            format!("      {{ service: {{ account: {ACCOUNT}, subject: \"{subject}\" }}{to} }}\n")
        };
        let (prefix, imports) = match kind {
            ExternalUserKind::Source => {
                ("source", service(&format!("ingest.{PURCHASES_CHANNEL}.{name}"), String::new()))
            }
            ExternalUserKind::Subscriber => {
                let api = |rest: String| {
                    let to = format!(", to: \"$JS.{JETSTREAM_DOMAIN}.API.{rest}\"");
                    service(&format!("$JS.API.{rest}"), to)
                };
                let imports = [
                    format!(
                        "      {{ stream: {{ account: {ACCOUNT}, subject: \"events.>\" }} }}\n"
                    ),
                    format!(
                        "      {{ stream: {{ account: {ACCOUNT}, subject: \"segments\" }} }}\n"
                    ),
                    api("DIRECT.GET.EVENTS".into()),
                    api("STREAM.INFO.EVENTS".into()),
                    api("STREAM.INFO.SEGMENTS".into()),
                    api("STREAM.MSG.GET.SEGMENTS".into()),
                    api(format!("CONSUMER.INFO.EVENTS.{name}")),
                    api(format!("CONSUMER.MSG.NEXT.EVENTS.{name}")),
                    service(&format!("$JS.ACK.EVENTS.{name}.>"), String::new()),
                ];
                ("subscriber", imports.concat())
            }
        };
        format!(
            "  \"{prefix}-{name}\" {{\n    users: [ {{ user: \"{name}\", password: \"{password}\" }} ]\n    \
             imports: [\n{imports}    ]\n  }}\n"
        )
    }

    /// Instructions for connecting, apart from address and password.
    pub fn connection_guide(&self) -> String {
        let name = &self.name;
        match self.kind {
            ExternalUserKind::Source => format!(
                "It may publish ingest.{PURCHASES_CHANNEL}.{name} and nothing else. Send CloudEvents 1.0 as JSON, by \
                 JetStream: what is acknowledged is on the disk. In Python:\n\n  \
                 bus = await nats.connect(address)\n  \
                 await bus.jetstream().publish(\"ingest.{PURCHASES_CHANNEL}.{name}\", event)\n"
            ),
            ExternalUserKind::Subscriber => format!(
                "It reads all events and may say nothing. The consumer {name} keeps its place; the domain \
                 of JetStream is {JETSTREAM_DOMAIN}. In Python:\n\n  \
                 bus = await nats.connect(address)\n  \
                 jetstream = bus.jetstream(domain=\"{JETSTREAM_DOMAIN}\")\n  \
                 events = await jetstream.pull_subscribe_bind(\"{name}\", stream=\"EVENTS\")\n  \
                 for message in await events.fetch(100):\n      \
                 …\n      \
                 await message.ack()\n\n\
                 What happens now comes to whoever subscribes to events.> as well, without any memory.\n"
            ),
        }
    }
}

/// The block `accounts` of the configuration of a nats-server.
impl fmt::Display for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "accounts {{\n  {ACCOUNT} {{\n    jetstream: enabled\n    users: [")?;
        let operator = &self.operator;
        writeln!(f, "      {{ user: \"{}\", password: \"{operator}\" }}", Self::OPERATOR)?;
        for (process, password) in self.processes() {
            let name = process.user_name();
            writeln!(f, "      {{")?;
            writeln!(f, "        user: \"{name}\", password: \"{password}\"")?;
            writeln!(f, "        permissions: {{")?;
            let publish_subjects =
                [REGISTRY_SUBJECTS].into_iter().chain(process.publish_subjects());
            let publish_subjects =
                publish_subjects.map(|subject| format!("            \"{subject}\"\n"));
            writeln!(
                f,
                "          publish: [\n{}          ]",
                publish_subjects.collect::<String>()
            )?;
            let replies = inbox_prefix(name);
            writeln!(f, "          subscribe: [\"servicebook.>\", \"$SRV.>\", \"{replies}.>\"]")?;
            writeln!(f, "        }}\n      }}")?;
        }
        f.write_str("    ]\n    exports: [\n")?;
        writeln!(f, "      {{ service: \"ingest.{PURCHASES_CHANNEL}.*\" }}")?;
        f.write_str(
            "      { stream: \"events.>\" }\n      \
             { stream: \"segments\" }\n      \
             { service: \"$JS.API.DIRECT.GET.EVENTS\", response_type: stream }\n      \
             { service: \"$JS.API.STREAM.INFO.EVENTS\" }\n      \
             { service: \"$JS.API.STREAM.INFO.SEGMENTS\" }\n      \
             { service: \"$JS.API.STREAM.MSG.GET.SEGMENTS\" }\n      \
             { service: \"$JS.API.CONSUMER.INFO.EVENTS.*\" }\n      \
             { service: \"$JS.API.CONSUMER.MSG.NEXT.EVENTS.*\", response_type: stream }\n      \
             { service: \"$JS.ACK.EVENTS.>\" }\n    ]\n  }\n",
        )?;
        for user in &self.external_users {
            f.write_str(&user.account_config())?;
        }
        writeln!(f, "}}")
    }
}

/// The prefix of the subjects on which a user receives answers.
pub(crate) fn inbox_prefix(user_name: &str) -> String {
    format!("_INBOX.{user_name}")
}

/// Whether a name can be a token of a subject, and needs no quotes.
pub(crate) fn is_subject_token(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !name.is_empty() && name.chars().all(plain)
}

#[cfg(test)]
mod tests;
