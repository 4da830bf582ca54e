//! Reports: queries that join, count or rank the rows of several read models.
//!
//! A report is computed when it is requested: there is nothing to build, to rebuild or to erase. Read
//! [`utilisation`] with the SQL file of the same name first.
//!
//! **Invariant:** a report is made of the rows of one list ([`Report::base`]) that are in the caller's
//! scope, which it reads from `scoped`. All other tables are restricted by the row policies of Postgres.

mod arguments;
mod issues;
mod report;
mod utilisation;

pub use arguments::{ParameterInput, ReportArguments, ReportParameter};
pub use report::{Report, ReportColumn, ReportRequest};

/// Every report.
pub fn all_reports() -> impl Iterator<Item = &'static Report> {
    [&issues::REPORT, &utilisation::REPORT].into_iter()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{Projector, listing::QueryColumns};

    #[test]
    fn a_report_reads_its_scope_and_what_it_says_that_it_reads() {
        for report in all_reports() {
            let code = report.sql.lines().map(|line| line.split("--").next().unwrap_or_default());
            let code = code.collect::<Vec<_>>().join(" ");
            let words: Vec<_> =
                code.split(|c: char| !c.is_alphanumeric() && !"_.".contains(c)).collect();
            assert!(words.contains(&"scoped"), "{} is made of nobody's rows", report.name);
            assert!(!words.contains(&report.base.from), "{} passes its scope by", report.name);
            let schemas: BTreeSet<_> = crate::all_projectors().map(Projector::schema).collect();
            let read = words.iter().filter_map(|word| word.split_once('.'));
            let read: BTreeSet<_> =
                read.map(|(schema, _)| schema).filter(|schema| schemas.contains(*schema)).collect();
            let declared: BTreeSet<_> =
                report.joined.iter().map(|listing| listing.schema()).collect();
            assert_eq!(read, declared, "the read models of {}", report.name);
        }
    }

    #[test]
    fn key_and_order_are_of_columns() {
        for report in all_reports() {
            for name in report.key.iter().chain(report.sort) {
                let name = name.trim_start_matches('-');
                assert!(report.field(name).is_some(), "{} has no {name}", report.name);
            }
        }
    }
}
