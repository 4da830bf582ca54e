//! What analysts ask, as examples to begin with.

use std::borrow::Cow;

use projections::reports;

/// A question.
pub(crate) struct Question {
    pub(crate) title: String,
    pub(crate) sql: Cow<'static, str>,
}

/// What reports read, and which views show it to analysts.
const TABLES: [(&str, &str); 4] = [
    (
        "scheduling_appointment.occupied",
        "(select appointment_id as id, resource, \"from\" as starts, until as ends\n        \
         from appointment_stretches)",
    ),
    ("scheduling_appointment.appointments", "appointments"),
    ("scheduling_resource.resources", "resources"),
    ("support_issue_client.issues", "issues"),
];

const EXAMPLES: [(&str, &str); 6] = [
    (
        "What was ordered, month by month",
        "\
select to_char(placed_at at time zone 'UTC', 'YYYY-MM') as month, currency, count(*) as orders,
    sum(amount) as amount, sum(refunded) as refunded
from purchases
group by 1, 2
order by 1, 2",
    ),
    (
        "What was sold of each product",
        "\
select p.name, count(distinct l.purchase_id) as orders, sum(l.quantity) as ordered, sum(l.returned) as returned
from purchase_lines l
join products p on p.id = l.product
group by p.id, p.name
order by ordered desc, p.name",
    ),
    (
        "What is licensed now",
        "\
select product_name, status, count(*) as licenses, sum(quantity) as seats
from licenses
group by 1, 2
order by 1, 2",
    ),
    (
        "How many appointments come about, by service",
        "\
select s.name, a.status, count(*) as appointments
from appointments a
join services s on s.id = a.service
group by 1, 2
order by 1, 2",
    ),
    (
        "What the appointments of each month bring, at the prices of their services; in a scenario, what they would have brought",
        "\
select to_char(a.starts_at at time zone 'UTC', 'YYYY-MM') as month, s.price_currency as currency,
    count(*) as appointments, sum(s.price_amount) as amount
from appointments a
join services s on s.id = a.service
where a.status not in ('held', 'released', 'declined', 'cancelled', 'no_show')
group by 1, 2
order by 1, 2",
    ),
    (
        "How long people wait for a first answer",
        "\
select priority, count(*) as issues,
    percentile_cont(0.5) within group (order by answered_at - created_at) as half_of_them_within
from issues
group by 1
order by 1",
    ),
];

/// The questions: examples, and every report of the API.
pub(crate) fn questions() -> impl Iterator<Item = Question> {
    let examples = EXAMPLES
        .into_iter()
        .map(|(title, sql)| Question { title: title.to_owned(), sql: sql.into() });
    examples.chain(reports::all_reports().filter_map(question_of_report))
}

/// The query of a report for a year, over all that there is.
fn question_of_report(report: &reports::Report) -> Option<Question> {
    let (_, base) = TABLES.into_iter().find(|(table, _)| *table == report.base.from)?;
    let replace = |sql: String, (table, view): (&str, &str)| sql.replace(table, view);
    let query = TABLES.into_iter().fold(report.sql.trim().to_owned(), replace);
    let query = match query.strip_prefix("with ") {
        Some(more) => format!(", {more}"),
        None => format!("\n{query}"),
    };
    let sql = format!(
        "with parameters as (\n    select now() as now, date '2026-01-01' as \"from\", \
         date '2027-01-01' as until, null::text as zone\n), scoped as (\n    select * from {base}\n){query}"
    );
    Some(Question { title: format!("The report `{}`, of a year", report.name), sql: sql.into() })
}
