//! The authorization request, and what comes back to the callback address (RFC 6749, section 4.1; PKCE,
//! RFC 7636; `iss`, RFC 9207).

use base64::Engine as _;
use sha2::{Digest as _, Sha256};

use super::Token;
use super::discover::AuthorizationServer;
use super::http;
use super::token_endpoint::ErrorResponse;

/// Says why a sign-in ended at the authorization server.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizeError {
    /// The answer comes from another authorization server. What it says is not repeated.
    #[error(
        "the response of the browser names the issuer `{named}`, not `{wanted}`; it could be another's, so \
         nothing is done with it; try again, or ask the server's owner"
    )]
    OtherIssuer {
        /// The issuer it names.
        named: String,
        /// The issuer that was asked.
        wanted: String,
    },
    /// The answer should name its issuer and does not.
    #[error(
        "the response of the browser does not name its issuer, as `{0}` says it would; nothing is done \
         with it; try again, or ask the server's owner"
    )]
    NoIssuer(String),
    /// The person or the server said no.
    #[error("`{issuer}` refuses the sign-in: {error}; {remedy}")]
    Refused {
        /// The authorization server.
        issuer: String,
        /// What it said.
        error: ErrorResponse,
        /// What to do about it.
        remedy: &'static str,
    },
    /// The answer has neither code nor error.
    #[error("`{0}` sent the browser back without a code; try again, or ask the server's owner")]
    NoCode(String),
    /// The system has no random numbers.
    #[error("the system gives no random numbers; try again")]
    NoRandom,
}

/// Holds an authorization request under way.
#[derive(Debug)]
pub struct AuthorizationRequest {
    /// The address a person opens.
    pub url: String,
    /// The callback address in it.
    pub redirect_uri: String,
    /// The secret half of PKCE.
    pub verifier: Token,
    state: Token,
    issuer: String,
    sends_iss: bool,
}

/// Holds what an authorization request asks for.
#[derive(Debug)]
pub struct AuthorizationParams<'a> {
    /// As whom.
    pub client_id: &'a str,
    /// The callback address.
    pub redirect_uri: &'a str,
    /// The scope.
    pub scope: Option<&'a str>,
    /// The resource.
    pub resource: Option<&'a str>,
    /// Further parameters, which win over ours.
    pub params: &'a std::collections::BTreeMap<String, String>,
}

/// Says what an answer is.
#[derive(Debug)]
pub enum CallbackResult {
    /// The code that was asked for.
    Code(Token),
    /// An answer to another request, or nobody's: it decides nothing.
    Ignored(&'static str),
    /// The end of the sign-in.
    Failed(AuthorizeError),
}

impl AuthorizationRequest {
    /// Makes a request, with a state and a verifier of its own.
    ///
    /// # Errors
    /// Fails where the system has no random numbers.
    pub fn new(
        server: &AuthorizationServer,
        params: &AuthorizationParams<'_>,
    ) -> Result<Self, AuthorizeError> {
        let (state, verifier) = (random()?, random()?);
        let challenge = base64url(&Sha256::digest(verifier.expose()));
        let mut pairs = vec![
            ("response_type", "code"),
            ("client_id", params.client_id),
            ("redirect_uri", params.redirect_uri),
            ("state", state.expose()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        pairs.extend(params.scope.map(|scope| ("scope", scope)));
        pairs.extend(params.resource.map(|resource| ("resource", resource)));
        // Without it an OpenID provider leaves offline_access, and with it the refresh token, out.
        if params.scope.is_some_and(|scope| scope.split(' ').any(|one| one == OFFLINE_ACCESS)) {
            pairs.push(("prompt", "consent"));
        }
        pairs.retain(|(name, _)| !params.params.contains_key(*name));
        pairs.extend(params.params.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let endpoint = server.authorization_endpoint.split('#').next().unwrap_or_default();
        let mark = if endpoint.contains('?') { '&' } else { '?' };
        Ok(Self {
            url: format!("{endpoint}{mark}{}", http::query(pairs)),
            redirect_uri: params.redirect_uri.to_owned(),
            verifier,
            state,
            issuer: server.issuer.clone(),
            sends_iss: server.sends_iss,
        })
    }

    /// Judges what came to the callback address. Only an answer with our state decides anything, and only
    /// one from the right issuer is believed.
    pub fn check_response(&self, response: &[(String, String)]) -> CallbackResult {
        let value = |name: &str| {
            response.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
        };
        match value("state") {
            None => return CallbackResult::Ignored("it has no state"),
            Some(state) if state != self.state.expose() => {
                return CallbackResult::Ignored("its state is another's");
            }
            Some(_) => {}
        }
        match value("iss") {
            Some(named) if named != self.issuer => {
                let (named, wanted) = (named.to_owned(), self.issuer.clone());
                return CallbackResult::Failed(AuthorizeError::OtherIssuer { named, wanted });
            }
            None if self.sends_iss => {
                return CallbackResult::Failed(AuthorizeError::NoIssuer(self.issuer.clone()));
            }
            Some(_) | None => {}
        }
        if let Some(code) = value("error") {
            let hidden = [self.state.expose(), self.verifier.expose()];
            let error = ErrorResponse::new(code, value("error_description"), &hidden);
            let remedy = match code {
                "access_denied" => "sign in again and allow it",
                "invalid_scope" => "ask for another scope",
                _other => "try again, or ask the server's owner",
            };
            let issuer = self.issuer.clone();
            return CallbackResult::Failed(AuthorizeError::Refused { issuer, error, remedy });
        }
        match value("code").filter(|code| !code.is_empty()) {
            Some(code) => CallbackResult::Code(code.to_owned().into()),
            None => CallbackResult::Failed(AuthorizeError::NoCode(self.issuer.clone())),
        }
    }

    /// Judges what a person pasted: the address the browser was sent to, or the code alone. A code alone
    /// names no issuer, so it does where the server never names itself.
    pub fn check_pasted(&self, text: &str) -> CallbackResult {
        let text = text.trim();
        if let Some((_, query)) = text.split_once('?') {
            return self.check_response(&http::decode(query.split('#').next().unwrap_or_default()));
        }
        let code = !text.is_empty() && !text.contains([' ', '/', '&']);
        match (code, self.sends_iss) {
            (true, false) => CallbackResult::Code(text.to_owned().into()),
            (true, true) => {
                CallbackResult::Ignored("the server names itself there: paste the whole address")
            }
            (false, _) => CallbackResult::Ignored("it is neither the address nor the code"),
        }
    }
}

/// The scope that asks for a refresh token (OpenID Connect).
pub const OFFLINE_ACCESS: &str = "offline_access";

fn random() -> Result<Token, AuthorizeError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| AuthorizeError::NoRandom)?;
    Ok(base64url(&bytes).into())
}

fn base64url(bytes: &[u8]) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn server(sends_iss: bool) -> AuthorizationServer {
        AuthorizationServer {
            issuer: "https://as".into(),
            authorization_endpoint: "https://as/authorize?tenant=1".into(),
            token_endpoint: "https://as/token".into(),
            registration_endpoint: None,
            device_authorization_endpoint: None,
            revocation_endpoint: None,
            scopes: vec![],
            auth_methods: vec![],
            supports_client_metadata_documents: false,
            sends_iss,
        }
    }

    fn authorization(sends_iss: bool, params: &[(&str, &str)]) -> AuthorizationRequest {
        let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let params: BTreeMap<_, _> = params.iter().map(text).collect();
        let params = AuthorizationParams {
            client_id: "me",
            redirect_uri: "http://localhost:1/cb",
            scope: Some("a offline_access"),
            resource: Some("https://h"),
            params: &params,
        };
        AuthorizationRequest::new(&server(sends_iss), &params).unwrap()
    }

    fn judged(authorization: &AuthorizationRequest, pairs: &[(&str, &str)]) -> String {
        let state = ("state", authorization.state.expose());
        let pairs = pairs.iter().map(|pair| if pair.1 == "STATE" { &state } else { pair });
        match authorization.check_response(&http::decode(&http::query(pairs.copied()))) {
            CallbackResult::Code(code) => code.expose().to_owned(),
            CallbackResult::Ignored(why) => format!("stranger: {why}"),
            CallbackResult::Failed(error) => error.to_string(),
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
            (&plain, &[code], "stranger: it has no state"),
            (&plain, &[("state", "x"), ("error", "evil")], "stranger: its state is another's"),
            (&naming, &[state, code], "does not name its issuer"),
            (&plain, &[state, code, ("iss", "https://as/")], "names the issuer `https://as/`"),
            (&plain, &[state, ("error", "access_denied")], "access_denied; sign in again"),
            (&plain, &[state], "without a code"),
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
            matches!(plain.check_pasted(&address), CallbackResult::Code(code) if code.expose() == "c0de")
        );
        assert!(
            matches!(plain.check_pasted("c0de"), CallbackResult::Code(code) if code.expose() == "c0de")
        );
        let naming = authorization(true, &[]);
        for (made, text) in [(&naming, "c0de"), (&plain, ""), (&plain, "http://localhost:1/cb")] {
            assert!(matches!(made.check_pasted(text), CallbackResult::Ignored(_)), "{text}");
        }
    }
}
