//! Authorization of the running system: which role may do what, with which items and fields.

mod credentials;
mod field_level;
mod fixture;
mod function_level;
mod fuzz;
mod matrix;
mod permissions;
mod row_security;
mod table;
mod tables;
