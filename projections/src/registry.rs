//! The list of all read models.

use crate::{
    Error, Projector, catalog, crm, files, identity, licensing, notifications, organizations,
    platform, purchasing, scheduling, support,
};

/// Every read model.
pub fn all_projectors() -> impl Iterator<Item = &'static Projector> {
    [
        catalog::ALL,
        crm::ALL,
        files::ALL,
        identity::ALL,
        licensing::ALL,
        notifications::ALL,
        organizations::ALL,
        platform::ALL,
        purchasing::ALL,
        scheduling::ALL,
        support::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// The projector with this name.
pub fn projector_named(name: &str) -> Result<&'static Projector, Error> {
    all_projectors().find(|projector| projector.name == name).ok_or_else(|| {
        let names: Vec<_> = all_projectors().map(|projector| projector.name).collect();
        let nearest = names.iter().copied().min_by_key(|known| edit_distance(known, name));
        let nearest = nearest.unwrap_or_default();
        Error::UnknownProjector { name: name.to_owned(), nearest, names: names.join(", ") }
    })
}

/// How many letters must be added, removed or replaced (Levenshtein).
fn edit_distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], above + 1);
        for (place, with) in other.chars().enumerate() {
            let replaced = diagonal + usize::from(letter != with);
            diagonal = row[place + 1];
            row[place + 1] = replaced.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[other.chars().count()]
}
