//! Commands of files.

mod export;
mod file;
mod saved_export;
