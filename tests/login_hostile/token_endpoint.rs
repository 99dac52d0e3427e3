//! What a broken or hostile token endpoint sends.

use serde_json::json;

use super::Turning;
use crate::oauth::{Answer, Asked, cached};

fn token(change: impl Fn(Answer) -> Answer + Send + Sync + 'static, said: &str) {
    Turning::new("/token", move |_, _, answer| change(answer)).fails(&[], said);
}

#[test]
fn a_response_that_is_not_a_token_set_is_refused() {
    for (changes, said) in [
        (
            json!({ "access_token": null }),
            "invalid token response (200 with JSON): `access_token` is missing",
        ),
        (
            json!({ "token_type": null }),
            "invalid token response (200 with JSON): `token_type` is missing",
        ),
        (
            json!({ "expires_in": "soon" }),
            "invalid token response (200 with JSON): `expires_in` is not a number",
        ),
        (
            json!({ "expires_in": -1 }),
            "invalid token response (200 with JSON): `expires_in` is negative",
        ),
        (json!({ "token_type": "DPoP" }), "`token_type` is `DPoP`, but only `Bearer` tokens are"),
        (json!({ "token_type": "mac" }), "`token_type` is not `Bearer`"),
        (json!({ "access_token": "" }), "`access_token` is empty or contains characters other"),
        (json!({ "access_token": "a\r\nX: y" }), "`access_token` is empty or contains characters"),
        (json!({ "access_token": "\u{1b}[2Jabc" }), "`access_token` is empty or contains"),
        (json!({ "access_token": "x".repeat(900_000) }), "`access_token` is longer than 12 KiB"),
        (json!({ "refresh_token": "a b" }), "`refresh_token` is empty or contains characters"),
    ] {
        token(move |answer| answer.with(&changes), said);
    }
    let page = "<!doctype html>";
    token(
        move |_| Answer::text(200, "text/html", page),
        "invalid token response (200 with a web page)",
    );
    token(
        |_| Answer::text(200, "text/plain", "ok"),
        "invalid token response (200 with a body that is neither JSON nor an event stream)",
    );
}

#[test]
fn a_token_set_without_a_numeric_expiry_gets_one() {
    for (changes, hours) in
        [(json!({ "expires_in": "7200" }), 2), (json!({ "expires_in": null }), 1)]
    {
        let turning = Turning::new("/token", move |_, _, answer| answer.with(&changes));
        let run = turning.sign_in(&[]);
        assert_eq!(run.code, 0, "{}", run.err);
        let end = cached(&turning.case, "tokens.json").unwrap()["expires_at"].as_u64().unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let left = end / 1000 - now.as_secs();
        assert!(left <= hours * 3600 && left > hours * 3600 - 60, "{left} s");
    }
}

#[test]
fn an_endless_response_is_cut_off() {
    token(
        |answer| Answer { body: vec![b' '; 2 << 20], claims: Some(4 << 30), ..answer },
        "/token` sent a response of more than 1 MiB",
    );
}

#[test]
fn a_truncated_response_is_an_error() {
    token(|answer| Answer { claims: Some(4000), ..answer }, "cannot reach `http");
}

#[test]
fn an_error_of_the_token_endpoint_is_shown_without_the_secrets_that_it_echoes() {
    let turning = Turning::new("/token", |asked, _, _| {
        let error = json!({ "error": "invalid_grant", "error_description": asked.body });
        Answer::json(400, &error)
    });
    turning.fails(&[], "/token` rejected the token request: invalid_grant, grant_type=");
    let echo = |asked: &Asked, _: &str, _: Answer| {
        let code = crate::oauth::decode(&asked.body)["code"].clone();
        Answer::json(400, &json!({ "error": "invalid_grant", "error_description": code }))
    };
    Turning::new("/token", echo).fails(&[], "invalid_grant, …");
}
