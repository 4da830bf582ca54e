//! Who may do what.

mod actor;
mod right;
mod scope;

pub mod authorization;
pub mod impersonation;
pub mod oauth_client;
pub mod provider;
pub mod service_account;
pub mod session;
pub mod user;

pub use actor::{Actor, Reach, Role};
pub use right::Right;
pub use scope::{Owner, Person, Place, Scope, Sight};

/// `support_agent` of `SupportAgent`.
fn snake_case(name: &impl std::fmt::Debug) -> String {
    let mut words = String::new();
    for letter in format!("{name:?}").chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}
