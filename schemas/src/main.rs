//! Writes the contracts into their files; with `new <context>.<aggregate>`, a new aggregate before.

use std::{
    env,
    ffi::OsStr,
    process::{Command, ExitCode},
};

/// What there is to be said to `schemas`.
const USAGE: &str = "\
schemas                              writes the contracts
schemas new <context>.<aggregate>    adds an aggregate to a context that exists: its files, its lines in all
                                     lists, and the contracts";

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        [] => schemas::write_contracts().map_err(|why| why.to_string()),
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

/// The contracts follow from the new code, so this program is built again before it writes them; with
/// what the tests are built of, which come next.
fn new(name: &str) -> Result<(), String> {
    let itself = env::current_exe().map_err(|why| why.to_string())?;
    schemas::scaffold_aggregate(name)?;
    run("cargo", &["fmt", "--all"])?;
    run("cargo", &["build", "--workspace", "--features", "fail-points", "--bin", "schemas"])?;
    run(itself, &[])?;
    println!("{}", schemas::REMAINING_STEPS);
    Ok(())
}

fn run(program: impl AsRef<OsStr>, arguments: &[&str]) -> Result<(), String> {
    let program = program.as_ref();
    let described = format!("{} {}", program.display(), arguments.join(" "));
    let status = Command::new(program).args(arguments).status();
    match status.map_err(|why| format!("{described}: {why}"))? {
        status if status.success() => Ok(()),
        status => Err(format!("{described}: {status}")),
    }
}
