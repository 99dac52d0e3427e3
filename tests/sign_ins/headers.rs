//! `headers`: what a client that connects by itself sends.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{assert_secret, change, declared, expire, now, signed_in, status};
use crate::case::{Case, Run};
use crate::oauth::{Answer, Server, cached, decode, sign_in};

const MINUTE: u64 = 60_000;
const RECORDS: &str = ".local/state/mcpgen/headers";

pub fn refreshes(server: &Server) -> usize {
    let asked = server.asked("/token");
    asked.iter().filter(|asked| decode(&asked.body)["grant_type"] == "refresh_token").count()
}

pub fn access(case: &Case) -> String {
    cached(case, "tokens.json").unwrap()["access_token"].as_str().unwrap().to_owned()
}

pub fn headers(run: &Run) -> Value {
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    assert_eq!(run.out.lines().count(), 1, "{}", run.out);
    serde_json::from_str(&run.out).unwrap()
}

pub fn bearer(token: &str) -> Value {
    json!({ "Authorization": format!("Bearer {token}") })
}

/// Asks as another client process than this one.
pub fn ask_as_another(case: &Case) -> Run {
    case.finish(&mut case.wrapped(&["timeout", "60"], &["headers", "one"]), None)
}

/// A client gets one line, and nothing on standard output.
pub fn assert_refused(run: &Run, said: &str) {
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
    assert_eq!(run.err.lines().count(), 1, "{}", run.err);
    assert!(run.err.starts_with("mcpgen: ") && run.err.contains(said), "{}", run.err);
}

/// A server whose tokens are refused if they are on the list, and all of them if it has `*`.
pub fn refusing(refused: &Arc<Mutex<Vec<String>>>) -> Server {
    let refused = Arc::clone(refused);
    Server::tampered(move |asked, _, answer| {
        let sent = asked.headers.get("authorization").cloned().unwrap_or_default();
        let listed = refused.lock().unwrap().iter().any(|it| it == "*" || sent.ends_with(it));
        match asked.path == "/mcp" && !sent.is_empty() && !listed {
            true => Answer::json(200, &json!({ "jsonrpc": "2.0", "id": 0, "result": {} })),
            false => answer,
        }
    })
}

#[test]
fn the_headers_of_the_bridge_are_printed_without_a_request() {
    let server = Server::honest();
    let case = Case::new().declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{}\"\nauth = \"oauth\"\n\
         headers = {{ X-Team = \"a b\", Accept = \"text/html\" }}\nsecrets = {{ X-Key = \"file:~/key\" }}\n",
        server.url()
    ));
    case.put("key", "k3y\n");
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    let before = server.book.lock().unwrap().seen.len();
    let token = access(&case);
    let want =
        json!({ "X-Team": "a b", "X-Key": "k3y", "Authorization": format!("Bearer {token}") });
    assert_eq!(headers(&case.run(&["headers", "one"])), want);
    // A client that runs the command once for each header needs the token once.
    for (name, value) in [("x-team", "a b"), ("X-Key", "k3y")] {
        assert_eq!(case.ok(&["headers", "one", "--header", name]).out, format!("{value}\n"));
    }
    let args = ["headers", "one", "--header", "authorization"];
    let one = case.finish(&mut case.wrapped(&["timeout", "60"], &args), None);
    assert_eq!(one.out, format!("Bearer {token}\n"));
    let run = case.run(&["headers", "one", "--header", "X-Other"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert_eq!(server.book.lock().unwrap().seen.len(), before);
}

#[test]
fn a_server_with_a_token_by_reference_needs_no_sign_in() {
    let case = Case::new().declare(
        "clients = [\"cursor\"]\n\
         [servers.one]\nurl = \"https://one.example/mcp\"\nauth = { token = \"file:~/key\" }\n\
         [servers.two]\nurl = \"https://two.example/mcp\"\n\
         auth = { token = \"file:~/key\", scheme = \"Basic\", username = \"ada\" }\n\
         [servers.three]\nurl = \"https://three.example/mcp\"\nheaders = { A = \"b\" }\n\
         [servers.four]\ncommand = \"four\"\n\
         [servers.five]\nurl = \"https://five.example/mcp\"\nauth = { token = \"file:~/none\" }\n",
    );
    case.put("key", "k3y\n");
    for (name, want) in [
        ("one", json!({ "Authorization": "Bearer k3y" })),
        ("two", json!({ "Authorization": "Basic YWRhOmszeQ==" })),
        ("three", json!({ "A": "b" })),
    ] {
        assert_eq!(headers(&case.run(&["headers", name])), want);
    }
    let run = case.run(&["headers", "four"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert_refused(&case.run(&["headers", "five"]), "none");
    assert!(!case.exists(RECORDS));
}

#[test]
fn a_token_that_expires_within_ten_minutes_is_refreshed_first() {
    let server = Server::honest();
    for (left, lifetime, refreshed) in
        [(11, 3600, false), (9, 3600, true), (4, 420, false), (3, 420, true), (0, 3600, true)]
    {
        let case = signed_in(&server);
        change(&case, &json!({ "expires_at": now() + left * MINUTE, "expires_in": lifetime }));
        let (old, before) = (access(&case), refreshes(&server));
        let sent = headers(&case.run(&["headers", "one"]));
        assert_eq!(sent, bearer(&access(&case)));
        assert_eq!(sent != bearer(&old), refreshed, "{left} of {lifetime}");
        assert_eq!(refreshes(&server) - before, usize::from(refreshed));
    }
}

#[test]
fn a_token_that_is_still_valid_is_printed_even_if_it_cannot_be_refreshed() {
    let server = Server::honest();
    let case = signed_in(&server);
    change(&case, &json!({ "expires_at": now() + 5 * MINUTE, "refresh_token": "spent" }));
    let old = access(&case);
    assert_eq!(headers(&case.run(&["headers", "one"])), bearer(&old));
    assert_eq!(refreshes(&server), 1);
}

#[test]
fn many_clients_with_an_expired_token_cause_one_refresh() {
    let server = Server::honest();
    let case = signed_in(&server);
    expire(&case);
    let runs: Vec<Run> = std::thread::scope(|scope| {
        let start = |_| scope.spawn(|| ask_as_another(&case));
        let started: Vec<_> = (0..8).map(start).collect();
        started.into_iter().map(|run| run.join().unwrap()).collect()
    });
    for run in runs {
        assert_eq!(headers(&run), bearer(&access(&case)));
    }
    assert_eq!(refreshes(&server), 1);
}

#[test]
fn without_a_sign_in_one_line_says_what_to_type_and_no_browser_opens() {
    let server = Server::honest();
    let case = declared(&server);
    let asked = server.book.lock().unwrap().seen.len();
    assert_refused(
        &case.run(&["headers", "one"]),
        "not signed in; sign in with `mcpgen login one`",
    );
    assert_eq!(server.book.lock().unwrap().seen.len(), asked);
    let case = signed_in(&server);
    expire(&case);
    change(&case, &json!({ "refresh_token": "spent" }));
    let run = case.run(&["headers", "one"]);
    assert_refused(&run, "sign in with `mcpgen login one`");
    assert_secret(&server, &run);
    assert_eq!(server.asked("/authorize").len(), 1, "only the first sign-in");
}

#[test]
fn a_client_that_asks_again_gets_the_same_token_if_the_server_accepts_it() {
    let server = refusing(&Arc::default());
    let case = signed_in(&server);
    let sent: Vec<Value> = (0..3).map(|_| headers(&case.run(&["headers", "one"]))).collect();
    assert_eq!(sent, vec![bearer(&access(&case)); 3]);
    assert_eq!(refreshes(&server), 0);
}

#[test]
fn a_token_that_the_server_refuses_before_it_expires_is_refreshed_once() {
    let refused = Arc::default();
    let server = refusing(&refused);
    let case = signed_in(&server);
    let ask = || case.run(&["headers", "one"]);
    let first = headers(&ask());
    refused.lock().unwrap().push(access(&case));
    assert_eq!(headers(&ask_as_another(&case)), first, "another client has not had it");
    let second = headers(&ask());
    assert_ne!(second, first);
    assert_eq!((second, refreshes(&server)), (bearer(&access(&case)), 1));
    // The other client gets the new token without a refresh.
    assert_eq!(headers(&ask_as_another(&case)), bearer(&access(&case)));
    refused.lock().unwrap().push("*".to_owned());
    for _ in 0..3 {
        let run = ask();
        assert_refused(&run, "refuses the access token even after a refresh");
        assert!(run.err.contains("`mcpgen login one`"), "{}", run.err);
        assert_secret(&server, &run);
        assert_eq!(refreshes(&server), 1, "once in half a minute");
    }
    // The command in the message helps.
    assert_eq!(status(&case)["standing"], "expired");
    refused.lock().unwrap().retain(|it| it != "*");
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    assert_eq!(headers(&ask()), bearer(&access(&case)));
}

#[test]
fn the_records_of_clients_are_private_and_contain_no_token() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = refusing(&Arc::new(Mutex::new(vec!["*".to_owned()])));
    let case = signed_in(&server);
    case.ok(&["headers", "one"]);
    assert_refused(&case.run(&["headers", "one"]), "refuses the access token");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&case.path(RECORDS)), 0o700);
    let files: Vec<_> = std::fs::read_dir(case.path(RECORDS)).unwrap().flatten().collect();
    assert_eq!(files.len(), 2, "one for the client, and one for the refusal");
    for file in files {
        assert_eq!(mode(&file.path()), 0o600);
        let text = std::fs::read_to_string(file.path()).unwrap();
        for secret in &server.book.lock().unwrap().secrets {
            assert!(!text.contains(secret));
        }
    }
    case.ok(&["uninstall", "--yes"]);
    assert!(!case.exists(".local/state/mcpgen"));
}
