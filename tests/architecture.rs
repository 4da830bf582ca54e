//! Checks rules of the architecture that the compiler does not enforce: layers, sizes, names, who writes
//! which tables.

mod imports;
mod operations;
mod rules;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use commands::{AggregateVisitor, Handler};

/// The most lines that 95 % of the files may have, and that any file may have.
const MAX_FILE_LINES: (usize, usize) = (300, 600);
/// The most lines that 95 % of the functions may have, without those of tests.
const MAX_FUNCTION_LINES: usize = 30;

/// The folder of each crate, whose last part is its name, and the crates of the workspace that it may
/// use.
const ALLOWED_DEPENDENCIES: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("infra/lease", &[]),
    ("infra/event_store", &["domain"]),
    ("infra/documents", &["domain"]),
    ("infra/objects", &[]),
    ("infra/parquet_writer", &[]),
    ("sealing", &["domain", "lease"]),
    ("commands", &["domain", "sealing", "event_store"]),
    ("bus", &["domain"]),
    ("projections", &["domain", "lease", "sealing", "bus", "event_store"]),
    (
        "workers",
        &["domain", "lease", "sealing", "commands", "projections", "bus", "event_store", "objects"],
    ),
    (
        "api",
        &[
            "documents",
            "domain",
            "sealing",
            "commands",
            "projections",
            "bus",
            "event_store",
            "objects",
            "parquet_writer",
        ],
    ),
    ("schemas", &["domain", "commands", "projections", "api", "bus"]),
    ("infra/engines", &["bus"]),
    ("infra/gateway", &["api"]),
    (
        "infra/integrity",
        &["domain", "sealing", "commands", "projections", "bus", "event_store", "parquet_writer"],
    ),
];

#[test]
fn an_aggregate_has_the_same_place_in_every_layer() {
    for aggregate in aggregates() {
        for layer in ["commands", "projections", "api"] {
            // A data subject has no read model of its own.
            if layer == "projections" && aggregate.ends_with("platform/subject.rs") {
                continue;
            }
            let file = root().join(layer).join("src").join(&aggregate);
            assert!(file.exists(), "{} is missing", file.display());
        }
        let name = aggregate_name(&aggregate);
        let history = root().join(format!("schemas/history/{name}.jsonl"));
        assert!(history.exists(), "{} is missing", history.display());
    }
}

#[test]
fn what_the_architecture_names_in_code_is_there() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let folders = [
        "api",
        "bus",
        "commands",
        "domain",
        "infra",
        "projections",
        "schemas",
        "sealing",
        "workers",
    ];
    let files: Vec<_> = folders.iter().flat_map(|folder| sources(&root().join(folder))).collect();
    let sources: String = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let known: BTreeSet<_> = sources.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let in_code = || text.split('`').skip(1).step_by(2);
    let paths = in_code().filter(|code| code.split("::").count() > 1 && !code.contains(' '));
    let names = paths.flat_map(|path| path.split(|c: char| !c.is_alphanumeric() && c != '_'));
    let unknown: BTreeSet<_> = names.filter(|name| !known.contains(name)).collect();
    assert_eq!(unknown, BTreeSet::new(), "ARCHITECTURE.md");
    let is_file = |code: &&str| {
        Path::new(code).extension().is_some_and(|end| end == "rs")
            && !code.contains(['<', ' ', '{', '…'])
    };
    let is_there =
        |name: &str| files.iter().any(|file| file.ends_with(name)) || root().join(name).exists();
    let missing: BTreeSet<_> = in_code().filter(is_file).filter(|name| !is_there(name)).collect();
    assert_eq!(missing, BTreeSet::new(), "ARCHITECTURE.md");
}

#[test]
fn every_worker_and_every_task_is_run() {
    let run = fs::read_to_string(root().join("infra/src/all_workers.rs")).unwrap();
    for file in sources(&root().join("workers/src")) {
        let text = fs::read_to_string(&file).unwrap();
        let mut implemented = "";
        for line in text.lines() {
            let words: Vec<_> =
                line.split([' ', '(', '<']).filter(|word| !word.is_empty()).collect();
            let name = match words[..] {
                ["impl", name, "{"] => {
                    implemented = name;
                    continue;
                }
                ["pub", "fn", "worker", .., "Worker", "{"] => implemented,
                ["impl", "Task", "for", name, "{"] | ["pub", "fn", name, .., "Worker", "{"] => name,
                _ => continue,
            };
            assert!(run.contains(name), "{name} of {} is not run", file.display());
        }
    }
}

#[test]
fn an_aggregate_is_registered_under_the_name_of_its_file() {
    struct AggregateNames(Vec<String>);
    impl AggregateVisitor for AggregateNames {
        fn visit<A: Handler>(&mut self) {
            self.0.push(A::NAME.to_owned());
        }
    }
    let mut registered = AggregateNames(vec![]);
    commands::visit_aggregates(&mut registered);
    registered.0.sort();
    let mut in_files: Vec<_> = aggregates().iter().map(|file| aggregate_name(file)).collect();
    in_files.sort();
    assert_eq!(registered.0, in_files, "commands::visit_aggregates and the files of the domain");
}

#[test]
fn a_read_model_is_kept_by_the_program() {
    let kept: BTreeSet<_> = projections::all_projectors().map(|projector| projector.name).collect();
    let folder = root().join("projections/src");
    for file in sources(&folder) {
        let text = fs::read_to_string(&file).unwrap();
        let name = aggregate_name(file.strip_prefix(&folder).unwrap());
        let is_one = text.contains("pub const PROJECTOR: Projector");
        assert!(!is_one || kept.contains(name.as_str()), "{name} is not in its context's ALL");
    }
}

#[test]
fn a_crate_uses_only_those_below_it() {
    let name = |folder: &&'static str| folder.rsplit('/').next().unwrap();
    let names: Vec<_> = ALLOWED_DEPENDENCIES.iter().map(|(folder, _)| name(folder)).collect();
    for (folder, allowed) in ALLOWED_DEPENDENCIES {
        let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap();
        let dependencies = dependencies.split("\n[").next().unwrap();
        for other in names.iter().chain(&["infra", "tests"]) {
            let uses = dependencies.lines().any(|line| line.starts_with(&format!("{other}.")));
            assert!(!uses || allowed.contains(other), "{folder} uses {other}");
        }
    }
}

#[test]
fn the_domain_stands_alone() {
    let manifest = fs::read_to_string(root().join("domain/Cargo.toml")).unwrap();
    for dependency in ["sqlx", "axum", "tokio", "async-nats", "cqrs-es", "reqwest"] {
        assert!(!manifest.contains(dependency), "domain depends on {dependency}");
    }
    for file in sources(&root().join("domain/src")) {
        let text = fs::read_to_string(&file).unwrap();
        for impure in ["Utc::now", "SystemTime", "async fn", ".await", "std::fs", "std::env"] {
            assert!(!text.contains(impure), "{} has {impure}", file.display());
        }
    }
}

#[test]
fn files_and_functions_can_be_read_at_once() {
    let (mut files, mut functions) = (vec![], vec![]);
    for file in sources(&root()) {
        let text = fs::read_to_string(&file).unwrap();
        if !is_test(&file) {
            functions.extend(function_lengths(&text));
        }
        files.push((text.lines().count(), file));
    }
    files.sort();
    functions.sort_unstable();
    let (usual, longest) = (&files[files.len() * 19 / 20], &files[files.len() - 1]);
    assert!(usual.0 <= MAX_FILE_LINES.0, "one of twenty files is longer than {usual:?}");
    assert!(longest.0 <= MAX_FILE_LINES.1, "{longest:?}");
    let usual = functions[functions.len() * 19 / 20];
    assert!(usual <= MAX_FUNCTION_LINES, "one of twenty functions is longer than {usual} lines");
}

/// The number of lines of each function with a body, as rustfmt formats it.
fn function_lengths(text: &str) -> Vec<usize> {
    let lines: Vec<_> = text.lines().collect();
    let length = |(start, line): (usize, &&str)| {
        let begins = line.trim_start().trim_start_matches("pub").trim_start();
        let qualifiers = begins.split_once("fn ")?.0;
        let is_function = qualifiers.split_whitespace().all(|word| {
            word.starts_with('(') || word.ends_with(')') || ["const", "async"].contains(&word)
        });
        let end = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
        let body = lines[start..].iter().position(|line| is_function && *line == end)?;
        // A signature without a body, or with one in the same line, ends there.
        let is_short = line.ends_with(';') || line.ends_with('}');
        Some(if is_short { 1 } else { body + 1 })
    };
    lines.iter().enumerate().filter_map(length).collect()
}

#[test]
fn a_crate_depends_on_nothing_that_it_does_not_use() {
    for (name, _) in ALLOWED_DEPENDENCIES.iter().chain(&[("infra", &[] as &[&str]), ("tests", &[])])
    {
        let manifest = fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap();
        let mut identifiers = BTreeSet::new();
        for file in sources(&root().join(name)) {
            let text = fs::read_to_string(file).unwrap();
            let separates = |sign: char| !sign.is_alphanumeric() && sign != '_';
            identifiers.extend(text.split(separates).map(str::to_owned));
        }
        let sections = manifest.split("\n[").filter(|part| part.contains("dependencies]\n"));
        for line in sections.flat_map(|section| section.lines().skip(1)) {
            let dependency = line.split(['.', ' ', '=']).next().unwrap().replace('-', "_");
            let is_comment = dependency.is_empty() || dependency == "#";
            assert!(
                is_comment || identifiers.contains(&dependency),
                "{name} does not use {dependency}"
            );
        }
    }
}

#[test]
fn a_name_in_the_document_has_one_meaning() {
    let document = fs::read_to_string(root().join("schemas/openapi.json")).unwrap();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let schemas = &document["components"]["schemas"];
    let mut seen: Vec<(String, PathBuf)> = vec![];
    for file in sources(&root()) {
        for name in schema_names(&fs::read_to_string(&file).unwrap()) {
            let twin = seen.iter().find(|(other, _)| *other == name && !schemas[other].is_null());
            if let Some((_, twin)) = twin {
                panic!("{name} is in {} and in {}", twin.display(), file.display());
            }
            seen.push((name, file.clone()));
        }
    }
}

/// The schema names of a file's types: their own, or those of `schema(as)`.
fn schema_names(text: &str) -> Vec<String> {
    let types = text.split("\n\n").filter(|part| part.contains("ToSchema"));
    let names = types.filter_map(|part| {
        let declaration = part.split_once("#[schema(as = ").or_else(|| {
            let (_, after) = part.split_once("derive(")?;
            after.split_once("\nstruct ").or(after.split_once("\nenum ")).or_else(|| {
                let (_, item) = after.split_once("\npub")?;
                item.split_once("struct ").or(item.split_once("enum "))
            })
        });
        let (_, declaration) = declaration?;
        Some(declaration.chars().take_while(char::is_ascii_alphanumeric).collect())
    });
    names.collect()
}

#[test]
fn only_the_append_writes_events_and_only_projectors_write_read_models() {
    let verbs = [
        "insert into",
        "update",
        "update only",
        "delete from",
        "delete from only",
        "truncate",
        "truncate table",
        "truncate only",
        "copy",
        "merge into",
        "drop table",
        "alter table",
    ];
    let read_models: Vec<_> = contexts().iter().map(|context| format!("{context}_")).collect();
    for file in sources(&root()) {
        let name = file.display();
        if is_test(&file) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap().to_lowercase().replace(['"', '\\'], " ");
        // Identity also stores rows that are not read models: tokens, attempts.
        let text = text.replace("identity_store.", "");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_projection = file.starts_with(root().join("projections"));
        for verb in verbs {
            let objects = text.match_indices(verb).map(|(at, _)| &text[at + verb.len()..]);
            for object in objects.filter_map(|rest| rest.strip_prefix(' ')) {
                assert!(!object.starts_with("event_store"), "{name}: {verb} event_store");
                let read_model = read_models.iter().find(|prefix| object.starts_with(*prefix));
                assert!(is_projection || read_model.is_none(), "{name}: {verb} {read_model:?}");
            }
        }
    }
}

#[test]
fn the_columns_of_the_log_are_written_once() {
    for file in sources(&root()) {
        let is_its_reader = file.starts_with(root().join("infra/event_store"));
        let is_test = file.components().any(|part| part.as_os_str() == "tests");
        let text = fs::read_to_string(&file).unwrap();
        let reads = text.contains("position, stream, id, version, type, schema, data");
        assert!(is_its_reader || is_test || !reads, "{} reads events by itself", file.display());
    }
}

/// The contexts by which rules are cited.
const RULE_CONTEXTS: &[&str] =
    &["cat", "crm", "fil", "iam", "lic", "not", "org", "plt", "pur", "sch", "sup"];

#[test]
fn every_rule_has_a_test_that_names_it() {
    let (mut tests, mut cited) = (String::new(), BTreeSet::new());
    for file in sources(&root()) {
        let text = fs::read_to_string(&file).unwrap();
        for context in RULE_CONTEXTS {
            let prefix = format!("{}-", context.to_uppercase());
            let rules = text.split(prefix.as_str()).skip(1);
            let numbers = rules.map(|rest| rest.split(|next: char| !next.is_ascii_digit()).next());
            let numbers = numbers.flatten().filter(|number| !number.is_empty());
            cited.extend(numbers.map(|number| format!("{context}_{number}")));
        }
        tests.push_str(&text.to_lowercase());
    }
    assert!(cited.len() > 40, "{cited:?}");
    let without = |rule: &String| !tests.contains(&format!("fn {rule}_"));
    let without: Vec<_> = cited.into_iter().filter(without).collect();
    assert!(without.is_empty(), "no test has the name of {without:?}");
}

/// `scheduling/appointment.rs` and the like.
fn aggregates() -> Vec<PathBuf> {
    let domain = root().join("domain/src");
    let in_context = |file: &PathBuf| {
        let parts = file.strip_prefix(&domain).unwrap().components().count();
        parts == 2 && fs::read_to_string(file).unwrap().contains("impl Decider for")
    };
    let files = sources(&domain).into_iter().filter(in_context);
    files.map(|file| file.strip_prefix(&domain).unwrap().to_owned()).collect()
}

/// `scheduling.appointment` of `scheduling/appointment.rs`.
fn aggregate_name(aggregate: &Path) -> String {
    aggregate.with_extension("").display().to_string().replace('/', ".")
}

fn contexts() -> Vec<String> {
    let context = |file: &PathBuf| file.parent().unwrap().display().to_string();
    let mut contexts: Vec<_> = aggregates().iter().map(context).collect();
    contexts.dedup();
    contexts
}

fn is_test(file: &Path) -> bool {
    file.components().any(|part| part.as_os_str() == "tests")
}

/// Every Rust file below a folder, without build output and tools.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
