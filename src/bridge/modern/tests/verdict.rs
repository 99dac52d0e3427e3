use super::*;

#[test]
fn a_server_is_modern_only_if_no_other_server_could_send_its_response() {
    let legacy = "legacy";
    let error = |code: i64, data: Value| json!({ "id": "p", "error": { "code": code, "message": "", "data": data } });
    let found = |versions: Value| json!({ "id": "p", "result": { "supportedVersions": versions, "capabilities": {} } });
    let unsupported = |versions: Value| error(-32022, json!({ "supported": versions }));
    for (answer, asked, want) in [
        (found(json!(["2026-07-28"])), 1, "modern"),
        (found(json!(["2027-01-01", "2026-07-28", "2025-11-25"])), 1, "modern"),
        (found(json!(["2027-01-01", "2025-11-25"])), 1, legacy),
        (found(json!(["2027-01-01"])), 1, "incompatible"),
        (found(json!([])), 1, legacy),
        (found(json!("2026-07-28")), 1, legacy),
        (json!({ "id": "p", "result": {} }), 1, legacy),
        (json!({ "id": "p", "result": null }), 1, legacy),
        (json!({ "id": "p", "result": { "supportedVersions": ["2026-07-28"] } }), 1, legacy),
        (unsupported(json!(["2026-07-28"])), 1, "again"),
        (unsupported(json!(["2026-07-28"])), 2, "incompatible"),
        (unsupported(json!(["2027-01-01"])), 1, "incompatible"),
        (unsupported(json!(["2025-11-25"])), 1, legacy),
        (unsupported(json!(["2027-01-01", "2025-11-25"])), 1, legacy),
        (unsupported(json!([])), 1, legacy),
        (error(-32022, json!(null)), 1, legacy),
        (error(-32601, json!({ "supported": ["2026-07-28"] })), 1, legacy),
        (error(-32001, json!(null)), 1, legacy),
        (json!({}), 1, legacy),
        (json!("text"), 1, legacy),
    ] {
        let got = match judge(&initialize(json!({})), &answer, asked) {
            DiscoverOutcome::Modern(..) => "modern",
            DiscoverOutcome::Legacy => legacy,
            DiscoverOutcome::Again => "again",
            DiscoverOutcome::Incompatible(message) => {
                assert_eq!((&message["id"], message["error"]["code"].is_i64()), (&json!(0), true));
                "incompatible"
            }
        };
        assert_eq!(got, want, "{answer} {asked}");
    }
}

#[test]
fn initialize_gets_the_response_of_an_older_server() {
    let info = |name: &str| json!({ "name": name, "version": "1" });
    let meta = json!({ "io.modelcontextprotocol/serverInfo": info("a") });
    for (asked, discovered, version, name, instructions) in [
        (
            "2024-11-05",
            json!({ "_meta": meta, "instructions": "i" }),
            "2024-11-05",
            "a",
            json!("i"),
        ),
        ("2025-11-25", json!({ "serverInfo": info("b") }), "2025-11-25", "b", json!(null)),
        (
            "2026-07-28",
            json!({ "_meta": meta, "serverInfo": info("b") }),
            "2025-11-25",
            "a",
            json!(null),
        ),
        (
            "x",
            json!({ "serverInfo": {}, "instructions": 1 }),
            "2025-11-25",
            "remote server",
            json!(null),
        ),
    ] {
        let mut greeting = initialize(json!({}));
        greeting["params"]["protocolVersion"] = asked.into();
        let mut found = discovered.clone();
        found["supportedVersions"] = json!(["2026-07-28"]);
        found["capabilities"] = json!({ "tools": {}, "x": [1] });
        let verdict = judge(&greeting, &json!({ "id": "p", "result": found }), 1);
        let DiscoverOutcome::Modern(mut modern, steps) = verdict else { panic!("{verdict:?}") };
        let [Action::ToClient(answer)] = &steps[..] else { panic!("{steps:?}") };
        let got = &answer["result"];
        let capabilities = (&answer["id"], &got["capabilities"]);
        assert_eq!(capabilities, (&json!(0), &json!({ "tools": {}, "x": [1] })));
        assert_eq!(
            (&got["protocolVersion"], &got["serverInfo"]["name"]),
            (&json!(version), &json!(name))
        );
        assert_eq!(got["instructions"], instructions);
        greeting["id"] = json!("second");
        let [Action::ToClient(second)] = &modern.receive_from_client(greeting)[..] else {
            panic!()
        };
        assert_eq!((&second["id"], &second["result"]), (&json!("second"), got));
    }
}
