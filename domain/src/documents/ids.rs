//! The ids of this context, by which the others name what is in it. An id knows nothing of what it
//! identifies: the type only keeps one kind from being taken for another.

use super::template::{Kind, Template};
use crate::{Id, Language, catalog::ProductId};

pub type TemplateId = Id<Template>;

impl TemplateId {
    /// The one template of a kind of document in a language, for one product or for all others (DOC-6).
    pub fn of(kind: Kind, language: Language, product: Option<ProductId>) -> Self {
        let product = product.map(|product| product.to_string()).unwrap_or_default();
        Self::derived(&["template", &kind.to_string(), &language.to_string(), &product])
    }
}
