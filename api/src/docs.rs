//! `GET /docs`: the OpenAPI document as one HTML page without scripts.

use std::{borrow::Cow, collections::BTreeMap, sync::LazyLock};

use axum::{
    body::Bytes,
    http::{
        HeaderName,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde_json::{Map, Value};

use crate::html::{self, policy};

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.5 system-ui,sans-serif;max-width:64rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere;\
color:light-dark(#1b1d1c,#eceeed);background:light-dark(#fff,#191c1b)}\
a{color:light-dark(#0e5c56,#4fc3b3)}\
h3{font-size:1rem}\
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

/// An operation: its method, its path, and its description in the document.
type Operation<'a> = (&'a str, &'a str, &'a Value);

/// Answers a page.
pub fn served(page: Bytes) -> Response {
    let headers: [(HeaderName, &str); 2] =
        [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, &POLICY)];
    (headers, page).into_response()
}

/// The page of an OpenAPI document.
pub fn page(document: &Value) -> Bytes {
    let title = text(&document["info"]["title"]);
    let mut by_tag: BTreeMap<&str, Vec<Operation<'_>>> = BTreeMap::new();
    for (path, item) in fields(&document["paths"]) {
        for (method, operation) in
            fields(item).filter(|(_, operation)| operation["responses"].is_object())
        {
            let tag = operation["tags"][0].as_str().unwrap_or("other");
            by_tag.entry(tag).or_default().push((method, path, operation));
        }
    }
    let body = html! {
        main {
            h1 { (title) }
            p { (text(&document["info"]["description"])) }
            p { "For programs: " a href="openapi.json" { "openapi.json" } }
            nav { @for tag in by_tag.keys().chain([&"schemas"]) { a href={ "#" (tag) } { (tag) } } }
            @for (tag, operations) in &by_tag {
                h2 id=(tag) { (tag) }
                @for operation in operations { (describe(*operation)) }
            }
            h2 id="schemas" { "schemas" }
            @for (name, schema) in fields(&document["components"]["schemas"]) {
                details id={ "schema-" (name) } { summary { (name) } (schema_markup(schema)) }
            }
        }
    };
    html::document(&title, STYLE, &body).into_string().into()
}

fn describe((method, path, operation): Operation<'_>) -> Markup {
    let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    html! {
        details id=(text(&operation["operationId"])) {
            summary {
                b { (method.to_uppercase()) } " " code { (path) } " " (text(&operation["summary"]))
            }
            p { (text(&operation["description"])) }
            @for server in operation["servers"].as_array().into_iter().flatten() {
                p { (text(&server["description"])) }
            }
            @if !parameters.is_empty() {
                table {
                    tr { th { "Parameter" } th { "In" } th { "Meaning" } }
                    @for parameter in parameters {
                        tr {
                            td {
                                code { (text(&parameter["name"])) }
                                @if parameter["required"] == true { " *" }
                            }
                            td { (text(&parameter["in"])) }
                            td { (text(&parameter["description"])) " " (schema_markup(&parameter["schema"])) }
                        }
                    }
                }
            }
            @let body = &operation["requestBody"]["content"];
            @if body.is_object() { h3 { "Body" } (contents(body)) }
            table {
                tr { th { "Answer" } th { "Meaning" } }
                @for (status, answer) in fields(&operation["responses"]) {
                    tr {
                        td { (status) }
                        td { (text(&answer["description"])) (contents(&answer["content"])) }
                    }
                }
            }
        }
    }
}

/// The schemas of a body, by media type.
fn contents(content: &Value) -> Markup {
    html! {
        @for (kind, content) in fields(content) {
            div { small { (kind) } " " (schema_markup(&content["schema"])) }
        }
    }
}

/// What a schema allows; references are links.
fn schema_markup(schema: &Value) -> Markup {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.trim_start_matches(SCHEMAS);
        return html! { a href={ "#schema-" (name) } { (name) } };
    }
    for (several, word) in [("allOf", " and "), ("oneOf", " or "), ("anyOf", " or ")] {
        if let Some(parts) = schema[several].as_array() {
            return joined(parts, word, schema_markup);
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        return joined(values, " or ", |value| html! { code { (value) } });
    }
    if schema["properties"].is_object() {
        return html! { ul { (properties(schema)) } };
    }
    if schema["items"].is_object() {
        return html! { "list of " (schema_markup(&schema["items"])) };
    }
    let bounds = ["format", "pattern", "minimum", "maximum", "minLength", "maxLength", "default"];
    html! {
        @match &schema["type"] {
            Value::Array(kinds) => (joined(kinds, " or ", |kind| html! { (text(kind)) })),
            kind => (text(kind)),
        }
        small {
            @for name in bounds.into_iter().filter(|name| !schema[*name].is_null()) {
                " " (name) " " (text(&schema[name]))
            }
        }
    }
}

fn joined(values: &[Value], word: &str, show: impl Fn(&Value) -> Markup) -> Markup {
    html! {
        @for (index, value) in values.iter().enumerate() {
            @if index > 0 { (word) }
            (show(value))
        }
    }
}

fn properties(schema: &Value) -> Markup {
    let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
    html! {
        @for (name, property) in fields(&schema["properties"]) {
            li {
                code { (name) }
                @if required.iter().any(|field| field == name) { " *" }
                " " (schema_markup(property)) " " (text(&property["description"]))
            }
        }
    }
}

fn fields(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter).map(|(name, value)| (name.as_str(), value))
}

/// A value as text; empty for null.
fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => "".into(),
        Value::String(text) => text.into(),
        value => value.to_string().into(),
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
        let values_after = |before: &str| -> Vec<&str> {
            page.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
        };
        let ids = values_after(" id=\"");
        for item in document["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                let name = operation["operationId"].as_str().unwrap();
                assert!(ids.contains(&name), "{name}");
            }
        }
        let lost: Vec<_> =
            values_after(" href=\"#").into_iter().filter(|id| !ids.contains(id)).collect();
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
