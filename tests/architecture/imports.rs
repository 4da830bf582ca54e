//! Imports between the files of a crate form no cycles, so each file can be read knowing only those
//! that it imports.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::{root, sources};

/// The crates without cycles.
const LAYERED: &[&str] = &[
    "api",
    "bus",
    "commands",
    "infra",
    "infra/engines",
    "infra/event_store",
    "infra/gateway",
    "infra/integrity",
    "infra/objects",
    "infra/parquet_writer",
    "projections",
    "schemas",
    "sealing",
    "workers",
];

#[test]
fn no_file_is_part_of_a_circle_of_imports() {
    for name in LAYERED {
        let imports = Modules::read(&root().join(name).join("src")).imports();
        let cycles: Vec<_> =
            imports.keys().filter_map(|module| shortest_cycle(module, &imports)).collect();
        assert!(cycles.is_empty(), "{name}:\n{}", cycles.join("\n"));
    }
}

#[test]
fn a_circle_is_found_and_a_way_through_a_re_export_leads_to_the_file_that_it_names() {
    let modules = |files: &[(&str, &str)]| {
        let files = files.iter().map(|(module, text)| ((*module).to_owned(), (*text).to_owned()));
        Modules(files.collect())
    };
    let tree = modules(&[
        ("", "pub use a::{b::B, c}; // crate::a::b"),
        ("a", "mod b;\npub(crate) use c::{\n    C,\n};\nfn routes() { c::routes() }"),
        ("a::b", "use super::C;"),
        ("a::c", "use crate::d::{self, D};\n#[cfg(test)]\nmod tests {\n    use crate::B;\n}"),
        ("d", "fn d() { crate::other::f::<u8>(); }"),
    ]);
    let imports = tree.imports();
    let imports_of = |module: &str| imports[module].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(
        [imports_of(""), imports_of("a"), imports_of("a::b"), imports_of("a::c")],
        [vec![], vec!["a::c"], vec!["a::c"], vec!["d"]]
    );
    assert!(imports.keys().all(|module| shortest_cycle(module, &imports).is_none()));

    let ring =
        modules(&[("a", "use crate::b::B;"), ("b", "use super::c;"), ("c", "use crate::a::A;")]);
    assert_eq!(shortest_cycle("a", &ring.imports()).unwrap(), "a -> b -> c -> a");
    let nested = modules(&[("a", "mod b; use b::B;"), ("a::b", "use super::A;")]);
    assert_eq!(shortest_cycle("a", &nested.imports()).unwrap(), "a -> a::b -> a");
}

/// Each module with those that it imports.
type Imports = BTreeMap<String, BTreeSet<String>>;

/// The shortest cycle through a module.
fn shortest_cycle(module: &str, imports: &Imports) -> Option<String> {
    let mut seen = BTreeSet::new();
    let mut paths = vec![vec![module]];
    while !paths.is_empty() {
        let mut longer = vec![];
        for path in paths {
            for next in imports.get(*path.last()?).into_iter().flatten() {
                let path = [path.as_slice(), &[next]].concat();
                if next == module {
                    return Some(path.join(" -> "));
                }
                if seen.insert(next) {
                    longer.push(path);
                }
            }
        }
        paths = longer;
    }
    None
}

/// The modules of a crate by path (`audit::trail`), with the text of their files; tests excluded.
struct Modules(BTreeMap<String, String>);

impl Modules {
    fn read(folder: &Path) -> Self {
        let modules = sources(folder).into_iter().filter_map(|file| {
            let path = file.strip_prefix(folder).unwrap().with_extension("");
            let mut names: Vec<_> = path.iter().map(|name| name.to_str().unwrap()).collect();
            if names.contains(&"tests") {
                return None;
            }
            names.pop_if(|last| ["lib", "mod"].contains(last));
            Some((names.join("::"), fs::read_to_string(&file).unwrap()))
        });
        Self(modules.collect())
    }

    fn imports(&self) -> Imports {
        let named: BTreeMap<_, _> =
            self.0.iter().map(|(module, text)| (module, self.paths_in(module, text))).collect();
        let imported: BTreeMap<_, _> = named
            .values()
            .flatten()
            .filter_map(|path| Some((path.alias.clone()?, path.name.as_str())))
            .collect();
        let imports = named.iter().map(|(module, named)| {
            let files = named
                .iter()
                .filter(|path| !path.exported)
                .filter_map(|path| self.file(&path.name, &imported, 0))
                .filter(|file| file != *module);
            ((*module).clone(), files.collect())
        });
        imports.collect()
    }

    /// The module whose file defines a path, followed through re-exports.
    fn file(&self, path: &str, imported: &BTreeMap<String, &str>, steps: usize) -> Option<String> {
        let names: Vec<_> = path.split("::").filter(|name| !name.is_empty()).collect();
        let longest = (0..=names.len())
            .rev()
            .find(|length| self.0.contains_key(&names[..*length].join("::")));
        let module = names[..longest?].join("::");
        match names.get(longest?).and_then(|next| imported.get(&join_path(&module, next))) {
            Some(next) if steps < 9 => {
                let rest = &names[longest? + 1..];
                self.file(&[&[*next], rest].concat().join("::"), imported, steps + 1)
            }
            _ => Some(module),
        }
    }

    /// The paths within the crate that a module's file names.
    fn paths_in(&self, module: &str, text: &str) -> Vec<NamedPath> {
        let mut named = vec![];
        let mut lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
        while let Some(line) = lines.next() {
            if line == "#[cfg(test)]"
                && lines.next().is_some_and(|next| next.ends_with("mod tests {"))
            {
                break;
            }
            let (exported, tree) = match line.trim_start().split_once("use ") {
                Some((before, tree)) if before.is_empty() || before.starts_with("pub") => {
                    (!before.is_empty(), tree)
                }
                _ => {
                    // What is within quotes is no code.
                    let code = line.split('"').step_by(2);
                    let tokens = code.flat_map(|code| {
                        code.split(|character: char| {
                            !character.is_alphanumeric() && !"_:".contains(character)
                        })
                    });
                    let paths = tokens.filter(|token| token.contains("::"));
                    let paths = paths.filter_map(|path| self.absolute(module, path));
                    named.extend(paths.map(|name| NamedPath {
                        name,
                        alias: None,
                        exported: false,
                    }));
                    continue;
                }
            };
            let mut tree = tree.to_owned();
            while !tree.contains(';') {
                tree.push_str(lines.next().unwrap());
            }
            for (path, alias) in use_leaves(tree.trim_end_matches(';')) {
                let alias = Some(join_path(module, &alias));
                let path = self.absolute(module, &path);
                named.extend(path.map(|name| NamedPath { name, alias, exported }));
            }
        }
        named
    }

    /// A path from the root of the crate; `None` for paths of other crates.
    fn absolute(&self, module: &str, path: &str) -> Option<String> {
        let (first, rest) = path.split_once("::").unwrap_or((path, ""));
        match first {
            "crate" => Some(rest.to_owned()),
            "self" => Some(join_path(module, rest)),
            "super" => {
                let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
                if rest.starts_with("super") {
                    self.absolute(parent, rest)
                } else {
                    Some(join_path(parent, rest))
                }
            }
            _ => self.0.contains_key(&join_path(module, first)).then(|| join_path(module, path)),
        }
    }
}

/// A path within the crate that a file names.
struct NamedPath {
    name: String,
    /// The name under which it is imported, if it is imported.
    alias: Option<String>,
    /// Whether by `pub use`.
    exported: bool,
}

/// The paths of a `use` tree with their names: `a::{b, c::D as E}` has two.
fn use_leaves(tree: &str) -> Vec<(String, String)> {
    let tree = tree.trim();
    let Some((before, inner)) = tree.split_once('{') else {
        let path = tree.trim_end_matches("::self");
        let (path, name) = tree.split_once(" as ").unwrap_or((path, last_segment(path)));
        return vec![(path.to_owned(), name.to_owned())];
    };
    let inner = inner.trim_end().strip_suffix('}').unwrap_or(inner);
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for character in inner.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => parts.push(String::new()),
            _ => {}
        }
        if character != ',' || depth > 0 {
            parts.last_mut().unwrap().push(character);
        }
    }
    let parts = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    parts.flat_map(|part| use_leaves(&format!("{before}{part}"))).collect()
}

fn join_path(module: &str, name: &str) -> String {
    [module, name].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("::")
}

fn last_segment(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}
