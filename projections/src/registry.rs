//! The list of all read models.

use crate::{
    Error, Projector, analytics, catalog, crm, documents, files, identity, licensing,
    listing::Listing, notifications, organizations, platform, purchasing, scheduling, support,
};

/// Every read model.
pub fn all_projectors() -> impl Iterator<Item = &'static Projector> {
    [
        analytics::ALL,
        catalog::ALL,
        crm::ALL,
        documents::ALL,
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

/// The projector of the read model that a list is of; some lists are of none.
pub fn projector_of(listing: &Listing) -> Option<&'static Projector> {
    all_projectors().find(|projector| projector.schema() == listing.schema())
}

/// The projector with this name.
pub fn projector_named(name: &str) -> Result<&'static Projector, Error> {
    all_projectors().find(|projector| projector.name == name).ok_or_else(|| {
        let names: Vec<_> = all_projectors().map(|projector| projector.name).collect();
        let nearest = names.iter().copied().min_by_key(|known| strsim::levenshtein(known, name));
        let nearest = nearest.unwrap_or_default();
        Error::UnknownProjector { name: name.to_owned(), nearest, names: names.join(", ") }
    })
}
