//! Who may do what, asked of the running system.

mod field;
mod function;
mod fuzz;
mod matrix;
mod permissions;
mod rows;
mod scene;
mod table;
mod ways;
