//! JSON with comments and trailing commas: positions of values, and a fast reader for one section.

use std::borrow::Cow;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::errors::ParseErrorKind;
use jsonc_parser::{CollectOptions, ParseOptions};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::DocumentError;
use super::depth::MAX_DEPTH;
use super::node::{MapItem, Node, NodeShape, Style};
use super::unclosed::unclosed;

// Clients' parsers allow comments and trailing commas. Everything else is strict JSON.
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

/// Parses a string with positions. An empty string has no root.
///
/// # Errors
/// Fails on a syntax error, and if values are nested too deeply.
pub fn parse(text: &str) -> Result<Option<Node>, DocumentError> {
    let paired = paired(text);
    let parsed = jsonc_parser::parse_to_ast(&paired, &CollectOptions::default(), &options());
    match parsed {
        Ok(result) => {
            let read = result.value.map(|value| node(&value, MAX_DEPTH)).transpose();
            read.map_err(|at| DocumentError::too_deep(text, at, MAX_DEPTH))
        }
        Err(error) if matches!(error.kind(), ParseErrorKind::NestingDepthExceeded) => {
            Err(DocumentError::too_deep(text, error.range().start, MAX_DEPTH))
        }
        Err(error) => {
            let start = error.range().start;
            let is_open = matches!(
                error.kind(),
                ParseErrorKind::UnterminatedArray | ParseErrorKind::UnterminatedObject
            );
            let at = if is_open { unclosed(text).unwrap_or(start) } else { start };
            Err(DocumentError::syntax(text, at, &error.kind().to_string()))
        }
    }
}

// JavaScript writes half a surrogate pair (a string that was cut inside an emoji) as an escape sequence, which the
// parser rejects. It is replaced by another escape sequence of the same length.
fn paired(text: &str) -> Cow<'_, str> {
    if !text.contains("\\ud") && !text.contains("\\uD") {
        return text.into();
    }
    let mut out = text.to_owned();
    let half = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok().filter(|code| (0xd800..0xe000).contains(code))
    };
    let mut at = 0;
    while let Some(found) = text[at..].find('\\') {
        at += found;
        match (half(at), half(at + 6)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => at += 12,
            (Some(_), _) => {
                out.replace_range(at..at + 6, "\\ufffd");
                at += 6;
            }
            // The character after a backslash does not start an escape sequence.
            (None, _) => at += 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
        }
    }
    out.into()
}

// Fails with the position of the first value that is nested too deeply.
fn node(value: &ast::Value<'_>, levels: usize) -> Result<Node, usize> {
    let range = value.range();
    let below = || levels.checked_sub(1).ok_or(range.start);
    let shape = match value {
        ast::Value::StringLit(lit) => NodeShape::Scalar(Value::from(lit.value.as_ref())),
        ast::Value::NumberLit(lit) => NodeShape::Scalar(number(lit.value)),
        ast::Value::BooleanLit(lit) => NodeShape::Scalar(Value::from(lit.value)),
        ast::Value::NullKeyword(_) => NodeShape::Scalar(Value::Null),
        ast::Value::Array(array) => {
            let levels = below()?;
            let elements = array.elements.iter().map(|element| node(element, levels));
            NodeShape::List(elements.collect::<Result<_, _>>()?)
        }
        ast::Value::Object(object) => {
            let levels = below()?;
            let items = object.properties.iter().map(|prop| item(prop, levels));
            NodeShape::Map(items.collect::<Result<_, _>>()?)
        }
    };
    Ok(Node { style: Style::Flow, span: range.start..range.end, shape })
}

fn item(prop: &ast::ObjectProp<'_>, levels: usize) -> Result<MapItem, usize> {
    let range = prop.name.range();
    let key = prop.name.as_str().to_owned();
    Ok(MapItem { key, key_span: range.start..range.end, node: node(&prop.value, levels)? })
}

fn number(text: &str) -> Value {
    text.parse::<Number>().map_or_else(|_| Value::from(text), Value::Number)
}

/// Parses only the values of some top-level keys and skips the rest, since a client's state file may have megabytes.
/// Returns `None` if the text is not strict JSON with an object at its root, or if one of the values has a duplicate
/// key. [`parse`] finds the error then.
pub fn peek(text: &str, wanted: &[&str]) -> Option<Map<String, Value>> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let found = reader.deserialize_map(Root { wanted }).ok()?;
    reader.end().is_ok().then_some(found)
}

fn twice<E: serde::de::Error>() -> E {
    E::custom("duplicate key")
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
        while let Some(key) = access.next_key::<Cow<'de, str>>()? {
            if !self.wanted.contains(&key.as_ref()) {
                access.next_value::<IgnoredAny>()?;
            } else if found.contains_key(key.as_ref()) {
                return Err(twice());
            } else {
                found.insert(key.into_owned(), access.next_value_seed(Unique)?);
            }
        }
        Ok(found)
    }
}

/// Reads a value, and rejects a duplicate key in an object.
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
                return Err(twice());
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
        let found = peek(text, &["mcpServers"]).unwrap();
        assert_eq!(Value::Object(found), serde_json::json!({"mcpServers": {"x": {"args": []}}}));
        assert!(peek(r#"{"a": 1, "a": 2, "mcpServers": {}}"#, &["mcpServers"]).is_some());
        assert!(peek(r#"{"mcpServers": {"x": {}, "x": {}}}"#, &["mcpServers"]).is_none());
        assert!(peek(r#"{"mcpServers": {}, "mcpServers": {}}"#, &["mcpServers"]).is_none());
        assert!(peek("{} // c", &["mcpServers"]).is_none());
    }

    #[test]
    fn half_a_surrogate_pair_is_read_and_all_positions_stay_right() {
        let text =
            r#"{"a": "\ud83d", "\ude00": "\ud83d\ude00", "b": "\\ud83d", "c": "\ud83d\n", "d": 1}"#;
        let root = parse(text).unwrap().unwrap();
        assert_eq!(root.item("b").unwrap().node.to_value(), r"\ud83d");
        assert_eq!(root.item("\u{fffd}").unwrap().node.to_value(), "😀");
        assert_eq!(&text[root.item("d").unwrap().key_span.clone()], "\"d\"");
    }

    #[test]
    fn strict_json_with_comments_is_read_and_json5_is_not() {
        assert!(parse("{\"a\": 1, // c\n}").unwrap().is_some());
        assert!(parse("").unwrap().is_none());
        for text in
            ["{a: 1}", "{'a': 1}", "{\"a\": +1}", "{\"a\": 1 \"b\": 2}", "{", "{\"a\": 0x1}"]
        {
            assert!(matches!(parse(text), Err(DocumentError::Syntax { .. })), "{text}");
        }
        assert!(parse(&("[".repeat(600) + &"]".repeat(600))).is_err());
    }
}
