//! The JSON Schema describes the declarations that the reader accepts.

use std::path::Path;

use mcpgen::testing::declaration::Declaration;
use mcpgen::testing::document::{Format, write};
use mcpgen::testing::fields::parse_toml;
use serde_json::{Value, json};

use super::{directory, names};
use crate::case::Case;

/// Returns whether a value is one that a schema describes: the few keywords that ours has.
fn fits(schema: &Value, value: &Value) -> bool {
    let none = serde_json::Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    schema.as_object().unwrap().iter().all(|(keyword, rule)| match keyword.as_str() {
        "$schema" | "$id" | "title" | "description" => true,
        // What only `check` and real validators look at: tests/declarations/schema.sh.
        "pattern" | "propertyNames" | "minItems" | "oneOf" | "allOf" | "dependencies" => true,
        "type" => match rule.as_str().unwrap() {
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            other => panic!("a type that the test does not know: {other}"),
        },
        "enum" => rule.as_array().unwrap().contains(value),
        "minimum" => value.as_i64().is_none_or(|number| number >= rule.as_i64().unwrap()),
        "maximum" => value.as_i64().is_none_or(|number| number <= rule.as_i64().unwrap()),
        "items" => value.as_array().into_iter().flatten().all(|item| fits(rule, item)),
        "anyOf" => rule.as_array().unwrap().iter().any(|schema| fits(schema, value)),
        "required" => {
            let required = rule.as_array().unwrap().iter();
            // The reader reports these later than the shape.
            required
                .filter(|key| !["secret", "issuer", "client-id"].iter().any(|later| *key == *later))
                .all(|key| !value[key.as_str().unwrap()].is_null())
        }
        "properties" => properties
            .iter()
            .all(|(key, schema)| value.get(key).is_none_or(|value| fits(schema, value))),
        "additionalProperties" => value.as_object().into_iter().flatten().all(|(key, value)| {
            properties.contains_key(key) || (rule != false && fits(rule, value))
        }),
        other => panic!("a keyword that the test does not know: {other}"),
    })
}

fn schema() -> Value {
    serde_json::from_str(&Case::new().ok(&["schema"]).out).unwrap()
}

/// Returns values that a schema describes: one of each kind, and each bound.
fn samples(schema: &Value) -> Vec<Value> {
    let mut found: Vec<Value> = vec![];
    found.extend(schema["enum"].as_array().into_iter().flatten().cloned());
    found.extend(schema["anyOf"].as_array().into_iter().flatten().flat_map(samples));
    match schema["type"].as_str() {
        Some("string") => found.push("x".into()),
        Some("boolean") => found.extend([json!(true), json!(false)]),
        Some("integer") => found.extend([schema["minimum"].clone(), schema["maximum"].clone()]),
        Some("array") => {
            found.push(json!([]));
            found.extend(samples(&schema["items"]).into_iter().map(|item| json!([item])));
        }
        Some("object") => {
            found.push(json!({}));
            for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
                found.extend(samples(schema).into_iter().map(|value| json!({ key: value })));
            }
            if schema["additionalProperties"].is_object() {
                let values = samples(&schema["additionalProperties"]);
                found.extend(values.into_iter().map(|value| json!({ "any": value })));
            }
        }
        _ => assert!(!found.is_empty(), "no sample of {schema}"),
    }
    found
}

/// Calls `visit` with every property of a schema: its path, its schema, and what holds it.
fn walk(path: &[&str], schema: &Value, visit: &mut impl FnMut(&[&str], &Value)) {
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = [path, &[key]].concat();
        visit(&path, property);
        walk(&path, property, visit);
        if property["additionalProperties"].is_object() {
            let path = [&path[..], &["one"]].concat();
            visit(&path, &property["additionalProperties"]);
            walk(&path, &property["additionalProperties"], visit);
        }
        for variant in property["anyOf"].as_array().into_iter().flatten() {
            walk(&path, variant, visit);
        }
    }
}

fn at(path: &[&str], value: Value) -> Value {
    path.iter().rev().fold(value, |value, key| json!({ *key: value }))
}

/// Returns the faults of spelling and shape of a declaration that has nothing but a value.
fn faults(value: &Value) -> Vec<String> {
    let line = |(key, value): (&String, &Value)| {
        format!("{} = {}\n", write::key(Format::Toml, key), write::inline(Format::Toml, value))
    };
    let text: String = value.as_object().unwrap().iter().map(line).collect();
    let (_, found) = Declaration::parse("mcp.toml", &text);
    found.iter().map(|fault| fault.title()).collect()
}

#[test]
fn the_schema_and_the_reader_accept_the_same() {
    let schema = schema();
    let (mut fields, mut refused) = (0, 0);
    walk(&[], &schema, &mut |path, property| {
        fields += 1;
        for sample in samples(property) {
            let declaration = at(path, sample);
            assert_eq!(faults(&declaration), [""; 0], "the schema has {declaration}");
        }
        for odd in [
            json!("another"),
            json!(""),
            json!(true),
            json!(0),
            json!(-1),
            json!(1.5),
            json!(65536),
            json!(4_000_000_000_u64),
            json!([]),
            json!([1]),
            json!(["x"]),
            json!([["x"]]),
            json!({}),
            json!({ "any": 1 }),
            json!({ "any": "x" }),
            json!({ "any": {} }),
            json!({ "any": { "any": "x" } }),
        ] {
            let fits = fits(property, &odd);
            let declaration = at(path, odd);
            let found = faults(&declaration);
            assert_eq!(fits, found.is_empty(), "{declaration}: {found:?}");
            refused += usize::from(!fits);
        }
    });
    assert!(fields > 40 && refused > 400, "{fields} fields, {refused} refused values");
}

#[test]
fn a_property_that_the_schema_does_not_have_is_refused() {
    let schema = schema();
    let mut closed = 0;
    let mut refuse = |path: &[&str], schema: &Value| {
        if schema["additionalProperties"] == false {
            closed += 1;
            for name in ["another", "", "Command", "x-y"] {
                let declaration = at(path, json!({ name: "x" }));
                let title = format!("`{name}` is not a field of ");
                let found = faults(&declaration);
                assert!(
                    found.len() == 1 && found[0].starts_with(&title),
                    "{declaration}: {found:?}"
                );
            }
        }
    };
    refuse(&[], &schema);
    walk(&[], &schema, &mut |path, property| {
        refuse(path, property);
        for variant in property["anyOf"].as_array().into_iter().flatten() {
            refuse(path, variant);
        }
    });
    assert_eq!(closed, 7, "the declaration, its four tables, tools, and auth");
}

#[test]
fn examples_and_valid_declarations_match_the_schema_and_wrong_shapes_do_not() {
    let schema = schema();
    let fits = |path: &Path| {
        let text = std::fs::read_to_string(path).unwrap();
        let (root, errors) = parse_toml(text.trim_start_matches('\u{feff}'));
        assert_eq!(errors, []);
        fits(&schema, &root.to_value())
    };
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for directory in [examples, directory("valid")] {
        for name in names(&directory) {
            let path = directory.join(format!("{name}.toml"));
            assert!(fits(&path), "{}", path.display());
        }
    }
    // The schema also describes included files, which need no clients.
    for name in ["shapes", "numbers", "fields-unknown"] {
        assert!(!fits(&directory("invalid").join(format!("{name}.toml"))), "{name}");
    }
}
