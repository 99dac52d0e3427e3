//! What becomes of a sign-in once it is there: it is shown, renewed, handed out, ended and carried over.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::case::{CANARY, Case, Run};
use crate::disk::User;
use crate::oauth::{Server, cached, decode, sign_in};

const FOLDER: &str = ".mcp-auth/mcp-remote-v1";

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

/// A declaration of one server that signs in by OAuth.
fn declared(server: &Server) -> Case {
    Case::in_memory().declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{}\"\nauth = \"oauth\"\n",
        server.url()
    ))
}

fn signed_in(server: &Server) -> Case {
    let case = declared(server);
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    case
}

/// The path of one of the only server's files.
fn path(case: &Case, name: &str) -> PathBuf {
    let entries = std::fs::read_dir(case.path(FOLDER)).unwrap().flatten();
    let mut paths = entries.map(|entry| entry.path());
    paths.find(|path| path.to_str().unwrap().ends_with(&format!("_{name}"))).unwrap()
}

fn change(case: &Case, changes: &Value) {
    let mut tokens = cached(case, "tokens.json").unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            tokens.as_object_mut().unwrap().remove(name);
        } else {
            tokens[name] = value.clone();
        }
    }
    std::fs::write(path(case, "tokens.json"), tokens.to_string()).unwrap();
}

fn expire(case: &Case) {
    change(case, &json!({ "expires_at": now() - 1000 }));
}

fn refreshes(server: &Server) -> usize {
    let asked = server.asked("/token");
    asked.iter().filter(|asked| decode(&asked.body)["grant_type"] == "refresh_token").count()
}

fn access(case: &Case) -> String {
    cached(case, "tokens.json").unwrap()["access_token"].as_str().unwrap().to_owned()
}

fn status(case: &Case) -> Value {
    let run = case.ok(&["status", "--json"]);
    serde_json::from_str::<Value>(&run.out).unwrap()[0].clone()
}

/// What every server gave is in nothing that was said.
fn assert_secret(server: &Server, run: &Run) {
    for secret in &server.book.lock().unwrap().secrets {
        assert!(!run.out.contains(secret) && !run.err.contains(secret), "{}{}", run.out, run.err);
    }
}

// ---- status ----

#[test]
fn status_says_how_each_sign_in_stands() {
    let server = Server::honest();
    let case = declared(&server);
    assert_eq!(case.ok(&["status"]).out.lines().nth(1), Some("one     missing"));
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    let asked = server.book.lock().unwrap().seen.len();
    let soon = now() + 60 * 60_000 + 2_000;
    for (changes, line) in [
        (json!({}), "one     usable    in 60 min          yes"),
        (json!({ "expires_at": now() + 20 * 60_000 }), "one     expiring  in 20 min          yes"),
        (
            json!({ "expires_at": now() - 3 * 86_400_000 }),
            "one     expired   3 days ago         yes",
        ),
        (
            json!({ "expires_at": soon, "refresh_token": null }),
            "one     usable    in 60 min          no",
        ),
        (
            json!({ "expires_at": null, "expires_in": null }),
            "one     usable    unknown            no",
        ),
    ] {
        change(&case, &changes);
        let run = case.ok(&["status"]);
        assert_eq!(run.out.lines().nth(1), Some(line), "{changes}");
        assert_secret(&server, &run);
    }
    assert_eq!(server.book.lock().unwrap().seen.len(), asked, "status asks nobody");
}

#[test]
fn status_lines_up_within_eighty_columns() {
    let long = "a-server-with-a-name-that-goes-on-and-on-and-on";
    let case = Case::new().declare(&format!(
        "clients = [\"cursor\"]\n[servers.{long}]\nurl = \"https://a.example\"\nauth = \"oauth\"\n\
         [servers.b]\nurl = \"https://b.example\"\nauth = \"oauth\"\n"
    ));
    let run = case.ok(&["status"]);
    assert!(run.out.lines().all(|line| line.chars().count() <= 80), "{}", run.out);
    let columns: Vec<_> = run.out.lines().map(|line| line.chars().position(|c| c == ' ')).collect();
    assert_eq!(run.out.lines().count(), 3);
    assert!(columns.iter().all(Option::is_some));
    let at = run.out.find("SIGN-IN").unwrap();
    let same = |line: &str| line.chars().skip(at).collect::<String>() == "missing";
    assert!(run.out.lines().skip(1).all(same), "{}", run.out);
}

#[test]
fn status_says_as_whom_and_for_another_scope() {
    let url = "https://mcp.example.com/mcp";
    let case = Case::new().declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{url}\"\nauth = {{ mode = \"oauth\", scope = \"mcp\" }}\n"
    ));
    // {"email":"ada@example.com"}
    let id = "e30.eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSJ9.x";
    let tokens = |scope: &str| {
        json!({
            "access_token": "@CANARY@", "token_type": "Bearer", "refresh_token": "r", "id_token": id,
            "requested_scope": scope,
        })
    };
    case.put(
        ".mcp-auth/mcp-remote-v1/94baabe3c3fadb285b26c035e4e86046_tokens.json",
        tokens("mcp").to_string(),
    );
    assert_eq!(
        (&status(&case)["standing"], &status(&case)["account"]),
        (&json!("usable"), &json!("ada@example.com"))
    );
    case.put(
        ".mcp-auth/mcp-remote-v1/94baabe3c3fadb285b26c035e4e86046_tokens.json",
        tokens("read").to_string(),
    );
    assert_eq!(status(&case)["standing"], "another scope");
    let run = case.ok(&["status", "--verbose"]);
    assert!(
        run.out.contains("another scope") && run.out.contains("ada@example.com"),
        "{}",
        run.out
    );
}

#[test]
fn verbose_status_says_what_a_bridge_goes_by_and_json_the_same() {
    let server = Server::honest();
    let case = signed_in(&server);
    let run = case.ok(&["status", "--verbose"]);
    let one = status(&case);
    for name in ["url", "key", "redirect_uri", "issuer", "scope"] {
        assert!(run.out.contains(one[name].as_str().unwrap()), "{name}: {}", run.out);
    }
    let client = cached(&case, "client_info.json").unwrap();
    assert_eq!(client["redirect_uris"][0], one["redirect_uri"]);
    assert!(path(&case, "tokens.json").to_str().unwrap().contains(one["key"].as_str().unwrap()));
    assert_eq!((&one["standing"], &one["renews"]), (&json!("usable"), &json!(true)));
    assert_secret(&server, &run);
}

#[test]
fn status_warns_of_a_file_that_others_can_read_and_of_one_that_no_bridge_can() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::honest();
    let case = signed_in(&server);
    assert_eq!(case.ok(&["status"]).err, "");
    let mode = |path: PathBuf, mode: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(path(&case, "tokens.json"), 0o644);
    assert_eq!(case.ok(&["status"]).err, "", "its folder keeps others out");
    mode(case.path(FOLDER), 0o755);
    let run = case.ok(&["status"]);
    assert!(run.err.contains("tokens.json` can be read by others on this machine"), "{}", run.err);
    assert!(run.err.contains("chmod 600 ~/.mcp-auth/mcp-remote-v1/"), "{}", run.err);
    // Truncated: what is left of it holds a secret.
    std::fs::write(path(&case, "tokens.json"), format!("{{ \"access_token\": \"{CANARY}")).unwrap();
    let run = case.ok(&["status"]);
    assert_eq!(run.out.lines().nth(1), Some("one     broken"));
    assert!(
        run.err.contains("is not a valid token file: it is not a complete JSON object"),
        "{}",
        run.err
    );
}

// ---- token and refresh ----

#[test]
fn a_token_that_lasts_is_handed_out_without_asking_anybody() {
    let server = Server::honest();
    let case = signed_in(&server);
    let before = server.book.lock().unwrap().seen.len();
    let run = case.ok(&["token", "one"]);
    assert_eq!((run.out, run.err), (access(&case) + "\n", String::new()));
    assert_eq!(server.book.lock().unwrap().seen.len(), before);
}

#[test]
fn ten_that_want_a_token_at_once_spend_one_refresh_token() {
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
    let names = std::fs::read_dir(case.path(FOLDER)).unwrap().count();
    assert_eq!(names, 2, "neither a lease nor anything half-written is left");
}

#[test]
fn a_renewed_sign_in_is_written_as_bridges_read_it() {
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
fn refresh_renews_what_is_due_and_nothing_else() {
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
fn a_sign_in_that_cannot_be_renewed_says_why_and_stays() {
    let server = Server::honest();
    for (changes, said) in [
        (json!({ "refresh_token": null }), "has expired and has no refresh token"),
        (json!({ "refresh_token": "spent" }), "refused the token request: invalid_grant"),
        (json!({ "issuer": "https://other.example" }), "belongs to `https://other.example`"),
    ] {
        let case = signed_in(&server);
        expire(&case);
        change(&case, &changes);
        let before = std::fs::read(path(&case, "tokens.json")).unwrap();
        let run = case.run(&["token", "one"]);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{changes}");
        assert!(run.err.contains(said) && run.err.contains("`mcpgen login one`"), "{}", run.err);
        assert_secret(&server, &run);
        assert_eq!(std::fs::read(path(&case, "tokens.json")).unwrap(), before);
    }
}

#[test]
fn a_token_is_not_for_a_terminal_and_not_of_a_server_without_oauth() {
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
fn a_lease_of_a_dead_process_is_taken_over_and_a_live_one_waited_for() {
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
fn a_read_only_cache_says_so_before_a_refresh_token_is_spent() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::honest();
    let case = signed_in(&server);
    expire(&case);
    let user = User::who_owns(case);
    let read_only = std::fs::Permissions::from_mode(0o500);
    std::fs::set_permissions(user.case.path(FOLDER), read_only).unwrap();
    let run = user.run(&["token", "one"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.contains("cannot be written: Permission denied"), "{}", run.err);
    assert_eq!(refreshes(&server), 0);
}

#[test]
fn a_refresh_killed_at_any_step_leaves_the_old_or_the_new_sign_in_and_the_next_works() {
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
        let names = std::fs::read_dir(case.path(FOLDER)).unwrap().count();
        assert!(names <= 3, "step {step}: at most one file of the killed run is left");
    }
}

// ---- logout ----

#[test]
fn a_logout_revokes_and_removes_the_sign_in_and_keeps_the_registration() {
    let server = Server::honest();
    let case = signed_in(&server);
    let tokens = cached(&case, "tokens.json").unwrap();
    let run = case.ok(&["logout", "one"]);
    assert_eq!(run.err, "one: signed out\n");
    let revoked: Vec<String> =
        server.asked("/revoke").iter().map(|asked| decode(&asked.body)["token"].clone()).collect();
    assert_eq!(json!(revoked), json!([tokens["refresh_token"], tokens["access_token"]]));
    assert_eq!(cached(&case, "tokens.json"), None);
    assert!(cached(&case, "client_info.json").is_some());
    assert_eq!(case.ok(&["logout", "one", "--forget"]).err, "one: not signed in\n");
    assert_eq!(cached(&case, "client_info.json"), None);
}

#[test]
fn a_logout_that_the_server_does_not_hear_of_is_one_here_and_says_so() {
    let server = Server::tampered(|asked, _, mut answer| {
        if asked.path == "/revoke" {
            answer.status = 503;
        }
        answer
    });
    let case = signed_in(&server);
    let run = case.ok(&["logout", "one"]);
    assert!(run.err.contains("warning: `http"), "{}", run.err);
    assert!(run.err.contains("signed out of `one` on this machine, but its tokens were not"));
    assert_secret(&server, &run);
    assert_eq!(cached(&case, "tokens.json"), None);
}

#[test]
fn a_logout_sends_nothing_to_another_issuer() {
    let server = Server::honest();
    let case = signed_in(&server);
    change(&case, &json!({ "issuer": "https://other.example" }));
    let run = case.ok(&["logout", "one"]);
    assert!(run.err.contains("the sign-in belongs to `https://other.example`"), "{}", run.err);
    assert!(run.err.contains("its tokens were not"), "{}", run.err);
    assert!(server.asked("/revoke").is_empty());
    assert_eq!(cached(&case, "tokens.json"), None);
}

#[test]
fn logging_out_of_all_takes_what_is_not_declared_too() {
    let server = Server::honest();
    let case = signed_in(&server);
    std::fs::remove_file(case.path(".config/mcpgen/mcp.toml")).unwrap();
    let run = case.ok(&["logout", "--all"]);
    assert!(run.err.ends_with("_tokens.json: signed out\n"), "{}", run.err);
    assert_eq!(server.asked("/revoke").len(), 2);
    assert_eq!(cached(&case, "tokens.json"), None);
    assert_eq!(case.run(&["logout"]).code, 2);
}
