//! A login with a server that is honest: what is asked, what is written, what is said.

use serde_json::{Value, json};

use crate::case::Case;
use crate::oauth::{
    Answer, CALLBACK_HOST, Login, Server, answer_to, browse, cached, callback, decode, get, sign_in,
};

/// Nothing that the server gave or got is in what was said.
pub fn assert_secret(server: &Server, said: &[&str]) {
    let book = server.book.lock().unwrap();
    for secret in &book.secrets {
        assert!(said.iter().all(|text| !text.contains(secret)), "`{secret}` is said:\n{said:?}");
    }
}

#[test]
fn a_login_writes_what_every_bridge_reads() {
    let (case, server) = (Case::new(), Server::honest());
    let run = sign_in(&case, &[&server.url()]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(run.out, "");
    assert!(
        run.err.contains("signed in, expires in 60 min, refreshes automatically\n"),
        "{}",
        run.err
    );
    assert_secret(&server, &[&run.err]);
    let tokens = cached(&case, "tokens.json").unwrap();
    assert_eq!(tokens["issuer"], server.base());
    assert_eq!(tokens["scope"], "mcp:read offline_access");
    assert_eq!((&tokens["expires_in"], &tokens["token_type"]), (&json!(3600), &json!("Bearer")));
    assert!(tokens["expires_at"].as_u64().unwrap() > 1_700_000_000_000, "milliseconds");
    assert_eq!(tokens.get("requested_scope"), None);
    let client = cached(&case, "client_info.json").unwrap();
    assert_eq!(client["issuer"], server.base());
    assert_eq!(client["token_endpoint_auth_method"], "none");
    let id = client["client_id"].as_str().unwrap();
    assert_eq!(server.book.lock().unwrap().refresh.values().collect::<Vec<_>>(), [id]);
}

#[test]
fn the_requests_of_a_login_are_those_of_the_specification() {
    let (case, server) = (Case::new(), Server::honest());
    sign_in(&case, &[&server.url(), "--authorize-param", "audience=a b"]);
    let paths: Vec<String> =
        server.book.lock().unwrap().seen.iter().map(|asked| asked.path.clone()).collect();
    let prm = "/.well-known/oauth-protected-resource/mcp";
    let metadata = "/.well-known/oauth-authorization-server";
    assert_eq!(paths, ["/mcp", prm, metadata, "/register", "/authorize", "/token"]);
    let asked: Value = serde_json::from_str(&server.asked("/register")[0].body).unwrap();
    assert_eq!(asked["application_type"], "native");
    assert_eq!(asked["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(asked["scope"], "mcp:read offline_access");
    let query = decode(&server.asked("/authorize")[0].query);
    assert_eq!(query["resource"], server.url());
    assert_eq!(query["prompt"], "consent", "offline_access is asked for");
    assert_eq!(query["audience"], "a b");
    assert!(query["state"].len() >= 43 && query["code_challenge"].len() == 43);
    assert!(asked["redirect_uris"].as_array().unwrap().contains(&json!(query["redirect_uri"])));
    assert!(query["redirect_uri"].starts_with(&format!("http://{CALLBACK_HOST}:")));
}

#[test]
fn one_sign_in_to_a_declared_server_serves_all_its_clients() {
    let server = Server::honest();
    let case = Case::new().declare(&format!(
        "clients = [\"cursor\", \"codex\"]\n[servers.one]\nurl = \"{}\"\nauth = \"oauth\"\n\
         [servers.two]\ncommand = \"two\"\n",
        server.url()
    ));
    let run = sign_in(&case, &[]);
    assert_eq!(run.code, 0, "{}", run.err);
    let said = "one: signed in, expires in 60 min, refreshes automatically\n\
                one: not yet in the files of Codex and Cursor; add it with `mcpgen apply`\n";
    assert!(run.err.ends_with(said), "{}", run.err);
    let run = case.ok(&["login"]);
    assert_eq!(run.err, "every sign-in is usable; use `--force` to sign in again\n");
    let before = cached(&case, "tokens.json");
    case.ok(&["apply", "cursor"]);
    let run = sign_in(&case, &["--force"]);
    assert_eq!(run.code, 0);
    let said = "refreshes automatically; shared by Cursor\n\
                one: not yet in the files of Codex; add it with `mcpgen apply`\n";
    assert!(run.err.ends_with(said), "{}", run.err);
    assert_ne!(cached(&case, "tokens.json"), before);
    assert_eq!(server.asked("/register").len(), 1, "it is still the client it was");
    for (args, said) in [
        (&["login", "on"][..], "a server with a similar name exists: `one`"),
        (&["login", "two"], "`two` does not use OAuth"),
        (
            &["login", "one", "--port", "4000"],
            "these options are allowed only if the server is given as a URL",
        ),
    ] {
        let run = case.run(args);
        assert!(run.code == 2 && run.err.contains(said), "{args:?}: {}", run.err);
    }
}

#[test]
fn the_callback_server_tells_bridges_which_sign_in_it_serves() {
    let (case, server) = (Case::new(), Server::honest());
    let mut login = Login::start(&case, &[&server.url()]);
    let url = login.url().unwrap();
    let address = callback(&url);
    let origin = address.strip_suffix("/oauth/callback").unwrap();
    let id = get(&format!("{origin}/.mcp-remote/id"), None).unwrap();
    let id: Value = serde_json::from_slice(&id.body).unwrap();
    assert_eq!(id["mcpRemote"], true);
    let key = id["serverUrlHash"].as_str().unwrap().to_owned();
    assert_eq!(get(&format!("{origin}/wait-for-auth"), None).unwrap().status, 202);
    assert_eq!(browse(&url).unwrap().status, 200);
    assert_eq!(login.end().code, 0);
    assert!(case.exists(&format!(".mcp-auth/mcp-remote-v1/{key}_tokens.json")));
}

#[test]
fn without_a_browser_the_url_is_shown_and_a_pasted_response_accepted() {
    let (case, server) = (Case::new(), Server::honest());
    let mut login = Login::start(&case, &[&server.url(), "--no-browser", "--json"]);
    let line = read_line(&mut login);
    let url = line["url"].as_str().unwrap().to_owned();
    // The browser is on another machine, where nobody listens at the callback address.
    let sent = get(&url, None).unwrap();
    login.paste("nothing of use");
    login.paste(sent.header("Location").unwrap());
    let run = login.end();
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("the pasted text is not the URL of the last page"), "{}", run.err);
    let outcome: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&outcome["server"], &outcome["renews"]), (&json!(server.url()), &json!(true)));
    assert!(cached(&case, "tokens.json").is_some());
    assert_secret(&server, &[&run.err, &run.out]);
}

#[test]
fn a_pasted_code_is_accepted_if_the_server_does_not_name_its_issuer() {
    let server = Server::tampered(|asked, _, answer| match asked.path.as_str() {
        "/.well-known/oauth-authorization-server" => {
            answer.with(&json!({ "authorization_response_iss_parameter_supported": null }))
        }
        _ => answer,
    });
    let case = Case::new();
    let mut login = Login::start(&case, &[&server.url(), "--no-browser", "--json"]);
    let url = read_line(&mut login)["url"].as_str().unwrap().to_owned();
    let sent = get(&url, None).unwrap();
    let query = sent.header("Location").unwrap().split_once('?').unwrap().1.to_owned();
    login.paste(&decode(&query)["code"]);
    assert_eq!(login.end().code, 0);
}

#[test]
fn device_authorization_shows_the_code_and_waits() {
    let (case, server) = (Case::new(), Server::honest());
    let login = Login::start(&case, &[&server.url(), "--device"]);
    while server.asked("/token").is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    server.book.lock().unwrap().typed = true;
    let run = login.end();
    assert_eq!(run.code, 0, "{}", run.err);
    let said = format!(
        "open {}/activate on any device and enter this code:\n\n  WDJB-MJHT\n",
        server.base()
    );
    assert!(run.err.contains(&said), "{}", run.err);
    assert!(cached(&case, "tokens.json").is_some());
    assert_secret(&server, &[&run.err]);
}

#[test]
fn a_server_that_requires_a_sign_in_only_after_initialize_is_supported() {
    let server = Server::tampered(|asked, _, answer| {
        if asked.path == "/mcp" && asked.body.contains("\"initialize\"") {
            return Answer::json(200, &json!({ "jsonrpc": "2.0", "id": 0, "result": {} }));
        }
        answer
    });
    let case = Case::new();
    let run = sign_in(&case, &[&server.url()]);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn a_server_without_initialize_is_asked_for_its_tools() {
    let server = Server::tampered(|asked, _, answer| {
        if asked.path == "/mcp" && !asked.body.contains("tools/list") {
            return Answer::text(400, "text/plain", "no method of that name");
        }
        answer
    });
    let case = Case::new();
    let run = sign_in(&case, &[&server.url()]);
    assert_eq!(run.code, 0, "{}", run.err);
    let query = decode(&server.asked("/authorize")[0].query);
    assert_eq!(query["scope"], "mcp:read offline_access", "what the challenge asks for");
}

fn read_line(login: &mut Login<'_>) -> Value {
    let mut line = vec![];
    let out = login.child().stdout.as_mut().unwrap();
    let mut byte = [0];
    while std::io::Read::read(out, &mut byte).unwrap() == 1 && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    serde_json::from_slice(&line).unwrap()
}

#[test]
fn a_strangers_request_to_the_callback_url_is_ignored() {
    let (case, server) = (Case::new(), Server::honest());
    let mut login = Login::start(&case, &[&server.url()]);
    let url = login.url().unwrap();
    let evil = "evil.example";
    for (changes, host, status) in [
        (json!({ "state": "another" }), None, 400),
        (json!({ "state": null, "error": "access_denied", "code": null }), None, 400),
        (json!({}), Some(evil), 400),
    ] {
        let page = get(&answer_to(&url, &changes), host).unwrap();
        assert_eq!(page.status, status, "{changes}");
    }
    assert_eq!(browse(&url).unwrap().status, 200);
    let run = login.end();
    assert_eq!(run.code, 0, "{}", run.err);
    let said =
        "ignored a response: the `state` of the response belongs to another sign-in; still waiting";
    assert!(run.err.contains(said), "{}", run.err);
}

#[test]
fn a_server_may_send_long_headers() {
    let server = Server::tampered(|_, _, mut answer| {
        // As content security policies and cookies of large providers add up.
        answer.headers.extend((0..10).map(|n| (format!("X-Long-{n}"), "x".repeat(2500))));
        answer
    });
    let case = Case::new();
    let run = sign_in(&case, &[&server.url()]);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn the_secrets_of_a_sign_in_are_resolved_at_once() {
    let server = Server::honest();
    let slow = |text: &str| format!("\"command:sh -c 'sleep 4; echo {text}'\"");
    let case = Case::new().declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{}\"\nauth = \"oauth\"\n\
         secrets = {{ X-A = {}, X-B = {}, X-C = {} }}\n",
        server.url(),
        slow("a"),
        slow("b"),
        slow("c"),
    ));
    let begin = std::time::Instant::now();
    let mut login = Login::start(&case, &["one"]);
    browse(&login.url().unwrap()).unwrap();
    assert!(begin.elapsed().as_secs() < 11, "{:?}", begin.elapsed());
    assert_eq!(login.end().code, 0);
    let asked = server.asked("/mcp").pop().unwrap();
    let sent = ["x-a", "x-b", "x-c"].map(|name| asked.headers[name].as_str());
    assert_eq!(sent, ["a", "b", "c"]);
}
