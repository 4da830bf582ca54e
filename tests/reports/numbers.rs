//! Every report: paging, filters and scopes; the minutes of utilisation and the ages of issues
//! against the domain's own rules.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use commands::{CommandEnvelope, Commands, Handler};
use domain::{
    Id, first_instant_at_or_after,
    identity::{Actor, RowScope},
    scheduling::{Availability, Period, resource::Resource},
    support::issue::Issue,
};
use projections::{
    Projections,
    listing::{Page, Query, Source},
    reports::{self, Report, ReportArguments, ReportRequest},
    scheduling, support,
};
use sealing::KeyRing;
use serde_json::{Value, json, value::RawValue};
use sqlx::PgPool;
use tests::database::{Database, frozen_clock};

/// Zones with unusual rules: half-hour shifts, changes at midnight, extreme offsets, other months.
const ZONES: [Tz; 6] = [
    Tz::Europe__Berlin,
    Tz::Australia__Lord_Howe,
    Tz::America__Havana,
    Tz::Africa__Cairo,
    Tz::Pacific__Kiritimati,
    Tz::Pacific__Niue,
];

#[tokio::test]
async fn hours_and_ages_match_the_domain_and_pages_hold_every_row_once() {
    let database = Database::new().await;
    let fixture = ReportFixture::new(&database).await;
    let resources = fixture.create_resources().await;
    fixture.create_issues().await;
    fixture.project().await;
    let period = (date("2029-12-28"), date("2031-01-15"));
    for zone in [None, Some(Tz::Pacific__Niue), Some(Tz::Europe__Berlin)] {
        let arguments = ReportArguments { period: Some(period), zone };
        let rows = fixture.all_rows(report("utilisation"), arguments, "week").await;
        assert_eq!(rows.len(), resources.len() * 56);
        for row in &rows {
            let id = row["resource"].as_str().unwrap();
            let (_, hours) =
                resources.iter().find(|(resource_id, _)| resource_id.to_string() == id).unwrap();
            let monday = date(row["starts_on"].as_str().unwrap());
            let week = monday.iso_week();
            assert_eq!(row["week"], format!("{}-W{:02}", week.year(), week.week()));
            let zone = zone.unwrap_or(hours.zone);
            let midnight =
                |day: NaiveDate| first_instant_at_or_after(zone, day.and_time(NaiveTime::MIN));
            let (first, end) = (monday.max(period.0), (monday + TimeDelta::days(7)).min(period.1));
            let open = hours.open_periods(Period::new(midnight(first), midnight(end)));
            let open: TimeDelta = open.into_iter().map(|open| open.until - open.from).sum();
            assert_eq!(row["available_minutes"], 3 * open.num_minutes(), "{zone}: {row}");
        }
    }
    for report in reports::all_reports() {
        let arguments =
            ReportArguments { period: Some((date("2030-01-01"), date("2030-01-15"))), zone: None };
        fixture.pages_hold_every_row_once(report, arguments).await;
    }

    // Three issues, opened now, of which one was resolved at once.
    for (hours, age) in [(23, 0), (25, 1), (29 * 24, 7), (5 * 365 * 24, 90)] {
        let later = ReportFixture { now: fixture.now + TimeDelta::hours(hours), ..fixture.clone() };
        let rows = later.all_rows(report("issues"), ReportArguments::default(), "status").await;
        let row = |row: &Value| [row["age_days"].clone(), row["issues"].clone()];
        let rows: Vec<_> = rows.iter().map(row).collect();
        assert_eq!(rows, [[json!(age), json!(2)], [json!(0), json!(1)]], "after {hours} hours");
    }

    let nothing = RowScope::Nothing;
    for report in reports::all_reports() {
        let arguments = ReportArguments { period: Some(period), zone: None };
        let page = fixture.page(report, arguments, Query::default(), &nothing).await;
        assert_eq!(page.rows.len(), 0, "{}", report.name);
    }
    // Postgres has every zone that chrono-tz has.
    let zones: Vec<_> = TZ_VARIANTS.iter().map(|zone| zone.name()).collect();
    let local_times = "select now() at time zone zone from unnest($1::text[]) zone";
    sqlx::query(local_times).bind(zones).fetch_all(&fixture.db).await.unwrap();
    database.stop().await;
}

/// A database with resources and issues, and the reports over it.
#[derive(Clone)]
struct ReportFixture {
    db: PgPool,
    keys: KeyRing,
    commands: Commands,
    now: DateTime<Utc>,
}

impl ReportFixture {
    async fn new(database: &Database) -> Self {
        let db = database.app.clone();
        let now = sqlx::query_scalar("select now()").fetch_one(&db).await.unwrap();
        let keys = KeyRing::new(db.clone(), database.master.clone());
        Self { db, keys, commands: database.commands_at(frozen_clock(now)), now }
    }

    /// Registers a resource with capacity 3 in each zone, open around clock changes; answers each
    /// with its availability as the domain has it.
    async fn create_resources(&self) -> Vec<(Id<Resource>, Availability)> {
        let mut resources = vec![];
        for zone in ZONES {
            let hours_on = |day: &str, from: &str, until: &str| json!({ "day": day, "from": format!("{from}:00"), "until": format!("{until}:00") });
            let weekly = json!([
                hours_on("Mon", "09:00", "12:00"),
                hours_on("Mon", "11:00", "13:00"),
                hours_on("Thu", "00:00", "00:00"),
                hours_on("Fri", "00:00", "01:30"),
                hours_on("Sat", "22:00", "02:45"),
                hours_on("Sun", "01:15", "01:45"),
                hours_on("Sun", "00:30", "02:10"),
                hours_on("Sun", "02:20", "05:00"),
                hours_on("Sun", "21:00", "03:00"),
            ]);
            let (date, hours) =
                ("2030-04-01", json!([{ "from": "23:00:00", "until": "04:00:00" }]));
            let closed =
                Period::new(instant("2030-06-01T22:00:00Z"), instant("2030-06-10T10:00:00Z"));
            let resource = Id::derived(&[zone.name()]);
            for command in [
                json!({
                    "type": "register", "kind": "room", "name": zone.name(), "capacity": 3,
                    "zone": zone, "weekly": weekly,
                }),
                json!({ "type": "add_availability_exception", "date": date, "hours": hours }),
                json!({ "type": "add_availability_exception", "date": "2030-05-06" }),
                json!({ "type": "close_period", "from": closed.from, "until": closed.until }),
            ] {
                self.execute::<Resource>(resource, command).await;
            }
            let exceptions = json!([
                { "date": date, "hours": hours }, { "date": "2030-05-06", "hours": [] },
            ]);
            let availability = json!({
                "zone": zone, "weekly": weekly, "exceptions": exceptions, "closed": [closed],
            });
            resources.push((resource, serde_json::from_value(availability).unwrap()));
        }
        resources
    }

    async fn create_issues(&self) {
        for number in ["1", "2", "3"] {
            let (issue, reporter) = (Id::derived(&[number]), Id::<()>::new());
            let open = json!({
                "type": "open", "title": "No print", "text": "It jams.", "reporter": reporter,
            });
            self.execute::<Issue>(issue, open).await;
            if number == "3" {
                self.execute::<Issue>(issue, json!({ "type": "resolve" })).await;
            }
        }
    }

    async fn execute<A: Handler>(&self, id: Id<A>, command: Value) {
        let command: A::Command = serde_json::from_value(command).unwrap();
        self.commands
            .execute(CommandEnvelope::new(id, command, Actor::system("test")))
            .await
            .unwrap();
    }

    async fn project(&self) {
        let projections = Projections::new(self.db.clone(), self.keys.clone(), None);
        for model in [
            &scheduling::resource::PROJECTOR,
            &scheduling::appointment::PROJECTOR,
            &support::issue_client::PROJECTOR,
        ] {
            projections.catch_up(model).await.unwrap();
        }
    }

    async fn page(
        &self,
        report: &Report,
        arguments: ReportArguments,
        query: Query,
        row_scope: &RowScope,
    ) -> Page<Box<RawValue>> {
        let request = ReportRequest {
            query: &query,
            base_filters: vec![],
            arguments,
            row_scope,
            now: self.now,
        };
        let mut source = Source::limited(&self.db, request.row_scope).await.unwrap();
        let page = report.run(&mut source, &request).await;
        page.unwrap_or_else(|error| panic!("{}, {query:?}: {error}", report.name))
    }

    /// All rows, read in pages of 200.
    async fn all_rows(
        &self,
        report: &Report,
        arguments: ReportArguments,
        sort: &str,
    ) -> Vec<Value> {
        self.rows_in_pages(report, arguments, sort, 200).await
    }

    async fn rows_in_pages(
        &self,
        report: &Report,
        arguments: ReportArguments,
        sort: &str,
        limit: u32,
    ) -> Vec<Value> {
        let (mut rows, mut cursor) = (vec![], None);
        loop {
            let sort = Some(sort.to_owned());
            let query = Query { sort, limit: Some(limit), cursor, ..Query::default() };
            let page = self.page(report, arguments, query, &RowScope::All).await;
            rows.extend(page.rows.iter().map(|row| serde_json::from_str(row.get()).unwrap()));
            cursor = page.next;
            if cursor.is_none() {
                return rows;
            }
        }
    }

    /// Pages contain every row once in every order, and a filter by any column finds the row.
    async fn pages_hold_every_row_once(&self, report: &Report, arguments: ReportArguments) {
        let expected = self.all_rows(report, arguments, report.sort[0]).await;
        for column in report.sort {
            let column = column.trim_start_matches('-');
            for sort in [column.to_owned(), format!("-{column}")] {
                let mut rows = self.rows_in_pages(report, arguments, &sort, 5).await;
                assert_eq!(rows.len(), expected.len(), "{} by {sort}", report.name);
                let value = |row: &Value| row[column].as_f64().unwrap_or_default();
                let downwards = sort.starts_with('-');
                let order = rows.windows(2).all(|pair| {
                    let (first, second) = (value(&pair[0]), value(&pair[1]));
                    if downwards { first >= second } else { first <= second }
                });
                assert!(order, "{} by {sort}", report.name);
                rows.retain(|row| !expected.contains(row));
                assert_eq!(rows, [json!(null); 0], "{} by {sort}", report.name);
            }
        }
        for (row, column) in
            expected.iter().flat_map(|row| report.columns.iter().map(move |column| (row, column)))
        {
            let name = column.field.name;
            let value = match &row[name] {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                value => value.to_string(),
            };
            let filters = vec![(name.to_owned(), value)];
            let query = Query { filters, limit: Some(200), ..Query::default() };
            let page = self.page(report, arguments, query, &RowScope::All).await;
            let has_row = page.rows.iter().any(|candidate| *row == json!(candidate));
            assert!(has_row, "{} by {name}: {row}", report.name);
        }
    }
}

fn report(name: &str) -> &'static Report {
    reports::all_reports().find(|report| report.name == name).unwrap()
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
