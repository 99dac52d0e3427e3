use super::*;
use crate::client::ClientTable;
use crate::declaration::Declaration;
use crate::model::{self, Reach};
use crate::paths::Environment;
use crate::suggest::Suggest;

const URL: &str = "https://mcp.example.com/mcp";

fn call(version: &str, args: &[&str]) -> Result<BridgeCall, BridgeCallError> {
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    BridgeCall::parse(&args, BridgeVersion::parse(version).unwrap(), &|path| {
        (path == "h").then(|| "# a: b\n\nA: 1 \r\nno header\n B:2\n".into())
    })
}

fn newest(args: &[&str]) -> Result<BridgeCall, BridgeCallError> {
    call("0.15.1", &[&[URL], args].concat())
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_plain_address_has_one_key_and_one_port_in_every_version() {
    for version in ["0.1.29", "0.1.38", "0.2.1", "0.15.1"] {
        let call = call(version, &[URL]).unwrap();
        let key = call.key();
        assert_eq!(key.as_str(), "94baabe3c3fadb285b26c035e4e86046", "{version}");
        assert_eq!(call.base_port(&key), 41409);
        let redirect = "http://localhost:41409/oauth/callback";
        assert_eq!(call.redirect_uri(Os::Linux, call.base_port(&key)), redirect);
    }
}

#[test]
fn headers_are_read_wherever_they_stand_and_the_last_of_a_name_wins() {
    let args = ["--header", "A: 1 ", "--header", "no header", "--header", "A:\u{a0}2\t"];
    assert_eq!(newest(&args).unwrap().headers, pairs(&[("A", "2\t")]));
    let first = call("0.15.1", &["--header", "X:${Y}", URL]).unwrap();
    assert_eq!((first.url.as_str(), first.headers), (URL, pairs(&[("X", "${Y}")])));
    assert_eq!(newest(&["--header-file", "h"]).unwrap().headers, pairs(&[("A", "1"), ("B", "2")]));
    assert_eq!(call("0.3.1", &[URL, "--header-file", "h"]).unwrap().headers, pairs(&[]));
    assert_eq!(newest(&["--header", "A: x\ny"]).unwrap().headers, pairs(&[]));
    assert_eq!(newest(&["--header"]).unwrap().headers, pairs(&[]));
}

#[test]
fn what_a_version_does_not_know_is_no_part_of_its_key() {
    let args = [URL, "--resource", " https://r ", "--authorize-param", "a=b", "--header", "A:1"];
    let plain = call("0.1.29", &[URL]).unwrap().key();
    assert_eq!(call("0.1.29", &args).unwrap().key(), plain);
    let newer = ["0.1.30", "0.1.43", "0.6.0"].map(|version| call(version, &args).unwrap());
    assert_eq!(newer[0].resource.as_deref(), Some(" https://r "));
    assert_eq!(newer[1].resource.as_deref(), Some("https://r"));
    assert_eq!(newer[1].authorize_params.len() + 1, newer[2].authorize_params.len());
    let keys: std::collections::BTreeSet<_> = newer.iter().map(BridgeCall::key).collect();
    assert_eq!(keys.len(), 3);
}

#[test]
fn the_second_argument_is_the_port_as_far_as_it_is_a_number() {
    for (text, want) in [("8080", Some(8080)), ("80x", Some(80)), ("0", None), ("--debug", None)] {
        assert_eq!(newest(&[text]).unwrap().port, want);
    }
    assert_eq!(newest(&["70000"]), Err(BridgeCallError::Port(70000)));
    let behind = call("0.15.1", &[URL, "--header", "A:1", "8080"]).unwrap();
    assert_eq!(behind.port, Some(8080));
}

#[test]
fn the_callback_address_follows_the_flags() {
    let call = newest(&["--host", "127.0.0.1", "--callback-path", "/cb"]).unwrap();
    assert_eq!(call.redirect_uri(Os::Linux, 1), "http://127.0.0.1:1/cb");
    let reserved = newest(&["--callback-path", "/wait-for-auth"]).unwrap();
    assert_eq!(reserved.redirect_uri(Os::Windows, 1), "http://127.0.0.1:1/oauth/callback");
}

#[test]
fn what_the_bridge_refuses_is_refused() {
    for (args, want) in [
        (&["--authorize-param", "x"][..], BridgeCallError::AuthorizeParam),
        (&["--authorize-param", "=x"][..], BridgeCallError::AuthorizeParam),
        (&["--authorize-param", "state=x"][..], BridgeCallError::ReservedParam("state".into())),
        (&["--resource", "r"][..], BridgeCallError::Resource("r".into())),
        (
            &["--token-endpoint", "https://as/token"][..],
            BridgeCallError::TokenEndpoint {
                why: "the option needs `--client-credentials`",
                help: "remove the option",
            },
        ),
        (&["--header-file", "gone"][..], BridgeCallError::NoFile("gone".into())),
        (
            &["--static-oauth-client-info", "{"][..],
            BridgeCallError::NotJson("--static-oauth-client-info"),
        ),
    ] {
        assert_eq!(newest(args), Err(want), "{args:?}");
    }
    assert_eq!(call("0.15.1", &[]), Err(BridgeCallError::NoUrl));
    let late = call("0.15.1", &["--debug", URL]);
    assert_eq!(late, Err(BridgeCallError::NotAUrl("--debug".into())));
    let plain = call("0.15.1", &["http://example.com"]);
    assert_eq!(plain, Err(BridgeCallError::PlainHttp("http://example.com".into())));
    assert!(call("0.15.1", &["http://example.com", "--allow-http"]).is_ok());
}

#[test]
fn a_declared_server_makes_the_call_that_its_clients_make() {
    let text = r#"
        clients = ["cursor"]
        [servers.one]
        url = "https://mcp.example.com/mcp"
        headers = { X-Team = " blue" }
        secrets = { X-Api-Key = "keyring:key" }
        [servers.one.auth]
        mode = "oauth"
        scope = "a b"
        resource = "https://r"
        client-id = "c"
        client-metadata-url = "https://c.example.com/me.json"
        authorize-params = { b = "2", a = "é" }
        host = "127.0.0.1"
        port = 8080
        callback-path = "/cb"
    "#;
    let env = Environment::bare(Os::Linux, "/home/ada".into());
    let (declaration, faults) = Declaration::parse("mcp.toml", text);
    assert!(faults.is_empty());
    let table = ClientTable::load(None).unwrap();
    let model = model::build(&declaration, &table, &env, &Suggest::new(&env)).unwrap();
    let server = &model.servers[0];
    let Reach::Remote(remote) = &server.reach else { panic!("a remote server") };
    let call = BridgeCall::declared(server, remote, BridgeVersion::NEWEST).unwrap();
    let want = BridgeCall {
        grant: Grant::Browser,
        id_token: false,
        allow_http: false,
        issuer: None,
        version: BridgeVersion::NEWEST,
        url: URL.into(),
        resource: Some("https://r".into()),
        without_resource: false,
        authorize_params: pairs(&[("a", "é"), ("b", "2")]).into_iter().collect(),
        headers: pairs(&[("X-Api-Key", "${MCPGEN_X_API_KEY}"), ("X-Team", "blue")]),
        client_metadata_url: Some("https://c.example.com/me.json".into()),
        token_endpoint: None,
        host: Some("127.0.0.1".into()),
        port: Some(8080),
        callback_path: Some("/cb".into()),
        scope: Some("a b".into()),
        client_id: Some("c".into()),
        client_metadata: [("scope".to_owned(), "a b".into())].into_iter().collect(),
        provider: None,
        is_provider: false,
        has_given_id_token: false,
    };
    assert_eq!(call, want);
}
