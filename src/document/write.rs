//! Writes values in the three formats.
//!
//! The output has no comments and no trailing commas, since several clients reject them.

use serde_json::Value;

use super::Format;
use crate::display::{escaped, is_steering};

const WIDTH: usize = 100;

/// Writes a value as a literal on one line.
pub fn inline(format: Format, value: &Value) -> String {
    match format {
        Format::Jsonc => json_inline(value, " "),
        Format::Toml => toml_literal(value).to_string(),
        Format::Yaml => yaml_inline(value),
    }
}

/// Writes a string as a literal.
pub fn inline_string(format: Format, text: &str) -> String {
    match format {
        Format::Jsonc => json_string(text),
        Format::Toml => toml_text(text).to_string(),
        Format::Yaml => yaml_string(text),
    }
}

/// Writes a key, without quotes if the format allows it.
pub fn key(format: Format, key: &str) -> String {
    match format {
        Format::Jsonc => json_string(key),
        Format::Toml => toml_key(key).display_repr().into_owned(),
        Format::Yaml => yaml_string(key),
    }
}

/// Writes JSON on several lines. A list of scalars stays on one line if it fits.
pub fn json_pretty(value: &Value, indent: &str, unit: &str, newline: &str) -> String {
    let mut out = String::new();
    push_pretty(&mut out, value, indent, unit, newline);
    out
}

fn push_pretty(out: &mut String, value: &Value, indent: &str, unit: &str, newline: &str) {
    let inner = format!("{indent}{unit}");
    let comma = |at: usize| if at == 0 { "" } else { "," };
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('{');
            for (at, (key, value)) in map.iter().enumerate() {
                out.extend([comma(at), newline, &inner, &json_string(key), ": "]);
                push_pretty(out, value, &inner, unit, newline);
            }
            out.extend([newline, indent, "}"]);
        }
        Value::Array(list) => {
            if push_line(out, list, indent) {
                return;
            }
            out.push('[');
            for (at, value) in list.iter().enumerate() {
                out.extend([comma(at), newline, &inner]);
                push_pretty(out, value, &inner, unit, newline);
            }
            out.extend([newline, indent, "]"]);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            push_inline(out, value, " ");
        }
    }
}

// Writes a list on one line, if its values are scalars and it fits. Returns whether it did.
fn push_line(out: &mut String, list: &[Value], indent: &str) -> bool {
    let start = out.len();
    let plain = list.iter().all(|v| !v.is_object() && !v.is_array());
    if plain {
        push_list(out, list, " ");
    }
    let fits = plain && indent.len() + out.len() - start <= WIDTH;
    if !fits {
        out.truncate(start);
    }
    fits
}

/// Writes JSON on one line with `gap` after commas and colons (empty in a minified file).
pub fn json_inline(value: &Value, gap: &str) -> String {
    let mut out = String::new();
    push_inline(&mut out, value, gap);
    out
}

fn push_inline(out: &mut String, value: &Value, gap: &str) {
    match value {
        Value::Object(map) if map.is_empty() => out.push_str("{}"),
        Value::Object(map) => {
            for (at, (key, value)) in map.iter().enumerate() {
                out.extend([if at == 0 { "{" } else { "," }, gap, &json_string(key), ":", gap]);
                push_inline(out, value, gap);
            }
            out.extend([gap, "}"]);
        }
        Value::Array(list) => push_list(out, list, gap),
        Value::String(text) => out.push_str(&json_string(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
    }
}

fn push_list(out: &mut String, list: &[Value], gap: &str) {
    out.push('[');
    for (at, value) in list.iter().enumerate() {
        if at > 0 {
            out.extend([",", gap]);
        }
        push_inline(out, value, gap);
    }
    out.push(']');
}

fn json_string(text: &str) -> String {
    serde_json::to_string(text).expect("any text is a JSON string")
}

/// Converts a value to TOML. TOML has no null: a key with a null is omitted, and any other null becomes an empty
/// string.
pub fn toml_literal(value: &Value) -> toml_edit::Value {
    match value {
        Value::Null => "".into(),
        Value::Bool(b) => (*b).into(),
        Value::Number(n) => match n.as_i64() {
            Some(int) => int.into(),
            None => n.as_f64().unwrap_or(f64::NAN).into(),
        },
        Value::String(text) => toml_text(text),
        Value::Array(list) => list.iter().map(toml_literal).collect(),
        Value::Object(map) => {
            let present = map.iter().filter(|(_, v)| !v.is_null());
            toml_edit::Value::from_iter(present.map(|(k, v)| (toml_key(k), toml_literal(v))))
        }
    }
}

fn toml_text(text: &str) -> toml_edit::Value {
    if text.contains(is_steering) {
        return toml_quoted(text).parse().expect("JSON's escapes are among TOML's");
    }
    text.into()
}

fn toml_key(key: &str) -> toml_edit::Key {
    if key.contains(is_steering) {
        return toml_quoted(key).parse().expect("JSON's escapes are among TOML's");
    }
    toml_edit::Key::new(key)
}

// Escapes characters that control a terminal, because users also read the file there.
fn toml_quoted(text: &str) -> String {
    escaped(&json_string(text))
}

fn yaml_inline(value: &Value) -> String {
    match value {
        Value::String(text) => yaml_string(text),
        Value::Array(list) => {
            format!("[{}]", list.iter().map(yaml_inline).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => {
            let pair =
                |(k, v): (&String, &Value)| format!("{}: {}", yaml_string(k), yaml_inline(v));
            format!("{{{}}}", map.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

// Words that some YAML parser does not read as strings (YAML 1.1, types `bool` and `null`).
const YAML_WORDS: [&str; 11] =
    ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "none", "nan"];

fn yaml_string(text: &str) -> String {
    let plain_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '/')
        && text.chars().all(plain_char)
        && !YAML_WORDS.contains(&text.to_ascii_lowercase().as_str());
    if plain { text.to_owned() } else { yaml_quoted(text) }
}

// YAML 1.2.2, section 5.1: non-printable characters must be escaped. JSON's escape sequences are valid in YAML.
fn yaml_quoted(text: &str) -> String {
    let unprintable = |c: char| {
        matches!(
            c,
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
    };
    let escape = |c: char| format!("\\u{:04x}", u32::from(c));
    let quoted = json_string(text);
    if !quoted.contains(unprintable) {
        return quoted;
    }
    quoted.chars().map(|c| if unprintable(c) { escape(c) } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_keeps_short_lists_on_a_line_and_breaks_long_ones() {
        let value = json!({"a": ["-y", "x"], "e": {}, "b": ["x".repeat(60), "y".repeat(60)]});
        let text = json_pretty(&value, "", "  ", "\n");
        assert!(
            text.starts_with("{\n  \"a\": [\"-y\", \"x\"],\n  \"e\": {},\n  \"b\": [\n    \"xx"),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }

    #[test]
    fn yaml_quotes_strings_that_a_parser_may_read_as_another_value() {
        for (text, want) in [
            ("npx", "npx"),
            ("off", "\"off\""),
            ("5", "\"5\""),
            ("a: b", "\"a: b\""),
            ("", "\"\""),
            ("@x", "\"@x\""),
            ("\u{85}", "\"\\u0085\""),
            ("-y", "\"-y\""),
        ] {
            assert_eq!(yaml_string(text), want);
        }
    }

    #[test]
    fn toml_writes_bare_keys_and_quoted_text() {
        let value = json!({"A": "x\"y\n", "b c": 1.5, "n": null});
        let text = inline(Format::Toml, &value);
        let read: toml_edit::Value = text.parse().unwrap();
        assert_eq!(read.as_inline_table().unwrap().len(), 2);
        assert!(text.contains("\"b c\" = 1.5"), "{text}");
    }
}
