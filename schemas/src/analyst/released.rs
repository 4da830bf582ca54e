//! Texts that are not about people. All others may be: where somebody could have written a name, analysts see
//! a pseudonym, and of what is no single value, nothing.

/// The fields that analysts see as they are, by view and field.
const RELEASED: &[&str] = &[
    "appointments.start",
    "appointments.tzdb",
    "appointments.zone",
    "business.hours.day",
    "business.hours.from",
    "business.hours.until",
    "business.name",
    "business.zone",
    "ingest_parked.code",
    "ingest_parked.source",
    "licenses.product_name",
    "macros.name",
    "notifications.about_stream",
    "products.description",
    "products.name",
    "products.parameters_schema",
    "purchases.order_number",
    "purchases.source",
    "replays.digest",
    "replays.name",
    "replays.scenario.label",
    "replays.tables.read_model",
    "replays.tables.table",
    "resources.availability",
    "services.category",
    "services.description",
    "services.name",
    "services.texts",
    "users.zone",
];

/// Whether a field is released: `purchases.lines.parameters`.
pub(super) fn is_released(field: &str) -> bool {
    RELEASED.contains(&field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyst::analyst_views;

    #[test]
    fn what_is_released_is_there() {
        let views = analyst_views(&api::openapi());
        for field in RELEASED {
            let (view, path) = field.split_once('.').unwrap();
            let path: Vec<_> = path.split('.').map(str::to_owned).collect();
            let is_there = views.iter().any(|found| {
                let columns = found.columns.iter();
                let mut paths =
                    columns.map(|column| [&found.items_of[..], &column.path[..]].concat());
                // The view of a list is named after the one that it is in.
                (found.name == view || !found.items_of.is_empty())
                    && paths.any(|found| found == path)
            });
            assert!(is_there, "{field}");
        }
    }
}
