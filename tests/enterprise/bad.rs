//! What goes wrong at the provider and at servers. Each error names the server, and the others work.

use super::lab::{
    BEARER, EXCHANGE, PROVIDERS, Provider, SERVERS, declared, expire, grants, server, server_with,
};
use super::{five, with_five};
use crate::case::Case;
use crate::oauth::{Answer, decode, sign_in};
use serde_json::{Value, json};

fn declare_more(case: &Case, more: &str) {
    let path = ".config/mcpgen/mcp.toml";
    case.put(path, format!("{}{more}", case.read(path)));
}

#[test]
fn a_person_who_may_use_three_of_five_servers_signs_in_to_three() {
    let (provider, servers) = (Provider::start(), five());
    let denied = [servers[1].base(), servers[3].base()];
    provider.set(|policy| policy.denied.extend(denied.clone()));
    let case = with_five(&provider, &servers, "");
    let run = sign_in(&case, &[]);
    assert_eq!(run.code, 1);
    for (name, base) in ["zwei", "vier"].iter().zip(&denied) {
        assert!(run.err.contains(&format!("while signing in to `{name}`")), "{}", run.err);
        assert!(run.err.contains(&format!("issues no assertion for `{base}`")), "{}", run.err);
    }
    assert!(run.err.contains("for access to"), "{}", run.err);
    for name in ["eins", "drei", "funf"] {
        assert!(case.ok(&["token", name]).out.starts_with("mcp-access-"));
    }
    assert_eq!(provider.pages(), 1);
}

#[test]
fn a_provider_that_is_down_fails_its_servers_and_no_other() {
    let (provider, server, other) = (Provider::start(), server(), crate::oauth::Server::honest());
    let case = declared(&provider, &[("eins", &server)], "");
    declare_more(&case, &format!("[servers.other]\nurl = \"{}\"\nauth = \"oauth\"\n", other.url()));
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let path = ".config/mcpgen/mcp.toml";
    let text = case.read(path).replace(&provider.server.base(), &format!("http://{gone}"));
    case.put(path, text);
    let run = sign_in(&case, &[]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("while signing in at the identity provider `acme`"), "{}", run.err);
    assert!(run.err.contains("while signing in to `eins`"), "{}", run.err);
    assert!(run.err.contains("other: signed in"), "{}", run.err);
    assert_eq!(server.asked("/token").len(), 0);
}

#[test]
fn a_provider_that_goes_down_is_named_by_refresh_and_the_identity_is_kept() {
    let (provider, server) = (Provider::start(), server());
    let case = declared(&provider, &[("eins", &server)], "");
    sign_in(&case, &[]);
    expire(&case, SERVERS);
    provider.set(|policy| policy.error = Some("temporarily_unavailable"));
    let run = case.run(&["token", "eins"]);
    assert!(run.code == 1 && run.err.contains("while getting a token for `eins`"), "{}", run.err);
    assert!(run.err.contains(&provider.server.base()), "{}", run.err);
    provider.set(|policy| policy.error = None);
    assert!(case.ok(&["token", "eins"]).out.starts_with("mcp-access-"));
}

#[test]
fn an_authorization_server_that_does_not_trust_the_provider_is_named() {
    let provider = Provider::start();
    let (trusting, other) = (
        server(),
        server_with(|_, _| Answer::json(400, &json!({ "error": "unsupported_grant_type" }))),
    );
    let case = declared(&provider, &[("eins", &trusting), ("zwei", &other)], "");
    let run = sign_in(&case, &[]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("while signing in to `zwei`"), "{}", run.err);
    let title = format!("`{}` does not accept the identity provider", other.base());
    assert!(run.err.contains(&title), "{}", run.err);
    assert!(run.err.contains("auth = \"oauth\""), "{}", run.err);
    case.ok(&["token", "eins"]);
}

#[test]
fn a_sign_in_at_a_provider_takes_another_port_if_its_own_is_in_use() {
    let (provider, server) = (Provider::start(), server());
    let case = declared(&provider, &[("eins", &server)], "");
    let rows: Value = serde_json::from_str(&case.run(&["status", "--json"]).out).unwrap();
    let redirect = rows.as_array().unwrap().iter().find_map(|row| {
        (row["server"] == "acme").then(|| row["redirect_uri"].as_str().unwrap().to_owned())
    });
    let port = redirect.unwrap().split([':', '/']).find_map(|part| part.parse::<u16>().ok());
    // Another test may use it too.
    let _busy = std::net::TcpListener::bind(("127.0.0.1", port.unwrap()));
    let run = sign_in(&case, &[]);
    assert_eq!((run.code, provider.pages()), (0, 1), "{}", run.err);
}

#[test]
fn a_response_that_breaks_off_does_not_mean_that_the_server_distrusts_the_provider() {
    let provider = Provider::start();
    let server = server_with(|_, answer| Answer { claims: Some(10_000), ..answer });
    let case = declared(&provider, &[("eins", &server)], "");
    let run = sign_in(&case, &[]);
    let title = format!("cannot get a token from `{}`: ", server.base());
    assert!(run.code == 1 && run.err.contains(&title), "{}", run.err);
    assert!(!run.err.contains("administrator"), "{}", run.err);
}

#[test]
fn an_audience_that_does_not_match_is_shown() {
    let (provider, server) = (Provider::start(), server());
    provider.set(|policy| policy.audience = Some("https://elsewhere.example".into()));
    let case = declared(&provider, &[("eins", &server)], "");
    let run = sign_in(&case, &[]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("has the `aud` `https://elsewhere.example`"), "{}", run.err);
    assert!(run.err.contains(&format!("but the server's is `{}`", server.base())), "{}", run.err);
}

#[test]
fn an_assertion_that_expires_between_the_exchanges_is_replaced_once() {
    let (provider, server) = (Provider::start(), server());
    provider.set(|policy| policy.assertions = vec![-1]);
    let case = declared(&provider, &[("eins", &server)], "");
    assert_eq!(sign_in(&case, &[]).code, 0);
    assert_eq!((provider.grants(EXCHANGE), grants(&server, BEARER)), (2, 2));
    expire(&case, SERVERS);
    provider.set(|policy| policy.assertions = vec![-1; 9]);
    let run = case.run(&["token", "eins"]);
    assert!(run.code == 1 && run.err.contains("invalid_grant"), "{}", run.err);
    assert_eq!((provider.grants(EXCHANGE), grants(&server, BEARER)), (4, 4));
}

#[test]
fn an_identity_that_has_expired_asks_for_a_sign_in_at_the_provider() {
    let (provider, server) = (Provider::start(), server());
    provider.set(|policy| policy.refreshes = false);
    let case = declared(&provider, &[("eins", &server)], "");
    sign_in(&case, &[]);
    expire(&case, SERVERS);
    expire(&case, PROVIDERS);
    for command in ["token", "refresh"] {
        let run = case.run(&[command, "eins"]);
        assert_eq!(run.code, 1);
        assert!(run.err.contains("is over"), "{}", run.err);
        assert!(run.err.contains("sign in with `mcpgen login eins`"), "{}", run.err);
    }
    assert_eq!(sign_in(&case, &["eins"]).code, 0);
    assert_eq!(provider.pages(), 2);
    case.ok(&["token", "eins"]);
}

#[test]
fn a_provider_that_rejects_its_own_identity_is_visited_again() {
    let (provider, server) = (Provider::start(), server());
    let case = declared(&provider, &[("eins", &server)], "");
    sign_in(&case, &[]);
    expire(&case, SERVERS);
    provider.set(|policy| policy.error = Some("invalid_grant"));
    let run = case.run(&["token", "eins"]);
    assert!(run.code == 1 && run.err.contains("sign in with `mcpgen login eins`"), "{}", run.err);
    let mut login = crate::oauth::Login::start(&case, &["eins"]);
    let url = login.url().expect("the page of the provider");
    provider.set(|policy| policy.error = None);
    crate::oauth::browse(&url);
    let run = login.end();
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn a_provider_that_issues_no_id_token_is_an_error_and_no_sign_in() {
    let provider =
        crate::oauth::Server::tampered(|asked, base, answer| match asked.path.as_str() {
            "/authorize" => {
                let query = decode(&asked.query);
                let state = crate::oauth::encode(&query["state"]);
                let iss = crate::oauth::encode(base);
                Answer::to(
                    302,
                    &format!("{}?code=c&state={state}&iss={iss}", query["redirect_uri"]),
                )
            }
            "/token" => Answer::json(200, &json!({ "access_token": "a", "token_type": "Bearer" })),
            _ => answer,
        });
    let server = server();
    let case = Case::new().declare(&format!(
        "clients = [\"cursor\"]\n[idp.acme]\nissuer = \"{}\"\nclient-id = \"mcpgen\"\n[servers.eins]\nurl = \"{}\"\n\
         auth = {{ mode = \"enterprise\", idp = \"acme\", client-id = \"at-the-server\" }}\n",
        provider.base(),
        server.url()
    ));
    let run = sign_in(&case, &[]);
    assert!(run.code == 1 && run.err.contains("has issued no ID token"), "{}", run.err);
    assert!(
        !case.exists(PROVIDERS) || std::fs::read_dir(case.path(PROVIDERS)).unwrap().count() == 0
    );
}
