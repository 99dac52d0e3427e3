//! Errors of a sign-in that name the field and the option that help.

use serde_json::json;

use crate::case::Case;
use crate::oauth::{Answer, Server, sign_in};

#[test]
fn a_server_that_accepts_only_client_metadata_documents_is_told_by_its_field() {
    let changes = json!({
        "registration_endpoint": null, "client_id_metadata_document_supported": true,
    });
    let server = Server::tampered(move |asked, _, answer| match asked.path.as_str() {
        "/.well-known/oauth-authorization-server" => answer.with(&changes),
        _ => answer,
    });
    let run = sign_in(&Case::new(), &[&server.url()]);
    let said = "declare its URL as `client-metadata-url` (for a URL, pass `--client-metadata-url`)";
    let words: Vec<&str> = run.err.split_whitespace().collect();
    assert!(run.code == 1 && words.join(" ").contains(said), "{}", run.err);
}

#[test]
fn an_error_about_the_scope_or_the_resource_names_the_field_and_the_flag() {
    let scope = ["`scope` under `auth`", "`--scope`"];
    let resource = ["`resource = false`", "`--disable-resource-parameter`"];
    for (code, text, said) in [
        ("invalid_scope", "no", scope),
        (
            "invalid_request",
            "AADSTS900144: The request body must contain the following parameter: 'scope'.",
            scope,
        ),
        ("invalid_target", "no", resource),
        ("invalid_request", "AADSTS9010010: The resource parameter does not match", resource),
    ] {
        for at_token_endpoint in [false, true] {
            let server = Server::tampered(move |asked, _, answer| match asked.path.as_str() {
                "/authorize" if !at_token_endpoint => {
                    let to = answer.header("Location").unwrap();
                    let (to, rest) = to.split_once("?code=").unwrap();
                    let text = crate::oauth::encode(text);
                    Answer::to(302, &format!("{to}?error={code}&error_description={text}&x={rest}"))
                }
                "/token" if at_token_endpoint => {
                    Answer::json(400, &json!({ "error": code, "error_description": text }))
                }
                _ => answer,
            });
            let run = sign_in(&Case::new(), &[&server.url()]);
            let words: Vec<&str> = run.err.split_whitespace().collect();
            let err = words.join(" ");
            assert!(run.code == 1 && said.iter().all(|said| err.contains(said)), "{}", run.err);
        }
    }
}
