//! What there is to be allowed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::macros::display_as_serialized;

/// A row of the matrix: one thing that somebody may be allowed to do.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// See and edit one's own account: `GET /me`.
    Profile,
    /// Change what one proves oneself with: password, authenticator app, passkeys.
    Credentials,
    /// See where one is signed in, and sign out there.
    Sessions,
    /// See the accounts of others.
    UsersRead,
    /// Create, lock and deactivate accounts; give roles.
    UsersManage,
    /// Add and invite members to a cabinet, change what they may do there, remove them.
    MembersManage,
    CabinetsRead,
    CabinetsCreate,
    CabinetsEdit,
    /// Suspend, reinstate and close cabinets; say who looks after them.
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
    /// Upload files, and see and delete those that one uploaded.
    Files,
    /// Have lists made as files that are kept for a while.
    Exports,
    /// Have read models made as they were at a moment, for analysts, and drop them.
    Replays,
    /// Tell of purchases.
    PurchasesIngest,
    PurchasesRead,
    /// Reprocess and discard purchase events that could not be understood.
    PurchasesResolve,
    /// One's own inbox and preferences.
    Notifications,
    /// Tell many at once.
    Announcements,
    /// The events behind an item, and how it was at an earlier time.
    History,
    /// The same of users: what somebody was called before is theirs, and the business's.
    UsersHistory,
    /// Create accounts for programs, issue and revoke their keys.
    ServiceAccounts,
    /// Act in the name of somebody else, for a reason and a while.
    Impersonate,
    /// What the business says of itself: its name, hours, homepage.
    Settings,
    /// Who did what.
    Audit,
    /// Destroy the key of a person.
    Erasure,
    /// What only the business's own processes know: that something was sent, or fell due.
    Processes,
    /// The machine itself: read models, parked streams, registry.
    Operations,
}

display_as_serialized!(Right);
