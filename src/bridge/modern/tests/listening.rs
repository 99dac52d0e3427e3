use super::*;

fn listen(serial: u64, filter: &str) -> String {
    format!(r#"server "mcpgen-listen-{serial}" subscriptions/listen {{"notifications":{filter}}}"#)
}

fn acknowledged(serial: u64, filter: Value) -> Comes {
    let meta =
        json!({ "io.modelcontextprotocol/subscriptionId": format!("mcpgen-listen-{serial}") });
    let method = "notifications/subscriptions/acknowledged";
    Server(json!({ "method": method, "params": { "_meta": meta, "notifications": filter } }))
}

fn subscribe(method: &str, uri: &str) -> Comes {
    Client(json!({ "id": 1, "method": format!("resources/{method}"), "params": { "uri": uri } }))
}

const TOOLS: &str = r#"{"toolsListChanged":true}"#;
const DONE: &str = r#"client {"id":1,"result":{}}"#;

fn listening() -> Modern {
    let (modern, steps) = started(
        json!({}),
        json!({ "tools": { "listChanged": true }, "prompts": { "listChanged": false } }),
    );
    assert_eq!(lines(&steps[1..]), [listen(1, TOOLS), "later 30000 Held(1)".into()]);
    modern
}

#[test]
fn notifications_of_changes_have_the_form_that_older_clients_know() {
    let told = |id: &str, more: Value| {
        let mut meta = more;
        meta["io.modelcontextprotocol/subscriptionId"] = id.into();
        Server(json!({ "method": "notifications/tools/list_changed", "params": { "_meta": meta } }))
    };
    play(
        &mut listening(),
        vec![
            (acknowledged(1, json!({ "toolsListChanged": true })), vec![]),
            (
                told("mcpgen-listen-1", json!({})),
                vec![r#"client {"method":"notifications/tools/list_changed","params":{}}"#],
            ),
            (
                told("mcpgen-listen-1", json!({ "a": 1 })),
                vec![
                    r#"client {"method":"notifications/tools/list_changed","params":{"_meta":{"a":1}}}"#,
                ],
            ),
            (told("mcpgen-listen-7", json!({})), vec![]),
        ],
    );
    play(
        &mut listening(),
        vec![(
            acknowledged(1, json!({})),
            vec!["say the server sends no notifications of changes: `toolsListChanged`"],
        )],
    );
}

#[test]
fn a_stream_that_ends_is_opened_again_unless_it_repeatedly_ends_at_once() {
    let mut modern = listening();
    let result =
        |serial: u64| Server(json!({ "id": format!("mcpgen-listen-{serial}"), "result": {} }));
    for round in 0..4 {
        let serial = 1 + 2 * round;
        let due = serial + 1;
        let end = if round % 2 == 0 {
            result(serial)
        } else {
            Ended(format!("mcpgen-listen-{serial}").into(), "cut")
        };
        assert_eq!(come(&mut modern, end), [format!("later 2000 Listen({due})")]);
        assert_eq!(
            come(&mut modern, Comes::TimerKind(TimerKind::Listen(due)))[0],
            listen(due + 1, TOOLS)
        );
    }
    // A stream that was open for a while resets the count.
    modern.wake(TimerKind::Held(7));
    modern.wake(TimerKind::Held(9));
    for serial in [9, 11, 13, 15, 17, 19] {
        let due = serial + 1;
        let end = come(&mut modern, result(serial));
        if serial == 19 {
            assert_eq!(
                end,
                [
                    "say the server repeatedly closed the stream of changes at once; the client gets no notifications of changes"
                ]
            );
        } else {
            assert_eq!(end, [format!("later 2000 Listen({due})")]);
            assert_eq!(
                come(&mut modern, Comes::TimerKind(TimerKind::Listen(due)))[0],
                listen(due + 1, TOOLS)
            );
        }
    }
    let refused =
        Server(json!({ "id": "mcpgen-listen-1", "error": { "code": -32601, "message": "no" } }));
    play(
        &mut listening(),
        vec![(refused, vec!["say the server sends no notifications of changes: no (-32601)"])],
    );
    let params = json!({ "requestId": "mcpgen-listen-1" });
    let over = json!({ "method": "notifications/cancelled", "params": params });
    play(
        &mut listening(),
        vec![(Server(over), vec![r#"abandon "mcpgen-listen-1""#, "later 2000 Listen(2)"])],
    );
}

#[test]
fn resources_are_added_to_the_stream_without_missing_a_change() {
    let error = json!({ "code": -32602, "message": "no" });
    let both = r#"{"toolsListChanged":true,"resourceSubscriptions":["a","b"]}"#;
    let refused =
        |serial: u64| Server(json!({ "id": format!("mcpgen-listen-{serial}"), "error": error }));
    play(
        &mut listening(),
        vec![
            (subscribe("subscribe", "b"), vec![DONE, "later 200 Listen(2)"]),
            (subscribe("subscribe", "a"), vec![DONE]),
            (subscribe("subscribe", "a"), vec![DONE]),
            (Comes::TimerKind(TimerKind::Listen(2)), vec![&listen(3, both), "later 30000 Held(3)"]),
            (Comes::TimerKind(TimerKind::Listen(2)), vec![]),
            (
                acknowledged(
                    3,
                    json!({ "toolsListChanged": true, "resourceSubscriptions": ["b"] }),
                ),
                vec![
                    r#"abandon "mcpgen-listen-1""#,
                    "say the server sends no notifications of changes: `a`",
                ],
            ),
            (Ended(json!("mcpgen-listen-1"), "abandoned"), vec![]),
            // If the server refuses the resources, the bridge opens a stream without them. The server may accept other
            // resources.
            (
                refused(3),
                vec![
                    "say the server sends no notifications of changes to single resources: no (-32602)",
                    &listen(4, TOOLS),
                    "later 30000 Held(4)",
                ],
            ),
            (subscribe("unsubscribe", "b"), vec![DONE, "later 200 Listen(5)"]),
            (
                Comes::TimerKind(TimerKind::Listen(5)),
                vec![
                    &listen(6, r#"{"toolsListChanged":true,"resourceSubscriptions":["a"]}"#),
                    "later 30000 Held(6)",
                ],
            ),
            // The older stream stays open when the newer one is refused.
            (
                refused(6),
                vec![
                    "say the server sends no notifications of changes to single resources: no (-32602)",
                ],
            ),
            (subscribe("unsubscribe", "a"), vec![DONE, "later 200 Listen(7)"]),
            (Comes::TimerKind(TimerKind::Listen(7)), vec![]),
        ],
    );
}

#[test]
fn an_older_stream_that_ends_is_not_opened_again() {
    let one = r#"{"toolsListChanged":true,"resourceSubscriptions":["a"]}"#;
    play(
        &mut listening(),
        vec![
            (subscribe("subscribe", "a"), vec![DONE, "later 200 Listen(2)"]),
            (Comes::TimerKind(TimerKind::Listen(2)), vec![&listen(3, one), "later 30000 Held(3)"]),
            (Ended(json!("mcpgen-listen-1"), "cut"), vec![]),
            (Ended(json!("mcpgen-listen-3"), "cut"), vec!["later 2000 Listen(4)"]),
        ],
    );
}

#[test]
fn a_stream_for_resources_alone_is_opened_by_the_first_and_abandoned_after_the_last() {
    let (mut modern, steps) = started(json!({}), json!({ "resources": { "subscribe": true } }));
    assert_eq!(steps.len(), 1);
    play(
        &mut modern,
        vec![
            (subscribe("subscribe", "a"), vec![DONE, "later 200 Listen(1)"]),
            (
                Comes::TimerKind(TimerKind::Listen(1)),
                vec![&listen(2, r#"{"resourceSubscriptions":["a"]}"#), "later 30000 Held(2)"],
            ),
            (subscribe("unsubscribe", "a"), vec![DONE, "later 200 Listen(3)"]),
            (Comes::TimerKind(TimerKind::Listen(3)), vec![r#"abandon "mcpgen-listen-2""#]),
        ],
    );
}
