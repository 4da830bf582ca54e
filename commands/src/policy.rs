//! Who may do what: one table, used by commands, queries, documents and tests.
//!
//! A cell says how far a right goes; [`Scope::permits`] applies it to an owner. Where the
//! books write "by link" or "verified" for guests the cell is `Own`: a signed link names the
//! customer, and a guest without one owns nothing. Where they write "pseudonymised" for analysts
//! the cell is `None`: pseudonyms come with the analysts' own schema, never from these queries.

use std::collections::BTreeSet;

pub use domain::identity::Right;
use domain::identity::{Actor, Role, Scope};

/// The cells, in the order of [`Role::ALL`].
pub const RIGHTS_MATRIX: &[(Right, [Scope; Role::ALL.len()])] = {
    use Right as To;
    use Scope::{All, Cabinet, None as No, Own, Subtree};
    // guest, client user, client admin, employee, support agent, admin, purchases, analyst, system
    &[
        (To::Profile, [No, Own, Own, Own, Own, Own, Own, Own, All]),
        (To::Credentials, [No, Own, Own, Own, Own, Own, No, Own, All]),
        (To::Sessions, [No, Own, Own, Own, Own, All, No, Own, All]),
        (To::UsersRead, [No, Cabinet, Subtree, All, All, All, No, No, All]),
        (To::UsersManage, [No, No, No, No, No, All, No, No, All]),
        (To::MembersManage, [No, No, Subtree, All, No, All, No, No, All]),
        (To::CabinetsRead, [No, Cabinet, Subtree, All, All, All, No, No, All]),
        (To::CabinetsCreate, [No, No, Subtree, All, No, All, No, No, All]),
        (To::CabinetsEdit, [No, No, Subtree, All, No, All, No, No, All]),
        (To::CabinetsSuspend, [No, No, No, All, No, All, No, No, All]),
        (To::CustomersRead, [No, Own, Own, All, All, All, No, No, All]),
        (To::CustomersWrite, [No, Own, Own, All, No, All, No, No, All]),
        (To::CustomersManage, [No, No, No, All, No, All, No, No, All]),
        (To::ServicesRead, [All, All, All, All, All, All, No, All, All]),
        (To::ServicesWrite, [No, No, No, All, No, All, No, No, All]),
        (To::AppointmentsRead, [Own, Own, Own, All, All, All, No, No, All]),
        (To::AppointmentsBook, [Own, Own, Own, All, All, All, No, No, All]),
        (To::AppointmentsChange, [Own, Own, Own, All, All, All, No, No, All]),
        (To::AppointmentsRun, [No, No, No, All, No, All, No, No, All]),
        (To::AppointmentsOverride, [No, No, No, All, No, All, No, No, All]),
        (To::ProductsRead, [All, All, All, All, All, All, All, All, All]),
        (To::ProductsWrite, [No, No, No, All, No, All, No, No, All]),
        (To::LicensesRead, [No, Cabinet, Subtree, All, All, All, No, All, All]),
        (To::LicensesManage, [No, No, No, All, No, All, No, No, All]),
        (To::IssuesRead, [Own, Subtree, Subtree, All, All, All, No, No, All]),
        (To::IssuesWrite, [No, Own, Subtree, All, All, All, No, No, All]),
        (To::IssuesWork, [No, No, No, No, All, All, No, No, All]),
        (To::IssuesClose, [No, Own, Subtree, No, All, All, No, No, All]),
        (To::Files, [No, Own, Own, Own, Own, All, No, No, All]),
        (To::Exports, [No, Own, Own, Own, Own, All, No, Own, All]),
        (To::Replays, [No, No, No, No, No, All, No, All, All]),
        (To::PurchasesIngest, [No, No, No, No, No, No, All, No, All]),
        (To::PurchasesRead, [No, No, No, All, No, All, Own, All, All]),
        (To::PurchasesResolve, [No, No, No, All, No, All, No, No, All]),
        (To::Notifications, [No, Own, Own, Own, Own, Own, No, Own, All]),
        (To::Announcements, [No, No, Subtree, All, All, All, No, No, All]),
        (To::History, [No, Own, Subtree, All, All, All, No, No, All]),
        (To::UsersHistory, [No, Own, Own, All, All, All, No, No, All]),
        (To::ServiceAccounts, [No, No, Subtree, No, No, All, No, No, All]),
        (To::Impersonate, [No, No, No, No, All, All, No, No, All]),
        (To::Settings, [No, No, No, No, No, All, No, No, All]),
        (To::Audit, [No, Own, Subtree, Own, Own, All, Own, No, All]),
        (To::Erasure, [No, No, No, No, No, All, No, No, All]),
        (To::Processes, [No, No, No, No, No, No, No, No, All]),
        (To::Operations, [No, No, No, No, No, All, No, No, All]),
    ]
};

/// The scope of a right for a role; `None` for rights that are not in the matrix.
pub fn role_scope(right: Right, role: Role) -> Scope {
    let row = RIGHTS_MATRIX.iter().find(|(row, _)| *row == right);
    let column = Role::ALL.iter().position(|column| *column == role);
    row.zip(column).map_or(Scope::None, |((_, cells), column)| cells[column])
}

/// Rights that neither impersonation nor an application can use (IAM-8): to decide who may do what, to
/// erase people, and to have made later what is then made by rights that nobody shows.
pub const NEVER_DELEGATED: &[Right] = &[
    Right::Credentials,
    Right::Sessions,
    Right::UsersManage,
    Right::MembersManage,
    Right::ServiceAccounts,
    Right::Impersonate,
    Right::Erasure,
    Right::Exports,
];

/// The rights that a user can grant to an application.
pub fn delegable_rights() -> BTreeSet<Right> {
    let rights = RIGHTS_MATRIX.iter().map(|(right, _)| *right);
    rights.filter(|right| !NEVER_DELEGATED.contains(right)).collect()
}

/// The scope of a right for an actor: that of their role, unless their credentials are limited to other
/// rights, or they impersonate another user.
pub fn granted_scope(right: Right, actor: &Actor) -> Scope {
    let excluded = actor.only.as_ref().is_some_and(|only| !only.contains(&right));
    let delegated = actor.impersonator.is_some() && NEVER_DELEGATED.contains(&right);
    if excluded || delegated { Scope::None } else { role_scope(right, actor.role) }
}

/// Whether a role has a right, over whatever.
pub fn has_right(role: Role, right: Right) -> bool {
    role_scope(right, role) != Scope::None
}

/// Whether a role has any right that the actor lacks.
pub fn outranks(role: Role, actor: &Actor) -> bool {
    RIGHTS_MATRIX.iter().any(|(right, _)| role_scope(*right, role) > granted_scope(*right, actor))
}

/// Whether a role has any right that the actor's role has and the actor's credentials lack: a key with
/// few rights cannot create accounts with more.
pub fn exceeds_credentials(role: Role, actor: &Actor) -> bool {
    RIGHTS_MATRIX.iter().any(|(right, _)| {
        let allowed = granted_scope(*right, actor);
        allowed < role_scope(*right, role) && allowed < role_scope(*right, actor.role)
    })
}

/// The matrix as a table for the documents.
pub fn matrix_as_markdown() -> String {
    let row = |first: String, cells: Vec<String>| format!("| {first} | {} |\n", cells.join(" | "));
    let head = row(
        "right".into(),
        Role::ALL.iter().map(|role| role.to_string().replace('_', " ")).collect(),
    );
    let rule = row("---".into(), vec!["---".into(); Role::ALL.len()]);
    let rows = RIGHTS_MATRIX.iter().map(|(right, cells)| {
        row(right.to_string(), cells.iter().map(|cell| cell_text(*cell)).collect())
    });
    [head, rule].into_iter().chain(rows).collect()
}

fn cell_text(scope: Scope) -> String {
    if scope == Scope::None { "–".into() } else { scope.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_right_has_exactly_one_row() {
        // The last variant tells how many there are; the order of rows is that of the enum.
        let rows: Vec<_> = RIGHTS_MATRIX.iter().map(|(right, _)| *right as usize).collect();
        assert_eq!(rows, (0..=Right::Operations as usize).collect::<Vec<_>>());
    }

    #[test]
    fn the_business_itself_may_do_everything_and_guests_hardly_anything() {
        for (right, _) in RIGHTS_MATRIX {
            assert_eq!(role_scope(*right, Role::System), Scope::All, "{right}");
        }
        let guests =
            RIGHTS_MATRIX.iter().filter(|(right, _)| role_scope(*right, Role::Guest) == Scope::All);
        let guests: Vec<_> = guests.map(|(right, _)| right.to_string()).collect();
        assert_eq!(guests, ["services_read", "products_read"]);
    }

    #[test]
    fn a_key_is_good_for_what_it_was_issued_for_and_never_for_more_than_the_role() {
        let only = Some([Right::IssuesRead, Right::ProductsWrite].into());
        let program = Actor { only, ..Actor::new(uuid::Uuid::nil(), Role::ClientUser) };
        assert_eq!(granted_scope(Right::IssuesRead, &program), Scope::Subtree);
        assert_eq!(granted_scope(Right::LicensesRead, &program), Scope::None);
        assert_eq!(granted_scope(Right::ProductsWrite, &program), Scope::None);
    }

    #[test]
    fn iam_8_nobody_decides_in_the_name_of_another_who_may_do_what() {
        let agent = Some(uuid::Uuid::from_u128(7));
        let impersonated =
            Actor { impersonator: agent, ..Actor::new(uuid::Uuid::nil(), Role::ClientAdmin) };
        assert_eq!(granted_scope(Right::MembersManage, &impersonated), Scope::None);
        assert_eq!(granted_scope(Right::IssuesRead, &impersonated), Scope::Subtree);
    }

    #[test]
    fn administrators_are_outranked_by_nobody_who_signs_in_and_others_by_them() {
        let actor = |role| Actor::new(uuid::Uuid::nil(), role);
        let people = [Role::ClientUser, Role::ClientAdmin, Role::SupportAgent, Role::Analyst];
        for role in people.into_iter().chain([Role::Employee, Role::Admin]) {
            assert!(!outranks(role, &actor(Role::Admin)), "{role}");
            assert_eq!(outranks(Role::Admin, &actor(role)), role != Role::Admin, "{role}");
        }
        // A key is good for less than whose it is.
        let only = Some([Right::UsersManage].into());
        let narrow = Actor { only, ..actor(Role::Admin) };
        assert!(outranks(Role::ClientUser, &narrow));
        assert!(
            exceeds_credentials(Role::ClientUser, &narrow)
                && exceeds_credentials(Role::Admin, &narrow)
        );
        // What an administrator may not do themselves, they may let others do.
        assert!(!Role::ALL.iter().any(|role| exceeds_credentials(*role, &actor(Role::Admin))));
    }

    #[test]
    fn the_table_reads_like_the_books() {
        let table = matrix_as_markdown();
        assert!(table.starts_with("| right | guest | client user | client admin | employee |"));
        assert!(table.contains(
            "| licenses_read | – | cabinet | subtree | all | all | all | – | all | all |"
        ));
    }
}
