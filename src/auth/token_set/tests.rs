use serde_json::json;

use super::granted_tokens::{UNKNOWN, UNKNOWN_RENEWABLE};
use super::*;

fn read(value: &Value) -> Result<TokenSet, InvalidTokenSet> {
    TokenSet::from_file(value.to_string().as_bytes())
}

fn answer(value: Value) -> Result<TokenSet, InvalidTokenSet> {
    let Value::Object(fields) = value else { panic!("an object") };
    TokenSet::granted(fields, 1_000_000)
}

#[test]
fn a_file_is_read_where_mcp_remote_reads_it() {
    for (more, want) in [
        (json!({}), Ok(None)),
        (json!({ "expires_at": 5000 }), Ok(Some(5000))),
        (json!({ "expires_at": "5000" }), Ok(Some(5000))),
        (json!({ "expires_at": null }), Ok(None)),
        (json!({ "expires_at": 0 }), Ok(None)),
        (json!({ "expires_at": 0.5 }), Ok(Some(1))),
        (json!({ "expires_at": -5 }), Ok(Some(1))),
        (json!({ "expires_in": "3600" }), Ok(None)),
        (json!({ "expires_at": "2026-11-24T00:00:00Z" }), Err(InvalidTokenSet::Time("expires_at"))),
        (json!({ "refresh_token": null }), Err(InvalidTokenSet::Field("refresh_token"))),
        (json!({ "token_type": null }), Err(InvalidTokenSet::Field("token_type"))),
        (json!({ "access_token": 1 }), Err(InvalidTokenSet::Field("access_token"))),
    ] {
        let mut fields = json!({ "access_token": "a", "token_type": "bearer" });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(read(&fields).map(|tokens| tokens.expires_at), want, "{fields}");
    }
    assert_eq!(TokenSet::from_file(b"{ \"access_tok"), Err(InvalidTokenSet::NotJson));
    assert_eq!(TokenSet::from_file(b""), Err(InvalidTokenSet::NotJson));
}

#[test]
fn what_is_written_has_every_field_but_the_requested_scope() {
    let fields = json!({
        "access_token": "a", "token_type": "Bearer", "refresh_token": "r", "id_token": "i",
        "scope": "s", "issuer": "https://as", "expires_at": 7, "expires_in": 3600, "more": [1],
    });
    let mut asked = fields.clone();
    asked["requested_scope"] = "other".into();
    let written: Value = serde_json::from_slice(&read(&asked).unwrap().to_file()).unwrap();
    assert_eq!(written, fields);
}

#[test]
fn an_answer_always_gets_an_end() {
    let jwt = "e30.eyJleHAiOjIwMDB9.x";
    for (more, want) in [
        (json!({ "expires_in": 60 }), 1_060_000),
        (json!({ "expires_in": "60" }), 1_060_000),
        (json!({ "access_token": jwt }), 2_000_000),
        (json!({ "expires_in": 0, "refresh_token": "r" }), 1_000_000 + UNKNOWN_RENEWABLE),
        (json!({ "refresh_token": null }), 1_000_000 + UNKNOWN),
    ] {
        let mut fields = json!({ "access_token": "a", "token_type": "Bearer" });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(answer(fields.clone()).unwrap().expires_at, Some(want), "{fields}");
    }
    let ended = json!({ "access_token": "a", "token_type": "Bearer", "expires_in": -1 });
    assert_eq!(answer(ended), Err(InvalidTokenSet::Expired));
    let untyped = json!({ "access_token": "a" });
    assert_eq!(answer(untyped), Err(InvalidTokenSet::Field("token_type")));
}

#[test]
fn an_id_token_says_who_signed_in() {
    for (claims, want) in [
        (json!({ "email": "ada@example.com", "name": "Ada" }), Some("ada@example.com")),
        (json!({ "email": 7, "preferred_username": "ada" }), Some("ada")),
        (json!({ "sub": "1" }), None),
    ] {
        let payload = URL_SAFE_NO_PAD.encode(claims.to_string());
        let fields = json!({ "access_token": "a", "token_type": "Bearer", "id_token": format!("e30.{payload}.x") });
        assert_eq!(read(&fields).unwrap().account().as_deref(), want, "{claims}");
    }
    let odd = json!({ "access_token": "a", "token_type": "Bearer", "id_token": "no-JWT" });
    assert_eq!(read(&odd).unwrap().account(), None);
}

#[test]
fn a_token_set_shows_no_secret() {
    let fields = json!({ "access_token": "SECRET", "token_type": "Bearer", "refresh_token": "SECRET",
        "id_token": "SECRET", "more": "SECRET" });
    assert!(!format!("{:?}", read(&fields).unwrap()).contains("SECRET"));
}

#[test]
fn only_bearer_tokens_that_a_header_can_carry_are_accepted() {
    let long = "x".repeat(MAX_TOKEN + 1);
    let dpop = Err(InvalidTokenSet::Dpop);
    for (more, want) in [
        (json!({ "token_type": "BEARER" }), Ok(())),
        (json!({ "token_type": "user" }), Ok(())),
        (json!({ "token_type": "DPoP" }), dpop),
        (json!({ "token_type": "dpop" }), dpop),
        (json!({ "token_type": "mac" }), Err(InvalidTokenSet::Type)),
        (json!({ "token_type": "N_A" }), Err(InvalidTokenSet::Type)),
        (json!({ "token_type": "" }), Err(InvalidTokenSet::Type)),
        (json!({ "token_type": "Bearer\r\nX: y" }), Err(InvalidTokenSet::Type)),
        (json!({ "access_token": "a:b/c+d~e_f-g.h==" }), Ok(())),
        (json!({ "access_token": "x".repeat(MAX_TOKEN) }), Ok(())),
        (json!({ "access_token": "" }), Err(InvalidTokenSet::Characters("access_token"))),
        (json!({ "access_token": "a b" }), Err(InvalidTokenSet::Characters("access_token"))),
        (json!({ "access_token": "a\n" }), Err(InvalidTokenSet::Characters("access_token"))),
        (json!({ "access_token": "\u{1b}[2J" }), Err(InvalidTokenSet::Characters("access_token"))),
        (json!({ "access_token": "\u{202e}a" }), Err(InvalidTokenSet::Characters("access_token"))),
        (json!({ "access_token": "t\u{f6}k" }), Err(InvalidTokenSet::Characters("access_token"))),
        (json!({ "access_token": long }), Err(InvalidTokenSet::Long("access_token"))),
        (json!({ "refresh_token": "r\r\n" }), Err(InvalidTokenSet::Characters("refresh_token"))),
        (json!({ "id_token": long }), Err(InvalidTokenSet::Long("id_token"))),
        (json!({ "scope": long }), Err(InvalidTokenSet::Long("scope"))),
    ] {
        let mut fields = json!({ "access_token": "a", "token_type": "Bearer" });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(read(&fields).map(|_| ()), want, "in a file: {more}");
        assert_eq!(answer(fields).map(|_| ()), want, "in a response: {more}");
    }
    let empty =
        json!({ "access_token": "a", "token_type": "Bearer", "refresh_token": "", "id_token": "" });
    assert_eq!(answer(empty).unwrap().refresh_token, None);
}

#[test]
fn a_number_that_mcpgen_does_not_know_is_preserved_exactly() {
    let text = r#"{"access_token":"a","token_type":"Bearer","x":[30.869378796463078,1e-7,3.3e47]}"#;
    let read = TokenSet::from_file(text.as_bytes()).unwrap();
    let written: Value = serde_json::from_slice(&read.to_file()).unwrap();
    assert_eq!(written["x"].to_string(), "[30.869378796463078,1e-7,3.3e+47]");
}
