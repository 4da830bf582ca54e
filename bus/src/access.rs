//! Who may do what on the bus: the accounts of a nats-server, as its configuration has them.
//!
//! The program has an account, in which each kind of process has a user that may say what it has to
//! say and nothing else. Everybody outside has an account of their own, into which only what is theirs
//! is let: rights within one account would not do, since a server answers (and stores!) whatever
//! subject the asker names for the answer. So a process of ours that reads the streams could have what
//! it reads put where events are, which the relay takes out again. It could do worse, since whoever
//! reads the streams has the database, too. The gateway, which has not, asks the streams nothing.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The account that holds the streams.
const ACCOUNT: &str = "SERVICEBOOK";

/// What a kind of process is called as a user begins so; nobody else's name may.
const OURS: &str = "servicebook";

/// What everybody outside calls `JetStream` by, since their own account has none.
const DOMAIN: &str = "servicebook";

/// All processes of ours say who they are, and answer whoever asks. Nobody may answer elsewhere: an
/// asker could name the subject of an event for it.
const REGISTRY: &str = "servicebook.registry.>";

/// How the stream of events is.
const INFO: &str = "$JS.API.STREAM.INFO.EVENTS";

/// To set up the inbox.
const INBOX: [&str; 3] =
    ["$JS.API.STREAM.INFO.INGEST", "$JS.API.STREAM.CREATE.INGEST", "$JS.API.STREAM.UPDATE.INGEST"];

/// A kind of process that runs alone. (One that is several at once has all rights.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Process {
    Relay,
    Projector,
    Worker,
    Api,
    Gateway,
}

impl Process {
    pub const ALL: [Self; 5] =
        [Self::Relay, Self::Projector, Self::Worker, Self::Api, Self::Gateway];

    /// As whom it logs in.
    pub fn user(self) -> &'static str {
        match self {
            Self::Relay => "servicebook-relay",
            Self::Projector => "servicebook-projector",
            Self::Worker => "servicebook-worker",
            Self::Api => "servicebook-api",
            Self::Gateway => "servicebook-gateway",
        }
    }

    /// What only it may say.
    fn says(self) -> Vec<&'static str> {
        const READ: &str = "$JS.API.DIRECT.GET.EVENTS";
        match self {
            Self::Relay => [
                READ,
                "events.>",
                "servicebook.mirrored",
                INFO,
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
            .chain(INBOX)
            .collect(),
            Self::Projector => vec!["servicebook.progress.>", INFO, READ],
            Self::Worker => [
                "servicebook.appended",
                INFO,
                READ,
                "$JS.API.CONSUMER.CREATE.INGEST.>",
                "$JS.API.CONSUMER.INFO.INGEST.*",
                "$JS.API.CONSUMER.MSG.NEXT.INGEST.*",
                "$JS.ACK.INGEST.>",
            ]
            .into_iter()
            .chain(INBOX)
            .collect(),
            Self::Api => vec!["servicebook.appended", INFO, READ],
            Self::Gateway => vec![],
        }
    }
}

/// What somebody outside is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outsider {
    /// It sends purchases, as the source that it is named after.
    Source,
    /// It reads all events, by the consumer that is named after it.
    Subscriber,
}

/// How somebody outside logs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    pub name: String,
    pub outsider: Outsider,
    pub password: String,
}

/// Everybody who may log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    /// The password of [`Accounts::OPERATOR`], who may do everything.
    pub operator: String,
    /// The passwords of the kinds of process, in the order of [`Process::ALL`].
    pub processes: [String; 5],
    pub outsiders: Vec<Login>,
}

impl Accounts {
    /// `servicebook up` and commands that mend log in as this user.
    pub const OPERATOR: &str = OURS;

    /// Whether somebody outside may be called so.
    pub fn is_name(name: &str) -> bool {
        is_plain(name) && name.len() <= 64 && !name.starts_with(OURS)
    }

    /// The users of the program, with their passwords.
    pub fn processes(&self) -> impl Iterator<Item = (Process, &str)> {
        Process::ALL.into_iter().zip(self.processes.iter().map(String::as_str))
    }
}

impl Login {
    /// The account, as the configuration of a server has it.
    pub fn account(&self) -> String {
        let Self { name, outsider, password } = self;
        let service = |subject: &str, to: String| {
            format!("      {{ service: {{ account: {ACCOUNT}, subject: \"{subject}\" }}{to} }}\n")
        };
        let (kind, imports) = match outsider {
            Outsider::Source => {
                ("source", service(&format!("ingest.{}.{name}", crate::PURCHASES), String::new()))
            }
            Outsider::Subscriber => {
                let api = |rest: String| {
                    let to = format!(", to: \"$JS.{DOMAIN}.API.{rest}\"");
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
            "  \"{kind}-{name}\" {{\n    users: [ {{ user: \"{name}\", password: \"{password}\" }} ]\n    \
             imports: [\n{imports}    ]\n  }}\n"
        )
    }

    /// What its owner must know to connect, apart from address and password.
    pub fn manual(&self) -> String {
        let name = &self.name;
        match self.outsider {
            Outsider::Source => format!(
                "It may publish ingest.{}.{name} and nothing else. Send CloudEvents 1.0 as JSON, by \
                 JetStream: what is acknowledged is on the disk. In Python:\n\n  \
                 bus = await nats.connect(address)\n  \
                 await bus.jetstream().publish(\"ingest.{}.{name}\", event)\n",
                crate::PURCHASES,
                crate::PURCHASES
            ),
            Outsider::Subscriber => format!(
                "It reads all events and may say nothing. The consumer {name} keeps its place; the domain \
                 of JetStream is {DOMAIN}. In Python:\n\n  \
                 bus = await nats.connect(address)\n  \
                 jetstream = bus.jetstream(domain=\"{DOMAIN}\")\n  \
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
            let user = process.user();
            writeln!(f, "      {{")?;
            writeln!(f, "        user: \"{user}\", password: \"{password}\"")?;
            writeln!(f, "        permissions: {{")?;
            let says = [REGISTRY].into_iter().chain(process.says());
            let says = says.map(|subject| format!("            \"{subject}\"\n"));
            writeln!(f, "          publish: [\n{}          ]", says.collect::<String>())?;
            let inbox = inbox(user);
            writeln!(f, "          subscribe: [\"servicebook.>\", \"$SRV.>\", \"{inbox}.>\"]")?;
            writeln!(f, "        }}\n      }}")?;
        }
        f.write_str("    ]\n    exports: [\n")?;
        writeln!(f, "      {{ service: \"ingest.{}.*\" }}", crate::PURCHASES)?;
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
        for login in &self.outsiders {
            f.write_str(&login.account())?;
        }
        writeln!(f, "}}")
    }
}

/// Where what a user is answered goes.
pub(crate) fn inbox(user: &str) -> String {
    format!("_INBOX.{user}")
}

/// Whether a name can be a word of a subject, and needs no quotes.
pub(crate) fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !name.is_empty() && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a deployment on a nats-server of its own begins with.
    const EXAMPLE: &str = include_str!("../../infra/nats/accounts.conf");

    #[test]
    fn the_example_for_other_servers_is_what_our_own_server_gets() {
        let password = |of: &str| format!("CHANGE-ME-{of}");
        let login =
            |name: &str, outsider| Login { name: name.into(), outsider, password: password(name) };
        let accounts = Accounts {
            operator: password("operator"),
            processes: Process::ALL.map(|process| password(process.user())),
            outsiders: vec![
                login("webshop", Outsider::Source),
                login("reporting", Outsider::Subscriber),
            ],
        };
        let example = EXAMPLE.lines().skip_while(|line| line.starts_with('#')).collect::<Vec<_>>();
        let example = example.join("\n") + "\n";
        assert_eq!(example, accounts.to_string());
    }

    #[test]
    fn nobody_outside_is_called_like_one_of_us() {
        for name in ["webshop", "web-shop_2"] {
            assert!(Accounts::is_name(name));
        }
        for name in ["", "servicebook", "servicebook-relay", "a.b", "*", ">", "a b", "a\"b", "é"] {
            assert!(!Accounts::is_name(name), "{name}");
        }
    }
}
