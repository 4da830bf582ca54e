//! Collects measurements and writes them as a table, a chart and a JSON file.

use serde::Serialize;

/// One figure with its reference and goal.
#[derive(Debug, Serialize)]
pub(crate) struct Measurement {
    pub(crate) metric: String,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    /// The value to compare with: a measurement of the same run, or a fixed bound.
    pub(crate) reference: f64,
    /// The value divided by the reference.
    pub(crate) ratio: f64,
    pub(crate) goal: f64,
    pub(crate) met: bool,
    #[serde(skip)]
    pub(crate) compared_with: String,
}

#[derive(Debug, Default)]
pub(crate) struct Report(Vec<Measurement>);

impl Report {
    /// More is better: `value` should be at least `goal` times the reference.
    pub(crate) fn at_least(
        &mut self,
        metric: &str,
        (value, unit): (f64, &'static str),
        (compared_with, reference): (&str, f64),
        goal: f64,
    ) {
        let ratio = value / reference;
        self.add(metric, value, unit, (compared_with, reference), goal, ratio >= goal);
    }

    /// Less is better: `value` should be at most `bound`.
    pub(crate) fn at_most(&mut self, metric: &str, (value, unit): (f64, &'static str), bound: f64) {
        self.add(metric, value, unit, ("bound", bound), 1.0, value <= bound);
    }

    fn add(
        &mut self,
        metric: &str,
        value: f64,
        unit: &'static str,
        (compared_with, reference): (&str, f64),
        goal: f64,
        met: bool,
    ) {
        let measurement = Measurement {
            metric: metric.to_owned(),
            value,
            unit,
            reference,
            ratio: value / reference,
            goal,
            met,
            compared_with: compared_with.to_owned(),
        };
        eprintln!("{}", row(&measurement));
        self.0.push(measurement);
    }

    /// Prints all of it and writes the file.
    pub(crate) fn finish(self) {
        println!(
            "{:<52} {:>12} {:<9} {:>12}  {:>6} {:>6}",
            "", "", "", "reference", "ratio", "goal"
        );
        for measurement in &self.0 {
            println!("{}", row(measurement));
        }
        println!("\nEach bar is the ratio to the reference; the mark is the goal.\n");
        for measurement in &self.0 {
            println!("{}", bar(measurement));
        }
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench.json");
        std::fs::write(file, serde_json::to_string_pretty(&self.0).unwrap()).unwrap();
        let missed = self.0.iter().filter(|measurement| !measurement.met).count();
        println!("\n{} of {} goals met; written to {file}", self.0.len() - missed, self.0.len());
    }
}

fn row(measurement: &Measurement) -> String {
    let Measurement { metric, value, unit, reference, ratio, goal, met, compared_with } =
        measurement;
    let mark = if *met { "✓" } else { "✗" };
    format!(
        "{metric:<52} {value:>12.1} {unit:<9} {reference:>12.1}  {ratio:>6.2} {goal:>6.2} {mark}  {compared_with}"
    )
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 60 columns")]
fn bar(measurement: &Measurement) -> String {
    let width = 60.0;
    let longest = measurement.ratio.max(measurement.goal) * 1.1;
    let columns = |ratio: f64| (ratio / longest * width) as usize;
    let (filled, goal) = (columns(measurement.ratio), columns(measurement.goal));
    let cells = (0..60).map(|column| match column {
        _ if column == goal => '|',
        _ if column < filled => '█',
        _ => '·',
    });
    format!("{:<52} {}", measurement.metric, cells.collect::<String>())
}
