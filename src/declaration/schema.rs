//! The JSON Schema of a declaration, made from the table that the parser uses. Editors find it through
//! `#:schema` at the top of mcp.toml.

use serde_json::{Map, Value, json};

use super::schema_rules;
use super::tables::DECLARATION;
use crate::fields::{Field, MAX_SECONDS, Shape, Table};

/// Returns the schema (JSON Schema, draft 07, which all editors know). `clients` are the known clients; a declaration can
/// name others, which the user has added.
pub fn schema(clients: &[&str]) -> Value {
    let mut root = table(&DECLARATION);
    for (path, rule) in schema_rules::rules(clients) {
        let node = root.pointer_mut(&format!("/{path}")).expect("a rule is for a field");
        add(node, rule);
    }
    let head = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        // Relative, because the schema has no address: the name under which the documents save it.
        "$id": "mcp.schema.json",
        "title": "mcp.toml",
        "description": "The declaration of MCP servers that mcpgen writes into the clients' files",
    });
    let Value::Object(mut schema) = head else { return root };
    if let Value::Object(root) = root {
        schema.extend(root);
    }
    Value::Object(schema)
}

// A rule adds keywords to those of the shape. One with `anyOf` replaces them.
fn add(node: &mut Value, rule: Value) {
    let (Some(keywords), Value::Object(rule)) = (node.as_object_mut(), rule) else { return };
    if rule.contains_key("anyOf") {
        keywords.remove("type");
    }
    keywords.extend(rule);
}

fn table(table: &Table) -> Value {
    let property = |field: &Field| {
        let mut value = shape(field.shape);
        value["description"] = field.doc.into();
        (field.name.to_owned(), value)
    };
    let properties: Map<String, Value> = table.fields.iter().map(property).collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn shape(shape: Shape) -> Value {
    let text = json!({ "type": "string" });
    match shape {
        Shape::String => text,
        Shape::StringOrFalse => json!({ "anyOf": [text, { "enum": [false] }] }),
        Shape::OneOf(words) => json!({ "enum": words }),
        Shape::Boolean => json!({ "type": "boolean" }),
        Shape::Seconds => json!({ "type": "integer", "minimum": 1, "maximum": MAX_SECONDS }),
        Shape::Port => json!({ "type": "integer", "minimum": 1, "maximum": 65535 }),
        Shape::Strings => json!({ "type": "array", "items": text }),
        Shape::Words(words) => json!({ "type": "array", "items": { "enum": words } }),
        Shape::StringsOrTables(inner) => {
            json!({ "type": "array", "items": { "anyOf": [text, table(inner)] } })
        }
        Shape::StringMap => json!({ "type": "object", "additionalProperties": text }),
        Shape::StringLists => {
            let list = json!({ "type": "array", "items": text });
            json!({ "type": "object", "additionalProperties": list })
        }
        Shape::Table(inner) => table(inner),
        Shape::TableMap(inner) => json!({ "type": "object", "additionalProperties": table(inner) }),
        Shape::OpenTables => {
            json!({ "type": "object", "additionalProperties": { "type": "object" } })
        }
        Shape::Open => json!({ "type": "object" }),
        Shape::Paths | Shape::KeyPaths | Shape::Count | Shape::WordLists(_) | Shape::Tables(_) => {
            json!({})
        }
        Shape::OneOfOrTable(words, inner) => json!({ "anyOf": [{ "enum": words }, table(inner)] }),
    }
}
