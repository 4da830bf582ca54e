//! The catalog: what the business sells.

mod product;
