//! Who our business customers are: organisations with access to the portal.

pub mod cabinet;
pub mod invitation;
pub mod membership;
