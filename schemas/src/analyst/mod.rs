//! What analysts read: views that follow from the rows of the API's lists, and the pages about them.

mod dictionary;
mod fields;
mod questions;
mod released;
mod views;

pub(crate) use dictionary::dictionary;
pub(crate) use views::analyst_views;
