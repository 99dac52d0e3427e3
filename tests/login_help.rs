//! Errors of a sign-in that name the field and the option that help.

use serde_json::json;

use crate::case::Case;
use crate::oauth::{Answer, Server, free_port, sign_in};

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

#[test]
fn a_web_page_is_not_taken_for_a_server_that_requires_no_sign_in() {
    for (media, said) in [
        ("text/html; charset=utf-8", "responds with a web page"),
        ("Text/HTML", "responds with a web page"),
        ("application/json", "does not require a sign-in"),
    ] {
        let server = Server::tampered(move |asked, _, answer| match asked.path.as_str() {
            "/mcp" => Answer::text(200, media, "{}"),
            path if path.contains("well-known") => Answer::text(404, "text/plain", ""),
            _ => answer,
        });
        let run = Case::new().run(&["login", &server.url()]);
        assert!(run.code == 1 && run.err.contains(said), "{media}: {}", run.err);
    }
}

#[test]
fn a_host_that_does_not_exist_is_reported_as_an_error_in_the_url_first() {
    let run = Case::new().run(&["login", "https://mcp.example.invalid/mcp"]);
    let said = "check the host in the URL";
    assert!(run.code == 1 && run.err.contains(said), "{}", run.err);
}

#[test]
fn a_busy_registration_endpoint_is_tried_again_later_and_its_owner_is_not_asked() {
    for (status, retry, said) in
        [(429, Some("20"), "try again in 20 s"), (503, None, "try again later")]
    {
        let server = Server::tampered(move |asked, _, answer| {
            if asked.path != "/register" {
                return answer;
            }
            let mut busy = Answer::json(status, &json!({ "error": "too_many" }));
            let retry = retry.map(|seconds| ("Retry-After".to_owned(), seconds.to_owned()));
            busy.headers.extend(retry);
            busy
        });
        let run = Case::new().run(&["login", &server.url()]);
        assert!(run.code == 1 && run.err.contains(said), "{}", run.err);
        assert!(!run.err.contains("owner"), "{}", run.err);
    }
}

#[test]
fn a_host_that_no_redirect_uri_can_have_is_an_error_before_the_browser_opens() {
    let (case, server) = (Case::new(), Server::honest());
    let url = server.url();
    let run =
        sign_in(&case, &[&url, "--client-id", "one", "--port", &free_port(), "--host", "a b"]);
    assert!(run.code == 1 && run.err.contains("is not a URL"), "{}", run.err);
    assert!(run.err.contains("pass `--host localhost`"), "{}", run.err);
    assert!(server.asked("/authorize").is_empty());
    assert_eq!(sign_in(&case, &[&url, "--host", "localhost"]).code, 0);
}
