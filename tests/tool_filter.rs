//! `tools.allow` and `tools.deny`: no client sees or calls a hidden tool, and every other byte passes unchanged.

use serde_json::{Value, json};

use crate::case::Case;

mod launches;
mod process;

const DENY: &str = "tools = { deny = [\"delete\"] }\n";
// A server that lists two tools, responds to calls, and records what it gets.
const SERVER: &str = r#"#!/bin/sh
while IFS= read -r line; do
  printf '%s\n' "$line" >> got
  case "$line" in
    *tools/list*) printf '%s\n' '{"id":1,"result":{"tools":[{"name":"read"},{"name":"delete"}]}}' ;;
    *tools/call*) printf '%s\n' '{"id":2,"result":{"content":[]}}' ;;
  esac
done
echo end >> got
"#;

fn declared(program: &str, lines: &str) -> Case {
    let text = format!(
        "clients = [\"cursor\"]\n[servers.one]\ncommand = \"sh\"\nargs = [\"server\"]\n{lines}"
    );
    Case::new().declare(&text).write("server", program)
}

const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
const CALL: &str = r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"delete"}}"#;

#[test]
fn a_hidden_tool_of_a_local_server_is_not_listed_and_cannot_be_called() {
    for tools in [DENY, "tools = { allow = [\"read\"] }\n"] {
        let case = declared(SERVER, tools);
        let allowed = CALL.replace("delete", "read");
        let run = case.pipe(&["exec", "one"], format!("{LIST}\n{CALL}\n{allowed}\n"));
        assert_eq!((run.code, run.err.as_str()), (0, ""));
        let lines: Vec<Value> =
            run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let of = |id: u64, member: &str| {
            lines.iter().find(|it| it["id"] == id && it.get(member).is_some()).unwrap()
        };
        assert_eq!(of(1, "result")["result"]["tools"], json!([{ "name": "read" }]));
        assert_eq!(of(2, "error")["error"]["code"], -32603);
        assert!(of(2, "result").is_object() && lines.len() == 3);
        assert_eq!(case.read("got"), format!("{LIST}\n{allowed}\nend\n"));
    }
}

#[test]
fn no_spelling_of_a_call_reaches_the_server() {
    let lines: Vec<String> = [
        ("tools/call", "tools\\/call"),
        ("tools/call", "tool\\u0073/call"),
        ("delete", "\\u0064elete"),
        ("delete", "DELETE"),
        ("\"name\"", "\"name\":\"read\",\"name\""),
        ("\"name\"", "\"name\":\"read\",\"Name\""),
        ("\"method\"", "\"method\":\"ping\",\"method\""),
        ("\"method\":\"tools/call\"", "\"method\":\"tools/call\",\"method\":\"ping\""),
        ("\"method\"", "\"Method\""),
        ("\"method\"", "\"method\":\"ping\",\"METHOD\""),
        ("\"params\"", "\"params\":{\"name\":\"read\"},\"params\""),
        ("\"params\"", "\"params\":{\"name\":\"read\"},\"Params\""),
        ("\"id\":2,", ""),
        ("{\"jsonrpc\"", "\u{feff}{\"jsonrpc\""),
        ("{\"jsonrpc\"", "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"ping\"} {\"jsonrpc\""),
        ("{\"jsonrpc\"", "[{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"ping\"}, {\"jsonrpc\""),
        ("{\"jsonrpc\"", "[[{\"jsonrpc\""),
        ("{\"jsonrpc\"", "x {\"jsonrpc\""),
        ("{\"jsonrpc\"", "{\"id\":3,\"result\":1}\r{\"jsonrpc\""),
    ]
    .into_iter()
    .map(|(from, to)| {
        let line = CALL.replacen(from, to, 1);
        let close = line.matches('[').count().saturating_sub(line.matches(']').count());
        line + &"]".repeat(close)
    })
    .collect();
    let long = CALL.replace("}}", &format!(",\"arguments\":\"{}\"}}}}", "x".repeat(3 << 20)));
    for end in ["\n", "\r\n"] {
        let case = declared(SERVER, DENY);
        let text = format!("{}{end}{long}{end}{CALL}", lines.join(end));
        assert_eq!(case.pipe(&["exec", "one"], text).code, 0);
        let got = case.read("got");
        assert_eq!(got, "end\n", "{end:?}");
    }
}

#[test]
fn all_other_bytes_pass_in_both_directions() {
    // The server sends back everything that it gets.
    let case = declared("exec cat", DENY);
    let long = format!("{{\"id\":1,\"result\":\"{}\"}}", "é".repeat(3 << 20));
    let text = format!(
        "{{\"id\":\"s\",\"method\":\"sampling/createMessage\"}}\r\n\n[{{\"id\":1,\"method\":\"a\"}}]\n{long}\n\
         {{\"method\":\"notifications/tools/list_changed\"}}\n{{ \"id\" : 1e2 , \"method\":\"x\",\"params\":\"\\ud83d\"}}"
    );
    let run = case.pipe(&["exec", "one"], &text);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(run.out == text, "{} of {} bytes", run.out.len(), text.len());
}

#[test]
fn a_line_that_is_not_a_message_is_ignored_and_reported() {
    let case = declared(SERVER, DENY);
    let run = case.pipe(
        &["exec", "one"],
        format!("{{\"x\":1\n{{\"id\":7,\"method\":\"a\",\"Id\":8}}\n{LIST}\n"),
    );
    assert_eq!(case.read("got"), format!("{LIST}\nend\n"));
    assert!(run.err.contains("ignored a line from the client: the message is not valid JSON"));
    assert!(run.out.contains("\"id\":7,\"error\""), "{}", run.out);
}
