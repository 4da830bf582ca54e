//! Describes a list: its table, its columns, and to whom its rows belong.

use super::field::{Field, QueryColumns};

/// A list that can be queried: a main table, or a view on one.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    /// `schema.table`.
    pub from: &'static str,
    /// The columns that can be filtered by: `filter[name]=…`; those of [`COMMON_FIELDS`] in addition.
    pub fields: &'static [Field],
    /// A text column, in lower case, that `q` searches.
    pub search: Option<&'static str>,
    /// The fields that can be ordered by; the first one is the default.
    pub sort: &'static [&'static str],
    /// The columns that say to whom a row belongs.
    pub owner: OwnerColumns,
}

/// The columns that say to whom a row belongs.
#[derive(Debug, Clone, Copy)]
pub struct OwnerColumns {
    pub user: Option<&'static str>,
    pub customer: Option<&'static str>,
    pub cabinet: Option<&'static str>,
    /// Names a user, who belongs to the cabinets of which they are a member.
    pub member: Option<&'static str>,
}

impl OwnerColumns {
    /// No column: the rows belong to the business.
    pub const NONE: Self = Self { user: None, customer: None, cabinet: None, member: None };
}

/// The fields that every main table has.
pub const COMMON_FIELDS: &[Field] = &[
    Field::uuid("id"),
    Field::time("created_at"),
    Field::time("updated_at"),
    Field::int("version"),
    Field::int("position"),
];

impl Listing {
    /// The schema: `crm_customer`.
    pub fn schema(&self) -> &'static str {
        self.from.split('.').next().unwrap_or(self.from)
    }
}

impl QueryColumns for Listing {
    fn field(&self, name: &str) -> Option<Field> {
        self.fields.iter().chain(COMMON_FIELDS).find(|field| field.name == name).copied()
    }

    fn names(&self) -> Vec<&'static str> {
        self.fields.iter().chain(COMMON_FIELDS).map(|field| field.name).collect()
    }

    fn sortable(&self) -> &'static [&'static str] {
        self.sort
    }
}
