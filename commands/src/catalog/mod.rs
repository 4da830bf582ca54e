//! Commands of the catalogue.

mod product;
