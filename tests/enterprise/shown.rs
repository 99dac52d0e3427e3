//! What `status`, `doctor` and `plan` show of a sign-in at an identity provider.

use serde_json::{Value, json};

use super::lab::{self, NATIVE, PROVIDERS, Provider, SERVERS, declared, expire, server};
use crate::case::Case;
use crate::oauth::sign_in;

fn rows(case: &Case, command: &str) -> Vec<Value> {
    serde_json::from_str(&case.run(&[command, "--json"]).out).unwrap()
}

fn findings(case: &Case, code: &str) -> Vec<Value> {
    rows(case, "doctor").into_iter().filter(|row| row["code"] == code).collect()
}

#[test]
fn status_shows_the_provider_and_the_servers_that_depend_on_it() {
    let (provider, first, second) = (Provider::start(), server(), server());
    let case = declared(&provider, &[("eins", &first), ("zwei", &second)], NATIVE);
    let states = || {
        let state = |row: &Value| (row["server"].clone(), row["standing"].clone());
        rows(&case, "status").iter().map(state).collect::<Vec<_>>()
    };
    let all = |state: &str| ["acme", "eins", "zwei"].map(|name| (json!(name), json!(state)));
    assert_eq!(states(), all("missing"));
    assert_eq!(case.run(&["status"]).code, 1);
    sign_in(&case, &[]);
    assert_eq!(states(), all("usable"));
    let found = rows(&case, "status");
    assert_eq!(found[0]["servers"], json!(["eins", "zwei"]));
    assert_eq!(
        (&found[0]["account"], &found[1]["idp"]),
        (&json!("ada@example.com"), &json!("acme"))
    );
    assert!(found.iter().all(|row| row["renews"] == true));
    expire(&case, SERVERS);
    expire(&case, PROVIDERS);
    assert_eq!(states(), all("expired"));
    assert_eq!(case.run(&["status"]).code, 0, "the provider renews the identity");
    case.ok(&["refresh"]);
    assert_eq!(states(), all("usable"));
    case.ok(&["logout", "acme"]);
    assert_eq!(states()[0].1, "missing");
    assert_eq!(rows(&case, "status")[1]["renews"], false);
    expire(&case, SERVERS);
    assert_eq!(case.ok(&["refresh"]).err, "", "without a sign-in there is nothing to refresh");
    let shown = case.run(&["status", "--verbose"]).out;
    assert!(
        shown.contains("    idp        acme\n") && shown.contains("    used by    eins, zwei\n")
    );
}

#[test]
fn doctor_names_the_command_that_signs_in_at_the_provider() {
    let (provider, server) = (Provider::start(), server());
    provider.set(|policy| policy.refreshes = false);
    let case = declared(&provider, &[("eins", &server)], NATIVE);
    for why in ["nobody has signed in", "has expired and cannot be renewed"] {
        let found = findings(&case, "idp");
        assert!(found[0]["cause"].as_str().unwrap().contains(why), "{found:?}");
        assert_eq!(found[0]["remedy"], "sign in with `mcpgen login acme`");
        assert_eq!(sign_in(&case, &["acme"]).code, 0);
        assert!(findings(&case, "idp").is_empty());
        assert_eq!(findings(&case, "idp-refresh").len(), 1);
        expire(&case, PROVIDERS);
    }
}

#[test]
fn doctor_reports_a_server_that_did_not_accept_the_identity_until_it_does() {
    let (provider, server) = (Provider::start(), server());
    provider.set(|policy| policy.denied.extend([server.base()]));
    let case = declared(&provider, &[("eins", &server)], NATIVE);
    assert_eq!(sign_in(&case, &[]).code, 1);
    let found = findings(&case, "identity-rejected");
    assert!(found[0]["cause"].as_str().unwrap().contains("issues no assertion for"), "{found:?}");
    assert_eq!(found[0]["server"], server.url());
    provider.set(|policy| policy.denied.clear());
    assert_eq!(found[0]["remedy"], "when that is corrected, sign in with `mcpgen login eins`");
    case.ok(&["login", "eins"]);
    assert!(findings(&case, "identity-rejected").is_empty());
}

#[test]
fn doctor_reports_a_clock_that_is_behind() {
    let (provider, server) = (Provider::start(), server());
    let case = declared(&provider, &[("eins", &server)], NATIVE);
    sign_in(&case, &[]);
    assert!(findings(&case, "clock").is_empty());
    let file = std::fs::read_dir(case.path(PROVIDERS)).unwrap().flatten().next().unwrap().path();
    let mut tokens: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let mut claims = lab::claims(tokens["id_token"].as_str().unwrap());
    claims["iat"] = (lab::now() + 600).into();
    tokens["id_token"] = lab::jwt("JWT", &claims).into();
    std::fs::write(&file, tokens.to_string()).unwrap();
    let found = findings(&case, "clock");
    assert!(found[0]["cause"].as_str().unwrap().contains("behind"), "{found:?}");
}

#[test]
fn a_plan_says_that_mcp_remote_needs_a_timer() {
    let (provider, server) = (Provider::start(), server());
    for (launch, says) in [("", true), (NATIVE, false)] {
        let case = declared(&provider, &[("eins", &server)], launch);
        let run = case.run(&["plan"]);
        assert_eq!(run.err.contains("`mcpgen refresh --install`"), says, "{}", run.err);
    }
    let case = declared(&provider, &[("eins", &server)], "");
    let case = case.write(".config/systemd/user/mcpgen-refresh.timer", "[Timer]\n");
    assert_eq!(case.ok(&["plan"]).err, "");
}
