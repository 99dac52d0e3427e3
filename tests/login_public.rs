//! A login with a public server: over TLS with the system's certificates, through the proxy of the
//! environment, and never on into a private network.

use serde_json::json;

use crate::case::{Case, Run};
use crate::oauth::proxy::{AUTHORITY, BASE, Proxy};
use crate::oauth::{Answer, Asked, Login, cached, free_port, get};
use crate::repository;

const PRM: &str = "/.well-known/oauth-protected-resource/mcp";

fn case(proxy: &Proxy) -> Case {
    let case = Case::new().write("authority.pem", AUTHORITY);
    let path = case.path("authority.pem").to_str().unwrap().to_owned();
    case.var("HTTPS_PROXY", proxy.address()).var("SSL_CERT_FILE", path)
}

fn login(case: &Case, more: &[&str]) -> Run {
    let (url, port) = (format!("{BASE}/mcp"), free_port());
    case.run(&[&["login", &url, "--timeout", "5", "--port", &port], more].concat())
}

/// Signs in, with a browser that approves.
fn approved(case: &Case, proxy: &Proxy) -> Run {
    let mut login = Login::start(case, &[&format!("{BASE}/mcp"), "--port", &free_port()]);
    let url = login.url().unwrap();
    let query = url.strip_prefix(&format!("{BASE}/authorize?")).unwrap().to_owned();
    let asked =
        Asked { method: "GET".into(), path: "/authorize".into(), query, ..Asked::default() };
    let sent = proxy.book.lock().unwrap().answer(&asked, BASE);
    assert_eq!(get(sent.header("Location").unwrap(), None).unwrap().status, 200);
    login.end()
}

#[test]
fn a_public_server_is_reached_through_the_proxy_with_the_systems_certificates() {
    let proxy = Proxy::start(|_, _, answer| answer);
    let case = case(&proxy);
    let run = approved(&case, &proxy);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(cached(&case, "tokens.json").unwrap()["issuer"], BASE);
}

#[test]
fn a_certificate_of_an_unknown_authority_is_an_error() {
    let proxy = Proxy::start(|_, _, answer| answer);
    // A minimal system has no certificates at all.
    let other = repository::path("tests/oauth/tls/server.pem").to_str().unwrap().to_owned();
    let case = Case::new().var("SSL_CERT_FILE", other);
    let run = login(&case.var("HTTPS_PROXY", proxy.address()), &[]);
    let said = "add the certificate of its authority to the system's";
    assert!(run.code == 1 && run.err.contains(said), "{}", run.err);
    assert!(proxy.book.lock().unwrap().seen.is_empty(), "nothing was sent");
}

#[test]
fn a_directory_of_certificates_replaces_those_of_the_system() {
    let proxy = Proxy::start(|_, _, answer| answer);
    let case = Case::new().write("certificates/authority.pem", AUTHORITY);
    let directory = case.path("certificates").to_str().unwrap().to_owned();
    let case = case.var("SSL_CERT_DIR", directory).var("HTTPS_PROXY", proxy.address());
    assert_eq!(approved(&case, &proxy).code, 0);
}

#[test]
fn an_error_says_that_the_system_has_no_certificates() {
    let proxy = Proxy::start(|_, _, answer| answer);
    let case = Case::new().write("none/file", "");
    let none = case.path("none").to_str().unwrap().to_owned();
    let run = login(&case.var("SSL_CERT_DIR", none).var("HTTPS_PROXY", proxy.address()), &[]);
    let said = "help: install the package `ca-certificates`";
    assert!(run.code == 1 && run.err.contains(said), "{}", run.err);
}

#[test]
fn a_public_server_cannot_direct_mcpgen_to_a_private_network() {
    for (address, host) in [
        ("https://10.1.2.3", "10.1.2.3"),
        ("https://[fd00::1]/as", "fd00::1"),
        ("http://localhost:8080", "127.0.0.1"),
        ("https://169.254.169.254/latest", "169.254.169.254"),
        ("https://0xa9.0xfe.0xa9.0xfe/latest", "169.254.169.254"),
        ("https://127.1", "127.0.0.1"),
        ("https://0177.0.0.1/as", "127.0.0.1"),
        ("https://0x7f000001", "127.0.0.1"),
        ("https://localhost.", "127.0.0.1"),
        ("https://0", "0.0.0.0"),
        ("https://[64:ff9b:1::1]", "64:ff9b:1::1"),
        ("https://[::ffff:10.1.2.3]", "::ffff:10.1.2.3"),
    ] {
        let proxy = Proxy::start(move |asked, _, answer| match asked.path.as_str() {
            PRM => answer.with(&json!({ "authorization_servers": [address] })),
            _ => answer,
        });
        let run = login(&case(&proxy), &[]);
        let said = format!("leads to the private address {host}, but the server is public");
        assert!(run.code == 1 && run.err.contains(&said), "{address}: {}", run.err);
        let asked = proxy.asked.lock().unwrap().clone();
        assert!(asked.iter().all(|to| to == "mcp.example.com:443"), "{asked:?}");
    }
}

#[test]
fn no_browser_is_opened_with_a_url_of_a_private_network() {
    let proxy = Proxy::start(|asked, _, answer| match asked.path.as_str() {
        "/.well-known/oauth-authorization-server" => {
            answer.with(&json!({ "authorization_endpoint": "https://192.168.0.1/reboot" }))
        }
        _ => answer,
    });
    let run = login(&case(&proxy).var("BROWSER", "true"), &[]);
    let said = "`https://192.168.0.1/reboot` leads to the private address 192.168.0.1";
    assert!(run.code == 1 && run.err.contains(said), "{}", run.err);
}

#[test]
fn a_redirect_into_a_private_network_is_not_followed() {
    let proxy = Proxy::start(|asked, _, answer| match asked.path.as_str() {
        PRM => Answer::to(302, "https://192.168.0.1/metadata"),
        _ => answer,
    });
    let run = login(&case(&proxy), &[]);
    assert!(run.code == 1 && run.err.contains("private address 192.168.0.1"), "{}", run.err);
}

#[test]
fn a_private_network_is_used_if_allowed_and_a_proxy_that_refuses_is_named() {
    let proxy = Proxy::start(|asked, _, answer| match asked.path.as_str() {
        PRM => answer.with(&json!({ "authorization_servers": ["https://10.1.2.3"] })),
        _ => answer,
    });
    let run = login(&case(&proxy), &["--allow-private"]);
    assert!(run.code == 1 && run.err.contains("the proxy refused the connection"), "{}", run.err);
    assert!(proxy.asked.lock().unwrap().contains(&"10.1.2.3:443".to_owned()));
}

#[test]
fn a_proxy_variable_that_is_not_a_url_is_an_error() {
    let run = login(&Case::new().var("HTTPS_PROXY", "::"), &[]);
    let said = "the value of `HTTPS_PROXY` is not a proxy URL";
    assert!(run.code == 1 && run.err.contains(said), "{}", run.err);
}
