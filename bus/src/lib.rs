//! The bus: one `JetStream` stream mirrors the log, sequence by sequence.
//!
//! The log is the truth, the bus its copy for all readers: message n of the stream `EVENTS` is the
//! event at position n ([`Relay`]). Our readers ([`Tail`]) keep their own position; the bus keeps
//! nothing about them. Messages from external systems wait in a stream of their own ([`IngestConsumer`]).
//!
//! **Invariant:** sequence n of `EVENTS` is position n of the log, or it is not there yet.
//! **Invariant:** everything on the bus can be restored from the log, except the inbox, whose messages
//! stay until a worker acknowledges them.
//! **Invariant:** only the relay writes `EVENTS`.

mod access;
mod cloud_event;
mod connect;
mod consumers;
mod health;
mod ingest;
mod mirror;
mod progress;
mod proof;
mod recent_events;
mod registry;
mod relay;
mod segments;
mod streams;
mod subscription;

pub use access::{Accounts, ExternalUser, ExternalUserKind, PURCHASES_CHANNEL, ProcessKind};
pub use cloud_event::{
    UnreadableEvent, data_schema_uri, event_subject, from_cloud_event, to_cloud_event,
};
pub use connect::{Bus, Options};
pub use health::Replicas;
pub use ingest::{IngestConsumer, IngestMessage};
pub use mirror::EventSource;
pub use progress::ProjectorProgress;
pub use proof::RegistryKey;
pub use registry::{Instance, InstanceAnnouncement, RegistrationGuard};
pub use relay::Relay;
pub use streams::MAX_INGEST_MESSAGE_BYTES;
pub use subscription::{CatchUpSubscription, SubscriptionError, Tail};
