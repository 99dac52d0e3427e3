//! Responses that are compressed although no request permits that: metadata, registrations, tokens and messages.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use serde_json::{Value, json};

use crate::case::Case;
use crate::oauth::{Answer, Server, sign_in};

const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#;

fn encoded(answer: Answer, encoding: &str) -> Answer {
    let best = Compression::best();
    let body = match encoding {
        "gzip" | "x-gzip" => {
            let mut encoder = GzEncoder::new(vec![], best);
            encoder.write_all(&answer.body).unwrap();
            encoder.finish().unwrap()
        }
        "deflate" => {
            let mut encoder = ZlibEncoder::new(vec![], best);
            encoder.write_all(&answer.body).unwrap();
            encoder.finish().unwrap()
        }
        "raw" => {
            let mut encoder = DeflateEncoder::new(vec![], best);
            encoder.write_all(&answer.body).unwrap();
            encoder.finish().unwrap()
        }
        _other => answer.body,
    };
    let mut headers = answer.headers;
    let name = if encoding == "raw" { "deflate" } else { encoding };
    headers.push(("Content-Encoding".to_owned(), name.to_owned()));
    Answer { body, headers, ..answer }
}

#[test]
fn a_sign_in_decodes_every_response_although_it_permits_no_encoding() {
    for encoding in ["gzip", "x-gzip", "deflate", "raw", "identity"] {
        let server = Server::tampered(move |_, _, answer| encoded(answer, encoding));
        let case = Case::new();
        let run = sign_in(&case, &[&server.url()]);
        assert_eq!(run.code, 0, "{encoding}: {}", run.err);
        let seen = server.book.lock().unwrap().seen.clone();
        let ours = seen.iter().filter(|asked| asked.path != "/authorize");
        for asked in ours {
            assert_eq!(asked.headers["accept-encoding"], "identity", "{}", asked.path);
        }
    }
}

#[test]
fn an_encoding_that_cannot_be_decoded_is_named_in_the_error() {
    let server = Server::tampered(|_, _, answer| encoded(answer, "br"));
    let run = sign_in(&Case::new(), &[&server.url()]);
    let said = "the response has the encoding `br`, which was not requested";
    assert!(run.code == 1 && run.err.contains(said), "{}", run.err);
}

#[test]
fn a_long_response_is_too_long_however_short_its_encoding_is() {
    let server = Server::tampered(|asked, _, answer| match asked.path.as_str() {
        "/.well-known/oauth-authorization-server" => {
            let long = answer.with(&json!({ "padding": " ".repeat(8 << 20) }));
            encoded(long, "gzip")
        }
        _ => answer,
    });
    let run = sign_in(&Case::new(), &[&server.url()]);
    assert!(run.code == 1 && run.err.contains("a response of more than 1 MiB"), "{}", run.err);
}

#[test]
fn a_bridge_decodes_messages_and_events() {
    let result = r#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"s","version":"1"}}}"#;
    for encoding in ["gzip", "deflate", "raw"] {
        for events in [false, true] {
            let server = Server::tampered(move |asked, _, answer| {
                if !asked.body.contains("initialize") {
                    return answer;
                }
                let event = format!("event: message\ndata: {result}\n\n");
                let plain = match events {
                    true => Answer::text(200, "text/event-stream", &event),
                    false => Answer::text(200, "application/json", result),
                };
                encoded(plain, encoding)
            });
            let case = Case::new();
            let mut command = case.command(&["bridge", &server.url()]);
            let mut child = command.stdin(Stdio::piped()).spawn().expect("mcpgen starts");
            let mut stdin = child.stdin.take().unwrap();
            stdin.write_all(format!("{INITIALIZE}\n").as_bytes()).unwrap();
            let mut line = String::new();
            let mut stdout = BufReader::new(child.stdout.take().unwrap());
            stdout.read_line(&mut line).unwrap();
            drop(stdin);
            assert!(child.wait().unwrap().success());
            let message: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(message["result"]["serverInfo"]["name"], "s", "{encoding}: {line}");
        }
    }
}
