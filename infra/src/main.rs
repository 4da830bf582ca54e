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
            print_causes(&error);
            ExitCode::FAILURE
        }
    }
}

/// Prints the causes of an error. Libraries often say theirs in their own message as well: it is printed once.
fn print_causes(error: &anyhow::Error) {
    let mut before = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !before.contains(&cause) {
            eprintln!("  because: {cause}");
        }
        before = cause;
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
