use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::*;

fn server(sends_iss: bool) -> AuthorizationServer {
    AuthorizationServer {
        issuer: "https://as".into(),
        authorization_endpoint: None,
        token_endpoint: "https://as/token".into(),
        registration_endpoint: None,
        device_authorization_endpoint: None,
        revocation_endpoint: None,
        scopes: vec![],
        auth_methods: vec![],
        supports_client_metadata_documents: false,
        sends_iss,
        states_pkce: true,
    }
}

fn authorization(sends_iss: bool, params: &[(&str, &str)]) -> AuthorizationRequest {
    let urls = ("https://as/authorize?tenant=1", "http://localhost:1/cb");
    requested(sends_iss, params, urls).unwrap()
}

fn requested(
    sends_iss: bool,
    params: &[(&str, &str)],
    (endpoint, redirect_uri): (&str, &str),
) -> Result<AuthorizationRequest, AuthorizeError> {
    let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let params: BTreeMap<_, _> = params.iter().map(text).collect();
    let params = AuthorizationParams {
        endpoint,
        client_id: "me",
        client_origin: ClientOrigin::Registered,
        redirect_uri,
        scope: Some("a offline_access"),
        resource: Some("https://h"),
        params: &params,
        files: None,
    };
    AuthorizationRequest::new(&server(sends_iss), &params)
}

fn judged(authorization: &AuthorizationRequest, pairs: &[(&str, &str)]) -> String {
    let state = ("state", authorization.state.expose());
    let pairs = pairs.iter().map(|pair| if pair.1 == "STATE" { &state } else { pair });
    match authorization.check_response(&http::decode(&http::query(pairs.copied()))) {
        CallbackResult::Code(code) => code.code.expose().to_owned(),
        CallbackResult::Ignored(why) => format!("ignored: {why}"),
        CallbackResult::Failed(error) => crate::diagnostic::one_line(&error),
    }
}

#[test]
fn a_request_has_all_it_needs_and_a_parameter_of_the_users_wins() {
    let made = authorization(false, &[("prompt", "login"), ("audience", "x")]);
    let query = made.url.strip_prefix("https://as/authorize?tenant=1&").unwrap();
    let pairs: BTreeMap<String, String> = http::decode(query).into_iter().collect();
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(made.verifier.expose()));
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "me"),
        ("redirect_uri", "http://localhost:1/cb"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
        ("scope", "a offline_access"),
        ("resource", "https://h"),
        ("prompt", "login"),
        ("audience", "x"),
    ] {
        assert_eq!(pairs[name], value, "{name}");
    }
    assert!(made.verifier.expose().len() >= 43, "RFC 7636, section 4.1");
    assert_ne!(made.state, authorization(false, &[]).state);
}

#[test]
fn every_server_can_read_the_parameters_and_its_own_url_stays_as_it_is() {
    for endpoint in ["https://as:443/a/../b", "https://as/b?x=a b+c%20d", "https://AS?"] {
        let fragment = format!("{endpoint}#f");
        let made = requested(false, &[("x", "a b~")], (&fragment, "http://LOCALHOST:80")).unwrap();
        let query = made.url.strip_prefix(endpoint).unwrap();
        let sent = |pair: &str| query[1..].split('&').any(|one| one == pair);
        for pair in
            ["x=a%20b~", "scope=a%20offline_access", "redirect_uri=http%3A%2F%2FLOCALHOST%3A80"]
        {
            assert!(sent(pair), "{pair}: {query}");
        }
    }
}

#[test]
fn a_url_that_cannot_be_parsed_is_an_error() {
    for (endpoint, redirect_uri, want) in [
        (
            "https://[zz]/authorize",
            "http://localhost:1/cb",
            "`https://[zz]/authorize`: it cannot be parsed",
        ),
        ("https://as", "http://a b:1/cb", "the redirect URI `http://a b:1/cb` is not a URL"),
    ] {
        let error = requested(false, &[], (endpoint, redirect_uri)).unwrap_err();
        assert!(crate::diagnostic::one_line(&error).contains(want), "{error}");
    }
}

#[test]
fn only_an_answer_with_our_state_and_the_right_issuer_is_believed() {
    let plain = authorization(false, &[]);
    let naming = authorization(true, &[]);
    let (state, code, iss) = (("state", "STATE"), ("code", "c0de"), ("iss", "https://as"));
    for (made, pairs, want) in [
        (&plain, &[state, code][..], "c0de"),
        (&plain, &[state, code, iss], "c0de"),
        (&naming, &[state, code, iss], "c0de"),
        (&plain, &[code], "ignored: the response has no `state`"),
        (
            &plain,
            &[("state", "x"), ("error", "evil")],
            "ignored: the `state` of the response belongs to another sign-in (error: evil)",
        ),
        (&naming, &[state, code], "does not name its issuer"),
        (&plain, &[state, code, ("iss", "https://as/")], "names the issuer `https://as/`"),
        (&plain, &[state, ("error", "access_denied")], "access_denied; sign in again"),
        (&plain, &[state], "without an authorization code"),
    ] {
        let got = judged(made, pairs);
        assert!(got.contains(want), "{got}");
    }
    let evil = judged(&plain, &[state, ("iss", "https://evil"), ("error", "call this number")]);
    assert!(!evil.contains("number"), "{evil}");
}

#[test]
fn what_a_person_pastes_is_the_address_or_the_code() {
    let plain = authorization(false, &[]);
    let state = plain.state.expose();
    let address = format!(" http://localhost:1/cb?code=c0de-c0de-c0de&state={state}#_=_\n");
    assert!(
        matches!(plain.check_pasted(&address), CallbackResult::Code(code) if code.code.expose() == "c0de-c0de-c0de")
    );
    assert!(
        matches!(plain.check_pasted("c0de-c0de-c0de"), CallbackResult::Code(code) if code.code.expose() == "c0de-c0de-c0de")
    );
    let naming = authorization(true, &[]);
    for (made, text) in
        [(&naming, "c0de-c0de-c0de"), (&plain, ""), (&plain, "http://localhost:1/cb")]
    {
        assert!(matches!(made.check_pasted(text), CallbackResult::Ignored(_)), "{text}");
    }
}
