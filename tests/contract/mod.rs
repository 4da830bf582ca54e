//! What `schemas/openapi.json` promises, asked of the running system.

mod published;
mod walk;
