//! Maps the rows of a CSV file to CloudEvents by a mapping file.

use std::{collections::BTreeMap, io::Read};

use anyhow::{Context, anyhow, bail, ensure};
use csv::StringRecord;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A mapping file. Every text in it is a template: `{Column}` stands for what the row has there,
/// `{Column:int}`, `{Column:cents}` and `{Column:bool}` for a number or a truth, `{#}` for the
/// number of the line; an empty column leaves the field out.
///
/// ```toml
/// source = "webshop"
/// type = "purchase.recorded"
/// id = "{Order}-1"
/// time = "{Date}T00:00:00Z"
/// group_by = "Order"            # rows of one order are lines of one purchase
/// [data]
/// order = "{Order}"
/// sequence = 1
/// "organisation.name" = "{Company}"
/// "organisation.tax_id" = "{VAT id}"
/// "total.amount" = "{Total:cents}"
/// "total.currency" = "EUR"
/// [line]
/// line = "{#}"
/// product = "{SKU}"
/// quantity = "{Quantity:int}"
/// "price.amount" = "{Price:cents}"
/// "price.currency" = "EUR"
/// ```
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CsvMapping {
    /// Who sends it, as a `CloudEvents` source.
    source: String,
    /// The `CloudEvents` type.
    #[serde(rename = "type")]
    kind: String,
    /// The event's id: the same row must always give the same one.
    id: String,
    /// When it happened there.
    time: String,
    /// Successive rows with the same value in this column make one event.
    #[serde(default)]
    group_by: Option<String>,
    /// What stands between columns; a comma unless it is said.
    #[serde(default = "comma")]
    separator: char,
    /// Fields of `data`, from the first row of an event; `a.b` is a field in a field.
    data: BTreeMap<String, Value>,
    /// Fields of each element of `data.lines`, one for every row of an event.
    #[serde(default)]
    line: BTreeMap<String, Value>,
}

fn comma() -> char {
    ','
}

/// A row with its headings.
struct Row<'a> {
    /// Which one it is of its event, from 1.
    number: usize,
    headings: &'a StringRecord,
    record: &'a StringRecord,
}

impl CsvMapping {
    /// The events of a file, in its order.
    pub(super) fn map_to_events(&self, file: impl Read) -> anyhow::Result<Vec<Value>> {
        let separator = u8::try_from(self.separator)
            .map_err(|_| anyhow!("The separator `{}` is no single byte.", self.separator))?;
        let mut reader = csv::ReaderBuilder::new().delimiter(separator).from_reader(file);
        let headings = reader.headers().context("the CSV file has no headings")?.clone();
        if let (1, Some(heading)) = (headings.len(), headings.get(0))
            && let Some(other) = [';', '\t', ','].into_iter().find(|other| heading.contains(*other))
        {
            bail!(
                "The columns of the CSV file stand between {other:?}, not {:?}: put \
                 `separator = {:?}` into the mapping.",
                self.separator,
                other.to_string()
            );
        }
        let mut groups: Vec<(String, Vec<StringRecord>)> = Vec::new();
        for (number, record) in reader.records().enumerate() {
            let record = record?;
            let row = Row { number: 1, headings: &headings, record: &record };
            let group = match &self.group_by {
                Some(column) => row.column(column)?.to_owned(),
                None => number.to_string(),
            };
            match groups.last_mut() {
                Some((last, records)) if *last == group => records.push(record),
                _ => groups.push((group, vec![record])),
            }
        }
        let events = groups.iter().map(|(_, records)| {
            let event = self.event(&headings, records);
            event.with_context(|| match records.first().and_then(StringRecord::position) {
                Some(place) => format!("line {} of the CSV file", place.line()),
                None => "a line of the CSV file".into(),
            })
        });
        events.collect()
    }

    fn event(&self, headings: &StringRecord, records: &[StringRecord]) -> anyhow::Result<Value> {
        let first = records.first().context("an event needs a row")?;
        let first = Row { number: 1, headings, record: first };
        let mut data = first.fields(&self.data)?;
        if !self.line.is_empty() {
            let lines = (1..).zip(records).map(|(number, record)| {
                Row { number, headings, record }.fields(&self.line).map(Value::Object)
            });
            data.insert("lines".into(), lines.collect::<anyhow::Result<_>>()?);
        }
        let mut event = Map::new();
        let attributes = [
            ("source", &self.source),
            ("type", &self.kind),
            ("id", &self.id),
            ("time", &self.time),
        ];
        for (name, template) in attributes {
            let value = first.text(template)?;
            value.and_then(|value| event.insert(name.into(), value));
        }
        event.insert("specversion".into(), json!("1.0"));
        event.insert("datacontenttype".into(), json!("application/json"));
        event.insert("data".into(), Value::Object(data));
        Ok(Value::Object(event))
    }
}

impl Row<'_> {
    fn column(&self, name: &str) -> anyhow::Result<&str> {
        let index = self.headings.iter().position(|heading| heading.trim() == name);
        let index = index.ok_or_else(|| {
            let headings = self.headings.iter().collect::<Vec<_>>().join(", ");
            anyhow!("The CSV file has no column `{name}`. It has: {headings}.")
        })?;
        Ok(self.record.get(index).unwrap_or_default().trim())
    }

    fn fields(&self, templates: &BTreeMap<String, Value>) -> anyhow::Result<Map<String, Value>> {
        let mut fields = Map::new();
        for (path, template) in templates {
            if let Some(value) = self.value(template)? {
                insert_at(&mut fields, path, value)?;
            }
        }
        Ok(fields)
    }

    /// The value of a template; a template that is not text is a constant.
    fn value(&self, template: &Value) -> anyhow::Result<Option<Value>> {
        match template {
            Value::String(template) => self.text(template),
            constant => Ok(Some(constant.clone())),
        }
    }

    /// The value of a template; nothing if all its columns are empty.
    fn text(&self, template: &str) -> anyhow::Result<Option<Value>> {
        if let Some(placeholder) = single_placeholder(template) {
            return self.placeholder(placeholder);
        }
        let (mut text, mut rest, mut empty) = (String::new(), template, template.contains('{'));
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after
                .split_once('}')
                .with_context(|| format!("`{template}` opens a brace and does not close it"))?;
            text.push_str(before);
            let value = self.column(name)?;
            empty &= value.is_empty();
            text.push_str(value);
            rest = after;
        }
        text.push_str(rest);
        Ok((!empty).then(|| text.into()))
    }

    fn placeholder(&self, placeholder: &str) -> anyhow::Result<Option<Value>> {
        if placeholder == "#" {
            return Ok(Some(self.number.into()));
        }
        let (name, kind) = placeholder.rsplit_once(':').unwrap_or((placeholder, "text"));
        let text = self.column(name)?;
        if text.is_empty() {
            return Ok(None);
        }
        let invalid = |expected| format!("column `{name}`: `{text}` is no {expected}");
        Ok(Some(match kind {
            "text" => text.into(),
            "int" => text.parse::<i64>().with_context(|| invalid("whole number"))?.into(),
            "cents" => cents(text).with_context(|| invalid("amount"))?.into(),
            "bool" => match text.to_lowercase().as_str() {
                "true" | "yes" | "1" => true.into(),
                "false" | "no" | "0" => false.into(),
                _ => bail!(invalid("yes or no")),
            },
            other => bail!("`{{{placeholder}}}`: {other} is none of int, cents, bool"),
        }))
    }
}

/// The placeholder that a template consists of.
fn single_placeholder(template: &str) -> Option<&str> {
    let inside = template.strip_prefix('{')?.strip_suffix('}')?;
    (!inside.contains(['{', '}'])).then_some(inside)
}

/// `12.5` is 1250.
fn cents(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.chars().all(|sign| sign.is_ascii_digit());
    if part.len() > 2 || !digits(part) || !digits(whole.trim_start_matches('-')) {
        return None;
    }
    format!("{whole}{part:0<2}").parse().ok()
}

fn insert_at(fields: &mut Map<String, Value>, path: &str, value: Value) -> anyhow::Result<()> {
    let Some((outer, inner)) = path.split_once('.') else {
        ensure!(fields.insert(path.into(), value).is_none(), "`{path}` is mapped twice");
        return Ok(());
    };
    let nested = fields.entry(outer).or_insert_with(|| Value::Object(Map::new()));
    let nested = nested.as_object_mut();
    insert_at(nested.with_context(|| format!("`{outer}` is mapped twice"))?, inner, value)
}

#[cfg(test)]
mod tests;
