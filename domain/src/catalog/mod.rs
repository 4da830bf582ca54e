//! The products that are sold.

mod ids;
pub mod product;

pub use ids::ProductId;
