//! The settings of a sign-in: what a declaration, `login URL` and mcp-remote's command line can say alike, and that
//! each reaches the server.

use serde_json::{Value, json};

use crate::case::{Case, NPX};
use crate::oauth::{Answer, Login, Server, cached, decode, free_port, get, sign_in};

fn declared(server: &Server, auth: &str) -> Case {
    Case::new().declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{}\"\n[servers.one.auth]\n{auth}\n",
        server.url()
    ))
}

/// A token endpoint that gives tokens to everybody.
fn tokens(more: &Value) -> Answer {
    let tokens = json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 3600 });
    Answer::json(200, &tokens).with(more)
}

fn generous(more: Value) -> Server {
    Server::tampered(move |asked, _, answer| match asked.path.as_str() {
        "/token" => tokens(&more),
        _ => answer,
    })
}

/// The arguments of each setting, as the bridge gets them after the URL.
const SETTINGS: [(&str, &[&str]); 8] = [
    ("resource = false", &["--disable-resource-parameter"]),
    (
        "registration = { client_name = \"Acme\", contacts = [\"me@acme.com\"] }",
        &["--static-oauth-client-metadata", r#"{"client_name":"Acme","contacts":["me@acme.com"]}"#],
    ),
    (
        "scope = \"a b\"\ntoken-endpoint-auth-method = \"none\"\nregistration = { client_name = \"Acme\" }",
        &[
            "--static-oauth-client-metadata",
            r#"{"scope":"a b","token_endpoint_auth_method":"none","client_name":"Acme"}"#,
        ],
    ),
    ("use-id-token = true", &["--use-id-token"]),
    ("device = true", &["--device-code"]),
    (
        "client-id = \"c\"\ntoken-endpoint-auth-method = \"client_secret_basic\"",
        &[
            "--static-oauth-client-info",
            r#"{"client_id":"c"}"#,
            "--static-oauth-client-metadata",
            r#"{"token_endpoint_auth_method":"client_secret_basic"}"#,
        ],
    ),
    (
        "device = true\nuse-id-token = true\nresource = false",
        &["--device-code", "--disable-resource-parameter", "--use-id-token"],
    ),
    ("callback-path = \"/cb\"\nuse-id-token = true", &["--callback-path", "/cb", "--use-id-token"]),
];

#[test]
fn every_client_passes_each_setting_to_the_bridge_and_import_reads_it_back() {
    for (auth, flags) in SETTINGS {
        let text = format!(
            "clients = [\"cursor\", \"gemini-cli\"]\n[servers.one]\nurl = \"https://mcp.example.com/mcp\"\n\
             [servers.one.auth]\nmode = \"oauth\"\n{auth}\n"
        );
        let case = Case::new().declare(&text);
        case.ok(&["apply"]);
        let arguments = |path: &str| {
            let file: Value = serde_json::from_str(&case.read(path)).unwrap();
            file["mcpServers"]["one"]["args"].clone()
        };
        let mut want = [NPX, &["-y", "mcp-remote@0.15.1", "https://mcp.example.com/mcp"]].concat();
        want.extend(flags);
        for path in [".cursor/mcp.json", ".gemini/settings.json"] {
            assert_eq!(arguments(path), json!(want), "{auth}");
        }
        let imported = case.ok(&["import", "cursor"]).out;
        let again = Case::new().declare(&imported);
        let file: Value = serde_json::from_str(&again.ok(&["render"]).out).unwrap();
        assert_eq!(file["mcpServers"]["one"]["args"], json!(want), "{imported}");
        assert!(!imported.contains("command ="), "{imported}");
    }
}

#[test]
fn login_with_a_url_takes_the_same_options() {
    let name = |server: &Server, args: &[&str]| {
        let case = Case::new();
        let run = sign_in(&case, &[&[server.url().as_str()], args].concat());
        assert_eq!(run.code, 0, "{args:?}: {}", run.err);
        case
    };
    let server = generous(json!({}));
    name(&server, &["--disable-resource-parameter"]);
    assert_eq!(decode(&server.asked("/authorize")[0].query).get("resource"), None);
    assert_eq!(decode(&server.asked("/token")[0].body).get("resource"), None);
    let server = Server::honest();
    name(&server, &["--static-oauth-client-metadata", "{\"client_name\":\"Acme\"}"]);
    let client: Value = serde_json::from_str(&server.asked("/register")[0].body).unwrap();
    assert_eq!(client["client_name"], "Acme");
    let server = Server::honest();
    name(&server, &["--scope", "mcp:read", "--token-endpoint-auth-method", "none"]);
    let client: Value = serde_json::from_str(&server.asked("/register")[0].body).unwrap();
    assert_eq!(
        (client["scope"].as_str(), client["token_endpoint_auth_method"].as_str()),
        (Some("mcp:read"), Some("none"))
    );
    let server = Server::honest();
    let case = name(&server, &["--callback-path", "/back"]);
    let registered = cached(&case, "client_info.json").unwrap();
    assert!(registered["redirect_uris"][0].as_str().unwrap().ends_with("/back"));
    let case = Case::new().write("fields.json", "{\"client_name\":\"Acme\"}");
    let server = Server::honest();
    let file = format!("@{}", case.path("fields.json").display());
    let run = sign_in(&case, &[&server.url(), "--static-oauth-client-metadata", &file]);
    assert_eq!(run.code, 0, "{}", run.err);
    let client: Value = serde_json::from_str(&server.asked("/register")[0].body).unwrap();
    assert_eq!(client["client_name"], "Acme");
}

#[test]
fn the_registration_of_a_declared_server_has_its_further_fields() {
    let server = Server::honest();
    let auth =
        "mode = \"oauth\"\nregistration = { client_name = \"Figma\", logo_uri = \"https://x\" }";
    assert_eq!(sign_in(&declared(&server, auth), &["one"]).code, 0);
    let client: Value = serde_json::from_str(&server.asked("/register")[0].body).unwrap();
    assert_eq!(
        (client["client_name"].as_str(), client["logo_uri"].as_str()),
        (Some("Figma"), Some("https://x"))
    );
}

#[test]
fn a_declared_device_sign_in_opens_no_browser() {
    let server = Server::honest();
    server.book.lock().unwrap().typed = true;
    let case = declared(&server, "mode = \"oauth\"\ndevice = true");
    let run = sign_in(&case, &["one"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("WDJB-MJHT"), "{}", run.err);
    assert!(server.asked("/authorize").is_empty());
}

#[test]
fn the_id_token_is_handed_out_and_refreshed_in_place_of_the_access_token() {
    // The payload is `{"exp":4102444800}`.
    let id = "e30.eyJleHAiOjQxMDI0NDQ4MDB9.x";
    let server = generous(json!({ "id_token": id }));
    let case = declared(&server, "mode = \"oauth\"\nuse-id-token = true");
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    assert_eq!(case.ok(&["token", "one"]).out, format!("{id}\n"));
    // This one has expired: its payload is `{"exp":1000000000}`.
    let old = "e30.eyJleHAiOjEwMDAwMDAwMDB9.x";
    let server = Server::tampered(move |asked, _, answer| {
        let refresh = asked.body.contains("grant_type=refresh_token");
        match asked.path.as_str() {
            "/token" => {
                let id = if refresh { id } else { old };
                tokens(&json!({ "id_token": id, "refresh_token": "r" }))
            }
            _ => answer,
        }
    });
    let case = declared(&server, "mode = \"oauth\"\nuse-id-token = true");
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    let status = || serde_json::from_str::<Value>(&case.ok(&["status", "--json"]).out).unwrap();
    assert_eq!(status()[0]["standing"], "expired", "the access token has not expired");
    case.ok(&["refresh", "one"]);
    assert_eq!(status()[0]["standing"], "usable");
    assert_eq!(case.ok(&["token", "one"]).out, format!("{id}\n"));
    let server = generous(json!({}));
    let case = declared(&server, "mode = \"oauth\"\nuse-id-token = true");
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    let run = case.run(&["token", "one"]);
    let said = "the sign-in to `one` has no ID token";
    assert!(run.code == 1 && run.err.contains(said) && run.out.is_empty(), "{}", run.err);
}

#[test]
fn plain_http_to_another_machine_is_allowed_where_it_is_declared() {
    // A name of this machine that is not one of its loopback names.
    let server = Server::tampered(|_, _, answer| {
        let text = String::from_utf8(answer.body.clone()).unwrap().replace("127.0.0.1", "0.0.0.0");
        let text =
            text.replace("iss_parameter_supported\":true", "iss_parameter_supported\":false");
        let there = |value: &String| value.replace("127.0.0.1", "0.0.0.0");
        let headers = answer.headers.iter().map(|(name, value)| (name.clone(), there(value)));
        let headers = headers.collect();
        Answer { body: text.into(), headers, ..answer }
    });
    let url = server.url().replace("127.0.0.1", "0.0.0.0");
    let port = free_port();
    let text = |allow: &str| {
        format!(
            "clients = [\"cursor\"]\n[servers.one]\nurl = \"{url}\"\n{allow}\n\
             auth = {{ mode = \"oauth\", port = {port}, resource = \"{}\" }}\n",
            server.url()
        )
    };
    let run = Case::new().declare(&text("")).run(&["check"]);
    assert!(run.code == 1 && run.err.contains("`allow-http = true`"), "{}", run.err);
    let case = Case::new().declare(&text("allow-http = true"));
    let file: Value = serde_json::from_str(&case.ok(&["render"]).out).unwrap();
    assert!(file["mcpServers"]["one"]["args"].as_array().unwrap().contains(&json!("--allow-http")));
    let mut login = Login::start(&case, &["one"]);
    let page = login.url().expect("a browser is opened");
    let page = page.replace("http://0.0.0.0", "http://127.0.0.1");
    let back = get(&page, None).unwrap().header("Location").unwrap().to_owned();
    // On Windows, the server has also renamed the host of the callback URL.
    let back = back.replace("http://0.0.0.0", "http://127.0.0.1");
    get(back.split("&iss=").next().unwrap(), None).unwrap();
    let run = login.end();
    assert_eq!(run.code, 0, "{}", run.err);
    let issuer = server.base().replace("127.0.0.1", "0.0.0.0");
    assert_eq!(cached(&case, "tokens.json").unwrap()["issuer"], issuer);
}

#[test]
fn settings_that_exclude_each_other_are_errors() {
    for (auth, said) in [
        ("mode = \"client-credentials\"", "needs a `client-id`"),
        ("mode = \"client-credentials\"\nclient-id = \"c\"", "needs a `client-secret`"),
        (
            "mode = \"client-credentials\"\nclient-id = \"c\"\nclient-secret = \"env:C\"\ndevice = true",
            "`device` cannot be used with",
        ),
        ("mode = \"oauth\"\ntoken-endpoint = \"https://a/t\"", "`token-endpoint` needs"),
        (
            "mode = \"oauth\"\nclient-id = \"c\"\nprivate-key = \"env:C\"",
            "`private-key` cannot be used with mode = \"oauth\"",
        ),
        ("mode = \"client-credentials\"\nprivate-key = \"env:C\"", "needs a `client-id`"),
        (
            "mode = \"client-credentials\"\nclient-id = \"c\"\nprivate-key = \"env:C\"\nclient-secret = \"env:C\"",
            "`client-secret` cannot be used with `private-key`",
        ),
        (
            "mode = \"client-credentials\"\nclient-id = \"c\"\nprivate-key = \"key.pem\"",
            "is not a secret reference",
        ),
        ("mode = \"oauth\"\nalgorithm = \"ES256\"", "`algorithm` needs a `private-key`"),
        ("token = \"env:A\"\nprivate-key = \"env:C\"", "`private-key` cannot be used with a token"),
        ("mode = \"oauth\"\nissuer = \"acme\"", "`issuer` is not a URL"),
        ("mode = \"oauth\"\nresource = true", "`resource` must be"),
        ("mode = \"oauth\"\nregistration = { scope = \"a\" }", "has a field of its own"),
        ("mode = \"oauth\"\nregistration = { redirect_uris = [] }", "is set by the sign-in itself"),
        ("token = \"env:A\"\nissuer = \"https://a\"", "`issuer` cannot be used with a token"),
        ("mode = \"none\"\nuse-id-token = true", "`use-id-token` cannot be used with"),
    ] {
        let run = declared(&Server::honest(), auth).run(&["check"]);
        assert!(run.code == 1 && run.err.contains(said), "{auth}: {}", run.err);
    }
}
