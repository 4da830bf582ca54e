//! How many issues there are, by what they have in common.

use domain::identity::Right;

use super::{Column, Report};
use crate::{
    listing::Field,
    support::{issue::Status, issue_client::ISSUES},
};

pub(super) const REPORT: Report = Report {
    name: "issues",
    about: "How many issues there are, by status, age, assignee, product and cabinet; of the issues that \
        you may see.",
    right: Right::IssuesRead,
    // Nothing internal is counted, so everybody is answered from where nothing internal ever was.
    of: &ISSUES,
    with: &[],
    parameters: &[],
    columns: &[
        Column::new(Field::word::<Status>("status"), "How far they are."),
        Column::new(
            Field::int("age_days"),
            "The least number of days since they were opened, or in which they came to an end: 0, 1, 7, 30 \
                or 90, the lower bound of a band.",
        ),
        Column::nullable(Field::uuid("assignee"), "Who works on them, if anybody does."),
        Column::nullable(Field::uuid("product"), "What they are about."),
        Column::nullable(Field::uuid("cabinet"), "Whose they are."),
        Column::new(Field::int("issues"), "How many they are."),
    ],
    key: &["status", "age_days", "assignee", "product", "cabinet"],
    sort: &["-issues", "age_days", "status"],
    sql: include_str!("issues.sql"),
};
