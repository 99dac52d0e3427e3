//! The native bridge beside a server or a client that misbehaves: it says what is wrong, and the next call works.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::bridge::{Bridge, INITIALIZE};
use crate::case::Case;
use crate::oauth::{Answer, Asked, Server};

const PING: &str = r#"{"jsonrpc":"2.0","id":7,"method":"ping"}"#;

/// A server without a sign-in. A function may change the response to a request.
fn open(change: impl Fn(&Asked, &Value, Answer) -> Answer + Send + Sync + 'static) -> Server {
    Server::tampered(move |asked, _, _| {
        let message: Value = serde_json::from_str(&asked.body).unwrap_or_default();
        if asked.path != "/mcp" || message["id"].is_null() {
            let status = if asked.method == "POST" { 202 } else { 405 };
            return change(asked, &message, Answer::text(status, "text/plain", ""));
        }
        let version = message["params"]["protocolVersion"].as_str();
        let result = json!({ "protocolVersion": version, "capabilities": {}, "tools": [] });
        let answer = json!({ "jsonrpc": "2.0", "id": message["id"], "result": result });
        change(asked, &message, Answer::json(200, &answer))
    })
}

fn error(answer: &Value) -> &str {
    answer["error"]["message"].as_str().unwrap_or_else(|| panic!("{answer}"))
}

#[test]
fn a_server_that_sets_too_many_cookies_is_still_reached() {
    for (count, length) in [(6, 3000), (60, 300), (1, 15_000), (4, 4000)] {
        let responses = AtomicUsize::new(0);
        let server = open(move |_, _, mut answer| {
            let response = responses.fetch_add(1, Ordering::SeqCst);
            let cookie = |at| format!("c{response}-{at}={}; Path=/", "x".repeat(length));
            answer.headers.push(("Set-Cookie".into(), "route=a1; Path=/".into()));
            // So many fit the headers of a response.
            let fit = (0..count).take(13_000 / length + 1).map(cookie);
            answer.headers.extend(fit.map(|cookie| ("Set-Cookie".into(), cookie)));
            answer
        });
        let case = Case::new();
        let mut bridge = Bridge::start(&case, &[&server.url()]);
        assert_eq!(bridge.ask(INITIALIZE)["id"], 1);
        for _ in 0..5 {
            let answer = bridge.ask(PING);
            assert!(answer["result"].is_object(), "{count} of {length}: {answer}");
        }
        assert_eq!(bridge.end().code, 0);
        let sent = server.asked("/mcp").pop().unwrap().headers["cookie"].clone();
        assert!(sent.contains("route=a1") && sent.len() < 16 << 10, "{}", sent.len());
    }
}

#[test]
fn response_headers_that_are_too_long_are_an_error_and_the_next_call_works() {
    for length in [17_000, 40_000, 400_000] {
        let server = open(move |_, message, mut answer| {
            if message["method"] == "ping" {
                answer.headers.push(("X-Long".into(), "x".repeat(length)));
            }
            answer
        });
        let case = Case::new();
        let mut bridge = Bridge::start(&case, &[&server.url()]);
        assert_eq!(bridge.ask(INITIALIZE)["id"], 1);
        let answer = bridge.ask(PING);
        assert!(error(&answer).contains("has headers of more than 16 KiB"), "{answer}");
        let list = bridge.ask(r#"{"jsonrpc":"2.0","id":8,"method":"tools/list"}"#);
        assert!(list["result"].is_object(), "{list}");
        assert_eq!(bridge.end().code, 0);
    }
}

#[test]
fn a_session_id_of_several_kilobytes_is_sent_back() {
    let id = "s".repeat(6000);
    let assigned = id.clone();
    let server = open(move |_, message, mut answer| {
        if message["method"] == "initialize" {
            answer.headers.push(("Mcp-Session-Id".into(), assigned.clone()));
        }
        answer
    });
    let case = Case::new();
    let mut bridge = Bridge::start(&case, &[&server.url()]);
    assert!(bridge.ask(INITIALIZE)["result"].is_object());
    assert!(bridge.ask(PING)["result"].is_object());
    assert_eq!(bridge.end().code, 0);
    let asked = server.asked("/mcp");
    let ping = asked.iter().find(|asked| asked.body.contains("ping")).unwrap();
    assert_eq!(ping.headers["mcp-session-id"], id);
}

#[test]
fn a_session_id_that_no_header_can_carry_is_an_error_and_the_next_one_works() {
    let long = "s".repeat(9000);
    for odd in ["a b", "s\u{e9}ance", &long, "a\tb"] {
        let (count, id) = (AtomicUsize::new(0), odd.to_owned());
        let server = open(move |_, message, mut answer| {
            if message["method"] == "initialize" {
                let first = count.fetch_add(1, Ordering::SeqCst) == 0;
                let id = if first { id.as_str() } else { "good" };
                answer.headers.push(("Mcp-Session-Id".into(), id.into()));
            }
            answer
        });
        let case = Case::new();
        let mut bridge = Bridge::start(&case, &[&server.url()]);
        let answer = bridge.ask(INITIALIZE);
        assert!(error(&answer).contains("/mcp` assigns a session id"), "{odd:?}: {answer}");
        assert_eq!(bridge.ask(INITIALIZE)["result"]["protocolVersion"], "2025-11-25");
        assert!(bridge.ask(PING)["result"].is_object(), "{odd:?}");
        assert_eq!(bridge.end().code, 0);
        let asked = server.asked("/mcp");
        let ping = asked.iter().find(|asked| asked.body.contains("ping")).unwrap();
        assert_eq!(ping.headers["mcp-session-id"], "good");
    }
}

#[test]
fn a_protocol_version_that_no_header_can_carry_is_an_error_and_the_next_one_works() {
    for odd in
        ["2025-11-25\r\nX-Evil: 1", "\u{1b}[2J", "2025 11 25", &"2".repeat(20_000), "\u{202e}"]
    {
        let (count, version) = (AtomicUsize::new(0), odd.to_owned());
        let server = open(move |_, message, answer| {
            let first =
                message["method"] == "initialize" && count.fetch_add(1, Ordering::SeqCst) == 0;
            let result = json!({ "protocolVersion": version, "capabilities": {} });
            if first { answer.with(&json!({ "result": result })) } else { answer }
        });
        let case = Case::new();
        let mut bridge = Bridge::start(&case, &[&server.url()]);
        let answer = bridge.ask(INITIALIZE);
        assert!(error(&answer).contains("`protocolVersion` that is not"), "{odd:?}: {answer}");
        assert_eq!(answer["id"], 1);
        assert_eq!(bridge.ask(INITIALIZE)["result"]["protocolVersion"], "2025-11-25");
        assert!(bridge.ask(PING)["result"].is_object(), "{odd:?}");
        assert_eq!(bridge.end().code, 0);
        let asked = server.asked("/mcp");
        assert!(asked.iter().all(|asked| !asked.headers.contains_key("x-evil")));
    }
}

#[test]
fn a_client_that_never_reads_standard_error_gets_every_response() {
    let server = open(|_, _, answer| answer);
    let case = Case::new();
    let mut bridge = Bridge::start(&case, &[&server.url(), "--debug"]);
    assert_eq!(bridge.ask(INITIALIZE)["id"], 1);
    let begin = Instant::now();
    let method = "m".repeat(80);
    for id in 2..700 {
        let line = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}"}}"#);
        assert_eq!(bridge.ask(&line)["id"], id);
        assert!(begin.elapsed() < Duration::from_secs(60));
    }
    let run = bridge.end();
    assert_eq!(run.code, 0);
    let key = format!("{:x}", <md5::Md5 as md5::Digest>::digest(server.url()));
    let log = case.read(&format!(".mcp-auth/{key}_debug.log"));
    assert!(log.matches(&method).count() > 600, "the file has every line");
    assert!(run.err.len() > 60_000, "{}", run.err.len());
}

#[test]
fn a_header_is_hidden_in_what_a_server_says_whatever_its_length_and_form() {
    let echo = Mutex::new(0);
    let server = open(move |asked, _, _| {
        *echo.lock().unwrap() += 1;
        let basic = asked.headers["authorization"].clone();
        let said = format!(
            "{basic} hunter2 {} pin {}",
            basic.replace("Basic ", ""),
            asked.headers["x-pin"]
        );
        let error = json!({ "code": 1, "message": said });
        Answer::json(403, &json!({ "jsonrpc": "2.0", "id": null, "error": error }))
    });
    let case = Case::new().var("PIN", "4711");
    // ada:hunter2
    let headers =
        ["--header", "Authorization: Basic YWRhOmh1bnRlcjI=", "--header", "X-Pin: ${PIN}"];
    let mut bridge = Bridge::start(&case, &[&[server.url().as_str()], &headers[..]].concat());
    let answer = bridge.ask(INITIALIZE);
    assert!(error(&answer).contains("… … … pin …"), "{answer}");
    let run = bridge.end();
    for secret in ["YWRhOmh1bnRlcjI", "hunter2", "4711"] {
        assert!(!run.err.contains(secret) && !answer.to_string().contains(secret), "{answer}");
    }
}
