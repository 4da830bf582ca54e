//! Compares the answers of the running system with `schemas/openapi.json`.

mod clients;
mod document;
mod items;
mod linters;
mod past;
mod scenario;
