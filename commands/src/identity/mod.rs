//! Commands of users, programs, sessions and sign-in.

mod authorization;
mod impersonation;
mod oauth_client;
mod preferences;
mod provider;
mod service_account;
mod session;
mod user;
