//! The JSON Schema of a declaration, made from the table that the parser uses. Editors find it through
//! `#:schema` at the top of mcp.toml.

use serde_json::{Map, Value, json};

use super::tables::DECLARATION;
use crate::fields::{Field, MAX_SECONDS, Shape, Table};

/// Returns the schema (JSON Schema, draft 2020-12).
pub fn schema() -> Value {
    let mut root = table(&DECLARATION);
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("mcp.toml");
    root
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
