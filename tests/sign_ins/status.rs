//! `status`.

use std::path::PathBuf;

use serde_json::json;

use super::{DIRECTORY, assert_secret, change, declared, now, path, signed_in, status};
use crate::case::{CANARY, Case};
use crate::oauth::{Server, cached, sign_in};

#[test]
fn status_shows_the_state_of_each_sign_in() {
    let server = Server::honest();
    let case = declared(&server);
    let missing = case.run(&["status"]);
    assert_eq!((missing.code, missing.out.lines().nth(1)), (1, Some("one     missing")));
    for (args, code) in [(&["status", "--quiet"][..], 1), (&["status", "--json"], 0)] {
        let run = case.run(args);
        assert_eq!((run.code, run.out.is_empty()), (code, code == 1), "{args:?}");
        assert_eq!(run.err, "", "{args:?}");
    }
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
        assert_eq!(case.ok(&["status", "--quiet"]).out, "");
        assert_secret(&server, &run);
    }
    assert_eq!(server.book.lock().unwrap().seen.len(), asked, "status asks nobody");
}

#[test]
fn status_columns_are_aligned_within_eighty_columns() {
    let long = "a-server-with-a-name-that-goes-on-and-on-and-on";
    let case = Case::new().declare(&format!(
        "clients = [\"cursor\"]\n[servers.{long}]\nurl = \"https://a.example\"\nauth = \"oauth\"\n\
         [servers.b]\nurl = \"https://b.example\"\nauth = \"oauth\"\n"
    ));
    let wide = case.finish(case.command(&["status"]).env("COLUMNS", "120"), None);
    assert!(wide.out.contains(long), "{}", wide.out);
    let run = case.run(&["status"]);
    assert!(run.out.lines().all(|line| line.chars().count() <= 80), "{}", run.out);
    let columns: Vec<_> = run.out.lines().map(|line| line.chars().position(|c| c == ' ')).collect();
    assert_eq!(run.out.lines().count(), 3);
    assert!(columns.iter().all(Option::is_some));
    let at = run.out.find("SIGN-IN").unwrap();
    let same = |line: &str| line.chars().skip(at).collect::<String>() == "missing";
    assert!(run.out.lines().skip(1).all(same), "{}", run.out);
}

#[test]
fn status_shows_the_account_and_another_scope() {
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
    let run = case.run(&["status", "--verbose"]);
    assert!(
        run.out.contains("another scope") && run.out.contains("ada@example.com"),
        "{}",
        run.out
    );
}

#[test]
fn verbose_status_and_json_show_how_bridges_find_the_sign_in() {
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
    assert_eq!(case.ok(&["status"]).err, "", "its directory keeps others out");
    mode(case.path(DIRECTORY), 0o755);
    let run = case.ok(&["status"]);
    assert!(run.err.contains("other users of this machine can read `"), "{}", run.err);
    assert!(run.err.contains("chmod 600 ~/.mcp-auth/mcp-remote-v1/"), "{}", run.err);
    // Truncated: what is left of it holds a secret.
    std::fs::write(path(&case, "tokens.json"), format!("{{ \"access_token\": \"{CANARY}")).unwrap();
    let run = case.run(&["status"]);
    assert_eq!((run.code, run.out.lines().nth(1)), (1, Some("one     broken")));
    assert!(
        run.err.contains("is not a valid token file: the content is not a complete JSON object"),
        "{}",
        run.err
    );
}
