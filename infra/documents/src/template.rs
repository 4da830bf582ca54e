//! Fills a template in: Jinja without anything that reads from elsewhere.

use std::io;

use minijinja::{
    AutoEscape, Environment, Error as JinjaError, Output, State, UndefinedBehavior, Value,
    value::ValueKind,
};
use serde_json::Map;

use crate::Error;

/// How many instructions a template may take: some twenty thousand lines.
const FUEL: u64 = 200_000;
/// How much text may come of it, in bytes.
const MAX_TEXT: usize = 512 * 1024;

/// The Markdown that comes of a template and its data, in which every value stays text.
pub(crate) fn expand(
    template: &str,
    data: &Map<String, serde_json::Value>,
) -> Result<String, Error> {
    let mut environment = Environment::empty();
    environment.set_fuel(Some(FUEL));
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // What was captured is escaped already: it counts as safe.
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("markdown"));
    environment.set_formatter(write_escaped);
    let mut text = Limited(Vec::new());
    let parsed = environment.template_from_str(template).map_err(|why| fault(template, &why))?;
    parsed.render_captured_to(data, &mut text).map_err(|why| fault(template, &why))?;
    String::from_utf8(text.0).map_err(|why| Error::Content(why.to_string()))
}

/// Escapes what would mean something in Markdown; nothing is written for nothing.
fn write_escaped(out: &mut Output<'_>, _: &State<'_, '_>, value: &Value) -> Result<(), JinjaError> {
    if value.kind() == ValueKind::None {
        return Ok(());
    }
    if value.is_safe() {
        return out.write_str(&value.to_string()).map_err(JinjaError::from);
    }
    let mut escaped = String::new();
    for character in value.to_string().chars() {
        match character {
            '\n' | '\r' | '\t' => escaped.push(' '),
            punctuation if punctuation.is_ascii_punctuation() => {
                escaped.extend(['\\', punctuation]);
            }
            other => escaped.push(other),
        }
    }
    out.write_str(&escaped).map_err(JinjaError::from)
}

/// Text of at most [`MAX_TEXT`].
struct Limited(Vec<u8>);

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_TEXT {
            return Err(io::Error::other("the text becomes too long"));
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is wrong with a template, and where.
fn fault(template: &str, why: &JinjaError) -> Error {
    let range = why.range().unwrap_or_default();
    let before = template.get(..range.start).unwrap_or_default();
    let column = before.chars().rev().take_while(|character| *character != '\n').count() + 1;
    let message = match (why.detail(), template.get(range).unwrap_or_default()) {
        (Some(detail), _) => detail.to_owned(),
        (None, "") => why.kind().to_string(),
        (None, part) => format!("{}: {part}", why.kind()),
    };
    Error::Template { line: why.line().unwrap_or(1), column, message }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn expanded(template: &str) -> Result<String, Error> {
        let data = json!({ "holder": "A|B *GmbH*\n# x", "terms": [1, 2], "note": null });
        expand(template, data.as_object().unwrap())
    }

    #[test]
    fn values_stay_text() {
        let text = expanded("{{ holder }}{{ note }}").unwrap();
        assert_eq!(text, "A\\|B \\*GmbH\\* \\# x");
        let captured = expanded("{% set x %}**{{ holder }}**{% endset %}{{ x }}").unwrap();
        assert_eq!(captured, "**A\\|B \\*GmbH\\* \\# x**");
        let rows = expanded("{% for term in terms %}\n| {{ term }} |\n{% endfor %}").unwrap();
        assert_eq!(rows, "| 1 |\n| 2 |\n");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let place = |template: &str| match expanded(template) {
            Err(Error::Template { line, column, message }) => (line, column, message),
            other => panic!("{other:?}"),
        };
        let unknown = place("a\nä {{ no_such_field }}");
        assert_eq!(unknown, (2, 6, "undefined value: no_such_field".into()));
        assert_eq!(place("a\nb\n{% for %}").0, 3);
        assert_eq!(place("{% include 'x' %}").0, 1);
    }

    #[test]
    fn a_template_that_explodes_is_refused() {
        let loops = "{% for a in holder %}".repeat(12) + &"{% endfor %}".repeat(12);
        assert!(matches!(expanded(&loops), Err(Error::Template { .. })));
        let grows = "\n{{ 'x' * 100000 }}".repeat(10);
        assert!(matches!(expanded(&grows), Err(Error::Template { .. })));
    }
}
