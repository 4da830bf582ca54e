//! Organisations: cabinets, their members, invitations, and access to them.

mod access;
mod cabinet;
mod invitation;
mod membership;
