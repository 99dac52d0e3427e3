//! Scalars of YAML.

use saphyr_parser::Tag;
use serde_json::Value;

/// Returns the value of a plain scalar in the core schema (YAML 1.2.2, section 10.3.2).
pub fn plain_value(text: &str, tag: Option<&Tag>) -> Value {
    if tag.is_some_and(|tag| tag.suffix == "str") {
        return text.into();
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        other => match other.parse::<i64>() {
            Ok(int) => int.into(),
            Err(_) if other.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => {
                let float = other.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
                float.map_or_else(|| other.into(), Value::Number)
            }
            Err(_) => other.into(),
        },
    }
}

/// Returns the position after a quoted scalar. The quote is at `start` or after an anchor or tag.
pub fn quote_end(text: &str, start: usize, quote: u8) -> usize {
    let bytes = text.as_bytes();
    let open = (start..bytes.len()).find(|&at| bytes[at] == quote).unwrap_or(start);
    let mut at = open + 1;
    while at < bytes.len() {
        if quote == b'"' && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at] != quote {
            at += 1;
        } else if quote == b'\'' && bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else {
            return at + 1;
        }
    }
    bytes.len()
}

/// Returns the position after the colon of a key that ends at `key_end`. A key without a value may have no colon.
pub fn past_colon(text: &str, key_end: usize) -> Option<usize> {
    let rest = text[key_end..].trim_start().strip_prefix(':')?;
    Some(text.len() - rest.len())
}
