//! An authorization server whose metadata names another issuer than the server does: an error, unless the person
//! declares that issuer.

use serde_json::{Value, json};

use crate::case::{CANARY, Case, Run};
use crate::oauth::{Answer, CALLBACK_HOST, Server, cached, decode, free_port, sign_in};

const PRM: &str = "/.well-known/oauth-protected-resource/mcp";
const METADATA: &str = "/.well-known/oauth-authorization-server";
const ISSUER: &str = "https://cf.mcp.example.com";

/// Servers whose metadata names `ISSUER`: found without resource metadata, named by it, and named with a path.
fn servers() -> Vec<Server> {
    let missing = Server::tampered(|asked, _, answer| match asked.path.as_str() {
        "/mcp" => Answer::json(401, &json!({})),
        PRM => Answer::text(404, "text/plain", "no"),
        "/token" => tokens(),
        _ => named(&asked.path, answer),
    });
    let other = Server::tampered(|asked, _, answer| named(&asked.path, answer));
    let path = Server::tampered(|asked, base, answer| match asked.path.as_str() {
        PRM => answer.with(&json!({ "authorization_servers": [format!("{base}/tenant")] })),
        METADATA => Answer::text(404, "text/plain", "no"),
        "/.well-known/oauth-authorization-server/tenant" => Answer::json(
            200,
            &json!({
                "issuer": ISSUER,
                "authorization_endpoint": format!("{base}/authorize"),
                "token_endpoint": format!("{base}/token"),
                "registration_endpoint": format!("{base}/register"),
                "code_challenge_methods_supported": ["S256"],
            }),
        ),
        _ => named(&asked.path, answer),
    });
    vec![missing, other, path]
}

fn named(path: &str, answer: Answer) -> Answer {
    match path {
        METADATA => answer.with(&json!({ "issuer": ISSUER })),
        "/authorize" => {
            let to = answer.header("Location").unwrap();
            let (to, _) = to.split_once("&iss=").unwrap();
            Answer::to(302, &format!("{to}&iss=https%3A%2F%2Fcf.mcp.example.com"))
        }
        _ => answer,
    }
}

fn tokens() -> Answer {
    let tokens = json!({ "access_token": "a", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "r" });
    Answer::json(200, &tokens)
}

fn declaration(server: &Server, issuer: &str) -> String {
    format!(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"{}\"\nauth = {{ mode = \"oauth\", issuer = \"{issuer}\" }}\n",
        server.url()
    )
}

#[test]
fn the_error_suggests_to_declare_the_issuer_and_that_signs_in() {
    for server in servers() {
        let url = server.url();
        let run = sign_in(&Case::new(), &[&url]);
        assert_eq!(run.code, 1, "{}", run.err);
        assert!(run.err.contains(&format!("names the issuer `{ISSUER}`")), "{}", run.err);
        // What is suggested is typed as it is printed.
        let flag = between(&run, "(for a URL, pass `", "`)");
        let words: Vec<&str> = flag.split(' ').collect();
        let run = sign_in(&Case::new(), &[&[url.as_str()], &words[..]].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        let run = sign_in(&Case::new(), &[&url]);
        let auth = between(&run, "declare `", "`");
        let case = Case::new()
            .declare(&format!("clients = [\"cursor\"]\n[servers.one]\nurl = \"{url}\"\n{auth}\n"));
        let run = sign_in(&case, &["one"]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert_eq!(cached(&case, "tokens.json").unwrap()["issuer"], ISSUER);
        assert_eq!(cached(&case, "client_info.json").unwrap()["issuer"], ISSUER);
    }
}

// The part of the message between two marks, without its line breaks.
fn between(run: &Run, from: &str, to: &str) -> String {
    let words: Vec<&str> = run.err.split_whitespace().collect();
    let text = words.join(" ");
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{text}"));
    rest.split_once(to).unwrap().0.to_owned()
}

#[test]
fn the_declared_issuer_is_compared_exactly_and_is_the_only_one() {
    let honest = Server::honest();
    for issuer in [
        "https://other.example".to_owned(),
        format!("{}/", honest.base()),
        honest.base().replace("127.0.0.1", "localhost"),
    ] {
        let case = Case::new().declare(&declaration(&honest, &issuer));
        let run = sign_in(&case, &["one"]);
        let said =
            format!("names the issuer `{}`, but the declared one is `{issuer}`", honest.base());
        let words: Vec<&str> = run.err.split_whitespace().collect();
        assert!(run.code == 1 && words.join(" ").contains(&said), "{}", run.err);
    }
    assert!(honest.asked("/register").is_empty(), "nothing was registered");
    let case = Case::new().declare(&declaration(&honest, &honest.base()));
    assert_eq!(sign_in(&case, &["one"]).code, 0);
}

#[test]
fn of_several_authorization_servers_the_declared_one_is_used() {
    let server = Server::tampered(|asked, base, answer| match asked.path.as_str() {
        PRM => answer.with(&json!({ "authorization_servers": ["https://other.example", base] })),
        _ => answer,
    });
    let case = Case::new().declare(&declaration(&server, &server.base()));
    let run = sign_in(&case, &["one"]);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn a_client_secret_is_sent_only_where_the_declared_issuer_says() {
    for theirs in ["token_endpoint", "revocation_endpoint"] {
        let issuer = Server::honest();
        let (base, port) = (issuer.base(), free_port());
        let redirect = format!("http://{CALLBACK_HOST}:{port}/oauth/callback");
        let client = json!({ "redirect_uris": [redirect], "client_secret": CANARY });
        issuer.book.lock().unwrap().clients.insert("mine".into(), client);
        // It claims to be the issuer, with an endpoint of its own.
        let claimed = base.clone();
        let server = Server::tampered(move |asked, own, answer| match asked.path.as_str() {
            METADATA => answer
                .with(&json!({
                    "issuer": claimed,
                    "authorization_endpoint": format!("{claimed}/authorize"),
                    "token_endpoint": format!("{claimed}/token"),
                    "revocation_endpoint": format!("{claimed}/revoke"),
                    "device_authorization_endpoint": null,
                }))
                .with(&json!({ theirs: format!("{own}/theirs") })),
            _ => answer,
        });
        let auth = |issuer: &str| {
            format!(
                "clients = [\"cursor\"]\n[servers.one]\nurl = \"{}\"\n[servers.one.auth]\nmode = \"oauth\"\n\
                 {issuer}\nclient-id = \"mine\"\nclient-secret = \"file:~/.secrets/canary\"\nport = {port}\n\
                 resource = \"{base}/mcp\"\n",
                server.url()
            )
        };
        let case = Case::new().declare(&auth(&format!("issuer = \"{base}\"")));
        let run = sign_in(&case, &["one"]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert_eq!(decode(&issuer.asked("/token")[0].body)["client_id"], "mine");
        case.ok(&["logout", "one"]);
        assert_eq!(issuer.asked("/revoke").len(), 2);
        let run = sign_in(&Case::new().declare(&auth("")), &["one"]);
        assert!(run.code == 1 && run.err.contains("names the issuer"), "{}", run.err);
        assert!(server.asked("/theirs").is_empty(), "{theirs}");
        let seen = server.book.lock().unwrap().seen.clone();
        assert!(seen.iter().all(|asked| !asked.body.contains(CANARY)));
    }
}

#[test]
fn a_refresh_and_the_native_bridge_use_the_declared_issuer() {
    let server = &servers()[1];
    let case = Case::new().declare(&format!(
        "{}\n[launch]\nbridge = [\"mcpgen\", \"bridge\"]\n",
        declaration(server, ISSUER)
    ));
    let file: Value = serde_json::from_str(&case.ok(&["render"]).out).unwrap();
    let args = json!(["bridge", server.url(), "--issuer", ISSUER]);
    assert_eq!(file["mcpServers"]["one"]["args"], args);
    assert_eq!(sign_in(&case, &["one"]).code, 0);
    let path = case.path(".mcp-auth/mcp-remote-v1");
    for change in [json!({ "expires_at": 1 }), json!({ "expires_at": 1, "mcpgen": null })] {
        let mut tokens = cached(&case, "tokens.json").unwrap();
        tokens.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let name = std::fs::read_dir(&path).unwrap().flatten().map(|entry| entry.path());
        let name = name.into_iter().find(|path| path.to_str().unwrap().ends_with("tokens.json"));
        std::fs::write(name.unwrap(), tokens.to_string()).unwrap();
        case.ok(&["token", "one"]);
    }
}
