//! The page about the views: what can be asked, how they refer to each other, and what each column means.

use std::{collections::BTreeSet, fmt::Write};

use projections::analyst::{AnalystColumn, AnalystView, ColumnMapping};

use super::questions::questions;

const INTRODUCTION: &str = "\
# What analysts read

Made from the code by `cargo run -p schemas`.

`servicebook analyst create NAME` makes a login of the database that reads the views below and nothing else. They lie in \
the schema `analyst`, which is on the search path of every analyst, and show the business as it is now; a replay \
(`servicebook replay --all --as-of 2026-01-01 --into new_year`) has the same views as of a moment: \
`set search_path = \"new_year\"`. What depends on the time, such as the status of a licence, is as of that moment there.

* Names are those of the API. Some are words of SQL and take quotes: `\"from\"`, `\"user\"`, `\"order\"`.
* Where somebody could have written a name, a column holds a pseudonym: 32 hexadecimal digits, equal where the text \
is equal, within the live views and within one replay. Whoever is erased has none. It keeps a name from being read, not \
from being tried: whoever can have a text recorded (as the name of their account, by a booking as a guest) finds where the \
same text stands.
* Ids are those of the API. Times are instants with zone; amounts are in minor units of their currency.
* Lists are views of their own, with the id of their row and their place in it.
";

const SCENARIOS: &str = "
## Scenarios

What would last month have brought at 10 % more, or with licences that last two years? A scenario is a replay under other \
policies over the same facts: `POST /replays` with a `scenario`, or a file of the same JSON:

```console
$ cat dearer.json
{\"label\": \"10 % more\", \"overrides\": [{\"type\": \"service_price\", \"change\": {\"percent\": 10}}]}
$ servicebook replay --all --as-of 2026-01-01 --scenario dearer.json --into dearer
```

Nothing in it was so, and everything says it: comments begin with *Counterfactual*, and each view has the label in its \
last column, `scenario`. What was booked, ordered, paid, renewed and revoked is the same, but for a renewal that would \
not have been possible, as the licence would not have ended by then: it is left out. Prices of services, policies \
of products, and days of grace, notices and terms of licences are those of the scenario, as far as they were those of a \
policy; a term that somebody agreed on stays. Notices and ends that follow from terms are there if they would have been \
by then; what was sent to anybody is not changed. What somebody writes into a label is never erased: name no people \
there. Its view `scenario_diff` has a row for each field that differs from \
what was, in `read_model`, `view`, `id`, `number` (the place in a list), `field`, `actual`, `counterfactual`, and `change` \
(`added`, `removed` or `changed`):

```sql
select sum(counterfactual::bigint - actual::bigint) as dearer
from dearer.scenario_diff
where view = 'services' and field = 'price_amount'
```
";

/// The page, in Markdown.
pub(crate) fn dictionary(views: &[AnalystView]) -> String {
    let mut page = String::from(INTRODUCTION);
    page += "\n## Questions\n";
    for question in questions() {
        let _ =
            write!(page, "\n### {}\n\n```sql\n{}\n```\n", question.title, question.sql.trim_end());
    }
    page += SCENARIOS;
    page += "\n## How the views refer to each other\n\n```mermaid\nerDiagram\n";
    page += &diagram(views);
    page += "```\n\n## Views\n";
    for view in views {
        page += &section(view);
    }
    page
}

/// The ids of each view, and to which others they refer.
fn diagram(views: &[AnalystView]) -> String {
    let mut lines = String::new();
    for view in views {
        let keys = view.columns.iter().filter(|column| is_key(column));
        let _ = writeln!(lines, "    {} {{", view.name);
        for column in keys {
            let key = if column.name == "id" { "PK" } else { "FK" };
            let _ = writeln!(lines, "        {} {} {key}", column.sql_type, column.name);
        }
        let _ = writeln!(lines, "    }}");
    }
    let references: BTreeSet<_> = views
        .iter()
        .flat_map(|view| view.columns.iter().map(move |column| (view, column)))
        .filter_map(|(view, column)| {
            Some((
                column.refers_to.as_ref()?,
                &view.name,
                &column.name,
                column.form == ColumnMapping::List,
            ))
        })
        .collect();
    for (target, view, column, is_list) in references {
        let many = if is_list { "}o--o{" } else { "|o--o{" };
        let _ = writeln!(lines, "    {target} {many} {view} : {column}");
    }
    lines
}

fn is_key(column: &AnalystColumn) -> bool {
    column.name == "id" || column.refers_to.is_some()
}

fn section(view: &AnalystView) -> String {
    let mut section = format!(
        "\n### {}\n\n{} (`{}`)\n\n| column | type | meaning |\n| --- | --- | --- |\n",
        view.name, view.description, view.read_model
    );
    for column in &view.columns {
        let AnalystColumn { name, sql_type, description, refers_to, personal, form, .. } = column;
        let array = if *form == ColumnMapping::List { "[]" } else { "" };
        let mut meaning = description.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(target) = refers_to {
            let _ = write!(meaning, " → `{target}`");
        }
        if *personal {
            meaning += " *A pseudonym.*";
        }
        let meaning = meaning.replace('|', "\\|");
        let _ = writeln!(section, "| `{name}` | {sql_type}{array} | {} |", meaning.trim());
    }
    section
}
