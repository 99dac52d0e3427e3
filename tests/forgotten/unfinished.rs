//! Sign-ins that nobody finishes.

use super::*;

fn start_and_give_up(case: &Case, url: &str) -> String {
    let mut bridge = Bridge::start(case, &[url, "--auth-timeout", "1"]);
    assert!(bridge.ask(INITIALIZE).get("error").is_some());
    bridge.end().err
}

#[test]
fn after_a_sign_in_that_nobody_finished_the_next_one_is_that_of_a_new_client() {
    let forgetful = Forgetful::new();
    let case = forgetful.signed_in();
    let url = forgetful.server.url();
    forgetful.forget(&case, Answer::text(200, "text/html", "<html>Something went wrong"));
    forgetful.state.lock().unwrap().refresh =
        Some(Answer::json(400, &json!({ "error": "invalid_grant" })));
    let said = "registered a new client, because nobody finished the last sign-in";
    assert!(!start_and_give_up(&case, &url).contains(said));
    let err = start_and_give_up(&case, &url);
    assert!(err.contains(said), "{err}");
    assert_eq!(forgetful.registrations(), 2);
    let mut bridge = Bridge::start(&case, &[&url]);
    bridge.send(INITIALIZE);
    browse(&bridge.page());
    assert!(bridge.answer().get("result").is_some());
    bridge.end();
    assert_eq!(forgetful.registrations(), 2, "the new client is good for the next page too");
}

#[test]
fn a_login_whose_page_led_nowhere_is_repeated_as_a_new_client() {
    let forgetful = Forgetful::new();
    let case = forgetful.signed_in();
    let url = forgetful.server.url();
    forgetful.forget(&case, Answer::text(200, "text/html", "<html>Something went wrong"));
    let run = sign_in(&case, &[&url, "--timeout", "1"]);
    assert_eq!(run.code, 1);
    let run = sign_in(&case, &[&url]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("because nobody finished the last sign-in"), "{}", run.err);
    assert_eq!(sign_in(&case, &[&url]).code, 0);
    assert_eq!(forgetful.registrations(), 2, "a finished sign-in ends the doubt");
}

#[test]
fn sign_ins_that_nobody_finishes_register_one_client() {
    let forgetful = Forgetful::new();
    let case = Case::in_memory();
    let url = forgetful.server.url();
    for _ in 0..3 {
        start_and_give_up(&case, &url);
        assert!(cached(&case, "client_info.json").is_some());
    }
    assert_eq!(crate::oauth::Login::start(&case, &[&url, "--timeout", "1"]).end().code, 1);
    assert_eq!(sign_in(&case, &[&url]).code, 0);
    assert_eq!(forgetful.registrations(), 1);
}

#[test]
fn a_server_that_has_forgotten_a_client_registers_one_for_all_sign_ins_that_nobody_finishes() {
    let forgetful = Forgetful::new();
    let case = forgetful.signed_in();
    let url = forgetful.server.url();
    forgetful.forget(&case, Answer::text(500, "text/html", "<html>Oops"));
    forgetful.state.lock().unwrap().refresh = Some(unknown_client());
    for _ in 0..3 {
        start_and_give_up(&case, &url);
    }
    assert_eq!(forgetful.registrations(), 2);
}

#[test]
fn a_refused_sign_in_is_no_unfinished_one() {
    let forgetful = Forgetful::new();
    let case = forgetful.signed_in();
    let url = forgetful.server.url();
    let mut login = crate::oauth::Login::start(&case, &[&url]);
    let page = login.url().unwrap();
    let base = forgetful.server.base();
    let denied = json!({ "error": "access_denied", "code": null, "iss": base });
    crate::oauth::get(&crate::oauth::answer_to(&page, &denied), None).unwrap();
    assert_eq!(login.end().code, 1);
    let run = sign_in(&case, &[&url]);
    assert!(run.code == 0 && !run.err.contains("new client"), "{}", run.err);
    assert_eq!(forgetful.registrations(), 1);
}

#[test]
fn a_logout_removes_the_pages_that_nobody_has_finished() {
    let forgetful = Forgetful::new();
    let url = forgetful.server.url();
    let case = Case::in_memory().declare(&format!(
        "clients = [\"cursor\"]\n[launch]\nbridge = [\"mcpgen\", \"bridge\"]\n\
         [servers.one]\nurl = \"{url}\"\nauth = \"oauth\"\n"
    ));
    let files = || std::fs::read_dir(case.path(".mcp-auth/mcp-remote-v1")).unwrap().count();
    start_and_give_up(&case, &url);
    assert_eq!(files(), 3, "a registration, and two files of the flow");
    case.ok(&["logout", "one", "--forget"]);
    assert_eq!(files(), 0);
}

#[test]
fn a_new_registration_is_written_at_once_unless_the_tokens_need_the_previous_one() {
    for (changes, replaced) in [
        (json!({ "refresh_token": null }), true),
        (json!({}), false),
        (json!({ "refresh_token": null, "issuer": null, "mcpgen": null }), false),
    ] {
        let forgetful = Forgetful::new();
        let case = forgetful.signed_in();
        crate::sign_ins::change(&case, &changes);
        let before = cached(&case, "client_info.json");
        forgetful.forget(&case, Answer::text(404, "text/plain", "Not Found"));
        let args = [&*forgetful.server.url(), "--timeout", "2"];
        assert_eq!(crate::oauth::Login::start(&case, &args).end().code, 1, "{changes}");
        assert_eq!(forgetful.registrations(), 2, "{changes}");
        assert_eq!(cached(&case, "client_info.json") != before, replaced, "{changes}");
    }
}
