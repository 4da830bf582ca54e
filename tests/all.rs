//! The tests of the whole system, in one binary: it links once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod analysts;
mod architecture;
mod catalog;
mod contract;
mod crm;
mod documents;
mod faults;
mod files;
mod identity;
mod ingress;
mod licensing;
mod notifications;
mod organizations;
mod outside;
mod platform;
mod projections;
mod purchasing;
mod readme;
mod reports;
mod rights;
mod rules;
mod scheduling;
mod site;
mod store;
mod support;
mod workers;
