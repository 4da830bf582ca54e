//! Who may do what on the bus.

use super::*;

/// The example configuration for deployments with their own nats-server.
const EXAMPLE: &str = include_str!("../../../infra/nats/accounts.conf");

#[test]
fn the_example_for_other_servers_is_what_our_own_server_gets() {
    let password = |of: &str| format!("CHANGE-ME-{of}");
    let user =
        |name: &str, kind| ExternalUser { name: name.into(), kind, password: password(name) };
    let accounts = Accounts {
        operator: password("operator"),
        processes: ProcessKind::ALL.map(|process| password(process.user_name())),
        external_users: vec![
            user("webshop", ExternalUserKind::Source),
            user("reporting", ExternalUserKind::Subscriber),
        ],
    };
    let example = EXAMPLE.lines().skip_while(|line| line.starts_with('#')).collect::<Vec<_>>();
    let example = example.join("\n") + "\n";
    assert_eq!(example, accounts.to_string());
}

#[test]
fn nobody_outside_is_called_like_one_of_us() {
    for name in ["webshop", "web-shop_2"] {
        assert!(Accounts::is_valid_name(name));
    }
    for name in ["", "servicebook", "servicebook-relay", "a.b", "*", ">", "a b", "a\"b", "é"] {
        assert!(!Accounts::is_valid_name(name), "{name}");
    }
}
