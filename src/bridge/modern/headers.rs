//! The headers that describe a message, so that a proxy need not parse the body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::annotations::ToolHeaders;

const PREFIX: &str = "=?base64?";
const SUFFIX: &str = "?=";

/// Returns the headers that repeat parts of a message: its method, the name or URI in its parameters, and the annotated
/// arguments of its tool.
pub fn of(message: &Value, tools: &ToolHeaders) -> Vec<(String, String)> {
    let Some(method) = message["method"].as_str() else { return vec![] };
    let params = &message["params"];
    let name = match method {
        "tools/call" | "prompts/get" => params["name"].as_str(),
        "resources/read" => params["uri"].as_str(),
        _other => None,
    };
    let mut headers = vec![("Mcp-Method".to_owned(), encode(method))];
    headers.extend(name.map(|name| ("Mcp-Name".to_owned(), encode(name))));
    if let ("tools/call", Some(name)) = (method, name) {
        for (header, value) in tools.mirrored(name, &params["arguments"]) {
            headers.push((format!("Mcp-Param-{header}"), encode(&value)));
        }
    }
    headers
}

// A header may contain a tab, but not every server accepts one.
fn encode(value: &str) -> String {
    let plain = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let whole = !value.is_empty() && value.trim() == value;
    let marked = value.starts_with(PREFIX) && value.ends_with(SUFFIX);
    if plain && whole && !marked {
        value.to_owned()
    } else {
        format!("{PREFIX}{}{SUFFIX}", STANDARD.encode(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_that_no_header_can_contain_is_encoded() {
        for (value, want) in [
            ("us-west1", "us-west1"),
            ("us west 1", "us west 1"),
            ("file:///a%20b?c=1", "file:///a%20b?c=1"),
            ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
            (" padded ", "=?base64?IHBhZGRlZCA=?="),
            ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
            ("\tindented", "=?base64?CWluZGVudGVk?="),
            ("a\tb", "=?base64?YQli?="),
            ("\u{7f}", "=?base64?fw==?="),
            ("", "=?base64??="),
            ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
            ("=?base64?literal", "=?base64?literal"),
        ] {
            assert_eq!(encode(value), want, "{value:?}");
        }
    }

    #[test]
    fn only_requests_with_a_name_or_a_uri_have_a_name_header() {
        for (message, want) in [
            (json!({"method": "tools/list"}), vec![("Mcp-Method", "tools/list")]),
            (
                json!({"method": "tools/call", "params": {"name": "a", "uri": "b"}}),
                vec![("Mcp-Method", "tools/call"), ("Mcp-Name", "a")],
            ),
            (
                json!({"method": "resources/read", "params": {"name": "a", "uri": "b"}}),
                vec![("Mcp-Method", "resources/read"), ("Mcp-Name", "b")],
            ),
            (
                json!({"method": "prompts/get", "params": {"name": "ü"}}),
                vec![("Mcp-Method", "prompts/get"), ("Mcp-Name", "=?base64?w7w=?=")],
            ),
            (json!({"method": "tools/call"}), vec![("Mcp-Method", "tools/call")]),
            (json!({"id": 1, "result": {}}), vec![]),
        ] {
            let want: Vec<_> = want.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
            assert_eq!(of(&message, &ToolHeaders::default()), want, "{message}");
        }
    }
}
