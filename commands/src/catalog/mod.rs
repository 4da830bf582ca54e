//! What is sold.

mod product;
