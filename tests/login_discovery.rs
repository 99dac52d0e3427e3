//! A login with servers whose metadata is incomplete or wrong where that does no harm: it signs in, as mcp-remote
//! does.

use serde_json::{Value, json};

use crate::case::Case;
use crate::oauth::{Answer, CALLBACK_HOST, Server, cached, decode, free_port, sign_in};

const PRM: &str = "/.well-known/oauth-protected-resource/mcp";
const ROOT_PRM: &str = "/.well-known/oauth-protected-resource";
const METADATA: &str = "/.well-known/oauth-authorization-server";

fn challenge(base: &str, resource_metadata: &str) -> Answer {
    let mut answer = Answer::json(401, &json!({ "error": "invalid_token" }));
    let url = resource_metadata.replace("BASE", base);
    let value = format!("Bearer resource_metadata=\"{url}\", scope=\"mcp:read\"");
    answer.headers.push(("WWW-Authenticate".into(), value));
    answer
}

/// A server whose metadata of the authorization server is changed.
fn metadata(changes: Value) -> Server {
    Server::tampered(move |asked, _, answer| match asked.path.as_str() {
        METADATA => answer.with(&changes),
        _ => answer,
    })
}

#[test]
fn a_broken_resource_metadata_url_falls_back_to_the_well_known_urls() {
    let page = Answer::text(200, "text/html", "<p>welcome");
    for broken in [
        Answer::text(404, "text/plain", "no"),
        Answer::text(503, "text/plain", "later"),
        Answer::text(200, "application/json", "[]"),
        Answer::text(200, "application/json", "{"),
        Answer::json(200, &json!({ "resource": 7, "authorization_servers": [] })),
        Answer::to(302, "http://example.com/"),
        page.clone(),
    ] {
        for root in [false, true] {
            let broken = broken.clone();
            let server = Server::tampered(move |asked, base, answer| match asked.path.as_str() {
                "/mcp" => challenge(base, "BASE/nowhere"),
                "/nowhere" => broken.clone(),
                PRM if root => Answer::text(404, "text/plain", "no"),
                ROOT_PRM if root => Answer::json(
                    200,
                    &json!({ "resource": format!("{base}/mcp"), "authorization_servers": [base] }),
                ),
                _ => answer,
            });
            let run = sign_in(&Case::new(), &[&server.url()]);
            assert_eq!(run.code, 0, "{}", run.err);
            assert_eq!(server.asked("/nowhere").len(), 1);
        }
    }
    for url in ["http://example.com/metadata", "file:///etc/passwd", "nonsense"] {
        let server = Server::tampered(move |asked, base, answer| match asked.path.as_str() {
            "/mcp" => challenge(base, url),
            _ => answer,
        });
        let run = sign_in(&Case::new(), &[&server.url()]);
        assert_eq!(run.code, 0, "{url}: {}", run.err);
    }
}

#[test]
fn a_server_without_any_resource_metadata_is_its_own_authorization_server() {
    let server = Server::tampered(|asked, base, answer| match asked.path.as_str() {
        "/mcp" => challenge(base, "BASE/nowhere"),
        PRM => Answer::text(404, "text/plain", "no"),
        "/token" => tokens(),
        _ => answer,
    });
    let run = sign_in(&Case::new(), &[&server.url()]);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn a_broken_resource_metadata_url_is_the_error_if_nothing_else_is_found() {
    let server = Server::tampered(|asked, base, answer| match asked.path.as_str() {
        "/mcp" => challenge(base, "BASE/nowhere"),
        PRM | METADATA => Answer::text(404, "text/plain", "no"),
        _ => answer,
    });
    let run = sign_in(&Case::new(), &[&server.url()]);
    let said = "/nowhere` responds with 404 with a body that is neither JSON nor an event stream instead of protected \
                resource metadata";
    assert!(run.code == 1 && run.err.contains(said), "{}", run.err);
    assert!(server.asked("/register").is_empty(), "no endpoint is guessed");
}

#[test]
fn resource_metadata_without_a_resource_still_names_the_authorization_server() {
    for resource in [Value::Null, json!(""), json!(7), json!(["x"])] {
        let server = Server::tampered(move |asked, base, answer| match asked.path.as_str() {
            PRM => Answer::json(
                200,
                &json!({ "resource": resource, "authorization_servers": [format!("{base}/as")] }),
            ),
            METADATA => Answer::text(404, "text/plain", "no"),
            "/.well-known/oauth-authorization-server/as" => as_metadata(base),
            "/authorize" => {
                let to = answer.header("Location").unwrap();
                Answer::to(302, to.split("&iss=").next().unwrap())
            }
            "/token" => tokens(),
            _ => answer,
        });
        let case = Case::new();
        let run = sign_in(&case, &[&server.url()]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert_eq!(
            cached(&case, "tokens.json").unwrap()["issuer"],
            format!("{}/as", server.base())
        );
        let sent = decode(&server.asked("/token")[0].body);
        assert_eq!(sent.get("resource"), None, "the server names none");
    }
}

#[test]
fn an_endpoint_that_a_sign_in_does_not_need_may_be_wrong() {
    for (name, value) in [
        ("revocation_endpoint", json!("http://auth.example.com/revoke")),
        ("revocation_endpoint", json!("https://me:you@example.com")),
        ("device_authorization_endpoint", json!("nonsense")),
        ("device_authorization_endpoint", json!(7)),
    ] {
        let run = sign_in(&Case::new(), &[&metadata(json!({ name: value })).url()]);
        assert_eq!(run.code, 0, "{name} {value}: {}", run.err);
    }
}

#[test]
fn an_endpoint_is_checked_where_it_is_used() {
    let server = metadata(json!({ "revocation_endpoint": "http://auth.example.com/revoke" }));
    let case = Case::in_memory().declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{}\"\nauth = \"oauth\"\n",
        server.url()
    ));
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    let run = case.run(&["logout", "one"]);
    let said = "`http://auth.example.com/revoke`: it uses plain http to another machine";
    assert!(run.err.contains(said), "{}", run.err);
    for (name, args) in [
        ("authorization_endpoint", vec!["--device"]),
        ("registration_endpoint", vec!["--client-id", "client-1"]),
    ] {
        let port = free_port();
        let server = metadata(json!({ name: "http://auth.example.com/x" }));
        {
            let mut book = server.book.lock().unwrap();
            book.typed = true;
            let uri = format!("http://{CALLBACK_HOST}:{port}/oauth/callback");
            book.clients.insert("client-1".into(), json!({ "redirect_uris": [uri] }));
        }
        let url = server.url();
        let run = sign_in(&Case::new(), &[&[url.as_str(), "--port", &port], &args[..]].concat());
        assert_eq!(run.code, 0, "{name}: {}", run.err);
        let run = sign_in(&Case::new(), &[&url]);
        let said = "`http://auth.example.com/x`: it uses plain http to another machine";
        assert!(run.code == 1 && run.err.contains(said), "{name}: {}", run.err);
    }
    let run = sign_in(&Case::new(), &[&metadata(json!({ "authorization_endpoint": null })).url()]);
    assert!(run.code == 1 && run.err.contains("has no `authorization_endpoint`"), "{}", run.err);
}

fn tokens() -> Answer {
    let tokens = json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 3600 });
    Answer::json(200, &tokens)
}

fn as_metadata(base: &str) -> Answer {
    Answer::json(
        200,
        &json!({
            "issuer": format!("{base}/as"),
            "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"),
            "registration_endpoint": format!("{base}/register"),
            "code_challenge_methods_supported": ["S256"],
        }),
    )
}

#[test]
fn a_token_endpoint_may_take_longer_than_other_requests() {
    let server = Server::tampered(|asked, _, answer| {
        if asked.path == "/token" {
            std::thread::sleep(std::time::Duration::from_secs(17));
        }
        answer
    });
    let run = sign_in(&Case::new(), &[&server.url(), "--timeout", "60"]);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn a_server_that_does_not_mention_pkce_gets_it_and_is_named_once() {
    let lists = [json!({}), json!({ "code_challenge_methods_supported": null })];
    for changes in lists.into_iter().chain([
        json!({ "code_challenge_methods_supported": "S256" }),
        json!({ "code_challenge_methods_supported": true }),
    ]) {
        let server = Server::tampered(move |asked, _, answer| match asked.path.as_str() {
            METADATA => {
                answer.with(&json!({ "code_challenge_methods_supported": null })).with(&changes)
            }
            _ => answer,
        });
        let run = sign_in(&Case::new(), &[&server.url()]);
        assert_eq!(run.code, 0, "{}", run.err);
        let said = format!("`{}` does not say that it supports PKCE", server.base());
        assert_eq!(run.err.matches(&said).count(), 1, "{}", run.err);
        let sent = decode(&server.asked("/authorize")[0].query);
        assert_eq!(sent["code_challenge_method"], "S256");
    }
    let run = sign_in(&Case::new(), &[&Server::honest().url()]);
    assert!(!run.err.contains("PKCE"), "{}", run.err);
}

#[test]
fn a_server_that_lists_other_pkce_methods_only_is_refused() {
    for methods in [json!([]), json!(["plain"]), json!(["s256"]), json!([7])] {
        let server = metadata(json!({ "code_challenge_methods_supported": methods }));
        let run = sign_in(&Case::new(), &[&server.url()]);
        let said = "does not support PKCE with S256";
        assert!(run.code == 1 && run.err.contains(said), "{}", run.err);
        assert!(server.asked("/register").is_empty());
    }
}

#[test]
fn metadata_of_an_issuer_with_a_path_is_also_found_below_the_path_or_at_the_root() {
    for path in ["/as/.well-known/oauth-authorization-server", METADATA] {
        for (issuer, code) in [("as", 0), ("other", 1)] {
            let server = Server::tampered(move |asked, base, answer| {
                let named = json!({ "issuer": format!("{base}/{issuer}") });
                match asked.path.as_str() {
                    PRM => answer.with(&json!({ "authorization_servers": [format!("{base}/as")] })),
                    "/authorize" => {
                        let to = answer.header("Location").unwrap();
                        Answer::to(302, to.split("&iss=").next().unwrap())
                    }
                    found if found == path => as_metadata(base).with(&named),
                    METADATA => Answer::text(404, "text/plain", "no"),
                    _ => answer,
                }
            });
            let run = sign_in(&Case::new(), &[&server.url()]);
            assert_eq!(run.code, code, "{path} {issuer}: {}", run.err);
        }
    }
}
