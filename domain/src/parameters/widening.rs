//! Whether everything that satisfied one schema satisfies the next.
//!
//! The question has no general answer, so this is careful instead of clever: it knows the keywords
//! that parameters are made of, and calls every change of another one a narrowing.

use serde_json::{Map, Value};

use crate::Fault;

type Object = Map<String, Value>;

/// Keywords that say nothing about which values are accepted.
const ANNOTATIONS: &[&str] =
    &["title", "description", "default", "examples", "deprecated", "$comment"];
/// Keywords that may stay, and not change.
const FIXED: &[&str] = &["$schema", "$id"];
/// Keywords whose lower value accepts more, and whose absence accepts all.
const FLOORS: &[&str] = &["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];
/// Keywords whose higher value accepts more, and whose absence accepts all.
const CEILINGS: &[&str] =
    &["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];
/// Keywords that may go, and not change.
const CONSTRAINTS: &[&str] = &["const", "pattern", "format", "multipleOf"];
/// Keywords compared by their meaning below.
const COMPARED: &[&str] =
    &["type", "enum", "required", "uniqueItems", "items", "properties", "additionalProperties"];

const ALWAYS: Value = Value::Bool(true);

pub(super) fn incompatibilities(old: &Object, new: &Object) -> Vec<Fault> {
    let mut found = Vec::new();
    if old != new && [old, new].into_iter().any(|schema| schema.values().any(refers)) {
        report(&mut found, "", "references are not compared; call the change breaking");
    } else {
        objects(old, new, "", &mut found);
    }
    found
}

/// A reference would let a change act at another place than its own.
fn refers(value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            object.iter().any(|(key, value)| key == "$ref" || key == "$dynamicRef" || refers(value))
        }
        Value::Array(values) => values.iter().any(refers),
        _ => false,
    }
}

fn schemas(old: &Value, new: &Value, at: &str, found: &mut Vec<Fault>) {
    match (old, new) {
        _ if old == new => {}
        (Value::Bool(false), _) | (_, Value::Bool(true)) => {}
        (Value::Object(old), Value::Object(new)) => objects(old, new, at, found),
        (Value::Bool(true), Value::Object(new)) => objects(&Object::new(), new, at, found),
        _ => report(found, at, "accepts less than before"),
    }
}

fn objects(old: &Object, new: &Object, at: &str, found: &mut Vec<Fault>) {
    if old == new {
        return;
    }
    let supported = [ANNOTATIONS, FIXED, FLOORS, CEILINGS, CONSTRAINTS, COMPARED].concat();
    let unsupported = old.keys().chain(new.keys()).find(|key| !supported.contains(&key.as_str()));
    if let Some(unsupported) = unsupported {
        let message = "is not compared; call the change breaking";
        return report(found, &below(at, unsupported), message);
    }
    for (key, after) in new {
        let before = old.get(key);
        let compared_below = ["properties", "additionalProperties"].contains(&key.as_str());
        if before == Some(after) || ANNOTATIONS.contains(&key.as_str()) || compared_below {
            continue;
        }
        let at = below(at, key);
        if key == "items" {
            schemas(before.unwrap_or(&ALWAYS), after, &at, found);
        } else if !widened(key, old, after) {
            report(found, &at, "accepts less than before");
        }
    }
    if FIXED.iter().any(|key| old.contains_key(*key) && !new.contains_key(*key)) {
        report(found, at, "is another kind of schema");
    }
    properties(old, new, at, found);
}

fn widened(key: &str, old: &Object, after: &Value) -> bool {
    let before = old.get(key);
    let numbers = before.and_then(Value::as_f64).zip(after.as_f64());
    match key {
        "type" => before.is_some_and(|before| {
            types(before).all(|old| {
                types(after).any(|new| new == old || (old == "integer" && new == "number"))
            })
        }),
        "enum" => match (before.and_then(Value::as_array), old.get("const")) {
            (Some(before), _) => contains_all(after, before),
            (None, Some(only)) => contains_all(after, std::slice::from_ref(only)),
            (None, None) => false,
        },
        "required" => {
            let before = before.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            after.as_array().is_some_and(|after| after.iter().all(|name| before.contains(name)))
        }
        "uniqueItems" => after == &Value::Bool(false),
        key if FLOORS.contains(&key) => numbers.is_some_and(|(before, after)| after <= before),
        key if CEILINGS.contains(&key) => numbers.is_some_and(|(before, after)| after >= before),
        _ => false,
    }
}

/// Parameters by name: what was declared, what is, and what happens to the others.
fn properties(old: &Object, new: &Object, at: &str, found: &mut Vec<Fault>) {
    let none = Object::new();
    let declared =
        |schema: &'_ Object| schema.get("properties").and_then(Value::as_object).cloned();
    let (before, after) = (declared(old), declared(new));
    let (before, after) = (before.as_ref().unwrap_or(&none), after.as_ref().unwrap_or(&none));
    let additional_before = old.get("additionalProperties").unwrap_or(&ALWAYS);
    let additional_after = new.get("additionalProperties").unwrap_or(&ALWAYS);
    let at_properties = below(at, "properties");
    for (name, after) in after {
        let at = below(&at_properties, name);
        schemas(before.get(name).unwrap_or(additional_before), after, &at, found);
    }
    for (name, before) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
        schemas(before, additional_after, &below(&at_properties, name), found);
    }
    schemas(additional_before, additional_after, &below(at, "additionalProperties"), found);
}

fn types(value: &Value) -> impl Iterator<Item = &str> {
    let single = value.as_str();
    let many = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    single.into_iter().chain(many)
}

fn contains_all(all: &Value, some: &[Value]) -> bool {
    all.as_array().is_some_and(|all| some.iter().all(|value| all.contains(value)))
}

fn below(at: &str, key: &str) -> String {
    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn report(found: &mut Vec<Fault>, at: &str, message: &str) {
    found.push(Fault::new(at, message));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use crate::ParameterSchema;

    use super::*;

    fn schema(value: Value) -> ParameterSchema {
        serde_json::from_value(value).unwrap()
    }

    fn check(old: Value, new: Value, places: &[&str]) {
        let faults = schema(old).incompatibilities_with(&schema(new));
        let found: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(found, places, "{faults:?}");
    }

    fn closed(properties: Value, required: &[&str]) -> Value {
        let mut schema = json!({ "type": "object", "additionalProperties": false });
        schema["properties"] = properties;
        schema["required"] = json!(required);
        schema
    }

    #[test]
    fn an_optional_parameter_may_be_added_and_a_bound_relaxed() {
        let old = closed(json!({ "seats": { "type": "integer", "maximum": 10 } }), &["seats"]);
        let new =
            json!({ "seats": { "type": "number", "maximum": 20 }, "edition": { "enum": ["a"] } });
        check(old, closed(new, &[]), &[]);
    }

    #[test]
    fn what_was_accepted_must_not_be_refused() {
        let seats = || json!({ "seats": { "type": "integer" } });
        check(closed(seats(), &[]), closed(seats(), &["seats"]), &["/required"]);
        check(closed(seats(), &[]), closed(json!({}), &[]), &["/properties/seats"]);
        let bounded = json!({ "seats": { "type": "integer", "minimum": 1 } });
        check(closed(seats(), &[]), closed(bounded, &[]), &["/properties/seats/minimum"]);
        let open = json!({ "type": "object" });
        let named = json!({ "type": "object", "properties": { "seats": { "minimum": 1 } } });
        check(open, named, &["/properties/seats/minimum"]);
    }

    #[test]
    fn what_cannot_be_compared_is_called_narrower() {
        let negated = |n| json!({ "type": "object", "not": { "minProperties": n } });
        check(negated(3), negated(4), &["/not"]);
        let by_reference = |n: i64| {
            json!({ "type": "object", "properties": {
                "a": { "minimum": n }, "b": { "not": { "$ref": "#/properties/a" } },
            } })
        };
        check(by_reference(3), by_reference(2), &[""]);
    }

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            (-2i64..4).prop_map(Value::from),
            prop_oneof![Just("a"), Just("bb"), Just("ccc")].prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            (0u8..3).prop_map(|half| json!(f64::from(half) + 0.5)),
        ]
    }

    fn parameter() -> impl Strategy<Value = Value> {
        let kinds = prop_oneof![
            Just(json!("integer")),
            Just(json!("number")),
            Just(json!(["string", "boolean"])),
            Just(json!("string")),
        ];
        let keyword = prop_oneof![
            kinds.prop_map(|kind| ("type", kind)),
            (-2i64..4).prop_map(|n| ("minimum", json!(n))),
            (-2i64..4).prop_map(|n| ("exclusiveMaximum", json!(n))),
            (0u8..4).prop_map(|n| ("maxLength", json!(n))),
            prop::collection::vec(value(), 1..4).prop_map(|values| ("enum", json!(values))),
            value().prop_map(|value| ("const", value)),
        ];
        let object = prop::collection::vec(keyword, 0..3).prop_map(|keywords| {
            Value::Object(
                keywords.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
            )
        });
        prop_oneof![8 => object, 1 => any::<bool>().prop_map(Value::Bool)]
    }

    fn declaration() -> impl Strategy<Value = Value> {
        let names = prop_oneof![Just("a"), Just("b"), Just("c")];
        let required = prop::collection::btree_set(names.clone(), 0..2);
        let properties = prop::collection::btree_map(names, parameter(), 0..3);
        (properties, required, prop::option::of(parameter())).prop_map(
            |(named, required, others)| {
                let mut schema =
                    json!({ "type": "object", "properties": named, "required": required });
                if let Some(others) = others {
                    schema["additionalProperties"] = others;
                }
                schema
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]

        #[test]
        fn cat_1_what_a_compatible_change_accepted_before_it_accepts_after(
            old in declaration(),
            new in declaration(),
            parameters in prop::collection::btree_map(prop_oneof![Just("a"), Just("b"), Just("c")], value(), 0..4),
        ) {
            let (old, new, parameters) = (schema(old), schema(new), json!(parameters));
            let parameters = parameters.as_object().unwrap();
            if old.incompatibilities_with(&new).is_empty() && old.parameter_faults(parameters, "").is_empty() {
                prop_assert_eq!(new.parameter_faults(parameters, ""), []);
            }
        }
    }
}
