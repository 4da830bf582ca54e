//! Who may do what: one table, from which commands, queries, documents and tests all follow.
//!
//! A cell says how far a right goes; [`Scope::permits`] applies it to a thing's owner. Where the
//! books write "by link" or "verified" for guests the cell is `Own`: a signed link names the
//! customer, and a guest without one owns nothing. Where they write "pseudonymised" for analysts
//! the cell is `None`: pseudonyms come with the analysts' own schema, never from these queries.

use std::fmt;

use domain::identity::{Role, Scope};

/// A row of the matrix: one thing that somebody may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// See and edit one's own account: `GET /me`.
    Profile,
    /// See the accounts of others.
    UsersRead,
    /// Create, lock and deactivate accounts; give roles.
    UsersManage,
    /// Add members to a cabinet, change what they may do there, remove them.
    MembersManage,
    CabinetsRead,
    CabinetsCreate,
    CabinetsEdit,
    /// Suspend, reinstate and close cabinets.
    CabinetsSuspend,
    CustomersRead,
    /// Contact data: names, contact points, addresses.
    CustomersWrite,
    /// Create, merge, archive and restore customers.
    CustomersManage,
    /// Services, resources, availability.
    ServicesRead,
    ServicesWrite,
    AppointmentsRead,
    AppointmentsBook,
    /// Reschedule and cancel.
    AppointmentsChange,
    /// Confirm, decline, assign, start, complete, record a no-show.
    AppointmentsRun,
    /// Book against availability, notice or the past, with a reason.
    AppointmentsOverride,
    ProductsRead,
    ProductsWrite,
    LicensesRead,
    /// Issue, renew, suspend, reinstate, revoke.
    LicensesManage,
    IssuesRead,
    /// Open issues, edit them, comment publicly.
    IssuesWrite,
    /// Internal notes, assignment, priority.
    IssuesWork,
    /// Resolve, close and reopen.
    IssuesClose,
    /// Tell of purchases.
    PurchasesIngest,
    PurchasesRead,
    /// Reprocess and discard purchase events that could not be understood.
    PurchasesResolve,
    /// One's own inbox and preferences.
    Notifications,
    /// Notify others.
    Announcements,
    /// The events behind an item, and how it was at an earlier time.
    History,
    /// Destroy the key of a person.
    Erasure,
    /// What only the business's own processes know: that something was sent, or fell due.
    Processes,
    /// The machine itself: read models, parked streams, registry.
    Operations,
}

/// The cells, in the order of [`Role::ALL`].
pub const MATRIX: &[(Right, [Scope; Role::ALL.len()])] = {
    use Right as To;
    use Scope::{All, Cabinet, None as No, Own, Subtree};
    // guest, client user, client admin, employee, support agent, admin, purchases, analyst, system
    &[
        (To::Profile, [No, Own, Own, Own, Own, Own, Own, Own, All]),
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
        (To::PurchasesIngest, [No, No, No, No, No, No, All, No, All]),
        (To::PurchasesRead, [No, No, No, All, No, All, Own, All, All]),
        (To::PurchasesResolve, [No, No, No, All, No, All, No, No, All]),
        (To::Notifications, [No, Own, Own, Own, Own, Own, No, Own, All]),
        (To::Announcements, [No, No, Subtree, All, All, All, No, No, All]),
        (To::History, [No, Own, Subtree, All, All, All, No, No, All]),
        (To::Erasure, [No, No, No, No, No, All, No, No, All]),
        (To::Processes, [No, No, No, No, No, No, No, No, All]),
        (To::Operations, [No, No, No, No, No, All, No, No, All]),
    ]
};

/// How far a right goes for a role; what the matrix does not name, nobody may.
pub fn scope(right: Right, role: Role) -> Scope {
    let row = MATRIX.iter().find(|(row, _)| *row == right);
    let column = Role::ALL.iter().position(|column| *column == role);
    row.zip(column).map_or(Scope::None, |((_, cells), column)| cells[column])
}

/// `customers_read`: the name under which a right is refused and documented.
impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&words(self, '_'))
    }
}

/// The matrix as a table for the documents.
pub fn markdown() -> String {
    let row = |first: String, cells: Vec<String>| format!("| {first} | {} |\n", cells.join(" | "));
    let head = row("right".into(), Role::ALL.iter().map(|role| words(role, ' ')).collect());
    let rule = row("---".into(), vec!["---".into(); Role::ALL.len()]);
    let rows = MATRIX.iter().map(|(right, cells)| {
        row(right.to_string(), cells.iter().map(|cell| cell_text(*cell).into()).collect())
    });
    [head, rule].into_iter().chain(rows).collect()
}

fn cell_text(scope: Scope) -> &'static str {
    match scope {
        Scope::None => "–",
        Scope::Own => "own",
        Scope::Cabinet => "cabinet",
        Scope::Subtree => "subtree",
        Scope::All => "all",
    }
}

/// `support agent` of `SupportAgent`.
fn words(name: &impl fmt::Debug, between: char) -> String {
    let mut words = String::new();
    for letter in format!("{name:?}").chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(between);
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_right_has_exactly_one_row() {
        // The last variant tells how many there are; the order of rows is that of the enum.
        let rows: Vec<_> = MATRIX.iter().map(|(right, _)| *right as usize).collect();
        assert_eq!(rows, (0..=Right::Operations as usize).collect::<Vec<_>>());
    }

    #[test]
    fn the_business_itself_may_do_everything_and_guests_hardly_anything() {
        for (right, _) in MATRIX {
            assert_eq!(scope(*right, Role::System), Scope::All, "{right}");
        }
        let guests = MATRIX.iter().filter(|(right, _)| scope(*right, Role::Guest) == Scope::All);
        let guests: Vec<_> = guests.map(|(right, _)| right.to_string()).collect();
        assert_eq!(guests, ["services_read", "products_read"]);
    }

    #[test]
    fn the_table_reads_like_the_books() {
        let table = markdown();
        assert!(table.starts_with("| right | guest | client user | client admin | employee |"));
        assert!(table.contains(
            "| licenses_read | – | cabinet | subtree | all | all | all | – | all | all |"
        ));
    }
}
