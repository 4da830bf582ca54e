//! Faults the system must survive, with proof.
//!
//! A seeded load of clients goes on while something is killed, wiped or set back; afterwards the
//! checkers of [`oracles`] compare what clients were told with what is in the log, on the bus and
//! in the read models. Each checker is also shown a system that does wrong, and must say so.

mod disk;
mod history;
mod kills;
mod load;
mod mutants;
pub(crate) mod oracles;
mod versions;
