//! Who may sign in, and how.

mod authorization;
mod impersonation;
mod oauth_client;
mod provider;
mod service_account;
mod session;
mod user;
