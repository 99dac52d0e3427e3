use super::*;

#[test]
fn questions_in_a_response_become_requests_and_their_responses_a_retry() {
    let asked = json!({
        "inputRequests": {
            "z": { "method": "elicitation/create", "params": { "_meta": { "k": 1 } } },
            "a": { "method": "roots/list" },
        },
        "requestState": "s=\u{e9}\n",
    });
    let more =
        json!({ "inputRequests": { "z": { "method": "sampling/createMessage", "params": {} } } });
    play(
        &mut modern(),
        vec![
            (Client(call(json!(1))), vec![r#"server 1 tools/call {"name":"t"} [t]"#]),
            (
                Server(wants(json!(1), asked)),
                vec![
                    r#"client {"id":"mcpgen-ask-1","method":"elicitation/create","params":{"_meta":{"k":1}}}"#,
                    r#"client {"id":"mcpgen-ask-2","method":"roots/list"}"#,
                ],
            ),
            (Ended(json!(1), "the stream is over"), vec![]),
            // The responses and the state belong to the first request only.
            (Client(call(json!(2))), vec![r#"server 2 tools/call {"name":"t"} [t]"#]),
            (Client(json!({ "id": "mcpgen-ask-2", "result": { "roots": [] } })), vec![]),
            (Client(json!({ "id": "mcpgen-ask-2", "result": { "roots": [1] } })), vec![]),
            (
                Client(json!({ "id": "mcpgen-ask-1", "result": { "action": "accept" } })),
                vec![concat!(
                    r#"server "mcpgen-retry-3" tools/call {"name":"t","#,
                    r#""inputResponses":{"z":{"action":"accept"},"a":{"roots":[]}},"#,
                    r#""requestState":"s=é\n"} [t]"#,
                )],
            ),
            (Server(json!({ "id": 1, "result": { "late": true } })), vec![]),
            (
                Server(wants(json!("mcpgen-retry-3"), more)),
                vec![
                    r#"client {"id":"mcpgen-ask-4","method":"sampling/createMessage","params":{}}"#,
                ],
            ),
            (
                Client(json!({ "id": "mcpgen-ask-4", "result": 5 })),
                vec![
                    r#"server "mcpgen-retry-5" tools/call {"name":"t","inputResponses":{"z":5}} [t]"#,
                ],
            ),
            (
                Server(json!({ "id": "mcpgen-retry-5", "result": { "content": [] } })),
                vec![r#"client {"id":1,"result":{"content":[]}}"#],
            ),
            (Server(json!({ "id": 2, "result": {} })), vec![r#"client {"id":2,"result":{}}"#]),
        ],
    );
}

#[test]
fn a_state_without_questions_is_sent_back_after_a_pause() {
    let state = json!({ "requestState": { "n": [1] } });
    let mut modern = modern();
    modern.receive_from_client(call(json!(1)));
    let mut id = json!(1);
    for (round, serial) in (0..10).zip((1..).step_by(2)) {
        let pause = format!("later {} Retry({serial})", 100 << round);
        assert_eq!(come(&mut modern, Server(wants(id, state.clone()))), [pause]);
        id = json!(format!("mcpgen-retry-{}", serial + 1));
        let retry =
            format!(r#"server {id} tools/call {{"name":"t","requestState":{{"n":[1]}}}} [t]"#);
        assert_eq!(come(&mut modern, Comes::TimerKind(TimerKind::Retry(serial))), [retry]);
        assert!(come(&mut modern, Comes::TimerKind(TimerKind::Retry(serial))).is_empty());
    }
    let why = "mcpgen: the server required more input 10 times and has not responded";
    let over = format!(r#"client {{"id":1,"error":{{"code":-32001,"message":"{why}"}}}}"#);
    assert_eq!(come(&mut modern, Server(wants(id, state))), [over]);
}

#[test]
fn a_question_that_cannot_be_forwarded_is_an_error() {
    let url = |method: &str| {
        let question = json!({ "method": method, "params": { "mode": "url" } });
        json!({ "inputRequests": { "q": question } })
    };
    let undeclared =
        |method: &str| format!("the server requires `{method}`, which the client does not support");
    let forms = json!({ "elicitation": {} });
    for (client, rest, why) in [
        (json!({}), questions(&["sampling/createMessage"]), undeclared("sampling/createMessage")),
        (json!({}), questions(&["roots/list"]), undeclared("roots/list")),
        (
            json!({ "roots": {} }),
            questions(&["roots/list", "elicitation/create"]),
            undeclared("elicitation/create"),
        ),
        (json!({ "tools": {} }), questions(&["tools/call"]), undeclared("tools/call")),
        (forms.clone(), url("elicitation/create"), undeclared("elicitation/create")),
        (
            json!({ "elicitation": { "url": {} } }),
            questions(&["elicitation/create"]),
            undeclared("elicitation/create"),
        ),
        (forms, json!({ "inputRequests": { "q": {} } }), undeclared("")),
        (
            json!({ "roots": {} }),
            questions(&["roots/list"; 9]),
            "the server requires 9 inputs at once; only 8 are passed on".into(),
        ),
        (json!({}), json!({}), "the server requires input, but does not name any".into()),
        (
            json!({}),
            json!({ "inputRequests": {} }),
            "the server requires input, but does not name any".into(),
        ),
        (
            json!({}),
            json!({ "inputRequests": [1] }),
            "the server requires input, but does not name any".into(),
        ),
    ] {
        let (mut modern, _) = started(client, json!({}));
        modern.receive_from_client(call(json!(1)));
        let want =
            format!(r#"client {{"id":1,"error":{{"code":-32001,"message":"mcpgen: {why}"}}}}"#);
        assert_eq!(come(&mut modern, Server(wants(json!(1), rest))), [want]);
    }
}

#[test]
fn if_the_client_refuses_one_question_the_others_are_withdrawn() {
    let withdrawn = withdrawn("mcpgen-ask-2");
    for (answer, why) in [
        (
            json!({ "id": "mcpgen-ask-1", "error": { "code": -1, "message": "no\u{1b}" } }),
            r"the client rejected `roots/list`: no\\u{1b} (-1)",
        ),
        (
            json!({ "id": "mcpgen-ask-1" }),
            "the client's response to `roots/list` has neither a result nor an error",
        ),
    ] {
        let mut modern = modern();
        modern.receive_from_client(call(json!(1)));
        modern.receive_from_server(wants(json!(1), questions(&["roots/list", "roots/list"])));
        let failed =
            format!(r#"client {{"id":1,"error":{{"code":-32001,"message":"mcpgen: {why}"}}}}"#);
        assert_eq!(come(&mut modern, Client(answer)), [&*failed, &*withdrawn]);
        assert!(
            come(&mut modern, Client(json!({ "id": "mcpgen-ask-2", "result": {} }))).is_empty()
        );
    }
}

#[test]
fn a_url_for_the_user_has_an_id_and_a_completion_for_older_clients() {
    let page = json!({ "mode": "url", "url": "https://a/b" });
    let asked =
        json!({ "inputRequests": { "p": { "method": "elicitation/create", "params": page } } });
    play(
        &mut modern(),
        vec![
            (Client(call(json!(1))), vec![r#"server 1 tools/call {"name":"t"} [t]"#]),
            (
                Server(wants(json!(1), asked)),
                vec![concat!(
                    r#"client {"id":"mcpgen-ask-1","method":"elicitation/create","params":"#,
                    r#"{"mode":"url","url":"https://a/b","elicitationId":"mcpgen-ask-1"}}"#,
                )],
            ),
            (
                Client(json!({ "id": "mcpgen-ask-1", "result": { "action": "accept" } })),
                vec![
                    r#"server "mcpgen-retry-2" tools/call {"name":"t","inputResponses":{"p":{"action":"accept"}}} [t]"#,
                ],
            ),
            (
                Server(json!({ "id": "mcpgen-retry-2", "result": {} })),
                vec![
                    r#"client {"method":"notifications/elicitation/complete","params":{"elicitationId":"mcpgen-ask-1"}}"#,
                    r#"client {"id":1,"result":{}}"#,
                ],
            ),
        ],
    );
}

#[test]
fn a_cancelled_request_ends_in_every_stage() {
    let question = || Server(wants(json!(1), questions(&["roots/list"])));
    let withdrawn = withdrawn("mcpgen-ask-1");
    let answered = || Client(json!({ "id": "mcpgen-ask-1", "result": {} }));
    let mismatch = || Server(json!({ "id": 1, "error": { "code": -32020, "message": "" } }));
    for (before, want, late) in [
        (vec![], vec!["abandon 1"], Server(json!({ "id": 1, "result": {} }))),
        (vec![question()], vec![&*withdrawn], answered()),
        (
            vec![question(), answered()],
            vec![r#"abandon "mcpgen-retry-2""#],
            Server(json!({ "id": "mcpgen-retry-2", "result": {} })),
        ),
        (
            vec![Server(wants(json!(1), json!({ "requestState": "s" })))],
            vec![],
            Comes::TimerKind(TimerKind::Retry(1)),
        ),
        (
            vec![mismatch()],
            vec![r#"abandon "mcpgen-tools-1""#],
            Server(json!({ "id": "mcpgen-tools-1", "result": {} })),
        ),
    ] {
        let mut modern = modern();
        modern.receive_from_client(call(json!(1)));
        for comes in before {
            come(&mut modern, comes);
        }
        let cancel = json!({ "method": "notifications/cancelled", "params": { "requestId": 1 } });
        assert_eq!(come(&mut modern, Client(cancel.clone())), want);
        assert!(come(&mut modern, late).is_empty());
        assert!(come(&mut modern, Client(cancel)).is_empty());
    }
}
