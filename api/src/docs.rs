//! `GET /docs`: the document of the API for people, as one page without scripts.

use std::{collections::BTreeMap, fmt::Write, sync::LazyLock};

use axum::{
    body::Bytes,
    http::{
        HeaderName,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

use crate::html::{escape, policy};

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.5 system-ui,sans-serif;max-width:64rem;margin:0 auto;padding:1rem}\
nav a{margin-right:1rem}\
details{border-top:1px solid #8886;padding:.25rem 0 .25rem 1rem}\
summary{cursor:pointer}\
summary b{display:inline-block;min-width:4rem}\
table{border-collapse:collapse;width:100%}\
td,th{border-top:1px solid #8884;padding:.125rem .5rem;text-align:left;vertical-align:top}\
ul{margin:0;padding-left:1.25rem}\
small{opacity:.75}";

static POLICY: LazyLock<String> = LazyLock::new(|| policy(STYLE));

/// What references begin with.
const SCHEMAS: &str = "#/components/schemas/";

/// An operation: its method, its path, and what the document says of it.
type Operation<'a> = (&'a str, &'a str, &'a Value);

/// Answers a page.
pub(crate) fn served(page: Bytes) -> Response {
    let headers: [(HeaderName, &str); 2] =
        [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, &POLICY)];
    (headers, page).into_response()
}

/// The page of an OpenAPI document.
pub(crate) fn page(document: &Value) -> Bytes {
    let title = text(&document["info"]["title"]);
    let mut by_tag: BTreeMap<&str, Vec<Operation<'_>>> = BTreeMap::new();
    for (path, item) in fields(&document["paths"]) {
        for (method, operation) in fields(item).filter(|(_, it)| it["responses"].is_object()) {
            let tag = operation["tags"][0].as_str().unwrap_or("other");
            by_tag.entry(tag).or_default().push((method, path, operation));
        }
    }
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><h1>{title}</h1><p>{}</p>\
         <p>For programs: <a href=\"openapi.json\">openapi.json</a></p><nav>",
        text(&document["info"]["description"]),
    );
    for tag in by_tag.keys().chain([&"schemas"]) {
        let _ = write!(page, "<a href=\"#{0}\">{0}</a>", escape(tag));
    }
    page.push_str("</nav>");
    for (tag, operations) in &by_tag {
        let _ = write!(page, "<h2 id=\"{0}\">{0}</h2>", escape(tag));
        for operation in operations {
            describe(&mut page, *operation);
        }
    }
    page.push_str("<h2 id=\"schemas\">schemas</h2>");
    for (name, schema) in fields(&document["components"]["schemas"]) {
        let name = escape(name);
        let _ = write!(page, "<details id=\"schema-{name}\"><summary>{name}</summary>");
        let _ = write!(page, "{}</details>", shape(schema));
    }
    page.push_str("</body></html>");
    page.into()
}

fn describe(page: &mut String, (method, path, operation): Operation<'_>) {
    let _ = write!(
        page,
        "<details id=\"{}\"><summary><b>{}</b> <code>{}</code> {}</summary><p>{}</p>\
         <p>Takes the right <code>{}</code>.</p>",
        text(&operation["operationId"]),
        escape(&method.to_uppercase()),
        escape(path),
        text(&operation["summary"]),
        text(&operation["description"]),
        text(&operation["x-right"]),
    );
    let servers = operation["servers"].as_array().into_iter().flatten();
    for server in servers {
        let _ = write!(page, "<p>{}</p>", text(&server["description"]));
    }
    let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    if !parameters.is_empty() {
        page.push_str("<table><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr>");
        for parameter in parameters {
            let _ = write!(
                page,
                "<tr><td><code>{}</code>{}</td><td>{}</td><td>{} {}</td></tr>",
                text(&parameter["name"]),
                if parameter["required"] == true { " *" } else { "" },
                text(&parameter["in"]),
                text(&parameter["description"]),
                shape(&parameter["schema"]),
            );
        }
        page.push_str("</table>");
    }
    let body = &operation["requestBody"]["content"];
    if body.is_object() {
        let _ = write!(page, "<h4>Body</h4>{}", contents(body));
    }
    page.push_str("<table><tr><th>Answer</th><th>Meaning</th></tr>");
    for (status, answer) in fields(&operation["responses"]) {
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{} {}</td></tr>",
            escape(status),
            text(&answer["description"]),
            contents(&answer["content"]),
        );
    }
    page.push_str("</table></details>");
}

/// What is sent, by its media type.
fn contents(content: &Value) -> String {
    let kinds = fields(content).map(|(kind, content)| {
        format!("<div><small>{}</small> {}</div>", escape(kind), shape(&content["schema"]))
    });
    kinds.collect()
}

/// What a schema lets through; what it refers to is a link.
fn shape(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        let name = escape(name.trim_start_matches(SCHEMAS));
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    for (several, word) in [("allOf", " and "), ("oneOf", " or "), ("anyOf", " or ")] {
        if let Some(parts) = schema[several].as_array() {
            return parts.iter().map(shape).collect::<Vec<_>>().join(word);
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        let value = |value: &Value| format!("<code>{}</code>", escape(&value.to_string()));
        return values.iter().map(value).collect::<Vec<_>>().join(" or ");
    }
    if schema["properties"].is_object() {
        return format!("<ul>{}</ul>", properties(schema));
    }
    if schema["items"].is_object() {
        return format!("list of {}", shape(&schema["items"]));
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(text).collect::<Vec<_>>().join(" or "),
        kind => text(kind),
    };
    let bounds = ["format", "pattern", "minimum", "maximum", "minLength", "maxLength", "default"];
    let bounds = bounds.iter().filter(|name| !schema[**name].is_null());
    let bounds = bounds.map(|name| format!(" {name} {}", text(&schema[*name])));
    format!("{kind}<small>{}</small>", bounds.collect::<String>())
}

fn properties(schema: &Value) -> String {
    let required = |name: &str| {
        let required = schema["required"].as_array().into_iter().flatten();
        required.into_iter().any(|field| field == name)
    };
    let properties = fields(&schema["properties"]).map(|(name, property)| {
        let star = if required(name) { " *" } else { "" };
        let (name, shape) = (escape(name), shape(property));
        format!("<li><code>{name}</code>{star} {shape} {}</li>", text(&property["description"]))
    });
    properties.collect()
}

fn fields(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter).map(|(name, value)| (name.as_str(), value))
}

/// What a value says, as it stands in a page: nothing, where there is none.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => escape(text),
        value => escape(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_operation_and_schema_of_the_document_is_on_the_page_and_every_link_leads_somewhere() {
        let document = crate::openapi();
        let page = page(&document);
        let page = String::from_utf8(page.to_vec()).unwrap();
        let places = |before: &str| -> Vec<&str> {
            page.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
        };
        let ids = places(" id=\"");
        for item in document["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                let name = operation["operationId"].as_str().unwrap();
                assert!(ids.contains(&name), "{name}");
            }
        }
        let lost: Vec<_> =
            places(" href=\"#").into_iter().filter(|place| !ids.contains(place)).collect();
        assert_eq!(lost, [""; 0]);
        for strange in ["<script", "http-equiv", " src=", " style="] {
            assert!(!page.contains(strange), "{strange}");
        }
    }

    #[test]
    fn what_the_document_says_stays_text() {
        let document = json!({
            "info": { "title": "<b>", "description": "a & b" },
            "paths": { "/<i>": { "get": { "summary": "<u>", "responses": {} } } },
        });
        let page = String::from_utf8(page(&document).to_vec()).unwrap();
        assert!(page.contains("<title>&lt;b&gt;</title>") && page.contains("a &amp; b"), "{page}");
        assert!(page.contains("<code>/&lt;i&gt;</code> &lt;u&gt;"), "{page}");
    }
}
