//! A server that has forgotten the clients it registered, as one does that keeps them in memory and is restarted. The
//! next sign-in registers a new client; before that, nobody sees a page that nobody can finish.

use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::bridge::{Bridge, INITIALIZE, server_with};
use crate::case::Case;
use crate::oauth::{Answer, Asked, Server, browse, cached, decode, sign_in};

mod pages;
mod unfinished;

/// A server, the clients that it has forgotten, and what it responds to them.
struct Forgetful {
    server: Server,
    state: Arc<Mutex<Forgotten>>,
}

#[derive(Default)]
struct Forgotten {
    clients: Vec<String>,
    tokens: Vec<String>,
    authorize: Option<Answer>,
    refresh: Option<Answer>,
    exchange: Option<Answer>,
    register: Option<Answer>,
}

impl Forgetful {
    fn new() -> Self {
        let state: Arc<Mutex<Forgotten>> = Arc::default();
        let (refused, replaced) = (Arc::clone(&state), Arc::clone(&state));
        let server = server_with(
            move |_, token| {
                let dead = refused.lock().unwrap().tokens.iter().any(|one| one == token);
                dead.then(|| Answer::json(401, &json!({ "error": "invalid_token" })))
            },
            move |asked, answer| replaced.lock().unwrap().respond(asked, answer),
        );
        Self { server, state }
    }

    /// Forgets every client and every access token, and responds to them in some way.
    fn forget(&self, case: &Case, authorize: Answer) {
        let mut state = self.state.lock().unwrap();
        state.clients.extend(self.server.book.lock().unwrap().clients.keys().cloned());
        if let Some(tokens) = cached(case, "tokens.json") {
            state.tokens.push(tokens["access_token"].as_str().unwrap().to_owned());
        }
        state.authorize = Some(authorize);
    }

    fn registrations(&self) -> usize {
        self.server.asked("/register").len()
    }

    fn signed_in(&self) -> Case {
        let case = Case::in_memory();
        let run = sign_in(&case, &[&self.server.url()]);
        assert_eq!(run.code, 0, "{}", run.err);
        case
    }
}

impl Forgotten {
    fn respond(&self, asked: &Asked, answer: Answer) -> Answer {
        if let Some(closed) = self.register.clone().filter(|_| asked.path == "/register") {
            return closed;
        }
        let form = decode(&asked.body.replace(['{', '}', '"'], ""));
        let query = decode(&asked.query);
        let id = query.get("client_id").or_else(|| form.get("client_id"));
        if !id.is_some_and(|id| self.clients.contains(id)) {
            return answer;
        }
        let other = match (asked.path.as_str(), form.get("grant_type").map(String::as_str)) {
            ("/authorize", _) => &self.authorize,
            ("/token", Some("refresh_token")) => &self.refresh,
            ("/token", Some("authorization_code")) => &self.exchange,
            _ => &None,
        };
        other.clone().unwrap_or(answer)
    }
}

fn unknown_client() -> Answer {
    Answer::json(401, &json!({ "error": "invalid_client" }))
}

/// What authorization endpoints respond to a client that they have forgotten.
fn authorize_responses() -> Vec<Answer> {
    let description = "Client ID 'x' is not registered with this server";
    let message = json!({ "error": "invalid_request", "error_description": description });
    let page =
        |status, text: &str| Answer::text(status, "text/html", &format!("<html><p>{text}</p>"));
    vec![
        Answer::json(400, &json!({ "error": "invalid_client" })),
        Answer::json(400, &message),
        Answer::json(422, &json!({ "message": "Unrecognized client_id" })),
        page(500, "Internal Server Error"),
        Answer::text(401, "text/plain", "Unauthorized"),
        Answer::text(404, "text/plain", "Not Found"),
        Answer::text(410, "text/plain", ""),
        page(400, "Bad Request"),
        page(200, "The client was not found."),
        Answer::json(403, &json!({ "error": "unauthorized_client" })),
        Answer::to(302, "/oauth/error?error=invalid_request&error_description=unknown+client"),
        Answer::to(302, "http://localhost:1/oauth/callback?error=invalid_client"),
    ]
}

fn described(answer: &Answer) -> String {
    format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body))
}

#[test]
fn a_login_replaces_a_forgotten_client_before_a_page_opens() {
    for answer in authorize_responses() {
        let forgetful = Forgetful::new();
        let case = forgetful.signed_in();
        let what = described(&answer);
        forgetful.forget(&case, answer);
        let run = sign_in(&case, &[&forgetful.server.url()]);
        assert_eq!(run.code, 0, "{what}: {}", run.err);
        assert!(run.err.contains("registered a new client, because"), "{what}: {}", run.err);
        assert_eq!(forgetful.registrations(), 2, "{what}");
        let id = cached(&case, "client_info.json").unwrap()["client_id"].clone();
        let dead = forgetful.state.lock().unwrap().clients.clone();
        assert!(!dead.contains(&id.as_str().unwrap().to_owned()), "{what}");
    }
}

#[test]
fn a_bridge_replaces_a_forgotten_client_with_one_page() {
    let spent = || Answer::json(400, &json!({ "error": "invalid_grant" }));
    let mut rows: Vec<(Answer, Answer)> =
        authorize_responses().into_iter().map(|authorize| (unknown_client(), authorize)).collect();
    rows.push((spent(), Answer::json(422, &json!({ "message": "Unrecognized client_id" }))));
    rows.push((spent(), Answer::text(500, "text/html", "<html>Oops")));
    rows.push((Answer::json(400, &json!({ "error": "unauthorized_client" })), unknown_client()));
    for (refresh, authorize) in rows {
        let forgetful = Forgetful::new();
        let case = forgetful.signed_in();
        let what = format!("{}, {}", described(&refresh), described(&authorize));
        forgetful.forget(&case, authorize);
        forgetful.state.lock().unwrap().refresh = Some(refresh);
        let mut bridge = Bridge::start(&case, &[&forgetful.server.url()]);
        bridge.send(INITIALIZE);
        browse(&bridge.page());
        assert!(bridge.answer().get("result").is_some(), "{what}");
        assert!(!bridge.opened_a_browser(), "{what}");
        bridge.end();
        assert_eq!(forgetful.registrations(), 2, "{what}");
    }
}

#[test]
fn after_a_refresh_of_a_forgotten_client_the_next_login_is_that_of_a_new_one() {
    let forgetful = Forgetful::new();
    let case = forgetful.signed_in().declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{}\"\nauth = \"oauth\"\n",
        forgetful.server.url()
    ));
    forgetful.forget(&case, Answer::text(200, "text/html", "<html>Something went wrong"));
    forgetful.state.lock().unwrap().refresh = Some(unknown_client());
    crate::sign_ins::expire(&case);
    let run = case.run(&["refresh", "one"]);
    assert!(run.code == 1 && run.err.contains("sign in with `mcpgen login one`"), "{}", run.err);
    assert!(!run.err.contains("secret"), "nobody declared one: {}", run.err);
    assert_eq!(cached(&case, "client_info.json"), None);
    assert_eq!(sign_in(&case, &[]).code, 0);
    assert_eq!(forgetful.registrations(), 2);
}

#[test]
fn a_client_that_the_token_endpoint_has_forgotten_is_replaced_at_once() {
    for exchange in [
        unknown_client(),
        Answer::json(400, &json!({ "error": "invalid_client" })),
        Answer::json(403, &json!({ "error": "unauthorized_client" })),
    ] {
        let forgetful = Forgetful::new();
        let case = forgetful.signed_in();
        let what = described(&exchange);
        let mut state = forgetful.state.lock().unwrap();
        state.clients.extend(forgetful.server.book.lock().unwrap().clients.keys().cloned());
        state.exchange = Some(exchange);
        drop(state);
        let mut login = crate::oauth::Login::start(&case, &[&forgetful.server.url()]);
        browse(&login.url().unwrap());
        std::fs::remove_file(case.path("browser.url")).ok();
        browse(&login.url().unwrap());
        let run = login.end();
        assert_eq!(run.code, 0, "{what}: {}", run.err);
        assert_eq!(forgetful.registrations(), 2, "{what}");
    }
}

#[test]
fn a_response_that_says_nothing_about_the_client_does_not_replace_it() {
    for answer in [
        Answer::text(403, "text/html", "<html>Checking that you are not a robot"),
        Answer::text(503, "text/html", "<html>Service Unavailable"),
        Answer::json(429, &json!({ "error": "invalid_client" })),
        Answer::text(405, "text/plain", ""),
        Answer::text(200, "text/html", "<html><script>'invalid_client'</script><form>Password"),
        Answer::to(302, "/login?client_id=x"),
    ] {
        let forgetful = Forgetful::new();
        let case = forgetful.signed_in();
        let what = described(&answer);
        forgetful.forget(&case, answer);
        let args = [&*forgetful.server.url(), "--timeout", "10"];
        let mut login = crate::oauth::Login::start(&case, &args);
        let page = login.url().unwrap();
        forgetful.state.lock().unwrap().clients.clear();
        browse(&page);
        let run = login.end();
        assert_eq!(run.code, 0, "{what}: {}", run.err);
        assert_eq!(forgetful.registrations(), 1, "{what}");
    }
}

#[test]
fn a_server_that_registers_nobody_any_more_shows_its_page_to_the_old_client() {
    let forgetful = Forgetful::new();
    let case = forgetful.signed_in();
    forgetful.forget(&case, Answer::text(404, "text/plain", ""));
    forgetful.state.lock().unwrap().register = Some(Answer::text(403, "text/plain", "closed"));
    let mut login = crate::oauth::Login::start(&case, &[&forgetful.server.url()]);
    let page = login.url().unwrap();
    forgetful.state.lock().unwrap().clients.clear();
    browse(&page);
    assert_eq!(login.end().code, 0);
}

#[test]
fn a_declared_client_is_never_registered_again() {
    let forgetful = Forgetful::new();
    let port = crate::oauth::free_port();
    let redirect = format!("http://localhost:{port}/oauth/callback");
    let client = json!({ "redirect_uris": [redirect] });
    forgetful.server.book.lock().unwrap().clients.insert("me".into(), client);
    let case = Case::in_memory();
    let url = forgetful.server.url();
    let args = [&*url, "--client-id", "me", "--port", &port, "--timeout", "2"];
    forgetful.forget(&case, Answer::json(400, &json!({ "error": "invalid_client" })));
    for _ in 0..2 {
        let run = sign_in(&case, &args);
        assert_eq!(run.code, 1);
        assert!(run.err.contains("`--client-id`"), "{}", run.err);
    }
    assert_eq!(forgetful.registrations(), 0);
    assert_eq!(forgetful.server.asked("/authorize").len(), 2, "only the browser asked");
}

#[test]
fn a_forgotten_client_is_replaced_for_a_sign_in_on_another_device() {
    let forgotten = Arc::new(Mutex::new(Vec::<String>::new()));
    let dead = Arc::clone(&forgotten);
    let server = Server::tampered(move |asked, _, answer| {
        let id = decode(&asked.body.replace(['{', '}', '"'], "")).get("client_id").cloned();
        let unknown = id.is_some_and(|id| dead.lock().unwrap().contains(&id));
        if unknown && asked.path == "/device" { unknown_client() } else { answer }
    });
    server.book.lock().unwrap().typed = true;
    let case = Case::in_memory();
    assert_eq!(case.run(&["login", &server.url(), "--device"]).code, 0);
    forgotten.lock().unwrap().extend(server.book.lock().unwrap().clients.keys().cloned());
    let run = case.run(&["login", &server.url(), "--device"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(server.asked("/register").len(), 2);
}
