//! How many issues there are, by what they have in common.

use domain::{
    catalog::product::ProductId,
    identity::{Right, user::UserId},
    organizations::cabinet::CabinetId,
};

use super::report::{Report, ReportColumn};
use crate::{
    listing::Field,
    support::{issue::Status, issue_client::ISSUES},
};

pub(super) const REPORT: Report = Report {
    name: "issues",
    description: "How many issues there are, by status, age, assignee, product and cabinet; of the issues that \
        you may see.",
    right: Right::IssuesRead,
    // Only public comments count, so all callers get the read model without internal ones.
    base: &ISSUES,
    joined: &[],
    parameters: &[],
    columns: &[
        ReportColumn::new(Field::enum_of::<Status>("status"), "How far they are."),
        ReportColumn::new(
            Field::int("age_days"),
            "The least number of days since they were opened, or in which they came to an end: 0, 1, 7, 30 \
                or 90, the lower bound of a band.",
        ),
        ReportColumn::nullable(
            Field::id::<UserId>("assignee"),
            "Who works on them, if anybody does.",
        ),
        ReportColumn::nullable(Field::id::<ProductId>("product"), "What they are about."),
        ReportColumn::nullable(Field::id::<CabinetId>("cabinet"), "Whose they are."),
        ReportColumn::new(Field::int("issues"), "How many they are."),
    ],
    key: &["status", "age_days", "assignee", "product", "cabinet"],
    sort: &["-issues", "age_days", "status"],
    sql: include_str!("issues.sql"),
};
