use chrono::Datelike;

/// Whether everybody can read a date: wherever on earth one reads it, its year has four digits, as
/// RFC 3339 wants them. Databases, languages and calendars go on from there as they like.
pub fn is_common(date: &impl Datelike) -> bool {
    (2..=9998).contains(&date.year())
}
