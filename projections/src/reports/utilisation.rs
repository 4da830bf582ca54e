//! How much of the time of resources is booked, week by week.

use domain::{
    identity::Right,
    scheduling::resource::{Kind, ResourceId},
};

use super::{
    arguments::ReportParameter,
    report::{Report, ReportColumn},
};
use crate::{
    listing::Field,
    scheduling::{appointment::APPOINTMENTS, resource::RESOURCES},
};

pub(super) const REPORT: Report = Report {
    name: "utilisation",
    description: "How much of their time resources are booked: a row for each resource and each ISO week that \
        has days in the period. Hours are those that a resource has by now; one that was retired had \
        them until then.",
    right: Right::AppointmentsRun,
    base: &RESOURCES,
    joined: &[&APPOINTMENTS],
    parameters: &[ReportParameter::Period, ReportParameter::Zone],
    columns: &[
        ReportColumn::new(Field::id::<ResourceId>("resource"), "The resource."),
        ReportColumn::nullable(
            Field::text("name"),
            "What it is called; nothing, once it was erased.",
        ),
        ReportColumn::new(Field::enum_of::<Kind>("kind"), "What kind of resource it is."),
        ReportColumn::new(Field::text("week"), "The ISO week: `2030-W05`."),
        ReportColumn::new(Field::date("starts_on"), "Its Monday."),
        ReportColumn::new(
            Field::int("available_minutes"),
            "The minutes of its hours in the days of the week that are in the period, times how many it \
                serves at once.",
        ),
        ReportColumn::new(
            Field::int("booked_minutes"),
            "The minutes that appointments take of it, with what has to be done before and after them. \
                Those that were called off or declined take none; one that nobody came to does.",
        ),
        ReportColumn::nullable(
            Field::number("ratio"),
            "Booked of available minutes; more than 1 where more was booked than its hours have. Nothing, \
                where it was not available.",
        ),
        ReportColumn::new(Field::int("appointments"), "How many appointments take of its time."),
        ReportColumn::new(Field::int("no_shows"), "To how many of these nobody came."),
    ],
    key: &["resource", "week"],
    sort: &["week", "name", "ratio", "booked_minutes", "appointments", "no_shows"],
    sql: include_str!("utilisation.sql"),
};
