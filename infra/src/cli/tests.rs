//! The command line is what its help says.

use clap::CommandFactory;

use super::*;

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn a_moment_is_a_date_a_time_or_a_position() {
    let midnight = "2026-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(replay_end("2026-01-01"), Ok(ReplayEnd::Moment(midnight)));
    assert_eq!(replay_end("2026-01-01T01:00:00+01:00"), Ok(ReplayEnd::Moment(midnight)));
    assert_eq!(replay_end("4711"), Ok(ReplayEnd::Position(4_711)));
    assert!(replay_end("yesterday").unwrap_err().contains("2026-01-01"));
}
