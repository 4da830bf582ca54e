//! What a report is asked with, beside filters and order: which parameters there are, and what is wrong
//! with a value.

use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::has_four_digit_year;

use crate::listing::BadQuery;

/// As many days as a period may have.
const MOST_DAYS: i64 = 400;

/// What a report wants to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// `from` and `until`: the days that it is about, 400 at most.
    Period,
    /// `zone`: by whose clock days begin and end.
    Zone,
}

/// A parameter as it stands in the URL.
#[derive(Debug)]
pub struct Input {
    pub name: &'static str,
    /// Whether it is a date; else it is a word.
    pub is_date: bool,
    pub required: bool,
    pub about: &'static str,
}

/// What it was told.
#[derive(Debug, Clone, Copy, Default)]
pub struct Arguments {
    /// The first day, and the day after the last one.
    pub period: Option<(NaiveDate, NaiveDate)>,
    pub zone: Option<Tz>,
}

impl Parameter {
    /// How it stands in the URL.
    pub const fn inputs(self) -> &'static [Input] {
        match self {
            Self::Period => &[
                Input { name: "from", is_date: true, required: true, about: "The first day." },
                Input {
                    name: "until",
                    is_date: true,
                    required: true,
                    about: "The day after the last one: 400 days after the first one at most.",
                },
            ],
            Self::Zone => &[Input {
                name: "zone",
                is_date: false,
                required: false,
                about: "The IANA zone by whose clock days begin and end; that of what a row is about if \
                    it is left out.",
            }],
        }
    }
}

impl Arguments {
    /// Reads what was given for some parameters, by name.
    ///
    /// # Errors
    /// By the name of the parameter: what is missing, and what cannot be.
    pub fn parse(parameters: &[Parameter], given: &[(String, String)]) -> Result<Self, BadQuery> {
        let mut arguments = Self::default();
        let value = |name: &str| given.iter().find(|(known, _)| known == name).map(|(_, it)| it);
        for parameter in parameters {
            match parameter {
                Parameter::Period => {
                    let date = |name: &'static str| {
                        let date = value(name).and_then(|text| text.parse::<NaiveDate>().ok());
                        let wrong = "must be given as a date such as 2030-01-31";
                        date.filter(has_four_digit_year)
                            .ok_or_else(|| BadQuery::parameter(name, wrong))
                    };
                    arguments.period = Some(period(date("from")?, date("until")?)?);
                }
                Parameter::Zone => {
                    let zone = value("zone").map(|text| text.parse()).transpose();
                    let wrong =
                        |_| BadQuery::parameter("zone", "must be a zone such as Europe/Berlin");
                    arguments.zone = zone.map_err(wrong)?;
                }
            }
        }
        Ok(arguments)
    }
}

fn period(from: NaiveDate, until: NaiveDate) -> Result<(NaiveDate, NaiveDate), BadQuery> {
    let days = (until - from).num_days();
    if (1..=MOST_DAYS).contains(&days) {
        return Ok((from, until));
    }
    let message = format!("must come after from, by {MOST_DAYS} days at most");
    Err(BadQuery::parameter("until", message))
}
