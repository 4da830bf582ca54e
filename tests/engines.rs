//! The setup script of nextest (`.config/nextest.toml`): starts the engines that all tests of a run
//! share. They end with the run, however that ends.

#![expect(clippy::unwrap_used, reason = "without engines there is no run")]

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    os::unix::process::{CommandExt, parent_id},
    process::{Command, Stdio},
};

use tests::shared_engines;

#[expect(clippy::zombie_processes, reason = "the keeper of the engines outlives this script")]
fn main() {
    if let Some(run) = std::env::args().nth(1) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let serve =
            shared_engines::serve(run.parse().unwrap(), |folder| println!("{}", folder.display()));
        return runtime.block_on(serve);
    }
    let program = std::env::current_exe().unwrap();
    let log = program.with_extension("log");
    // It outlives this script. Ctrl-C is for the tests; the keeper ends when they have ended.
    let mut keeper = Command::new(&program)
        .arg(parent_id().to_string())
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let mut folder = String::new();
    BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut folder).unwrap();
    assert!(!folder.is_empty(), "the engines do not start: see {}", log.display());
    let environment = File::options().append(true).open(std::env::var("NEXTEST_ENV").unwrap());
    let mut environment = environment.unwrap();
    write!(environment, "{}={folder}", shared_engines::FOLDER).unwrap();
    // A program that lives for seconds spends a sixth of them clearing huge pages.
    writeln!(environment, "MIMALLOC_ALLOW_THP=0").unwrap();
}
