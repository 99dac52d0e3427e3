//! Two accounts on one URL: two servers with two sign-ins, in every command and in mcp-remote.

use serde_json::{Value, json};

use crate::case::{Case, NPX};
use crate::oauth::{Server, decode, sign_in};

const ACCOUNTS: [&str; 2] = ["me@home.example", "me@work.example"];

fn declared(server: &Server) -> Case {
    let url = server.url();
    Case::in_memory().declare(&format!(
        "clients = [\"cursor\"]\n\
         [servers.home]\nurl = \"{url}\"\nauth = {{ mode = \"oauth\", account = \"{}\" }}\n\
         [servers.work]\nurl = \"{url}\"\nauth = {{ mode = \"oauth\", account = \"{}\" }}\n",
        ACCOUNTS[0], ACCOUNTS[1]
    ))
}

fn status(case: &Case) -> Vec<Value> {
    serde_json::from_str(&case.ok(&["status", "--json"]).out).unwrap()
}

#[test]
fn each_account_has_a_sign_in_of_its_own() {
    let server = Server::honest();
    let case = declared(&server);
    assert_eq!(sign_in(&case, &["home"]).code, 0);
    let standing = |rows: Vec<Value>| rows.iter().map(|row| row["standing"].clone()).collect();
    let found: Vec<Value> = standing(status(&case));
    assert_eq!(found, ["usable", "missing"], "the other account is not signed in");
    assert_eq!(sign_in(&case, &["work"]).code, 0);
    let pages = server.asked("/authorize");
    let hints: Vec<String> =
        pages.iter().map(|page| decode(&page.query)["login_hint"].clone()).collect();
    assert_eq!(hints, ACCOUNTS);
    let tokens = ["home", "work"].map(|name| case.ok(&["token", name]).out);
    assert_ne!(tokens[0], tokens[1]);
    case.ok(&["logout", "home"]);
    let found: Vec<Value> = standing(status(&case));
    assert_eq!(found, ["missing", "usable"], "the other account stays signed in");
}

#[test]
fn clients_start_mcp_remote_with_the_account_and_doctor_and_import_accept_both() {
    let server = Server::honest();
    let case = declared(&server);
    case.ok(&["apply"]);
    let file: Value = serde_json::from_str(&case.read(".cursor/mcp.json")).unwrap();
    for (name, account) in ["home", "work"].into_iter().zip(ACCOUNTS) {
        let hint = format!("login_hint={account}");
        let url = server.url();
        let args = ["-y", "mcp-remote@0.15.1", &url, "--authorize-param", &hint];
        let args = json!([NPX, &args].concat());
        assert_eq!(file["mcpServers"][name]["args"], args);
    }
    let found = case.run(&["doctor", "--json"]).out;
    assert!(!found.contains("\"twice\"") && !found.contains("\"flag\""), "{found}");
    let imported = case.ok(&["import"]).out;
    for account in ACCOUNTS {
        assert!(imported.contains(&format!("account = \"{account}\"")), "{imported}");
    }
}

#[test]
fn status_warns_if_another_account_is_signed_in_than_the_declared_one() {
    // The payload is `{"email":"me@home.example"}`.
    let home = "e30.eyJlbWFpbCI6Im1lQGhvbWUuZXhhbXBsZSJ9.x";
    let server = Server::tampered(move |asked, _, answer| match asked.path.as_str() {
        "/token" => answer.with(&json!({ "id_token": home })),
        _ => answer,
    });
    let case = declared(&server);
    assert_eq!(sign_in(&case, &["home"]).code, 0);
    assert_eq!(case.run(&["status"]).err.matches("is signed in as").count(), 0);
    assert_eq!(sign_in(&case, &["work"]).code, 0);
    let run = case.ok(&["status"]);
    let said = "`work` is signed in as `me@home.example`, but `me@work.example` is declared";
    assert!(run.err.contains(said) && run.err.contains("`mcpgen login work`"), "{}", run.err);
}

#[test]
fn an_account_is_declared_once() {
    for (auth, said) in [
        ("account = \"\"", "`account` is empty"),
        ("account = \"a\"\nauthorize-params = { login_hint = \"b\" }", "are the same parameter"),
        (
            "account = \"a\"\nclient-id = \"c\"\nclient-secret = \"env:C\"",
            "`account` cannot be used with mode = \"client-credentials\"",
        ),
    ] {
        let mode = if auth.contains("secret") { "client-credentials" } else { "oauth" };
        let case = Case::new().declare(&format!(
            "clients = [\"cursor\"]\n[servers.one]\nurl = \"https://a.example/mcp\"\n\
             [servers.one.auth]\nmode = \"{mode}\"\n{auth}\n"
        ));
        let run = case.run(&["check"]);
        assert!(run.code == 1 && run.err.contains(said), "{auth}: {}", run.err);
    }
}
