use std::collections::BTreeMap;

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
    let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let params: BTreeMap<_, _> = params.iter().map(text).collect();
    let params = AuthorizationParams {
        endpoint: "https://as/authorize?tenant=1",
        client_id: "me",
        client_origin: ClientOrigin::Registered,
        redirect_uri: "http://localhost:1/cb",
        scope: Some("a offline_access"),
        resource: Some("https://h"),
        params: &params,
        files: None,
    };
    AuthorizationRequest::new(&server(sends_iss), &params).unwrap()
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
    let challenge = base64url(&Sha256::digest(made.verifier.expose()));
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
    let address = format!(" http://localhost:1/cb?code=c0de&state={state}#_=_\n");
    assert!(
        matches!(plain.check_pasted(&address), CallbackResult::Code(code) if code.code.expose() == "c0de")
    );
    assert!(
        matches!(plain.check_pasted("c0de"), CallbackResult::Code(code) if code.code.expose() == "c0de")
    );
    let naming = authorization(true, &[]);
    for (made, text) in [(&naming, "c0de"), (&plain, ""), (&plain, "http://localhost:1/cb")] {
        assert!(matches!(made.check_pasted(text), CallbackResult::Ignored(_)), "{text}");
    }
}
