//! What stands between the outside and the commands: limits, live push, the audit trail, TLS, and
//! a gateway before several processes.

mod answers;
mod audit;
mod elsewhere;
mod explain;
pub(crate) mod fleet;
mod limits;
mod push;
mod revocation;
mod tls;
pub(crate) mod wire;
