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

use crate::html::{self, content_security_policy};

/// In the colours of the portal.
const STYLE: &str = "\
:root{color-scheme:light dark;--card:light-dark(#fff,#191c1b);--sunken:light-dark(#efeeea,#0e100f);\
--line:light-dark(#e6e4de,#2a2e2d);--ink-2:light-dark(#565b59,#a9b0ae);--accent:light-dark(#0e5c56,#4fc3b3)}\
body{display:grid;grid-template-columns:10rem minmax(0,60rem);gap:1.5rem 2.5rem;justify-content:center;\
margin:0;padding:2rem 1.25rem;font:.9375rem/1.5 system-ui,sans-serif;\
color:light-dark(#1b1d1c,#eceeed);background:light-dark(#f6f5f2,#121413)}\
header{display:grid;gap:.5rem;grid-column:1/-1}\
h1,h2,h3,p{margin:0}\
h1{font-size:1.75rem;line-height:1.2}\
h2{font-size:1.125rem}\
h3{margin-top:.75rem;font-size:.875rem}\
a{color:var(--accent)}\
nav{position:sticky;top:1.5rem;align-self:start;display:grid;gap:.375rem}\
nav a{text-decoration:none}\
main,section{display:grid;gap:.75rem;grid-template-columns:minmax(0,1fr)}\
main{gap:2rem}\
section>p,header p,small{color:var(--ink-2)}\
section>div{border:1px solid var(--line);border-radius:.625rem;background:var(--card)}\
details+details{border-top:1px solid var(--line)}\
details>div{display:grid;gap:.75rem;padding:.25rem 1rem 1rem;overflow-wrap:anywhere;scroll-margin-top:4rem}\
summary{padding:.5rem 1rem;cursor:pointer;overflow-wrap:anywhere}\
summary b{display:inline-block;min-width:4.25rem;font-size:.75rem;color:var(--accent)}\
summary .post{color:light-dark(#1a6b3c,#6fcf97)}\
summary .put,summary .patch{color:light-dark(#8a5300,#f0b95b)}\
summary .delete{color:light-dark(#a92727,#ff9b94)}\
code{padding:.0625rem .25rem;border-radius:.25rem;background:var(--sunken);font-size:.875em}\
summary code{padding:0;background:none}\
table{border-collapse:collapse;width:100%}\
td,th{border-top:1px solid var(--line);padding:.25rem .75rem .25rem 0;text-align:left;vertical-align:top}\
th{border:0;font-size:.8125rem;color:var(--ink-2)}\
ul{margin:0;padding-left:1.25rem}\
@media(max-width:48rem){body{grid-template-columns:minmax(0,1fr)}\
nav{position:static;display:flex;flex-wrap:wrap;gap:.25rem 1rem}}";

static POLICY: LazyLock<String> = LazyLock::new(|| content_security_policy(STYLE));

/// What references begin with.
const SCHEMAS: &str = "#/components/schemas/";

/// An operation: its method, its path, and its description in the document.
type Operation<'a> = (&'a str, &'a str, &'a Value);

/// Answers a page.
pub fn page_response(page: Bytes) -> Response {
    let headers: [(HeaderName, &str); 2] =
        [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, &POLICY)];
    (headers, page).into_response()
}

/// The page of an OpenAPI document.
pub fn render_page(document: &Value) -> Bytes {
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
    let about = |name: &str| {
        let mut tags = document["tags"].as_array().into_iter().flatten();
        tags.find(|tag| tag["name"] == name).map_or(&Value::Null, |tag| &tag["description"])
    };
    let body = html! {
        header {
            h1 { (title) }
            p { (prose(&document["info"]["description"])) }
            p {
                "For programs: " a href="openapi.json" download { "openapi.json" } ", "
                a href="asyncapi.json" download { "asyncapi.json" }
            }
        }
        nav { @for tag in by_tag.keys().chain([&"schemas"]) { a href={ "#" (tag) } { (tag) } } }
        main {
            @for (tag, operations) in &by_tag {
                section {
                    h2 id=(tag) { (tag) }
                    p { (prose(about(tag))) }
                    div { @for operation in operations { (describe(*operation)) } }
                }
            }
            section {
                h2 id="schemas" { "schemas" }
                div {
                    @for (name, schema) in fields(&document["components"]["schemas"]) {
                        // A link to what lies inside opens it.
                        details {
                            summary { (name) }
                            div id={ "schema-" (name) } {
                                p { (prose(&schema["description"])) }
                                div { (schema_markup(schema)) }
                            }
                        }
                    }
                }
            }
        }
    };
    html::html_document(&title, STYLE, &body).into_string().into()
}

fn describe((method, path, operation): Operation<'_>) -> Markup {
    let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    html! {
        details {
            summary {
                b class=(method) { (method.to_uppercase()) } " " code { (path) } " "
                (prose(&operation["summary"]))
            }
            div id=(text(&operation["operationId"])) {
                p { (prose(&operation["description"])) }
                @for server in operation["servers"].as_array().into_iter().flatten() {
                    p { (prose(&server["description"])) }
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
                                td { (prose(&parameter["description"])) " " (schema_markup(&parameter["schema"])) }
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
                            td { (prose(&answer["description"])) (contents(&answer["content"])) }
                        }
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
                " " (schema_markup(property)) " " (prose(&property["description"]))
            }
        }
    }
}

fn fields(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter).map(|(name, value)| (name.as_str(), value))
}

/// What a description says; what stands between backticks is code.
fn prose(description: &Value) -> Markup {
    let text = text(description);
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 0 { (part) } @else { code { (part) } }
        }
    }
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
        let page = render_page(&document);
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
        let page = String::from_utf8(render_page(&document).to_vec()).unwrap();
        assert!(page.contains("<title>&lt;b&gt;</title>") && page.contains("a &amp; b"), "{page}");
        assert!(page.contains("<code>/&lt;i&gt;</code> &lt;u&gt;"), "{page}");
    }
}
