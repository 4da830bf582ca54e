mod access;
pub(crate) mod accounts;
mod forging;
mod guessing;
pub(crate) mod oauth;
pub(crate) mod passkeys;
mod refresh;
pub(crate) mod second_factor;
