//! Pages that a bridge opened before it was killed: the bridge that takes over accepts their response.

use super::*;

/// Starts a bridge twice, kills the first one, and returns the second one with the pages of both.
fn restarted<'a>(case: &'a Case, url: &str) -> (Bridge<'a>, [String; 2]) {
    let mut first = Bridge::start(case, &[url]);
    first.send(INITIALIZE);
    let old = first.page();
    first.kill();
    let mut second = Bridge::start(case, &[url]);
    second.send(INITIALIZE);
    let new = second.page();
    assert_ne!(old, new);
    (second, [old, new])
}

#[test]
fn after_a_restart_of_the_bridge_either_page_signs_in() {
    for at in [0, 1] {
        let forgetful = Forgetful::new();
        let case = Case::in_memory();
        let (mut bridge, pages) = restarted(&case, &forgetful.server.url());
        assert_eq!(browse(&pages[at]).unwrap().status, 200);
        assert!(bridge.answer().get("result").is_some(), "page {at}");
        bridge.end();
        assert_eq!(forgetful.registrations(), 1);
        let names = std::fs::read_dir(case.path(".mcp-auth/mcp-remote-v1")).unwrap().count();
        assert_eq!(names, 2, "nothing is left of the flows");
    }
}

#[test]
fn a_page_of_a_client_that_was_replaced_since_signs_in_as_that_client() {
    let forgetful = Forgetful::new();
    let case = forgetful.signed_in();
    let url = forgetful.server.url();
    let known = cached(&case, "client_info.json").unwrap()["client_id"].clone();
    crate::sign_ins::change(&case, &json!({ "refresh_token": null }));
    let token = cached(&case, "tokens.json").unwrap()["access_token"].as_str().unwrap().to_owned();
    forgetful.state.lock().unwrap().tokens.push(token);
    let (mut bridge, pages) = restarted(&case, &url);
    assert_eq!(forgetful.registrations(), 2, "nobody had finished the first page");
    assert_eq!(browse(&pages[0]).unwrap().status, 200);
    assert!(bridge.answer().get("result").is_some());
    bridge.end();
    assert_eq!(cached(&case, "client_info.json").unwrap()["client_id"], known);
    assert_eq!(case.run(&["login", &url, "--timeout", "0"]).code, 1);
}

#[test]
fn a_login_accepts_the_page_of_a_bridge_as_mcp_remote_keeps_it() {
    let forgetful = Forgetful::new();
    let case = Case::in_memory();
    let url = forgetful.server.url();
    let mut first = Bridge::start(&case, &[&url]);
    first.send(INITIALIZE);
    let old = first.page();
    first.kill();
    // mcp-remote keeps the whole metadata, and nothing of mcpgen's.
    let directory = case.path(".mcp-auth/mcp-remote-v1");
    let mut files = std::fs::read_dir(&directory).unwrap().flatten().map(|entry| entry.path());
    let file = files.find(|path| path.to_str().unwrap().contains("_discovery_state_")).unwrap();
    let base = forgetful.server.base();
    let theirs = json!({
        "authorizationServerUrl": base,
        "authorizationServerMetadata": { "issuer": base },
        "resourceMetadataUrl": format!("{base}/x"),
    });
    std::fs::write(&file, theirs.to_string()).unwrap();
    let mut login = crate::oauth::Login::start(&case, &[&url]);
    login.url().unwrap();
    assert_eq!(browse(&old).unwrap().status, 200);
    let run = login.end();
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn a_state_that_nobody_issued_opens_no_file_and_one_of_another_server_is_ignored() {
    let forgetful = Forgetful::new();
    let case = Case::in_memory();
    let url = forgetful.server.url();
    let mut login = crate::oauth::Login::start(&case, &[&url]);
    let page = login.url().unwrap();
    let directory = case.path(".mcp-auth/mcp-remote-v1");
    let name = |part: &str, state: &str, end: &str| {
        let key = format!("{:x}", <md5::Md5 as md5::Digest>::digest(&url));
        directory.join(format!("{key}_{part}_{state}.{end}"))
    };
    std::fs::write(name("code_verifier", "other", "txt"), "v").unwrap();
    let theirs = json!({ "authorizationServerUrl": "https://other.example" });
    std::fs::write(name("discovery_state", "other", "json"), theirs.to_string()).unwrap();
    for state in ["other", "../x", "a/../../tokens", "nobody", &"a".repeat(65), ""] {
        let response = crate::oauth::answer_to(&page, &json!({ "state": state }));
        assert_eq!(crate::oauth::get(&response, None).unwrap().status, 400, "{state}");
    }
    browse(&page);
    let run = login.end();
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        run.err.contains("belongs to a sign-in at another authorization server"),
        "{}",
        run.err
    );
}

#[test]
fn a_client_that_the_page_reports_as_unknown_at_the_end_is_replaced_at_once() {
    for error in ["invalid_client", "unauthorized_client"] {
        let forgetful = Forgetful::new();
        let case = forgetful.signed_in();
        let mut login = crate::oauth::Login::start(&case, &[&forgetful.server.url()]);
        let page = login.url().unwrap();
        std::fs::remove_file(case.path("browser.url")).ok();
        let refused = json!({ "code": null, "error": error, "iss": forgetful.server.base() });
        let response = crate::oauth::answer_to(&page, &refused);
        crate::oauth::get(&response, None).unwrap();
        browse(&login.url().unwrap());
        let run = login.end();
        assert_eq!(run.code, 0, "{error}: {}", run.err);
        assert_eq!(forgetful.registrations(), 2, "{error}");
    }
}
