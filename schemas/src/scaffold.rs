//! `cargo run -p schemas -- new <context>.<aggregate>`: the files of a new aggregate and its lines in the
//! lists. The templates beside this file are a whole aggregate, the paper clips of an office, of which
//! only the names are exchanged.

mod names;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use names::AggregateNames;

/// The new files, and what they are made of.
const FILES: &[(&str, &str)] = &[
    ("domain/src/office/paper_clip.rs", include_str!("scaffold/domain.rs.tmpl")),
    ("commands/src/office/paper_clip.rs", include_str!("scaffold/commands.rs.tmpl")),
    ("projections/src/office/paper_clip.rs", include_str!("scaffold/projections.rs.tmpl")),
    ("projections/src/office/paper_clip.sql", include_str!("scaffold/projections.sql.tmpl")),
    ("api/src/office/paper_clip.rs", include_str!("scaffold/api.rs.tmpl")),
];

/// What stays to be done by people.
pub const REMAINING_STEPS: &str = "\
By hand remains:
  rules     their ids, refusals and claims: domain/src/<context>/<aggregate>.rs
  rights    only administrators may read and write it: name other rights in commands/src and api/src,
            new ones in domain/src/access/right.rs and commands/src/policy.rs
  fields    domain, projections (.rs and .sql), and the patch in api/src
  clients   a policy in the .sql if clients may read rows, then not in WITHOUT_CLIENT_POLICY any more;
            the same rows in `owner` of the listing, and the same owner in `Handler::owner`
  phrases   of its events and acts in web/src/texts/names, of its values and fields in schemas/texts, in each
            language
  tests     bodies in tests/contract/steps.txt and tests/rights/recipes.txt, and one from outside
  screens   wherever people are to see it
Then `cargo run -p schemas` again, and review the diff. Events that get other names before anything is
committed leave samples in schemas/history and files in schemas/events: remove those.";

/// Writes the files of a new aggregate below the root of the workspace, or says why it writes none.
pub(crate) fn scaffold_aggregate(root: &Path, name: &str) -> Result<(), String> {
    for (file, text) in plan(root, name)? {
        fs::write(&file, text).map_err(|why| format!("{}: {why}", file.display()))?;
    }
    Ok(())
}

/// The files as they are to be. Nothing is written before all of them are known.
fn plan(root: &Path, name: &str) -> Result<BTreeMap<PathBuf, String>, String> {
    let names = AggregateNames::parse(name)?;
    if !root.join(names.fill_template("projections/src/office/mod.rs")).exists() {
        let context = names.context;
        return Err(format!("there is no context {context} with read models; make it first"));
    }
    let wire = domain::wire_aggregate(name);
    if api::event_contracts().iter().any(|event| domain::wire_aggregate(event.stream) == wire) {
        return Err(format!("there are events of another {wire} already"));
    }
    let mut files = BTreeMap::new();
    for (file, template) in FILES {
        let file = root.join(names.fill_template(file));
        if file.exists() {
            return Err(format!("{} exists already", file.display()));
        }
        files.insert(file, names.fill_template(template));
    }
    for (file, list, new) in LISTS {
        let file = root.join(names.fill_template(file));
        let text = match files.get(&file) {
            Some(text) => text.clone(),
            None => {
                fs::read_to_string(&file).map_err(|why| format!("{}: {why}", file.display()))?
            }
        };
        let text = list.add(&text, &names.fill_template(new));
        let text = text.ok_or_else(|| format!("{}: its list is not found", file.display()))?;
        files.insert(file, text);
    }
    Ok(files)
}

/// How something is added to a list.
enum List {
    /// To the first run of lines that begin like this.
    Lines(&'static str),
    /// To the array that a constant is.
    Constant(&'static str),
    /// To the ids that a context exports.
    Ids,
    /// To the routes of a context.
    Routes,
    /// At the end of the file.
    File,
}

/// The files that list something, how, and what is added to each.
const LISTS: &[(&str, List, &str)] = &[
    (
        "domain/src/office/ids.rs",
        List::Lines("pub type "),
        "pub type PaperClipId = Id<super::paper_clip::PaperClip>;",
    ),
    ("domain/src/office/mod.rs", List::Lines("pub mod "), "pub mod paper_clip;"),
    ("domain/src/office/mod.rs", List::Ids, "PaperClipId"),
    (
        "commands/src/aggregates.rs",
        List::Lines("                domain::"),
        "                domain::office::paper_clip::PaperClip,",
    ),
    ("commands/src/office/mod.rs", List::Lines("mod "), "mod paper_clip;"),
    ("projections/src/office/mod.rs", List::Lines("pub mod "), "pub mod paper_clip;"),
    ("projections/src/office/mod.rs", List::Constant("ALL"), "&paper_clip::PROJECTOR"),
    ("api/src/office/mod.rs", List::Lines("mod "), "mod paper_clip;"),
    ("api/src/office/mod.rs", List::Routes, ".merge(paper_clip::routes())"),
    (
        "tests/projections/all_models.rs",
        List::Constant("LISTINGS"),
        "&office::paper_clip::PAPER_CLIPS",
    ),
    (
        "tests/projections/all_models.rs",
        List::Constant("WITHOUT_CLIENT_POLICY"),
        "\"office_paper_clip.paper_clips\"",
    ),
    ("tests/contract/steps.txt", List::File, include_str!("scaffold/steps.txt.tmpl")),
    ("tests/rights/recipes.txt", List::File, include_str!("scaffold/recipes.txt.tmpl")),
];

impl List {
    /// The text with something more, in alphabetical order. What is not laid out as `cargo fmt` does
    /// it, that does afterwards.
    fn add(&self, text: &str, new: &str) -> Option<String> {
        match self {
            Self::Lines(prefix) => line(text, prefix, new),
            Self::Constant(name) => item(text, name, new),
            Self::Ids => id(text, new),
            Self::Routes => merge(text, new),
            Self::File => Some(text.to_owned() + new),
        }
    }
}

fn line(text: &str, prefix: &str, new: &str) -> Option<String> {
    let mut lines: Vec<_> = text.lines().collect();
    let first = lines.iter().position(|line| line.starts_with(prefix))?;
    let goes_before = |line: &&str| !line.starts_with(prefix) || *line > new;
    let at = lines[first..].iter().position(goes_before);
    lines.insert(at.map_or(lines.len(), |at| first + at), new);
    Some(lines.join("\n") + "\n")
}

fn item(text: &str, constant: &str, new: &str) -> Option<String> {
    let value = text.find(&format!("const {constant}:"))?;
    let value = value + text[value..].find('=')?;
    let (before, rest) = text.split_at(value + text[value..].find('[')? + 1);
    let (items, after) = rest.split_at(rest.find(']')?);
    Some(format!("{before}{}{after}", sorted(items, new)))
}

/// One id alone has no braces.
fn id(text: &str, new: &str) -> Option<String> {
    let (before, rest) = text.split_once("pub use ids::")?;
    let (ids, after) = rest.split_once(';')?;
    let ids = sorted(ids.trim_matches(['{', '}']), new);
    Some(format!("{before}pub use ids::{{{ids}}};{after}"))
}

fn sorted(items: &str, new: &str) -> String {
    let items = items.split(',').map(str::trim).filter(|item| !item.is_empty());
    let mut items: Vec<_> = items.chain([new]).collect();
    items.sort_unstable();
    items.join(", ")
}

fn merge(text: &str, new: &str) -> Option<String> {
    let begin = text.find("fn routes()")?;
    let end = begin + text[begin..].find("\n}")?;
    let mut merged = text[begin..end].match_indices(".merge(").map(|(at, _)| begin + at);
    let at = merged.find(|at| &text[*at..end] > new).unwrap_or(end);
    Some(format!("{}{new}{}", &text[..at], &text[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_gets_its_line() {
        let files = plan(&root(), "support.price_class").unwrap();
        let text = |file: &str| files[&root().join(file)].as_str();
        let places = [
            (
                "domain/src/support/ids.rs",
                "pub type PriceClassId = Id<super::price_class::PriceClass>;",
            ),
            ("domain/src/support/mod.rs", "PriceClassId"),
            ("commands/src/aggregates.rs", "domain::support::price_class::PriceClass,"),
            ("projections/src/support/mod.rs", "&price_class::PROJECTOR"),
            ("api/src/support/mod.rs", ".merge(price_class::routes())"),
            ("api/src/support/price_class.rs", "\"/price-classes\""),
            ("tests/projections/all_models.rs", "&support::price_class::PRICE_CLASSES"),
            ("tests/projections/all_models.rs", "\"support_price_class.price_classes\""),
            ("tests/contract/steps.txt", "# Price classes."),
            ("tests/rights/recipes.txt", "support.price_class.create - "),
        ];
        for (file, line) in places {
            assert!(text(file).contains(line), "{file}: {line} is missing in\n{}", text(file));
        }
        let new = files.iter().filter(|(file, _)| file.display().to_string().contains("price"));
        let left = ["office", "aper", "PAPER"];
        assert_eq!(new.clone().count(), FILES.len());
        assert!(new.flat_map(|(_, text)| left.map(|name| text.find(name))).all(|at| at.is_none()));
    }

    #[test]
    fn what_cannot_be_made_is_refused_and_nothing_written() {
        let refused = |name| scaffold_aggregate(&root(), name).unwrap_err();
        for name in
            ["price", "Sales.Price", "support.", "support.a.b", "support.a__b", "support.1a"]
        {
            assert!(refused(name).contains("is no name"), "{name}");
        }
        assert!(refused("sales.price").contains("no context sales"));
        assert!(refused("support.issue").contains("already"));
        assert!(refused("support.customer").contains("another Customer"));
        assert!(refused("support.comment").contains("exists already"));
    }

    #[test]
    fn a_word_of_rust_becomes_a_module_all_the_same() {
        let names = AggregateNames::parse("support.macro").unwrap();
        assert_eq!(
            names.fill_template("mod paper_clip; office::paper_clip::PaperClip"),
            "mod r#macro; support::r#macro::Macro"
        );
        assert_eq!(
            names.fill_template("office/paper_clip.rs PAPER_CLIPS"),
            "support/macro.rs MACROS"
        );
    }

    fn root() -> PathBuf {
        crate::files::crate_file("..")
    }
}
