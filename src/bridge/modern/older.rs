//! Removes the fields for which an older client would refuse the whole result. This revision allows any JSON in these
//! fields, but older revisions allow only objects.

use serde_json::Value;

/// Removes structured content that is not an object, and output schemas that are not for objects. The text of a tool's
/// result has the same content.
pub fn fit(result: &mut Value) {
    let Some(result) = result.as_object_mut() else { return };
    if result.get("structuredContent").is_some_and(|content| !content.is_object()) {
        result.shift_remove("structuredContent");
    }
    let tools = result.get_mut("tools").and_then(Value::as_array_mut);
    for tool in tools.into_iter().flatten().filter_map(Value::as_object_mut) {
        if tool.get("outputSchema").is_some_and(|schema| schema["type"] != "object") {
            tool.shift_remove("outputSchema");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_fields_that_are_not_for_objects_are_removed() {
        let content = json!([{ "type": "text", "text": "[1]" }]);
        let tools =
            |schema: Value| json!({ "tools": [{ "name": "a", "outputSchema": schema, "x": 1 }] });
        let bare = json!({ "tools": [{ "name": "a", "x": 1 }] });
        for (result, want) in [
            (
                json!({ "structuredContent": [1], "content": content }),
                json!({ "content": content }),
            ),
            (json!({ "structuredContent": null, "content": [] }), json!({ "content": [] })),
            (
                json!({ "structuredContent": { "a": 1 } }),
                json!({ "structuredContent": { "a": 1 } }),
            ),
            (tools(json!({ "type": "array" })), bare.clone()),
            (tools(json!({ "anyOf": [] })), bare),
            (tools(json!({ "type": "object" })), tools(json!({ "type": "object" }))),
            (json!({ "tools": ["a"] }), json!({ "tools": ["a"] })),
            (json!("text"), json!("text")),
        ] {
            let mut got = result.clone();
            fit(&mut got);
            assert_eq!(got.to_string(), want.to_string(), "{result}");
        }
    }
}
