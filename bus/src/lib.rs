//! How events travel: one `JetStream` stream that mirrors the log, number by number.
//!
//! The log is the truth, the bus its copy for everybody who listens: message n of the stream
//! `EVENTS` is the event at position n ([`Relay`]). Whoever follows ([`Tail`]) goes by positions
//! alone; nothing about a reader is kept on the bus. What comes in from outside waits in a stream
//! of its own ([`Inbox`]).
//!
//! **Invariant:** sequence n of `EVENTS` is position n of the log, or it is not there yet.
//! **Invariant:** the bus holds nothing that could not be lost, but for the inbox, whose messages
//! stay until a worker has said that they are done.
//! **Invariant:** only the relay writes `EVENTS`.

mod access;
mod connect;
mod consumers;
mod envelope;
mod health;
mod inbox;
mod mirror;
mod progress;
mod proof;
mod registry;
mod relay;
mod segments;
mod streams;
mod subscription;
mod window;

pub use access::{Accounts, Login, Outsider, Process};
pub use connect::{Bus, Options};
pub use envelope::{Unreadable, dataschema, from_json, subject, to_json};
pub use health::Replicas;
pub use inbox::{Delivery, Inbox, PURCHASES};
pub use progress::Progress;
pub use proof::Key;
pub use registry::{Instance, Registration, Role};
pub use relay::{EventSource, Relay};
pub use subscription::{Lapse, Subscription, Tail};
