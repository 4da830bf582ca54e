//! The rules that the code names are those of which the contract says that an answer may name them.

use std::{collections::BTreeSet, fs};

use super::{root, sources};

#[test]
fn every_rule_that_is_named_is_published() {
    let list = root().join("domain/src/rules.rs");
    let layers = ["domain", "commands", "projections", "workers", "api"];
    let files = layers.iter().flat_map(|layer| sources(&root().join(layer).join("src")));
    let mut named = BTreeSet::new();
    for file in files.filter(|file| *file != list && !file.ends_with("tests.rs")) {
        let text = fs::read_to_string(file).unwrap();
        named.extend(text.split('"').filter(|text| is_rule(text)).map(str::to_owned));
    }
    let published: BTreeSet<_> = domain::RULES.iter().map(|&rule| rule.to_owned()).collect();
    assert_eq!(named, published, "domain/src/rules.rs");
}

/// Whether a text is the id of a rule, as `SCH-4` is.
fn is_rule(text: &str) -> bool {
    text.split_once('-').is_some_and(|(context, number)| {
        context.len() == 3
            && context.chars().all(|letter| letter.is_ascii_uppercase())
            && number.parse::<u8>().is_ok()
    })
}
