//! The schema of a type. What is made of schemas is made of these, so that it is compiled once and not for each type.

use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

/// The schema of a type, and of all it refers to.
pub(crate) struct TypeSchema {
    pub(crate) name: String,
    pub(crate) schema: RefOr<Schema>,
    pub(crate) referred: Vec<(String, RefOr<Schema>)>,
}

impl TypeSchema {
    pub(crate) fn of<T: ToSchema>() -> Self {
        let mut referred = vec![];
        T::schemas(&mut referred);
        Self { name: T::name().into_owned(), schema: T::schema(), referred }
    }
}
