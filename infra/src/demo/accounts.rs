//! Whom one can sign in as in the demonstration, and by which password.

use std::net::IpAddr;

use api::DemonstrationAccount;
use axum::http::Uri;
use domain::{Language, identity::Role};

/// The password of all its users while only this machine reaches the server. It is no secret.
pub(super) const DEMO_PASSWORD: &str = "servicebook-demo";

/// Those who are worth a look: for each kind of people one, and for each language of theirs.
pub(super) const ACCOUNTS: &[DemonstrationAccount] = &[
    account("ada@salon.example", Role::Admin, Language::En),
    account("clara@salon.example", Role::Employee, Language::De),
    account("amira@salon.example", Role::Employee, Language::Fr),
    account("ben@salon.example", Role::Employee, Language::En),
    account("luca@salon.example", Role::Employee, Language::De),
    account("sam@salon.example", Role::SupportAgent, Language::En),
    account("mira@salon.example", Role::Analyst, Language::En),
    DemonstrationAccount {
        is_customer: true,
        ..account("greta@home.example", Role::ClientUser, Language::En)
    },
    account("ines@northwind.example", Role::ClientAdmin, Language::En),
    account("julie@rousseau.example", Role::ClientAdmin, Language::Fr),
    account("petra@kaiser.example", Role::ClientAdmin, Language::De),
    account("nikolai@veter.example", Role::ClientAdmin, Language::Ru),
    account("tom@northwind.example", Role::ClientUser, Language::En),
];

const fn account(login: &'static str, role: Role, language: Language) -> DemonstrationAccount {
    DemonstrationAccount { login, role, language, is_customer: false }
}

/// What is said once it is loaded: `new` entries of it were.
pub(super) fn sign_in_help(url: &str, password: &str, new: usize) -> String {
    if new == 0 && password != DEMO_PASSWORD {
        return "The demonstration business is there already.".into();
    }
    let loaded = match new {
        0 => "The demonstration business is there already.".to_owned(),
        new => format!("The demonstration business is loaded ({new} entries)."),
    };
    let accounts: String = ACCOUNTS.iter().map(described).collect();
    format!(
        "{loaded} The homepage is {url}/, the portal {url}/app/. Sign in with the password {password} as

{accounts}
For example:

  TOKEN=$(curl -s {url}/api/v1/jwt --json \\
    '{{\"login\": \"ada@salon.example\", \"password\": \"{password}\"}}' |
    sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')
  curl -s {url}/api/v1/customers -H \"Authorization: Bearer $TOKEN\"

The API is described at {url}/api/v1/docs. How far everybody is: servicebook status"
    )
}

/// An account as a line.
fn described(account: &DemonstrationAccount) -> String {
    let role = match account.role {
        _ if account.is_customer => "customer with appointments",
        Role::Admin => "administrator",
        Role::Employee => "stylist",
        Role::SupportAgent => "support agent",
        Role::Analyst => "analyst",
        Role::ClientAdmin => "administrator of a client organisation",
        _ => "user of a client organisation",
    };
    let language = match account.language {
        Language::En => "",
        Language::De => " (German)",
        Language::Ru => " (Russian)",
        Language::Fr => " (French)",
    };
    format!("  {:<24} {role}{language}\n", account.login)
}

/// Whether only this machine can reach a URL.
pub(super) fn is_local(url: &str) -> bool {
    let uri: Option<Uri> = url.parse().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    is_loopback || host == "localhost" || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_this_machine_is_local() {
        let local = [
            "http://127.0.0.1:8080",
            "http://[::1]:1",
            "https://book.localhost",
            "http://localhost",
        ];
        assert!(local.into_iter().all(is_local));
        let others =
            ["http://0.0.0.0:8080", "https://book.example.com", "https://localhost.example", "x"];
        assert!(!others.into_iter().any(is_local));
    }
}
