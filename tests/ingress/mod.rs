//! The HTTP side of the system: answers, limits, live push, the audit trail, TLS, and a gateway in front
//! of several processes.

mod answers;
mod audit;
mod explain;
mod external_engines;
pub(crate) mod fleet;
mod limits;
mod portal;
mod push;
pub(crate) mod raw_connection;
mod revocation;
mod tls;
