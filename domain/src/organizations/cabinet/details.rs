//! What is known of an organisation; of one that may be a person, only as long as their key exists.

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

/// What is known of an organisation, in the open.
pub(super) struct Named {
    pub(super) name: Text<200>,
    pub(super) tax_id: Option<TaxId>,
    pub(super) external_id: Option<Text<100>>,
    pub(super) country: Option<Country>,
    pub(super) contact: Option<Email>,
}

impl Named {
    /// As it is recorded of a cabinet.
    pub(super) fn of(self, cabinet: Uuid) -> Details {
        let Self { name, tax_id, external_id, country, contact } = self;
        let person = tax_id.is_none().then_some(cabinet);
        Details {
            name: MaybePersonal::about(person, name),
            tax_id,
            external_id: external_id.map(|id| MaybePersonal::about(person, id)),
            country,
            contact: contact.map(|email| Personal::known(cabinet, email)),
        }
    }
}

impl Details {
    /// These, with what is given changed; what was erased stays so unless it is given anew.
    pub(super) fn changed(
        &self,
        cabinet: Uuid,
        name: Option<Text<200>>,
        tax_id: Change<TaxId>,
        external_id: Change<Text<100>>,
    ) -> Self {
        let tax_id = tax_id.of(self.tax_id.clone());
        let person = tax_id.is_none().then_some(cabinet);
        let name = name.or_else(|| self.name.get().cloned());
        let name =
            name.map_or_else(|| self.name.clone(), |name| MaybePersonal::about(person, name));
        let kept = |known: &MaybePersonal<Text<100>>| match known.get() {
            Some(id) => MaybePersonal::about(person, id.clone()),
            None => known.clone(),
        };
        let external_id = external_id
            .map(|id| MaybePersonal::about(person, id))
            .of(self.external_id.as_ref().map(kept));
        Self { name, tax_id, external_id, ..self.clone() }
    }

    /// Which of two orders of the same moment is heard: any rule will do that never changes.
    pub(super) fn rank(&self) -> impl Ord {
        let contact = self.contact.as_ref().and_then(Personal::get);
        let external_id = self.external_id.as_ref().and_then(MaybePersonal::get);
        (self.name.get().cloned(), external_id.cloned(), self.country, contact.cloned())
    }
}
