//! `--force`: an access token that the server refuses although it has not expired.

use super::*;
use crate::sign_ins::change;

fn access(case: &Case) -> String {
    cached(case, "tokens.json").unwrap()["access_token"].as_str().unwrap().to_owned()
}

fn refreshes(moody: &Moody) -> usize {
    let asked = moody.server.asked("/token");
    asked.iter().filter(|asked| asked.body.contains("=refresh_token")).count()
}

#[test]
fn a_token_that_is_refused_before_it_expires_is_refreshed_on_request() {
    let moody = Moody::new();
    let case = moody.signed_in();
    let old = access(&case);
    moody.revoke_access(&case);
    case.ok(&["refresh", "one"]);
    assert_eq!(case.ok(&["token", "one"]).out, format!("{old}\n"), "nothing is due");
    case.ok(&["refresh", "one", "--force"]);
    let new = access(&case);
    assert_ne!(new, old);
    assert_eq!(case.ok(&["token", "one"]).out, format!("{new}\n"));
    moody.revoke_access(&case);
    let out = case.ok(&["token", "one", "--force"]).out;
    assert_eq!(out, access(&case) + "\n");
    assert_ne!(out, format!("{new}\n"));
    assert_eq!(refreshes(&moody), 2);
}

#[test]
fn ten_forced_at_once_use_one_refresh_token() {
    let moody = Moody::new();
    let case = moody.signed_in();
    moody.revoke_access(&case);
    // Each process must have read the old token before the first one has a new one.
    let path = crate::sign_ins::path(&case, "tokens.json");
    let lease = path.to_str().unwrap().replace("_tokens", "_refresh_in_progress");
    let now = crate::sign_ins::now();
    let held = json!({ "pid": std::process::id(), "nonce": "test", "at": now });
    std::fs::write(&lease, held.to_string()).unwrap();
    let runs: Vec<Run> = std::thread::scope(|scope| {
        let start = |_| scope.spawn(|| case.run(&["token", "one", "--force"]));
        let started: Vec<_> = (0..10).map(start).collect();
        std::thread::sleep(std::time::Duration::from_secs(4));
        std::fs::remove_file(&lease).unwrap();
        started.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let new = access(&case);
    for run in runs {
        assert_eq!((run.code, run.out), (0, format!("{new}\n")), "{}", run.err);
    }
    assert_eq!(refreshes(&moody), 1);
}

#[test]
fn a_forced_refresh_that_is_rejected_leads_to_a_sign_in_and_not_in_a_circle() {
    let moody = Moody::new();
    for command in ["refresh", "token"] {
        for refresh_token in [true, false] {
            moody.respond(None);
            let case = moody.signed_in();
            moody.revoke_access(&case);
            if !refresh_token {
                change(&case, &json!({ "refresh_token": null }));
            }
            moody.respond(Some(Answer::json(400, &json!({ "error": "invalid_grant" }))));
            let run = case.run(&[command, "one", "--force"]);
            assert_eq!(run.code, 1, "{command}");
            assert!(run.err.contains("sign in with `mcpgen login one`"), "{}", run.err);
            let run = sign_in(&case, &[]);
            assert!(run.code == 0 && run.err.contains("signed in"), "{command}: {}", run.err);
        }
    }
}

#[test]
fn a_server_that_refuses_the_refreshed_token_too_leads_to_a_sign_in() {
    let server = Server::honest();
    let case = Case::in_memory().declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{}\"\nauth = \"oauth\"\n",
        server.url()
    ));
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    let run = case.run(&["refresh", "--force"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("refuses the access token even after a refresh"), "{}", run.err);
    assert!(run.err.contains("sign in with `mcpgen login one`"), "{}", run.err);
}

#[test]
fn a_sign_in_that_works_and_cannot_be_refreshed_is_kept() {
    let moody = Moody::new();
    let case = moody.signed_in();
    change(&case, &json!({ "refresh_token": null }));
    let before = cached(&case, "tokens.json");
    let run = case.run(&["refresh", "--force"]);
    assert!(run.code == 1 && run.err.contains("has no refresh token"), "{}", run.err);
    assert_eq!(cached(&case, "tokens.json"), before);
    case.ok(&["token", "one"]);
}

#[test]
fn a_transient_error_of_a_forced_refresh_keeps_the_sign_in() {
    let moody = Moody::new();
    let case = moody.signed_in();
    moody.revoke_access(&case);
    let before = cached(&case, "tokens.json");
    for (answer, later) in transient_responses() {
        moody.respond(Some(answer));
        let run = moody.keeping(|| case.run(&["refresh", "one", "--force"]));
        assert!(run.code == 1 && run.err.contains(later), "{}", run.err);
        assert_eq!(cached(&case, "tokens.json"), before);
    }
}

#[test]
fn words_of_the_server_that_are_also_in_the_request_are_shown() {
    let moody = Moody::new();
    let case = moody.signed_in();
    crate::sign_ins::expire(&case);
    let text = "refresh_token is invalid";
    let answer = json!({ "error": "unauthorized_client", "error_description": text });
    moody.respond(Some(Answer::json(403, &answer)));
    let run = case.run(&["token", "one"]);
    assert!(run.err.contains(text), "{}", run.err);
}
