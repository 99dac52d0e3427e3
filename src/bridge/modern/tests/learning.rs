use super::*;

pub(super) fn tool(name: &str) -> Value {
    let schema = json!({ "properties": { "a": { "type": "string", "x-mcp-header": "A" } } });
    json!({ "name": name, "inputSchema": schema })
}

pub(super) fn call_with(id: Value) -> Value {
    let params = json!({ "name": "t", "arguments": { "a": "x" } });
    json!({ "id": id, "method": "tools/call", "params": params })
}

const PLAIN: &str = r#"server 1 tools/call {"name":"t","arguments":{"a":"x"}} [t]"#;
const REFUSED: &str = r#"client {"id":1,"error":{"code":-32020,"message":"m"}}"#;

#[test]
fn a_list_of_tools_decides_the_headers_of_their_calls() {
    let bad = json!({ "name": "bad", "inputSchema": { "x-mcp-header": "" } });
    play(
        &mut modern(),
        vec![
            (Client(json!({ "id": 1, "method": "tools/list" })), vec!["server 1 tools/list {}"]),
            (
                Server(
                    json!({ "id": 1, "result": { "tools": [tool("u"), bad], "nextCursor": "n" } }),
                ),
                vec![
                    "say the tool `bad` of the server is omitted: `\"\"` cannot be the name of a header",
                    &format!(
                        r#"client {{"id":1,"result":{{"tools":[{}],"nextCursor":"n"}}}}"#,
                        tool("u")
                    ),
                ],
            ),
            (
                Client(json!({ "id": 1, "method": "tools/list", "params": { "cursor": "n" } })),
                vec![r#"server 1 tools/list {"cursor":"n"}"#],
            ),
            (
                Server(json!({ "id": 1, "result": { "tools": [tool("t")] } })),
                vec![&format!(r#"client {{"id":1,"result":{{"tools":[{}]}}}}"#, tool("t"))],
            ),
            (
                Client(call_with(json!(1))),
                vec![r#"server 1 tools/call {"name":"t","arguments":{"a":"x"}} [t] [A: x]"#],
            ),
        ],
    );
}

#[test]
fn a_call_that_lacked_a_header_is_sent_again_once_the_tool_is_known() {
    let mismatch =
        |id: Value| Server(json!({ "id": id, "error": { "code": -32020, "message": "m" } }));
    let page = |id: &str, tools: Value, next: Value| {
        Server(json!({ "id": id, "result": { "tools": tools, "nextCursor": next } }))
    };
    let first = r#"server "mcpgen-tools-1" tools/list {}"#;
    play(
        &mut modern(),
        vec![
            (Client(call_with(json!(1))), vec![PLAIN]),
            (mismatch(json!(1)), vec![first]),
            (
                page("mcpgen-tools-1", json!([tool("u")]), json!("n")),
                vec![r#"server "mcpgen-tools-2" tools/list {"cursor":"n"}"#],
            ),
            (
                page("mcpgen-tools-2", json!([tool("t")]), json!(null)),
                vec![
                    r#"server "mcpgen-retry-3" tools/call {"name":"t","arguments":{"a":"x"}} [t] [A: x]"#,
                ],
            ),
            // A second mismatch is forwarded to the client.
            (mismatch(json!("mcpgen-retry-3")), vec![REFUSED]),
        ],
    );
    for end in [
        page("mcpgen-tools-1", json!([tool("u")]), json!(null)),
        Server(json!({ "id": "mcpgen-tools-1", "error": { "code": 1, "message": "" } })),
        Ended(json!("mcpgen-tools-1"), "cut"),
    ] {
        play(
            &mut modern(),
            vec![
                (Client(call_with(json!(1))), vec![PLAIN]),
                (mismatch(json!(1)), vec![first]),
                (end, vec![REFUSED]),
            ],
        );
    }
}

#[test]
fn an_endless_list_is_read_up_to_the_limit() {
    let mut modern = modern();
    modern.receive_from_client(call_with(json!(1)));
    modern.receive_from_server(json!({ "id": 1, "error": { "code": -32020, "message": "m" } }));
    for page in 1..10 {
        let id = format!("mcpgen-tools-{page}");
        let steps = come(
            &mut modern,
            Server(json!({ "id": id, "result": { "tools": [], "nextCursor": "n" } })),
        );
        assert_eq!(steps.len(), 1, "{steps:?}");
        assert_ne!(steps[0], REFUSED, "{page}");
    }
    let last =
        Server(json!({ "id": "mcpgen-tools-10", "result": { "tools": [], "nextCursor": "n" } }));
    assert_eq!(come(&mut modern, last), [REFUSED]);
}

#[test]
fn a_call_is_sent_again_with_the_headers_that_its_tool_now_requires() {
    let mut other = tool("t");
    other["inputSchema"]["properties"]["a"]["x-mcp-header"] = "B".into();
    let page = |id: &str, tools: Value, next: Value| {
        Server(json!({ "id": id, "result": { "tools": tools, "nextCursor": next } }))
    };
    let mut modern = modern();
    modern.receive_from_client(json!({ "id": 0, "method": "tools/list" }));
    modern.receive_from_server(json!({ "id": 0, "result": { "tools": [tool("t")] } }));
    modern.receive_from_client(call_with(json!(1)));
    modern.receive_from_server(json!({ "id": 1, "error": { "code": -32020, "message": "m" } }));
    // A page without the tool has no effect on the call.
    let next = r#"server "mcpgen-tools-2" tools/list {"cursor":"n"}"#;
    assert_eq!(come(&mut modern, page("mcpgen-tools-1", json!([]), json!("n"))), [next]);
    let again =
        r#"server "mcpgen-retry-3" tools/call {"name":"t","arguments":{"a":"x"}} [t] [B: x]"#;
    assert_eq!(come(&mut modern, page("mcpgen-tools-2", json!([other]), json!(null))), [again]);
}
