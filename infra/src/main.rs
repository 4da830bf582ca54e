//! The executable; what it does is in the library.

use std::{
    io::{ErrorKind, Write, stdout},
    process::ExitCode,
};

use clap::Parser;

/// A request is thousands of small allocations; this takes half the time of the system's.
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

/// Whoever reads may have seen enough; that is no failure of ours.
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
