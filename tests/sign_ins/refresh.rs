//! `token` and `refresh`.

use std::time::Duration;

use serde_json::json;

use super::{DIRECTORY, assert_secret, change, expire, now, path, signed_in, status};
use crate::case::{Case, Run};
use crate::disk::User;
use crate::oauth::{Server, cached, decode, sign_in};

fn refreshes(server: &Server) -> usize {
    let asked = server.asked("/token");
    asked.iter().filter(|asked| decode(&asked.body)["grant_type"] == "refresh_token").count()
}

fn access(case: &Case) -> String {
    cached(case, "tokens.json").unwrap()["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn a_token_that_has_not_expired_is_printed_without_a_request() {
    let server = Server::honest();
    let case = signed_in(&server);
    let before = server.book.lock().unwrap().seen.len();
    let run = case.ok(&["token", "one"]);
    assert_eq!((run.out, run.err), (access(&case) + "\n", String::new()));
    assert_eq!(server.book.lock().unwrap().seen.len(), before);
}

#[test]
fn ten_concurrent_token_commands_use_one_refresh_token() {
    let server = Server::honest();
    let case = signed_in(&server);
    let old = access(&case);
    expire(&case);
    let runs: Vec<Run> = std::thread::scope(|scope| {
        let start = |_| scope.spawn(|| case.run(&["token", "one"]));
        let started: Vec<_> = (0..10).map(start).collect();
        started.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let new = access(&case);
    assert_ne!(new, old);
    for run in runs {
        assert_eq!((run.code, run.out, run.err), (0, format!("{new}\n"), String::new()));
    }
    assert_eq!(refreshes(&server), 1);
    assert!(!path(&case, "tokens.json").with_file_name("x").exists());
    let names = std::fs::read_dir(case.path(DIRECTORY)).unwrap().count();
    assert_eq!(names, 2, "neither a lease nor anything half-written is left");
}

#[test]
fn a_refreshed_sign_in_is_written_as_bridges_read_it() {
    let server = Server::honest();
    let case = signed_in(&server);
    change(
        &case,
        &json!({ "expires_at": now() - 1, "requested_scope": "what a bridge asked for" }),
    );
    let run = case.ok(&["refresh"]);
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""), "it is for a timer");
    let tokens = cached(&case, "tokens.json").unwrap();
    assert!(tokens["expires_at"].as_u64().unwrap() > now() + 3_500_000);
    assert_eq!(tokens["issuer"], server.base());
    assert_eq!(tokens.get("requested_scope"), None);
    let asked = server.asked("/token").pop().unwrap();
    assert_eq!(decode(&asked.body)["resource"], server.url());
    assert_eq!(decode(&asked.body)["scope"], "mcp:read offline_access");
    assert_eq!(status(&case)["standing"], "usable");
}

#[test]
fn refresh_refreshes_only_sign_ins_that_expire_soon() {
    let server = Server::honest();
    let case = signed_in(&server);
    case.ok(&["refresh"]);
    assert_eq!(refreshes(&server), 0);
    change(&case, &json!({ "expires_at": now() + 29 * 60_000 }));
    case.ok(&["token", "one"]);
    assert_eq!(refreshes(&server), 0, "half an hour is enough for one use");
    case.ok(&["refresh", "one"]);
    assert_eq!(refreshes(&server), 1);
    // Nobody signed in to this one, which only who names it wants to know.
    std::fs::remove_file(path(&case, "tokens.json")).unwrap();
    assert_eq!(case.ok(&["refresh"]).err, "");
    let run = case.run(&["refresh", "one"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("not signed in"), "{}", run.err);
    assert!(run.err.contains("sign in with `mcpgen login one`"), "{}", run.err);
}

#[test]
fn a_sign_in_that_cannot_be_refreshed_is_kept_and_the_reason_reported() {
    let server = Server::honest();
    for (changes, said) in [
        (json!({ "refresh_token": null }), "has expired and has no refresh token"),
        (json!({ "refresh_token": "spent" }), "rejected the token request: invalid_grant"),
        (
            json!({ "issuer": "https://other.example" }),
            "the sign-in is from `https://other.example`",
        ),
    ] {
        let case = signed_in(&server);
        expire(&case);
        change(&case, &changes);
        let mut kept = cached(&case, "tokens.json").unwrap();
        let run = case.run(&["token", "one"]);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{changes}");
        assert!(run.err.contains(said) && run.err.contains("`mcpgen login one`"), "{}", run.err);
        assert_secret(&server, &run);
        if changes["refresh_token"] == "spent" {
            kept.as_object_mut().unwrap().remove("refresh_token");
        }
        assert_eq!(cached(&case, "tokens.json").unwrap(), kept, "{changes}");
    }
}

#[test]
fn a_token_that_no_header_can_carry_is_never_printed() {
    let server = Server::honest();
    for changes in [
        json!({ "access_token": "\u{1b}[2J\r\nevil" }),
        json!({ "access_token": "evil".repeat(5000) }),
        json!({ "access_token": "evil \u{202e}" }),
        json!({ "access_token": "evil", "token_type": "DPoP" }),
    ] {
        let case = signed_in(&server);
        change(&case, &changes);
        let run = case.run(&["token", "one"]);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{changes}");
        assert!(run.err.contains("`mcpgen login one`") && !run.err.contains("evil"), "{}", run.err);
        assert_eq!(status(&case)["standing"], "broken", "{changes}");
        assert_eq!(crate::oauth::sign_in(&case, &[]).code, 0, "the next login replaces it");
    }
}

#[test]
fn a_token_is_not_printed_on_a_terminal_nor_for_a_server_without_oauth() {
    let server = Server::honest();
    let case = signed_in(&server);
    let typed = case.typed(&["token", "one"]);
    assert_eq!(typed.code, 2, "{}", typed.out);
    assert!(typed.out.contains("would be visible on this terminal"), "{}", typed.out);
    assert_secret(&server, &typed);
    let shown = case.typed(&["token", "one", "--reveal"]);
    assert_eq!((shown.code, shown.out.trim_end()), (0, access(&case).as_str()));
    case.put(
        ".config/mcpgen/mcp.toml",
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"https://a.example\"\n\
         auth = { token = \"file:~/.secrets/canary\" }\n",
    );
    let run = case.run(&["token", "one"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("`one` does not use OAuth"), "{}", run.err);
}

#[test]
fn the_lease_of_a_dead_process_is_taken_over_and_that_of_a_live_one_awaited() {
    let server = Server::honest();
    let case = signed_in(&server);
    let lease = path(&case, "tokens.json");
    let key = lease.file_name().unwrap().to_str().unwrap().split_once('_').unwrap().0.to_owned();
    let lease = lease.with_file_name(format!("{key}_refresh_in_progress.json"));
    let hold = |pid: u32| {
        let text = json!({ "pid": pid, "nonce": "theirs", "at": now() }).to_string();
        std::fs::write(&lease, text).unwrap();
    };
    expire(&case);
    hold(0x3fff_fff0);
    case.ok(&["token", "one"]);
    assert_eq!((refreshes(&server), lease.exists()), (1, false));
    // This process is alive, and writes what it got.
    expire(&case);
    hold(std::process::id());
    let run = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| case.ok(&["token", "one"]));
        std::thread::sleep(Duration::from_millis(700));
        change(&case, &json!({ "access_token": "theirs", "expires_at": now() + 3_600_000 }));
        waiting.join().unwrap()
    });
    assert_eq!((run.out.as_str(), refreshes(&server)), ("theirs\n", 1));
    assert!(lease.exists(), "it is theirs to release");
}

#[test]
fn a_read_only_cache_is_reported_before_a_refresh_token_is_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::honest();
    let case = signed_in(&server);
    expire(&case);
    let user = User::who_owns(case);
    let read_only = std::fs::Permissions::from_mode(0o500);
    std::fs::set_permissions(user.case.path(DIRECTORY), read_only).unwrap();
    let run = user.run(&["token", "one"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.contains("cannot be written: Permission denied"), "{}", run.err);
    assert_eq!(refreshes(&server), 0);
}

#[test]
fn a_refresh_killed_at_any_step_leaves_the_old_or_the_new_sign_in_and_the_next_command_works() {
    let server = Server::honest();
    let count = |case: &Case| {
        let log = case.path("points");
        let mut command = case.command(&["refresh"]);
        assert_eq!(case.finish(command.env("MCPGEN_COUNT_POINTS", &log), None).code, 0);
        std::fs::read_to_string(log).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let case = signed_in(&server);
    expire(&case);
    let points = count(&case);
    assert!(points.len() >= 6, "{points:?}");
    for step in 1..=points.len() {
        let case = signed_in(&server);
        expire(&case);
        let old = cached(&case, "tokens.json").unwrap();
        let spent = refreshes(&server);
        let wrapper = ["sh", "-c", "ulimit -c 0; exec \"$@\"", "sh"];
        let mut command = case.wrapped(&wrapper, &["refresh"]);
        let run = case.finish(command.env("MCPGEN_KILL_AT", step.to_string()), None);
        assert_eq!(run.code, -1, "step {step} is a step");
        let left = cached(&case, "tokens.json").unwrap();
        let new = left["access_token"] != old["access_token"];
        assert!(new || left == old, "step {step}: whole, old or new");
        let spent = refreshes(&server) > spent;
        let run = case.run(&["token", "one"]);
        if spent && !new {
            // The server gave the next token set and nobody was left to write it down.
            assert_eq!(run.code, 1, "step {step}");
            assert!(run.err.contains("sign in with `mcpgen login one`"), "{}", run.err);
            assert_eq!(sign_in(&case, &["one"]).code, 0, "step {step}");
        } else {
            assert_eq!(run.code, 0, "step {step}, {}: {}", points[step - 1], run.err);
        }
        let names = std::fs::read_dir(case.path(DIRECTORY)).unwrap().count();
        assert!(names <= 3, "step {step}: at most one file of the killed run is left");
    }
}

#[test]
fn a_server_that_nobody_signed_in_to_needs_no_secret_of_its_oauth_client() {
    let auth = "auth = { mode = \"oauth\", client-id = \"mine\", client-secret = \"env:UNSET\" }\n";
    let server = format!("[servers.one]\nurl = \"https://one.example/mcp\"\n{auth}");
    let case = Case::new().declare(&format!("clients = [\"cursor\"]\n{server}"));
    for args in [&["refresh"][..], &["refresh", "--force"]] {
        let run = case.ok(args);
        assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""), "{args:?}");
    }
    let run = case.run(&["refresh", "one"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("mcpgen login one") && !run.err.contains("UNSET"), "{}", run.err);
}
