//! No file is part of a circle of imports: each can be read with those alone that it builds upon.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::{root, sources};

/// The crates of which that is so.
const LAYERED: &[&str] = &["api", "commands", "sealing"];

#[test]
fn no_file_is_part_of_a_circle_of_imports() {
    for name in LAYERED {
        let imports = Modules::of(&root().join(name).join("src")).imports();
        let circles: Vec<_> =
            imports.keys().filter_map(|module| circle(module, &imports)).collect();
        assert!(circles.is_empty(), "{name}:\n{}", circles.join("\n"));
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
    let of = |module: &str| imports[module].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(
        [of(""), of("a"), of("a::b"), of("a::c")],
        [vec![], vec!["a::c"], vec!["a::c"], vec!["d"]]
    );
    assert!(imports.keys().all(|module| circle(module, &imports).is_none()));

    let ring =
        modules(&[("a", "use crate::b::B;"), ("b", "use super::c;"), ("c", "use crate::a::A;")]);
    assert_eq!(circle("a", &ring.imports()).unwrap(), "a -> b -> c -> a");
    let own = modules(&[("a", "mod b; use b::B;"), ("a::b", "use super::A;")]);
    assert_eq!(circle("a", &own.imports()).unwrap(), "a -> a::b -> a");
}

/// From each module to those that it imports.
type Imports = BTreeMap<String, BTreeSet<String>>;

/// The shortest way from a module back to it.
fn circle(module: &str, imports: &Imports) -> Option<String> {
    let mut seen = BTreeSet::new();
    let mut ways = vec![vec![module]];
    while !ways.is_empty() {
        let mut longer = vec![];
        for way in ways {
            for next in imports.get(*way.last()?).into_iter().flatten() {
                let way = [way.as_slice(), &[next]].concat();
                if next == module {
                    return Some(way.join(" -> "));
                }
                if seen.insert(next) {
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}

/// The modules of a crate, as `audit::trail`, and what stands in their files. Tests are left out.
struct Modules(BTreeMap<String, String>);

impl Modules {
    fn of(folder: &Path) -> Self {
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
            self.0.iter().map(|(module, text)| (module, self.named(module, text))).collect();
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

    /// The file in which a path ends, through what others import or export.
    fn file(&self, path: &str, imported: &BTreeMap<String, &str>, steps: usize) -> Option<String> {
        let names: Vec<_> = path.split("::").filter(|name| !name.is_empty()).collect();
        let known = (0..=names.len())
            .rev()
            .find(|length| self.0.contains_key(&names[..*length].join("::")));
        let module = names[..known?].join("::");
        match names.get(known?).and_then(|next| imported.get(&join(&module, next))) {
            Some(next) if steps < 9 => {
                let rest = &names[known? + 1..];
                self.file(&[&[*next], rest].concat().join("::"), imported, steps + 1)
            }
            _ => Some(module),
        }
    }

    /// The paths within the crate that stand in a module's file.
    fn named(&self, module: &str, text: &str) -> Vec<Named> {
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
                    let words =
                        line.split(|sign: char| !sign.is_alphanumeric() && !"_:".contains(sign));
                    let paths = words.filter(|word| word.contains("::"));
                    let paths = paths.filter_map(|path| self.absolute(module, path));
                    named.extend(paths.map(|name| Named { name, alias: None, exported: false }));
                    continue;
                }
            };
            let mut tree = tree.to_owned();
            while !tree.contains(';') {
                tree.push_str(lines.next().unwrap());
            }
            for (path, alias) in leaves(tree.trim_end_matches(';')) {
                let alias = Some(join(module, &alias));
                let path = self.absolute(module, &path);
                named.extend(path.map(|name| Named { name, alias, exported }));
            }
        }
        named
    }

    /// A path from the root of the crate, if it lies within.
    fn absolute(&self, module: &str, path: &str) -> Option<String> {
        let (first, rest) = path.split_once("::").unwrap_or((path, ""));
        match first {
            "crate" => Some(rest.to_owned()),
            "self" => Some(join(module, rest)),
            "super" => {
                let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
                if rest.starts_with("super") {
                    self.absolute(parent, rest)
                } else {
                    Some(join(parent, rest))
                }
            }
            _ => self.0.contains_key(&join(module, first)).then(|| join(module, path)),
        }
    }
}

/// A path within the crate, and how it is named.
struct Named {
    name: String,
    /// Under which name it is imported, if it is.
    alias: Option<String>,
    /// By `pub use`.
    exported: bool,
}

/// The paths of a `use`, and the names that they get: `a::{b, c::D as E}` has two.
fn leaves(tree: &str) -> Vec<(String, String)> {
    let tree = tree.trim();
    let Some((before, within)) = tree.split_once('{') else {
        let path = tree.trim_end_matches("::self");
        let (path, name) = tree.split_once(" as ").unwrap_or((path, last(path)));
        return vec![(path.to_owned(), name.to_owned())];
    };
    let within = within.trim_end().strip_suffix('}').unwrap_or(within);
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for sign in within.chars() {
        match sign {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => parts.push(String::new()),
            _ => {}
        }
        if sign != ',' || depth > 0 {
            parts.last_mut().unwrap().push(sign);
        }
    }
    let parts = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    parts.flat_map(|part| leaves(&format!("{before}{part}"))).collect()
}

fn join(module: &str, name: &str) -> String {
    [module, name].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("::")
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}
