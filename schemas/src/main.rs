//! Writes the contracts into their files; with `new <context>.<aggregate>`, a new aggregate before.

use std::process::{Command, ExitCode};

/// What there is to be said to `schemas`.
const USAGE: &str = "\
schemas                              writes the contracts
schemas new <context>.<aggregate>    adds an aggregate to a context that exists: its files, its lines in all
                                     lists, and the contracts";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        [] => schemas::write().map_err(|why| why.to_string()),
        ["new", name] => new(name),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// The contracts follow from the new code, so cargo builds that first.
fn new(name: &str) -> Result<(), String> {
    schemas::scaffold(name)?;
    for arguments in [&["fmt", "--all"][..], &["run", "--quiet", "--package", "schemas"]] {
        let status = Command::new("cargo").args(arguments).status();
        let status = status.map_err(|why| format!("cargo: {why}"))?;
        if !status.success() {
            return Err(format!("cargo {}: {status}", arguments.join(" ")));
        }
    }
    println!("{}", schemas::LEFT);
    Ok(())
}
