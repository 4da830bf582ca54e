//! Faults that the system must survive.
//!
//! A seeded load of clients goes on while something is killed, wiped or set back; afterwards the
//! checkers of [`oracles`] compare the answers that clients got with the log, the bus and the read
//! models. Each checker must also find the fault of a program that is wrong on purpose ([`mutants`]).

mod disk;
mod history;
mod kills;
mod load;
mod mutants;
mod newer_schema;
pub(crate) mod oracles;
mod versions;
