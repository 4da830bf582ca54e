//! The executable `servicebook`: runs the library and prints its result.

use std::{
    io::{ErrorKind, Write, stdout},
    process::ExitCode,
};

use clap::Parser;

/// Takes half the time of the system's allocator for the thousands of small allocations of a request.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match infra::run(infra::cli::Cli::parse()) {
        Ok(text) => print(&text),
        Err(error) => {
            eprintln!("servicebook: {error}");
            error.chain().skip(1).for_each(|cause| eprintln!("  because: {cause}"));
            ExitCode::FAILURE
        }
    }
}

/// Prints the result. A closed pipe (`| head`) is no failure.
fn print(text: &str) -> ExitCode {
    let mut out = stdout().lock();
    let text = text.trim_end();
    let printed = if text.is_empty() { Ok(()) } else { writeln!(out, "{text}") };
    match printed {
        Err(why) if why.kind() != ErrorKind::BrokenPipe => {
            eprintln!("servicebook: the answer cannot be written: {why}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
