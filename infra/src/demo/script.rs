//! Placeholders in the demo scripts for values that are known only when they are loaded.

use anyhow::{Context, bail};
use chrono::{Datelike, NaiveDate, Weekday};
use domain::Id;
use serde_json::Value;
use uuid::Uuid;

/// The values of this load.
pub(super) struct Placeholders {
    pub today: NaiveDate,
    /// The hash of the password of all users.
    pub password: String,
}

/// The aggregate and the id of a name like `crm.customer/anna`, or `platform.business`, of which there is
/// only one.
pub(super) fn parse_name(name: &str) -> (&str, Uuid) {
    match name.split_once('/') {
        Some((stream, _)) => (stream, Id::<()>::derived(&["demo", name]).uuid()),
        None => (name, Id::<()>::derived(&[name]).uuid()),
    }
}

impl Placeholders {
    /// Replaces texts that begin with `@`: `@crm.customer/anna` is that customer's id,
    /// `@open+2T10:00:00` ten o'clock on the second day from now on which the salon is open, `@day-30` the
    /// midnight (UTC) of thirty days ago, `@password` the hash of the password.
    pub(super) fn replace(&self, value: Value) -> anyhow::Result<Value> {
        Ok(match value {
            Value::String(text) => match text.strip_prefix('@') {
                Some(placeholder) => self.placeholder(placeholder)?.into(),
                None => text.into(),
            },
            Value::Array(values) => values
                .into_iter()
                .map(|value| self.replace(value))
                .collect::<anyhow::Result<_>>()?,
            Value::Object(fields) => {
                let fields =
                    fields.into_iter().map(|(name, value)| Ok((name, self.replace(value)?)));
                Value::Object(fields.collect::<anyhow::Result<_>>()?)
            }
            value => value,
        })
    }

    fn placeholder(&self, placeholder: &str) -> anyhow::Result<String> {
        if placeholder == "password" {
            return Ok(self.password.clone());
        }
        if let Some(days) = placeholder.strip_prefix("day") {
            let days: i64 = days.parse().with_context(|| format!("@{placeholder}"))?;
            let day = self.today.checked_add_signed(chrono::TimeDelta::days(days));
            return Ok(format!("{}T00:00:00Z", day.with_context(|| format!("@{placeholder}"))?));
        }
        if let Some((days, time)) =
            placeholder.strip_prefix("open").and_then(|rest| rest.split_once('T'))
        {
            let day = self.open_day(days.parse().with_context(|| format!("@{placeholder}"))?);
            return Ok(format!("{}T{time}", day.with_context(|| format!("@{placeholder}"))?));
        }
        if placeholder.contains('/') {
            return Ok(parse_name(placeholder).1.to_string());
        }
        bail!("@{placeholder} means nothing")
    }

    /// The n-th day after today on which the salon is open; 0 is the last one that has begun, and the
    /// n-th before that is -n.
    fn open_day(&self, n: i32) -> Option<NaiveDate> {
        let is_open = |day: &NaiveDate| ![Weekday::Sun, Weekday::Mon].contains(&day.weekday());
        let nth = usize::try_from(n.unsigned_abs()).ok()?;
        if n > 0 {
            self.today.succ_opt()?.iter_days().filter(is_open).nth(nth - 1)
        } else {
            std::iter::successors(Some(self.today), NaiveDate::pred_opt).filter(is_open).nth(nth)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_of_the_moment_are_filled_in() {
        // A Friday.
        let placeholders =
            Placeholders { today: "2030-01-04".parse().unwrap(), password: "hash".into() };
        let filled =
            |text: &str| placeholders.replace(json!([{ "x": text }])).unwrap()[0]["x"].clone();
        assert_eq!(filled("@open+1T10:00:00"), "2030-01-05T10:00:00", "Saturday");
        assert_eq!(filled("@open+2T10:00:00"), "2030-01-08T10:00:00", "Tuesday");
        assert_eq!(filled("@open+0T10:00:00"), "2030-01-04T10:00:00", "today");
        assert_eq!(filled("@open-3T10:00:00"), "2030-01-01T10:00:00", "Tuesday");
        assert_eq!(filled("@open-4T10:00:00"), "2029-12-29T10:00:00", "Saturday");
        assert_eq!(filled("@day-4"), "2029-12-31T00:00:00Z");
        assert_eq!(filled("@password"), "hash");
        assert_eq!(filled("@crm.customer/anna"), filled("@crm.customer/anna"));
        assert_eq!(filled("anna@salon.example"), "anna@salon.example");
        assert!(placeholders.replace(json!("@nonsense")).is_err());
    }
}
