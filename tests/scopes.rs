//! The scope of a sign-in, and of the requests that refresh it: a server that is particular about it opens no browser
//! each time a token expires.

use serde_json::{Value, json};

use crate::case::Case;
use crate::oauth::{Answer, Asked, Server, cached, decode, sign_in};
use crate::sign_ins::expire;

fn scope_of_refresh(asked: &Asked) -> Option<String> {
    let form = decode(&asked.body);
    (form.get("grant_type")? == "refresh_token")
        .then(|| form.get("scope").cloned().unwrap_or_default())
}

fn is_refresh(asked: &Asked) -> bool {
    asked.path == "/token" && scope_of_refresh(asked).is_some()
}

fn refreshes(server: &Server) -> Vec<String> {
    server.asked("/token").iter().filter_map(scope_of_refresh).collect()
}

fn declared(server: &Server, scope: &str) -> Case {
    let auth = match scope {
        "" => "\"oauth\"".to_owned(),
        scope => format!("{{ mode = \"oauth\", scope = \"{scope}\" }}"),
    };
    let url = server.url();
    Case::in_memory().declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{url}\"\nauth = {auth}\n"
    ))
}

/// A server whose token responses name no scope, and which rejects a refresh without one.
fn silent() -> Server {
    Server::tampered(|asked, _, answer| match asked.path.as_str() {
        "/token" if answer.status == 200 => {
            if scope_of_refresh(asked).is_some_and(|scope| scope.is_empty()) {
                let text = "AADSTS90009: Application is requesting a token for itself";
                return Answer::json(
                    400,
                    &json!({ "error": "invalid_request", "error_description": text }),
                );
            }
            answer.with(&json!({ "scope": null }))
        }
        _ => answer,
    })
}

#[test]
fn the_requested_scope_is_the_granted_one_if_the_response_names_none() {
    for (scope, want) in [("", "mcp:read offline_access"), ("a b", "a b")] {
        let server = silent();
        let case = declared(&server, scope);
        assert_eq!(sign_in(&case, &[]).code, 0);
        for round in 1..=3 {
            expire(&case);
            case.ok(&["token", "one"]);
            assert_eq!(refreshes(&server), vec![want.to_owned(); round]);
        }
    }
}

#[test]
fn a_sign_in_that_a_bridge_stored_without_a_scope_is_refreshed_with_the_requested_one() {
    for (asked, want) in [(json!(null), "mcp:read offline_access"), (json!("x y"), "x y")] {
        let server = silent();
        let case = declared(&server, "");
        assert_eq!(sign_in(&case, &[]).code, 0);
        let stored = json!({ "mcpgen": null, "scope": null, "requested_scope": asked });
        crate::sign_ins::change(&case, &stored);
        expire(&case);
        case.ok(&["token", "one"]);
        assert_eq!(refreshes(&server), [want]);
    }
}

#[test]
fn a_server_that_rejects_a_scope_is_refreshed_without_one_from_then_on() {
    let salesforce =
        json!({ "error": "invalid_request", "error_description": "scope parameter not supported" });
    for answer in [
        Answer::json(400, &salesforce),
        Answer::json(400, &json!({ "error": "invalid_scope" })),
        Answer::json(400, &json!({ "message": "unexpected parameter" })),
        Answer::text(422, "text/plain", "scope: extra field"),
        Answer::json(200, &json!({ "error": "unsupported_parameter" })),
    ] {
        let refresh = std::sync::Mutex::new(None::<Value>);
        let what = answer.clone();
        let server = Server::tampered(move |asked, _, response| {
            if !is_refresh(asked) {
                return response;
            }
            // The server that is asked twice gives what it gave the first time.
            let mut kept = refresh.lock().unwrap();
            if scope_of_refresh(asked).is_some_and(|scope| !scope.is_empty()) {
                *kept = serde_json::from_slice(&response.body).ok();
                return answer.clone();
            }
            match kept.take() {
                Some(first) => Answer::json(200, &first),
                None => response,
            }
        });
        let case = declared(&server, "");
        assert_eq!(sign_in(&case, &[]).code, 0);
        for _ in 0..3 {
            expire(&case);
            case.ok(&["token", "one"]);
        }
        let scopes = refreshes(&server);
        assert_eq!(scopes, ["mcp:read offline_access", "", "", ""], "{what:?}");
        assert_eq!(
            cached(&case, "tokens.json").unwrap()["scope"],
            "",
            "mcp-remote sends none either"
        );
        let status: Value = serde_json::from_str(&case.ok(&["status", "--json"]).out).unwrap();
        assert_eq!(status[0]["scope"], "mcp:read", "{what:?}");
        assert_eq!(server.asked("/authorize").len(), 1);
    }
}

#[test]
fn a_dead_refresh_token_is_not_tried_twice() {
    for code in ["invalid_grant", "invalid_client", "unauthorized_client", "invalid_target"] {
        let server = Server::tampered(move |asked, _, answer| {
            if is_refresh(asked) { Answer::json(400, &json!({ "error": code })) } else { answer }
        });
        let case = declared(&server, "");
        assert_eq!(sign_in(&case, &[]).code, 0);
        expire(&case);
        assert_eq!(case.run(&["token", "one"]).code, 1);
        assert_eq!(refreshes(&server).len(), 1, "{code}");
    }
}

/// A server that names no scope, and gives a refresh token for `offline_access` only.
fn offline(scopes: Value) -> Server {
    Server::tampered(move |asked, base, answer| match asked.path.as_str() {
        "/mcp" => {
            let mut answer = Answer::json(401, &json!({}));
            let metadata = format!("{base}/.well-known/oauth-protected-resource/mcp");
            let value = format!("Bearer resource_metadata=\"{metadata}\"");
            answer.headers.push(("WWW-Authenticate".into(), value));
            answer
        }
        "/.well-known/oauth-protected-resource/mcp" => {
            answer.with(&json!({ "scopes_supported": null }))
        }
        "/.well-known/oauth-authorization-server" => {
            answer.with(&json!({ "scopes_supported": scopes }))
        }
        "/token" => {
            let code = decode(&asked.body);
            let granted: Value = serde_json::from_slice(&answer.body).unwrap();
            let offline =
                granted["scope"].as_str().is_some_and(|scope| scope.contains("offline_access"));
            if code["grant_type"] == "authorization_code" && !offline {
                return answer.with(&json!({ "refresh_token": null }));
            }
            answer
        }
        _ => answer,
    })
}

#[test]
fn offline_access_is_requested_where_the_server_lists_it_and_no_scope_is_known() {
    for (scopes, want) in [
        (json!(["offline_access"]), Some("offline_access")),
        (json!(["openid", "offline_access"]), Some("offline_access")),
        (json!(["openid"]), None),
        (json!(null), None),
    ] {
        let server = offline(scopes.clone());
        let case = declared(&server, "");
        assert_eq!(sign_in(&case, &[]).code, 0);
        let query = decode(&server.asked("/authorize")[0].query);
        assert_eq!(query.get("scope").map(String::as_str), want, "{scopes}");
        let tokens = cached(&case, "tokens.json").unwrap();
        assert_eq!(tokens.get("refresh_token").is_some(), want.is_some(), "{scopes}");
    }
}

#[test]
fn a_declared_scope_without_the_offered_offline_access_is_named_as_the_reason() {
    for (scope, offered, named) in [
        ("a", json!(["a", "offline_access"]), true),
        ("a", json!(["a"]), false),
        ("a offline_access", json!(["a", "offline_access"]), false),
    ] {
        let server = offline(offered);
        let case = declared(&server, scope);
        let run = sign_in(&case, &[]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert_eq!(run.err.contains("add `offline_access` to `scope`"), named, "{}", run.err);
    }
}
