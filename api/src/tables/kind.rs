//! What the values of a column are.

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Id,
    /// A value that has a phrase, several of them, or another value.
    Enum,
    Enums,
    /// What the things are called whose ids are there.
    Names,
    /// Several texts, ids or numbers.
    Values,
    /// How many things they are.
    Count,
    /// Whatever there is, as JSON.
    Json,
    Integer,
    Number,
    /// In the minor units of the currency beside it.
    Amount,
    Bool,
    Date,
    Time,
}
