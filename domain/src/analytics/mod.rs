//! What analysts ask of the log: read models as they stood at a moment.

mod ids;
pub mod replay;
pub mod scenario;

pub use ids::ReplayId;
