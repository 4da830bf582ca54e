//! The parameters of reports beside filters and order, and the parsing of their values.

use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::has_four_digit_year;

use crate::listing::BadQuery;

/// The most days of a period.
const MAX_DAYS: i64 = 400;

/// A kind of parameter that a report takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportParameter {
    /// `from` and `until`: a period of at most 400 days.
    Period,
    /// `zone`: the time zone in which days begin and end.
    Zone,
}

/// A query parameter in the URL.
#[derive(Debug)]
pub struct ParameterInput {
    pub name: &'static str,
    /// Whether it is a date; else it is text.
    pub is_date: bool,
    pub required: bool,
    pub description: &'static str,
}

/// The values of the parameters.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReportArguments {
    /// The first day, and the day after the last one.
    pub period: Option<(NaiveDate, NaiveDate)>,
    pub zone: Option<Tz>,
}

impl ReportParameter {
    /// Its query parameters in the URL.
    pub const fn inputs(self) -> &'static [ParameterInput] {
        match self {
            Self::Period => &[
                ParameterInput {
                    name: "from",
                    is_date: true,
                    required: true,
                    description: "The first day.",
                },
                ParameterInput {
                    name: "until",
                    is_date: true,
                    required: true,
                    description: "The day after the last one: 400 days after the first one at most.",
                },
            ],
            Self::Zone => &[ParameterInput {
                name: "zone",
                is_date: false,
                required: false,
                description: "The IANA zone by whose clock days begin and end; that of what a row is about if \
                    it is left out.",
            }],
        }
    }
}

impl ReportArguments {
    /// Parses the values of query parameters, which come as pairs of name and value.
    ///
    /// # Errors
    /// For a missing or an invalid parameter, by its name.
    pub fn parse(
        parameters: &[ReportParameter],
        values: &[(String, String)],
    ) -> Result<Self, BadQuery> {
        let mut arguments = Self::default();
        let value = |name: &str| values.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        for parameter in parameters {
            match parameter {
                ReportParameter::Period => {
                    let date = |name: &'static str| {
                        let date = value(name).and_then(|text| text.parse::<NaiveDate>().ok());
                        let message = "must be given as a date such as 2030-01-31";
                        date.filter(has_four_digit_year)
                            .ok_or_else(|| BadQuery::parameter(name, message))
                    };
                    arguments.period = Some(period(date("from")?, date("until")?)?);
                }
                ReportParameter::Zone => {
                    let zone = value("zone").map(|text| text.parse()).transpose();
                    let invalid =
                        |_| BadQuery::parameter("zone", "must be a zone such as Europe/Berlin");
                    arguments.zone = zone.map_err(invalid)?;
                }
            }
        }
        Ok(arguments)
    }
}

fn period(from: NaiveDate, until: NaiveDate) -> Result<(NaiveDate, NaiveDate), BadQuery> {
    let days = (until - from).num_days();
    if (1..=MAX_DAYS).contains(&days) {
        return Ok((from, until));
    }
    let message = format!("must come after from, by {MAX_DAYS} days at most");
    Err(BadQuery::parameter("until", message))
}
