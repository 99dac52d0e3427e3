use serde_json::{Value, json};

use super::{Action, DiscoverOutcome, Modern, TimerKind, judge, probe};

mod conservation;
mod learning;
mod listening;
mod rounds;
mod verdict;

// An event for the state machine.
enum Comes {
    Client(Value),
    Server(Value),
    Ended(Value, &'static str),
    TimerKind(TimerKind),
}
use Comes::{Client, Ended, Server};

fn initialize(capabilities: Value) -> Value {
    let info = json!({ "name": "c", "version": "1" });
    let params = json!({
        "protocolVersion": "2025-06-18", "capabilities": capabilities, "clientInfo": info
    });
    json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params })
}

fn started(client: Value, server: Value) -> (Modern, Vec<Action>) {
    let found = json!({ "supportedVersions": ["2026-07-28"], "capabilities": server });
    match judge(&initialize(client), &json!({ "id": "p", "result": found }), 1) {
        DiscoverOutcome::Modern(modern, steps) => (*modern, steps),
        other @ (DiscoverOutcome::Legacy
        | DiscoverOutcome::Again
        | DiscoverOutcome::Incompatible(_)) => {
            panic!("{other:?}")
        }
    }
}

fn modern() -> Modern {
    let all = json!({ "sampling": {}, "roots": {}, "elicitation": { "form": {}, "url": {} } });
    started(all, json!({})).0
}

// Formats an action in one line, without the parts that every message to the server has.
fn line(step: &Action) -> String {
    match step {
        Action::ToServer { message, headers } => {
            let mut params = message["params"].clone();
            params.as_object_mut().unwrap().shift_remove("_meta");
            let extra: String = headers.iter().skip(1).map(mirrored).collect();
            let id = message.get("id").map(|id| format!(" {id}")).unwrap_or_default();
            format!("server{id} {} {params}{extra}", message["method"].as_str().unwrap())
        }
        Action::ToClient(message) => {
            let mut message = message.clone();
            message.as_object_mut().unwrap().shift_remove("jsonrpc");
            format!("client {message}")
        }
        Action::Abandon(id) => format!("abandon {id}"),
        Action::Later(after, what) => format!("later {} {what:?}", after.as_millis()),
        Action::Log(text) => format!("say {text}"),
    }
}

fn mirrored((name, value): &(String, String)) -> String {
    match name.strip_prefix("Mcp-Param-") {
        Some(name) => format!(" [{name}: {value}]"),
        None if name == "Mcp-Name" => format!(" [{value}]"),
        None => panic!("{name}"),
    }
}

fn withdrawn(id: &str) -> String {
    let why = "the request that this question was for has ended";
    let params = json!({ "requestId": id, "reason": why });
    format!("client {}", json!({ "method": "notifications/cancelled", "params": params }))
}

fn lines(steps: &[Action]) -> Vec<String> {
    steps.iter().map(line).collect()
}

fn come(modern: &mut Modern, comes: Comes) -> Vec<String> {
    lines(&match comes {
        Client(message) => modern.receive_from_client(message),
        Server(message) => modern.receive_from_server(message),
        Ended(id, why) => modern.ended(&id, why),
        Comes::TimerKind(what) => modern.wake(what),
    })
}

fn play(modern: &mut Modern, story: Vec<(Comes, Vec<&str>)>) {
    for (at, (comes, want)) in story.into_iter().enumerate() {
        assert_eq!(come(modern, comes), want, "scene {at}");
    }
}

fn call(id: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": "t" } })
}

fn wants(id: Value, rest: Value) -> Value {
    let mut result = json!({ "resultType": "input_required" });
    result.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

fn questions(methods: &[&str]) -> Value {
    let asked = methods.iter().enumerate();
    let asked = asked.map(|(at, method)| (format!("q{at}"), json!({ "method": method })));
    json!({ "inputRequests": asked.collect::<serde_json::Map<_, _>>() })
}

#[test]
fn each_message_gets_the_identity_of_the_client_and_is_otherwise_unchanged() {
    let meta = |more: Value| {
        let mut meta = more;
        meta["io.modelcontextprotocol/protocolVersion"] = "2026-07-28".into();
        meta["io.modelcontextprotocol/clientCapabilities"] =
            json!({ "roots": { "listChanged": true } });
        meta["io.modelcontextprotocol/clientInfo"] = json!({ "name": "c", "version": "1" });
        meta
    };
    let client = json!({ "roots": { "listChanged": true } });
    let asked = probe(&initialize(client.clone()), "mcpgen-p");
    let params = json!({ "_meta": meta(json!({})) });
    let want = json!({
        "jsonrpc": "2.0", "id": "mcpgen-p", "method": "server/discover", "params": params
    });
    assert_eq!(asked, want);

    let (mut modern, _) = started(client, json!({}));
    let arguments =
        json!({ "z": 1e300, "a": [null, { "é": "\u{1}" }], "n": 18_446_744_073_709_551_615_u64 });
    let stale = json!({ "progressToken": 7, "io.modelcontextprotocol/protocolVersion": "x" });
    let params = json!({ "name": "t", "_meta": stale, "arguments": arguments });
    let asked = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    let mut want = asked.clone();
    want["params"]["_meta"] = meta(json!({ "progressToken": 7 }));
    let message = |modern: &mut Modern, asked: Value| {
        let [Action::ToServer { message, .. }] = &modern.receive_from_client(asked)[..] else {
            panic!()
        };
        message.clone()
    };
    assert_eq!(message(&mut modern, asked.clone()), want);
    assert_eq!(
        message(&mut modern, json!({ "id": 2, "method": "x" }))["params"]["_meta"],
        meta(json!({}))
    );
    assert_eq!(
        message(&mut modern, json!({ "method": "notifications/x" }))["params"]["_meta"],
        meta(json!({}))
    );

    modern.receive_from_client(
        json!({ "id": 3, "method": "logging/setLevel", "params": { "level": "debug" } }),
    );
    want["params"]["_meta"]["io.modelcontextprotocol/logLevel"] = "debug".into();
    assert_eq!(message(&mut modern, asked), want);
}

#[test]
fn messages_that_this_revision_does_not_have_are_not_forwarded() {
    let mut modern = modern();
    for (comes, want) in [
        (Client(json!({ "id": 1, "method": "ping" })), vec![r#"client {"id":1,"result":{}}"#]),
        (
            Client(json!({ "id": "a", "method": "logging/setLevel", "params": {} })),
            vec![r#"client {"id":"a","result":{}}"#],
        ),
        (
            Client(json!({ "id": 2, "method": "resources/unsubscribe", "params": { "uri": "u" } })),
            vec![r#"client {"id":2,"result":{}}"#],
        ),
        (Client(json!({ "method": "ping" })), vec![]),
        (Client(json!({ "method": "notifications/initialized" })), vec![]),
        (Client(json!({ "method": "notifications/progress", "params": {} })), vec![]),
        (Client(json!({ "method": "notifications/roots/list_changed" })), vec![]),
        (
            Client(json!({ "method": "notifications/cancelled", "params": { "requestId": 9 } })),
            vec![],
        ),
        (Client(json!({ "method": "notifications/cancelled" })), vec![]),
        (Client(json!({ "method": "notifications/x" })), vec!["server notifications/x {}"]),
        (
            Client(json!({ "id": "mcpgen-1", "method": "ping" })),
            vec![
                r#"client {"id":"mcpgen-1","error":{"code":-32600,"message":"mcpgen: ids that start with `mcpgen-` are reserved for the bridge"}}"#,
            ],
        ),
        (Client(json!({ "id": "mcpgen-ask-1", "result": {} })), vec![]),
        (Client(json!({ "id": 5, "result": {} })), vec![]),
        (Client(json!({})), vec![]),
        (
            Client(json!([{ "id": 1, "method": "ping" }, { "id": 2, "method": "a" }])),
            vec![r#"client {"id":1,"result":{}}"#, "server 2 a {}"],
        ),
        (
            Server(json!({ "id": 8, "method": "sampling/createMessage", "params": {} })),
            vec![
                "say the server sends the request `sampling/createMessage` outside a response, which 2026-07-28 does not allow",
            ],
        ),
        (Server(json!({ "id": 99, "result": {} })), vec![]),
        (Server(json!({ "id": "mcpgen-retry-9", "result": {} })), vec![]),
        (Server(json!({ "error": { "code": 1, "message": "" } })), vec![]),
        (
            Server(json!({ "method": "notifications/cancelled", "params": { "requestId": 2 } })),
            vec![],
        ),
        (
            Server(json!({ "method": "notifications/x", "params": { "_meta": { "a": 1 } } })),
            vec![r#"client {"method":"notifications/x","params":{"_meta":{"a":1}}}"#],
        ),
        (Ended(json!(99), "cut"), vec![]),
        (Comes::TimerKind(TimerKind::Retry(9)), vec![]),
        (Comes::TimerKind(TimerKind::Listen(9)), vec![]),
    ] {
        assert_eq!(come(&mut modern, comes), want);
    }
}

#[test]
fn a_response_has_the_clients_id_and_no_result_type() {
    let unknown = "the server sent a result of the type \\\"task\\\", which clients of older revisions do not know";
    for (id, comes, want) in [
        (
            json!(1),
            Server(
                json!({ "id": 1, "result": { "resultType": "complete", "b": 1, "a": { "resultType": "x" } } }),
            ),
            r#"client {"id":1,"result":{"b":1,"a":{"resultType":"x"}}}"#.to_owned(),
        ),
        (
            json!("1"),
            Server(json!({ "id": "1", "result": { "content": [] } })),
            r#"client {"id":"1","result":{"content":[]}}"#.to_owned(),
        ),
        (
            json!(1.0),
            Server(json!({ "id": 1, "result": null })),
            r#"client {"id":1.0,"result":null}"#.to_owned(),
        ),
        (
            json!(1),
            Server(json!({ "id": 1, "error": { "code": -32602, "message": "m", "data": [1] } })),
            r#"client {"id":1,"error":{"code":-32602,"message":"m","data":[1]}}"#.to_owned(),
        ),
        (
            json!(1),
            Server(json!({ "id": 1, "result": { "resultType": "task" } })),
            format!(r#"client {{"id":1,"error":{{"code":-32001,"message":"mcpgen: {unknown}"}}}}"#),
        ),
        (
            json!(1),
            Ended(json!(1), "the server is gone"),
            r#"client {"id":1,"error":{"code":-32001,"message":"mcpgen: the server is gone"}}"#
                .to_owned(),
        ),
    ] {
        let mut modern = modern();
        modern.receive_from_client(call(id));
        assert_eq!(come(&mut modern, comes), [want]);
        assert_eq!(
            come(&mut modern, Server(json!({ "id": 1, "result": {} }))),
            Vec::<String>::new()
        );
    }
}
