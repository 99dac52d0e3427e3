//! Enterprise-managed authorization: a person signs in at an identity provider once, and servers accept the identity.

use std::process::Child;

use serde_json::{Value, json};

use crate::bridge::{Bridge, INITIALIZE};
use crate::case::{Case, Run};
use crate::oauth::{Answer, Server, sign_in};
use lab::{
    BEARER, EXCHANGE, NATIVE, PROVIDERS, Provider, SERVERS, declared, expire, grants, server,
};

mod bad;
mod lab;
mod shown;

const NAMES: [&str; 5] = ["eins", "zwei", "drei", "vier", "funf"];

fn five() -> Vec<Server> {
    NAMES.iter().map(|_| server()).collect()
}

fn with_five(provider: &Provider, servers: &[Server], launch: &str) -> Case {
    let named: Vec<_> = NAMES.into_iter().zip(servers).collect();
    declared(provider, &named, launch)
}

/// Runs mcpgen several times at once.
fn at_once(case: &Case, runs: &[Vec<&str>]) -> Vec<Run> {
    let start = |args: &Vec<&str>| -> Child {
        let mut command = case.command(args);
        command.stdin(std::process::Stdio::null());
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        command.spawn().expect("mcpgen starts")
    };
    let children: Vec<Child> = runs.iter().map(start).collect();
    children.into_iter().map(|child| case.ended(child)).collect()
}

/// Starts the server as a client does, and expects that it responds.
fn executes(case: &Case) {
    let mut bridge = Bridge::run(case, &["exec", "eins"]);
    let answer = bridge.ask(INITIALIZE);
    assert_eq!(answer["result"]["protocolVersion"], "2025-11-25", "{answer}");
    assert!(!bridge.opened_a_browser());
    assert_eq!(bridge.end().code, 0);
}

#[test]
fn one_visit_to_the_provider_signs_in_to_five_servers() {
    let (provider, servers) = (Provider::start(), five());
    let case = with_five(&provider, &servers, "");
    let run = sign_in(&case, &[]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!((provider.pages(), provider.grants(EXCHANGE)), (1, 5));
    for (name, server) in NAMES.iter().zip(&servers) {
        let token = case.ok(&["token", name]).out;
        assert!(token.starts_with("mcp-access-"), "{token}");
        assert_eq!((grants(server, BEARER), server.asked("/authorize").len()), (1, 0));
    }
    assert!(run.err.contains("acme: signed in") && run.err.contains("used by"), "{}", run.err);
    let again = case.ok(&["login"]);
    assert_eq!(again.err, "every sign-in is usable; use `--force` to sign in again\n");
}

#[test]
fn expired_tokens_are_exchanged_once_per_server_without_a_page() {
    let (provider, servers) = (Provider::start(), five());
    let case = with_five(&provider, &servers, "");
    sign_in(&case, &[]);
    expire(&case, SERVERS);
    expire(&case, PROVIDERS);
    let runs: Vec<Vec<&str>> =
        NAMES.iter().flat_map(|name| std::iter::repeat_n(vec!["token", name], 4)).collect();
    for run in at_once(&case, &runs) {
        assert_eq!(run.code, 0, "{}", run.err);
    }
    assert_eq!((provider.pages(), provider.grants("refresh_token")), (1, 1));
    assert_eq!(provider.grants(EXCHANGE), 10);
    assert!(servers.iter().all(|server| grants(server, BEARER) == 2));
}

#[test]
fn refresh_fills_the_cache_of_mcp_remote_although_there_is_no_refresh_token() {
    let (provider, server) = (Provider::start(), server());
    let case = declared(&provider, &[("eins", &server)], "");
    sign_in(&case, &[]);
    expire(&case, SERVERS);
    assert_eq!(case.ok(&["refresh"]).err, "");
    let tokens = crate::oauth::cached(&case, "tokens.json").unwrap();
    assert!(tokens["expires_at"].as_i64().unwrap() > lab::now() * 1000);
    assert_eq!((grants(&server, BEARER), tokens.get("refresh_token")), (2, None));
    case.ok(&["refresh"]);
    assert_eq!(provider.grants(EXCHANGE), 2, "nothing is due");
}

#[test]
fn the_native_bridge_exchanges_the_identity_and_opens_no_page() {
    let (provider, server) = (Provider::start(), server());
    let case = declared(&provider, &[("eins", &server)], NATIVE);
    sign_in(&case, &["acme"]);
    assert_eq!(grants(&server, BEARER), 0, "only the provider was named");
    executes(&case);
    assert_eq!((provider.pages(), grants(&server, BEARER)), (1, 1));
}

#[test]
fn headers_are_printed_with_an_exchanged_token_and_need_no_secret_of_the_provider_until_then() {
    let (provider, server) = (Provider::start(), server());
    let case = declared(&provider, &[("eins", &server)], "");
    sign_in(&case, &["acme"]);
    for exchanges in [1, 2] {
        let headers: Value = serde_json::from_str(&case.ok(&["headers", "eins"]).out).unwrap();
        assert!(headers["Authorization"].as_str().unwrap().starts_with("Bearer mcp-access-"));
        assert_eq!((provider.pages(), grants(&server, BEARER)), (1, exchanges));
        if exchanges == 1 {
            expire(&case, SERVERS);
        }
    }
    let path = ".config/mcpgen/mcp.toml";
    let secret = "client-id = \"mcpgen\"\nclient-secret = \"command:false\"";
    case.put(path, case.read(path).replacen("client-id = \"mcpgen\"", secret, 1));
    // Another client asks.
    std::fs::remove_dir_all(case.path(".local/state/mcpgen/headers")).unwrap();
    case.ok(&["headers", "eins"]);
    expire(&case, SERVERS);
    let run = case.run(&["headers", "eins"]);
    assert!(run.code == 1 && run.out.is_empty() && run.err.lines().count() == 1, "{}", run.err);
}

#[test]
fn a_bridge_does_not_open_the_page_of_the_provider_but_says_how_to_sign_in() {
    let (provider, server) = (Provider::start(), server());
    provider.set(|policy| policy.refreshes = false);
    let case = declared(&provider, &[("eins", &server)], NATIVE);
    let idp = json!({ "issuer": provider.server.base(), "client_id": "mcpgen" }).to_string();
    let client = json!({ "client_id": "at-the-server" }).to_string();
    let url = server.url();
    let words = [url.as_str(), "--idp", &idp, "--static-oauth-client-info", &client];
    let failed = |why: &str| {
        let mut bridge = Bridge::start(&case, &words);
        let answer = bridge.ask(INITIALIZE);
        let message = answer["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(why) && message.contains("`mcpgen login`"), "{message}");
        assert!(!bridge.opened_a_browser());
        bridge.kill();
    };
    failed("nobody has signed in at the identity provider");
    sign_in(&case, &[]);
    let mut bridge = Bridge::start(&case, &words);
    assert_eq!(bridge.ask(INITIALIZE)["id"], 1);
    bridge.kill();
    expire(&case, SERVERS);
    expire(&case, PROVIDERS);
    failed("is over");
    assert_eq!(sign_in(&case, &[]).code, 0);
    let mut bridge = Bridge::start(&case, &words);
    assert_eq!(bridge.ask(INITIALIZE)["id"], 1);
    bridge.kill();
    assert_eq!(provider.pages(), 2);
}

#[test]
fn two_exchanges_are_sent_as_the_specification_says() {
    let (provider, server) = (Provider::start(), server());
    let case = declared(&provider, &[("eins", &server)], "");
    sign_in(&case, &[]);
    let asked = provider.server.asked("/token").pop().unwrap();
    let form = crate::oauth::decode(&asked.body);
    assert_eq!(form["audience"], server.base());
    assert_eq!(form["resource"], server.url());
    assert_eq!((form["client_id"].as_str(), form["scope"].as_str()), ("mcpgen", "mcp:read"));
    let form = crate::oauth::decode(&server.asked("/token").pop().unwrap().body);
    assert_eq!(form["client_id"], "at-the-server");
    assert_eq!(lab::claims(&form["assertion"])["aud"], server.base());
    // The next exchanges need no discovery.
    let before = provider.server.book.lock().unwrap().seen.len();
    expire(&case, SERVERS);
    case.ok(&["token", "eins"]);
    assert_eq!(provider.server.book.lock().unwrap().seen.len(), before + 1);
    assert_eq!(server.asked("/.well-known/oauth-authorization-server").len(), 1);
}

#[test]
fn the_sign_in_at_the_provider_is_private_and_logout_removes_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let (provider, server) = (Provider::start(), server());
    let case = declared(&provider, &[("eins", &server)], "");
    sign_in(&case, &[]);
    let directory = case.path(PROVIDERS);
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let files = || std::fs::read_dir(&directory).unwrap().flatten().map(|entry| entry.path());
    assert_eq!((mode(&directory), files().count()), (0o700, 1));
    assert!(files().all(|path| mode(&path) == 0o600));
    let run = case.ok(&["logout", "acme"]);
    assert_eq!((run.err.as_str(), files().count()), ("acme: signed out\n", 0));
    assert_eq!(provider.server.asked("/revoke").len(), 2, "both tokens are revoked");
    sign_in(&case, &[]);
    case.ok(&["logout", "--all"]);
    assert_eq!(files().count(), 0);
    sign_in(&case, &[]);
    case.ok(&["uninstall", "--yes", "--sign-ins"]);
    assert_eq!(files().count(), 0);
}

#[test]
fn an_id_token_that_another_program_gets_needs_no_sign_in() {
    let (provider, server) = (Provider::start(), server());
    let case = declared(&provider, &[("eins", &server)], NATIVE);
    let identity = json!({
        "iss": provider.server.base(), "aud": ["mcpgen", "other"], "sub": "ada", "exp": lab::now() + 60,
    });
    case.put("identity.jwt", lab::jwt("JWT", &identity));
    let path = ".config/mcpgen/mcp.toml";
    let given = "client-id = \"mcpgen\"\nid-token = \"file:~/identity.jwt\"";
    case.put(path, case.read(path).replacen("client-id = \"mcpgen\"", given, 1));
    case.ok(&["login"]);
    assert!(case.ok(&["token", "eins"]).out.starts_with("mcp-access-"));
    expire(&case, SERVERS);
    executes(&case);
    assert_eq!((provider.pages(), grants(&server, BEARER)), (0, 2));
    case.put("identity.jwt", "not a token");
    expire(&case, SERVERS);
    let run = case.run(&["token", "eins"]);
    assert!(run.code == 1 && run.err.contains("is not a JSON Web Token"), "{}", run.err);
}

#[test]
fn an_assertion_by_reference_signs_in_without_a_provider() {
    let server = server();
    let claims = json!({
        "aud": server.base(), "client_id": "at-the-server", "jti": "j", "exp": lab::now() + 60,
        "resource": server.url(),
    });
    let auth = "mode = \"jwt-bearer\"\nclient-id = \"at-the-server\"\nassertion = \"file:~/a.jwt\"";
    let case = Case::new().write("a.jwt", lab::jwt("JWT", &claims)).declare(&format!(
        "clients = [\"cursor\"]\n{NATIVE}[servers.eins]\nurl = \"{}\"\n[servers.eins.auth]\n{auth}\n",
        server.url()
    ));
    executes(&case);
    assert!(!case.ok(&["render", "cursor"]).out.contains("a.jwt"));
    // The stand-in accepts each assertion once.
    let run = case.run(&["login", "eins"]);
    assert!(run.code == 1 && run.err.contains("does not accept the assertion"), "{}", run.err);
    assert_eq!(grants(&server, BEARER), 2, "it is not sent twice");
}

#[test]
fn the_client_at_the_server_may_authenticate_with_a_private_key() {
    let (provider, server) = (
        Provider::start(),
        lab::server_with(|asked, answer| {
            let form = crate::oauth::decode(&asked.body);
            let proof = form.get("client_assertion").map(|jwt| lab::claims(jwt));
            match proof.is_some_and(|claims| claims["sub"] == "at-the-server") {
                true => answer,
                false => Answer::json(401, &json!({ "error": "invalid_client" })),
            }
        }),
    );
    let case = declared(&provider, &[("eins", &server)], NATIVE)
        .write("key.pem", include_str!("client_keys/p256.pem"));
    let run = sign_in(&case, &[]);
    assert!(run.code == 1 && run.err.contains("check `client-id`"), "{}", run.err);
    let path = ".config/mcpgen/mcp.toml";
    let with = "client-id = \"at-the-server\", private-key = \"file:~/key.pem\"";
    case.put(path, case.read(path).replace("client-id = \"at-the-server\"", with));
    case.ok(&["login"]);
    expire(&case, SERVERS);
    executes(&case);
    assert_eq!(provider.pages(), 1);
}

#[test]
fn no_secret_of_the_provider_is_shown_or_written() {
    let secret = "s3cret-of-the-provider";
    let provider = Provider::start();
    let server = server();
    let case = declared(&provider, &[("eins", &server)], NATIVE).write("idp.key", secret);
    let path = ".config/mcpgen/mcp.toml";
    let with = "client-id = \"mcpgen\"\nclient-secret = \"file:~/idp.key\"";
    case.put(path, case.read(path).replacen("client-id = \"mcpgen\"", with, 1));
    let run = sign_in(&case, &[]);
    assert_eq!(run.code, 0, "{}", run.err);
    let sent = provider.server.asked("/token");
    assert!(sent.iter().all(|asked| crate::oauth::decode(&asked.body)["client_secret"] == secret));
    let rendered = case.ok(&["render", "cursor"]).out;
    assert!(rendered.contains("\"exec\"") && !rendered.contains(secret), "{rendered}");
    expire(&case, SERVERS);
    executes(&case);
}
