//! The arguments of tools that are also sent in headers: `x-mcp-header` in a tool's schema.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::shown;

const ANNOTATION: &str = "x-mcp-header";
// The values of these keywords are data, not schemas.
const DATA: [&str; 5] = ["const", "default", "enum", "examples", "required"];
// The values of these keywords are maps of schemas by name.
const NAMED: [&str; 4] = ["$defs", "definitions", "dependentSchemas", "patternProperties"];

/// The arguments that are also sent in headers, by tool.
#[derive(Debug, Default)]
pub struct ToolHeaders(HashMap<String, Vec<MirroredArgument>>);

#[derive(Debug, PartialEq)]
struct MirroredArgument {
    header: String,
    path: Vec<String>,
}

impl ToolHeaders {
    /// Reads the annotations in a list of tools, and removes the tools that must not be called. Returns a log line for
    /// each removed tool.
    ///
    /// `first` says whether this is the first page of a list. The first page replaces the annotations of earlier lists.
    pub fn learn(&mut self, list: &mut Value, first: bool) -> Vec<String> {
        let Some(tools) = list.get_mut("tools").and_then(Value::as_array_mut) else {
            return vec![];
        };
        if first {
            self.0.clear();
        }
        let mut said = vec![];
        tools.retain(|tool| {
            let name = tool["name"].as_str().unwrap_or_default();
            let read = read(&tool["inputSchema"]);
            match read {
                Ok(mirrors) if mirrors.is_empty() => drop(self.0.remove(name)),
                Ok(mirrors) => drop(self.0.insert(name.to_owned(), mirrors)),
                Err(why) => {
                    let name = shown(name);
                    said.push(format!("the tool `{name}` of the server is omitted: {why}"));
                    return false;
                }
            }
            true
        });
        said
    }

    /// Returns the names and values of the headers for a call. A missing argument has no header.
    pub fn mirrored(&self, tool: &str, arguments: &Value) -> Vec<(&str, String)> {
        let mirrors = self.0.get(tool).into_iter().flatten();
        mirrors.filter_map(|mirror| Some((&*mirror.header, mirror.value(arguments)?))).collect()
    }
}

impl MirroredArgument {
    fn value(&self, arguments: &Value) -> Option<String> {
        match self.path.iter().try_fold(arguments, |value, name| value.get(name))? {
            Value::String(text) => Some(text.clone()),
            Value::Bool(flag) => Some(flag.to_string()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

fn read(schema: &Value) -> Result<Vec<MirroredArgument>, String> {
    let mut found = vec![];
    walk(schema, Some(&mut vec![]), &mut found)?;
    Ok(found)
}

// `path` is `None` if the schema is not reached through `properties` only.
fn walk(
    schema: &Value,
    mut path: Option<&mut Vec<String>>,
    found: &mut Vec<MirroredArgument>,
) -> Result<(), String> {
    if let Value::Array(schemas) = schema {
        return schemas.iter().try_for_each(|schema| walk(schema, None, found));
    }
    let Value::Object(schema) = schema else { return Ok(()) };
    if let Some(header) = schema.get(ANNOTATION) {
        found.push(mirror(header, schema, path.as_deref(), found)?);
    }
    for (keyword, below) in schema {
        match (keyword.as_str(), below) {
            ("properties", Value::Object(properties)) => {
                walk_properties(properties, path.as_deref_mut(), found)?;
            }
            (keyword, _) if keyword == ANNOTATION || DATA.contains(&keyword) => {}
            (keyword, Value::Object(schemas)) if NAMED.contains(&keyword) => {
                schemas.values().try_for_each(|schema| walk(schema, None, found))?;
            }
            _other => walk(below, None, found)?,
        }
    }
    Ok(())
}

fn walk_properties(
    properties: &Map<String, Value>,
    mut path: Option<&mut Vec<String>>,
    found: &mut Vec<MirroredArgument>,
) -> Result<(), String> {
    for (name, schema) in properties {
        if let Some(path) = path.as_deref_mut() {
            path.push(name.clone());
        }
        walk(schema, path.as_deref_mut(), found)?;
        path.as_deref_mut().map(Vec::pop);
    }
    Ok(())
}

fn mirror(
    header: &Value,
    schema: &Map<String, Value>,
    path: Option<&Vec<String>>,
    found: &[MirroredArgument],
) -> Result<MirroredArgument, String> {
    let header = header.as_str().filter(|name| is_token(name)).ok_or_else(|| {
        format!("`{}` cannot be the name of a header", shown(&header.to_string()))
    })?;
    let fault = |why: &str| format!("the header `{header}` {why}");
    let path = path.filter(|path| !path.is_empty());
    let path =
        path.ok_or_else(|| fault("is not on a property with one fixed place in the arguments"))?;
    if !is_primitive(schema.get("type")) {
        return Err(fault("is not on a string, integer or boolean"));
    }
    if found.iter().any(|other| other.header.eq_ignore_ascii_case(header)) {
        return Err(fault("is on two properties"));
    }
    Ok(MirroredArgument { header: header.to_owned(), path: path.clone() })
}

// RFC 9110, section 5.6.2.
fn is_token(name: &str) -> bool {
    let mark = |c: char| "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || mark(c))
}

fn is_primitive(kind: Option<&Value>) -> bool {
    let primitive = |kind: &Value| kind == "string" || kind == "integer" || kind == "boolean";
    match kind {
        // A property that may be null is allowed: without a value, no header is sent.
        Some(Value::Array(kinds)) => {
            kinds.iter().any(primitive)
                && kinds.iter().all(|kind| primitive(kind) || kind == "null")
        }
        Some(kind) => primitive(kind),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_annotation_needs_a_unique_name_a_fixed_place_and_a_primitive_type() {
        let on = |header: &str, kind: Value| json!({"type": kind, ANNOTATION: header});
        let below =
            |keyword: &str| json!({"properties": {"a": {keyword: [on("A", json!("string"))]}}});
        let text = |header: &str| on(header, json!("string"));
        let two = |a: &str, b: &str| json!({"properties": {"a": text(a), "b": text(b)}});
        let one = |header: &str, kind: Value| json!({"properties": {"a": on(header, kind)}});
        for (schema, fine) in [
            (one("Region", json!("string")), true),
            (one("Region", json!("integer")), true),
            (one("Region", json!("boolean")), true),
            (one("Region", json!(["string", "null"])), true),
            (one("Region", json!("number")), false),
            (one("Region", json!("object")), false),
            (one("Region", json!("array")), false),
            (one("Region", json!("null")), false),
            (one("Region", json!(["null"])), false),
            (one("Region", json!(["string", "object"])), false),
            (json!({"properties": {"a": {ANNOTATION: "Region"}}}), false),
            (json!({"properties": {"a": {"type": "string", ANNOTATION: 1}}}), false),
            (one("", json!("string")), false),
            (one("My Region", json!("string")), false),
            (one("Region:Primary", json!("string")), false),
            (one("Région", json!("string")), false),
            (one("Region\t1", json!("string")), false),
            (one("Region\r\nCookie", json!("string")), false),
            (two("A", "B"), true),
            (two("Region", "Region"), false),
            (two("MyField", "myfield"), false),
            (on("Root", json!("string")), false),
            (json!({"properties": {"a": {"properties": {"b": on("B", json!("string"))}}}}), true),
            (below("anyOf"), false),
            (json!({"$defs": {"a": on("A", json!("string"))}}), false),
            (json!({"properties": {"a": {"items": on("A", json!("string"))}}}), false),
            (json!({"if": {"properties": {"a": on("A", json!("string"))}}}), false),
            // Here, `x-mcp-header` is a name or a value, not an annotation.
            (json!({"properties": {ANNOTATION: {"type": "string"}}}), true),
            (json!({"default": {ANNOTATION: ""}, "enum": [{ANNOTATION: ""}]}), true),
            (json!({"$defs": {ANNOTATION: {"type": "string"}}}), true),
            (json!(null), true),
        ] {
            assert_eq!(read(&schema).is_ok(), fine, "{schema}");
        }
    }

    #[test]
    fn an_argument_is_also_sent_in_its_header() {
        let schema = json!({"properties": {
            "a": {"type": "string", ANNOTATION: "A"},
            "deep": {"type": "object", "properties": {"b": {"type": "integer", ANNOTATION: "B"}}},
            "c": {"type": "boolean", ANNOTATION: "C"},
        }});
        let mut tools = ToolHeaders::default();
        let mut list = json!({"tools": [{"name": "t", "inputSchema": schema}]});
        assert_eq!(tools.learn(&mut list, true), Vec::<String>::new());
        for (arguments, want) in [
            (json!({"a": "x", "deep": {"b": -7}, "c": false}), vec!["A=x", "B=-7", "C=false"]),
            (json!({"a": null, "deep": {"b": [1]}}), vec![]),
            (json!({"deep": 1, "b": 2, "A": "x"}), vec![]),
            (json!(null), vec![]),
        ] {
            let got = tools.mirrored("t", &arguments);
            let got: Vec<_> = got.iter().map(|(name, value)| format!("{name}={value}")).collect();
            assert_eq!(got, want, "{arguments}");
        }
        assert!(tools.mirrored("u", &json!({"a": "x"})).is_empty());
        tools.learn(&mut json!({"tools": []}), false);
        assert_eq!(tools.mirrored("t", &json!({"a": "x"})).len(), 1);
        tools.learn(&mut json!({"tools": []}), true);
        assert!(tools.mirrored("t", &json!({"a": "x"})).is_empty());
    }

    #[test]
    fn one_invalid_tool_does_not_remove_the_others() {
        let schema = json!({"properties": {"x": {"type": "null", ANNOTATION: "X"}}});
        let bad = json!({"name": "b\u{1b}", "inputSchema": schema});
        let mut list =
            json!({"tools": [{"name": "a"}, bad, {"name": "c", "inputSchema": {}}], "ttlMs": 1});
        let said = ToolHeaders::default().learn(&mut list, true);
        assert_eq!(
            list,
            json!({"tools": [{"name": "a"}, {"name": "c", "inputSchema": {}}], "ttlMs": 1})
        );
        assert_eq!(
            said,
            [
                r"the tool `b\u{1b}` of the server is omitted: the header `X` is not on a string, integer or boolean"
            ]
        );
    }
}
