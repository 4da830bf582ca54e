//! The schemas of the document: each part that has a name is referred to by it, and there is none that
//! nobody needs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::required_fields::collect_references;

/// Brings all schemas into the form that readers of other makers expect.
pub(super) fn normalize_schemas(document: &mut Value) {
    simplify(document);
    name_variants(document);
    spread_choices(document);
    remove_unused(document);
}

/// A composition of one part is that part; what lists hold is said, also where anything may be one.
fn simplify(part: &mut Value) {
    match part {
        Value::Object(fields) => {
            fields.values_mut().for_each(simplify);
            for composition in ["allOf", "anyOf", "oneOf"] {
                let Some(Value::Array(parts)) = fields.get_mut(composition) else { continue };
                if let [Value::Object(_)] = parts[..]
                    && let Some(Value::Object(only)) = parts.pop()
                {
                    fields.remove(composition);
                    for (name, value) in only {
                        fields.entry(name).or_insert(value);
                    }
                }
            }
            if fields.contains_key("prefixItems") {
                fields.entry("items").or_insert(false.into());
            }
            let kinds = fields.get("type").and_then(Value::as_array);
            if kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "array")) {
                fields.entry("items").or_insert_with(|| json!({}));
            }
        }
        Value::Array(parts) => parts.iter_mut().for_each(simplify),
        _ => {}
    }
}

/// What a variant holds gets a name of its own: that of the whole, and of the variant.
fn name_variants(document: &mut Value) {
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else { return };
    let mut named = Map::new();
    for (name, schema) in schemas.iter_mut() {
        let variants = schema.get_mut("oneOf").and_then(Value::as_array_mut);
        for variant in variants.into_iter().flatten() {
            let fields = variant.get_mut("properties").and_then(Value::as_object_mut);
            let Some(fields) = fields.filter(|fields| fields.len() == 1) else { continue };
            for (tag, held) in fields.iter_mut().filter(|(_, held)| held["properties"].is_object())
            {
                let name = format!("{name}.{tag}");
                let reference = json!({ "$ref": format!("#/components/schemas/{name}") });
                named.insert(name, std::mem::replace(held, reference));
            }
        }
    }
    schemas.extend(named);
}

/// What has the fields of one of several objects and some more is one of several objects.
fn spread_choices(document: &mut Value) {
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else { return };
    let choices = |part: &Value| {
        let name = part["$ref"].as_str()?.rsplit('/').next()?;
        let variants = schemas.get(name)?["oneOf"].as_array()?;
        variants.iter().all(|one| one["properties"].is_object()).then(|| variants.clone())
    };
    let spread = schemas.iter().filter_map(|(name, schema)| {
        let [choice, more] = &schema["allOf"].as_array()?[..] else { return None };
        let mut variants = choices(choice)?;
        for variant in &mut variants {
            for part in ["properties", "required"] {
                match (&mut variant[part], &more[part]) {
                    (Value::Object(fields), Value::Object(more)) => fields.extend(more.clone()),
                    (Value::Array(names), Value::Array(more)) => names.extend(more.clone()),
                    _ => {}
                }
            }
        }
        let mut whole = json!({ "oneOf": variants });
        if let Some(description) = schema.get("description") {
            whole["description"] = description.clone();
        }
        Some((name.clone(), whole))
    });
    let spread: Vec<_> = spread.collect();
    schemas.extend(spread);
}

/// Schemas of generic types hold others as a whole: they are to refer to them.
pub(super) fn refer_to_named_schemas(document: &mut Value) {
    let schemas = document["components"]["schemas"].as_object();
    let objects =
        schemas.into_iter().flatten().filter(|(_, schema)| schema["properties"].is_object());
    let names: BTreeMap<_, _> =
        objects.map(|(name, schema)| (schema.to_string(), name.clone())).collect();
    let schemas = document["components"]["schemas"].as_object_mut();
    let parts = schemas.into_iter().flatten().filter_map(|(_, schema)| schema.as_object_mut());
    parts.flatten().for_each(|(_, part)| refer(part, &names));
    refer(&mut document["paths"], &names);
}

fn refer(part: &mut Value, names: &BTreeMap<String, String>) {
    if part["properties"].is_object()
        && let Some(name) = names.get(&part.to_string())
    {
        *part = json!({ "$ref": format!("#/components/schemas/{name}") });
        return;
    }
    match part {
        Value::Object(fields) => fields.values_mut().for_each(|part| refer(part, names)),
        Value::Array(parts) => parts.iter_mut().for_each(|part| refer(part, names)),
        _ => {}
    }
}

/// Drops the schemas that no operation refers to, directly or by others.
fn remove_unused(document: &mut Value) {
    let mut used = BTreeSet::new();
    collect_references(&document["paths"], &document["components"]["schemas"], &mut used);
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.retain(|name, _| used.contains(name));
    }
}
