//! The details of an organisation; if it may be a person, they are readable only while its key exists.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Change, Country, Email, MaybePersonal, Personal, TaxId, Text};

/// What the business calls the organisation and how to reach it.
///
/// An organisation without a tax id may be one person: then what it is called is sealed, and goes
/// with the key of the cabinet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Details {
    pub name: MaybePersonal<Text<200>>,
    pub tax_id: Option<TaxId>,
    /// Its id in the business's other systems.
    pub external_id: Option<MaybePersonal<Text<100>>>,
    pub country: Option<Country>,
    /// Where notices about its licences go.
    pub contact: Option<Personal<Email>>,
}

/// Details of an organisation before anything is sealed.
pub(super) struct PlainDetails {
    pub(super) name: Text<200>,
    pub(super) tax_id: Option<TaxId>,
    pub(super) external_id: Option<Text<100>>,
    pub(super) country: Option<Country>,
    pub(super) contact: Option<Email>,
}

impl PlainDetails {
    /// As it is recorded: what may be about a person belongs to the key of the cabinet.
    pub(super) fn into_details(self, cabinet: Uuid) -> Details {
        let Self { name, tax_id, external_id, country, contact } = self;
        let person = tax_id.is_none().then_some(cabinet);
        Details {
            name: MaybePersonal::about(person, name),
            tax_id,
            external_id: external_id.map(|id| MaybePersonal::about(person, id)),
            country,
            contact: contact.map(|email| Personal::sealed(cabinet, email)),
        }
    }
}

impl Details {
    /// The details after a change; what was erased stays so unless it is set anew.
    pub(super) fn with_changes(
        &self,
        cabinet: Uuid,
        name: Option<Text<200>>,
        tax_id: Change<TaxId>,
        external_id: Change<Text<100>>,
    ) -> Self {
        let tax_id = tax_id.applied_to(self.tax_id.clone());
        let person = tax_id.is_none().then_some(cabinet);
        let name = name.or_else(|| self.name.get().cloned());
        let name =
            name.map_or_else(|| self.name.clone(), |name| MaybePersonal::about(person, name));
        let resealed = |external_id: &MaybePersonal<Text<100>>| match external_id.get() {
            Some(id) => MaybePersonal::about(person, id.clone()),
            None => external_id.clone(),
        };
        let external_id = external_id
            .map(|id| MaybePersonal::about(person, id))
            .applied_to(self.external_id.as_ref().map(resealed));
        Self { name, tax_id, external_id, ..self.clone() }
    }

    /// Decides which of two orders of the same moment names the cabinet: any fixed order will do.
    pub(super) fn tie_breaker(&self) -> impl Ord {
        let contact = self.contact.as_ref().and_then(Personal::get);
        let external_id = self.external_id.as_ref().and_then(MaybePersonal::get);
        (self.name.get().cloned(), external_id.cloned(), self.country, contact.cloned())
    }
}
