//! JSON with comments and trailing commas: the places of its values, and a quick look at one section.

use jsonc_parser::ast;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions};
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Number, Value};

use super::node::{Item, Node, Shape, Style};
use super::{Fault, Spot};

// Comments and trailing commas are what clients' readers allow; everything else is strict JSON.
fn options() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

/// Reads a whole text with places. An empty one has no root.
///
/// # Errors
/// Fails on a syntax error and on nesting the parser does not follow (512 levels).
pub fn read(text: &str) -> Result<Option<Node>, Fault> {
    let parsed = jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &options());
    match parsed {
        Ok(result) => Ok(result.value.map(|value| node(&value))),
        Err(error) => Err(Fault::syntax(text, error.range().start, &error.kind().to_string())),
    }
}

fn node(value: &ast::Value<'_>) -> Node {
    let range = value.range();
    let shape = match value {
        ast::Value::StringLit(lit) => Shape::Scalar(Value::from(lit.value.as_ref())),
        ast::Value::NumberLit(lit) => Shape::Scalar(number(lit.value)),
        ast::Value::BooleanLit(lit) => Shape::Scalar(Value::from(lit.value)),
        ast::Value::NullKeyword(_) => Shape::Scalar(Value::Null),
        ast::Value::Array(array) => Shape::List(array.elements.iter().map(node).collect()),
        ast::Value::Object(object) => Shape::Map(object.properties.iter().map(item).collect()),
    };
    Node { style: Style::Flow, span: range.start..range.end, shape }
}

fn item(prop: &ast::ObjectProp<'_>) -> Item {
    let range = prop.name.range();
    let key = prop.name.as_str().to_owned();
    Item { key, key_span: range.start..range.end, node: node(&prop.value) }
}

fn number(text: &str) -> Value {
    text.parse::<Number>().map_or_else(|_| Value::from(text), Value::Number)
}

/// Reads only the values under some keys of the root, skipping the rest without keeping it: a client's
/// state file may hold megabytes that are none of our business. `None` where the text is not strict
/// JSON with an object at its root; [`read`] then says more.
pub fn peek(text: &str, wanted: &[&str]) -> Option<Result<Map<String, Value>, Fault>> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = reader.deserialize_map(Root { wanted });
    let read = read.and_then(|map| reader.end().map(|()| map));
    match read {
        Ok(map) => Some(Ok(map)),
        Err(error) => {
            let name = error.to_string();
            let name = name.strip_prefix(DUPLICATE)?.split('\u{0}').next()?.to_owned();
            let spot = Spot { line: error.line(), column: error.column() };
            Some(Err(Fault::Duplicate { name, spot }))
        }
    }
}

const DUPLICATE: &str = "duplicate\u{0}";

fn duplicate<E: serde::de::Error>(key: &str) -> E {
    E::custom(format!("{DUPLICATE}{key}\u{0}"))
}

struct Root<'a> {
    wanted: &'a [&'a str],
}

impl<'de> Visitor<'de> for Root<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut found = Map::new();
        while let Some(key) = access.next_key::<std::borrow::Cow<'de, str>>()? {
            if !self.wanted.contains(&key.as_ref()) {
                access.next_value::<IgnoredAny>()?;
            } else if found.contains_key(key.as_ref()) {
                return Err(duplicate(&key));
            } else {
                found.insert(key.into_owned(), access.next_value_seed(Unique)?);
            }
        }
        Ok(found)
    }
}

/// Reads a value and refuses a key that an object has twice.
struct Unique;

impl<'de> DeserializeSeed<'de> for Unique {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a JSON number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = vec![];
        while let Some(value) = access.next_element_seed(Unique)? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("{DUPLICATE}{key}\u{0}")));
            }
            let value = access.next_value_seed(Unique)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peek_keeps_the_wanted_keys_and_refuses_a_duplicate() {
        let text = r#"{"projects": {"a": [1, {"b": 2}]}, "mcpServers": {"x": {"args": []}}}"#;
        let found = peek(text, &["mcpServers"]).unwrap().unwrap();
        assert_eq!(Value::Object(found), serde_json::json!({"mcpServers": {"x": {"args": []}}}));
        let twice = r#"{"mcpServers": {"x": {}, "x": {}}}"#;
        let fault = peek(twice, &["mcpServers"]).unwrap().unwrap_err();
        assert!(matches!(fault, Fault::Duplicate { name, .. } if name == "x"));
        assert!(peek("{} // c", &["mcpServers"]).is_none());
    }

    #[test]
    fn strict_json_with_comments_is_read_and_json5_is_not() {
        assert!(read("{\"a\": 1, // c\n}").unwrap().is_some());
        assert!(read("").unwrap().is_none());
        for text in
            ["{a: 1}", "{'a': 1}", "{\"a\": +1}", "{\"a\": 1 \"b\": 2}", "{", "{\"a\": 0x1}"]
        {
            assert!(matches!(read(text), Err(Fault::Syntax { .. })), "{text}");
        }
        assert!(read(&("[".repeat(600) + &"]".repeat(600))).is_err());
    }
}
