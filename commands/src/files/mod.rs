//! Commands of files.

mod file;
