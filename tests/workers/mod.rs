//! Workers and timed tasks, with the library card as their aggregate.

mod reactions;
mod tasks;
