//! The contracts with external systems, as files: `cargo run -p schemas` writes them, a test compares
//! them with the code.
//!
//! A change of a contract shows in the diff of its file. `history/` is kept for ever: a sample of every
//! shape of every event that was ever stored.
//!
//! **Invariant:** a line of `history/` is never changed or removed, and can always be read.

mod analyst;
mod files;
mod history;
mod rights;
mod scaffold;

use std::{collections::BTreeMap, fs, io};

pub use api::{minimal_sample, sample};
pub use scaffold::REMAINING_STEPS;
use serde_json::{Value, json};

use self::files::crate_file;

/// Every generated contract, by its file.
pub fn contracts() -> BTreeMap<String, String> {
    let (events, openapi) = (api::event_contracts(), api::openapi());
    let views = analyst::analyst_views(&openapi);
    let mut files = BTreeMap::from([
        ("rights.md".to_owned(), rights::rights_markdown(&openapi)),
        ("rights.json".to_owned(), text(&rights::rights_json())),
        ("openapi.json".to_owned(), text(&openapi)),
        ("analyst.md".to_owned(), analyst::dictionary(&views)),
        ("analyst.json".to_owned(), text(&json!(views))),
        ("asyncapi.json".to_owned(), text(&api::asyncapi())),
    ]);
    let schema =
        |event: api::EventContract| (format!("events/{}.json", event.name), text(&event.schema));
    files.extend(events.into_iter().map(schema));
    files
}

/// Brings the files up to date, and adds a sample of every shape that `history/` has none of.
pub fn write_contracts() -> io::Result<()> {
    for (file, contract) in contracts() {
        let file = crate_file(&file);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, contract)?;
    }
    history::add_missing_samples()
}

/// Writes the files of a new aggregate, `sales.price_list`, or says why it writes none. The contracts
/// follow from them once they are built.
pub fn scaffold_aggregate(name: &str) -> Result<(), String> {
    scaffold::scaffold_aggregate(&crate_file(".."), name)
}

fn text(contract: &Value) -> String {
    format!("{contract:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_what_the_code_does() {
        let contracts = contracts();
        for (file, contract) in &contracts {
            let written = fs::read_to_string(crate_file(file)).unwrap_or_default();
            assert!(written == *contract, "{file}: `cargo run -p schemas`, then review");
        }
        for file in fs::read_dir(crate_file("events")).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            let is_contract = contracts.contains_key(&format!("events/{name}"));
            assert!(is_contract, "events/{name}: the code knows it no more, but the log may");
        }
    }
}
