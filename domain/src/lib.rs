//! The business rules, free of I/O.
//!
//! One module per bounded context, one file per aggregate. Read [`Decider`] first, then any
//! aggregate: they all have the same shape.
//!
//! **Invariant:** nothing here waits, reads a clock, or knows that a database exists.
//! **Invariant:** a context refers to another one only through its ids (`ids.rs`); what several share is
//! in this folder. So neither contexts nor files form a circle.

mod access;
mod address;
mod calendar;
mod change;
mod claim;
mod codes;
mod color;
mod decider;
mod decision_context;
mod fault;
mod file_name;
mod hexadecimal;
mod id;
mod json;
mod language;
mod local_time;
mod macros;
mod media_type;
mod money;
mod parameters;
mod personal;
mod policy_change;
mod recorded;
mod rules;
#[cfg(test)]
mod spec;
mod term_length;
mod text;
mod web;
mod wire;

pub mod analytics;
pub mod catalog;
pub mod crm;
pub mod documents;
pub mod files;
pub mod identity;
pub mod licensing;
pub mod notifications;
pub mod organizations;
pub mod platform;
pub mod purchasing;
pub mod scheduling;
pub mod support;

pub use address::Address;
pub use calendar::{OpeningHours, has_four_digit_year};
pub use change::Change;
pub use claim::{Claim, ClaimPeriod, Counter};
pub use codes::{Country, Sku, TaxId};
pub use color::Color;
pub use decider::{Decider, Refusal, Upcaster, claims_of};
pub use decision_context::DecisionContext;
pub use fault::{Fault, Keyword};
pub use file_name::FileName;
pub use hexadecimal::to_hexadecimal;
pub use id::Id;
pub use json::{NUL_PROBLEM, has_nul};
pub use language::Language;
pub use local_time::{first_instant_at_or_after, resolve_local_time};
pub use media_type::MediaType;
pub use money::{Currency, Money};
pub use parameters::{ParameterSchema, Parameters, SchemaVersion};
pub use personal::{Cipher, MaybePersonal, Personal, with_cipher};
pub use policy_change::{IssuanceChange, PriceChange};
pub use recorded::{Meta, RawEvent, Recorded};
pub use rules::RULES;
pub use term_length::TermLength;
pub use text::{
    CONTROL_CHARACTERS_PROBLEM, Email, Text, has_control_characters, legibility_problem, normalized,
};
pub use web::{HttpsUrl, Slug, WebOrigin};
pub use wire::{
    EventFormatError, decode, encode, schema_version_of, variant_of, wire_aggregate, wire_name,
};
