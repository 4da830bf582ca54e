//! What is sold.

mod ids;
pub mod product;

pub use ids::ProductId;
