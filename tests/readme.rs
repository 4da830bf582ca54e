//! Runs the commands of the README and compares their output with what it says.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use regex::Regex;
use tests::world::{World, program_path};

/// The address and the program as the README writes them.
const ADDRESS: &str = "http://127.0.0.1:8080";
const PROGRAM: &str = "target/release/servicebook";

/// A command as it is typed, and its output. `…` stands for anything.
#[derive(Debug)]
struct Step {
    command: String,
    answer: String,
}

#[tokio::test]
async fn the_tour_of_the_readme_works_word_for_word() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let steps = steps(&readme);
    assert!(steps.len() >= 8, "the tour has {} steps", steps.len());

    let mut world = World::isolated().await;
    world.cli(&["demo"]);
    world.wait_until_settled().await;

    // One shell for all of it: a step may use what an earlier one has set.
    let mut script = String::from("set -u\n");
    for step in &steps {
        let command = step.command.replace(ADDRESS, &world.url(""));
        let command = command.replace(PROGRAM, &program_path().display().to_string());
        let step = ["{ ", &command, "\n} 2>&1\nprintf '\\n\\036'\n"];
        script.extend(step);
    }
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(root)
        .env("SERVICEBOOK_DATA", world.data())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut answers = output.split('\u{1e}');
    for step in &steps {
        let answer = answers.next().unwrap_or_default().trim();
        assert!(
            matches(&step.answer, answer),
            "$ {}\nthe README says:\n{}\nit answered:\n{answer}",
            step.command,
            step.answer
        );
    }
    world.stop().await;
}

/// The commands in the blocks marked `console`, with what follows each.
fn steps(readme: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let blocks = readme.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    for block in blocks {
        let mut is_continued = false;
        for line in block.lines() {
            match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => {
                    steps.push(Step { command: command.into(), answer: String::new() });
                }
                (None, Some(step)) if is_continued => {
                    step.command.push('\n');
                    step.command.push_str(line);
                }
                (None, Some(step)) => {
                    step.answer.push_str(line);
                    step.answer.push('\n');
                }
                (None, None) => panic!("an answer without a command: {line}"),
            }
            is_continued = line.ends_with('\\');
        }
    }
    steps
}

/// Whether an answer is the expected one; ids, times and positions differ each time.
fn matches(expected: &str, answer: &str) -> bool {
    let changing = [
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "<id>"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", "<time>"),
        (r#""position":\d+"#, "\"position\":<n>"),
    ];
    let masked = |text: &str| {
        let text = text.trim().to_owned();
        changing.iter().fold(text, |text, (pattern, name)| {
            Regex::new(pattern).unwrap().replace_all(&text, *name).into_owned()
        })
    };
    let pattern = regex::escape(&masked(expected)).replace('…', "(?s:.*)");
    Regex::new(&format!("^{pattern}$")).unwrap().is_match(&masked(answer))
}
