//! Signing in, sessions, tokens and OAuth, attacked as well as used.

mod access;
pub(crate) mod accounts;
mod attempt_limits;
mod brute_force;
mod forged_tokens;
pub(crate) mod oauth;
pub(crate) mod passkeys;
mod preferences;
mod refresh_tokens;
mod required_factors;
pub(crate) mod second_factor;
