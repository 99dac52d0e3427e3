//! The authorization request and its response (RFC 6749, section 4.1; PKCE, RFC 7636; `iss`, RFC
//! 9207).

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};

use super::Token;
use super::cache::SignInFiles;
use super::discover::AuthorizationServer;
use super::error_response::ErrorResponse;
use super::flow::AuthorizationFlow;
use super::oauth_client::ClientOrigin;
use crate::diagnostic::Help;
use crate::display::excerpt;
use crate::http::{self, HttpError};

mod request_url;

/// Why the authorization server did not issue an authorization code.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizeError {
    /// The response names another issuer. Nothing else in the response is repeated.
    #[error("the authorization response names the issuer `{named}`, expected `{expected}`")]
    OtherIssuer {
        /// The issuer in the response.
        named: String,
        /// The issuer of the request.
        expected: String,
    },
    /// The response lacks the issuer that the server's metadata promises.
    #[error(
        "the authorization response does not name its issuer, but the metadata of `{0}` says \
         that responses do"
    )]
    NoIssuer(String),
    /// The person or the server refused.
    #[error("`{issuer}` rejected the sign-in: {error}")]
    Refused {
        /// The authorization server.
        issuer: String,
        /// The error response.
        error: ErrorResponse,
        /// What to do about it.
        help: &'static str,
    },
    /// The response has neither a code nor an error.
    #[error("`{0}` sent the browser back without an authorization code")]
    NoCode(String),
    /// The authorization endpoint is not usable.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The redirect URI cannot be parsed.
    #[error("the redirect URI `{0}` is not a URL")]
    RedirectUri(String),
    /// The operating system provided no random numbers.
    #[error("the operating system provided no random numbers")]
    NoRandom,
}

impl Help for AuthorizeError {
    fn note(&self) -> Option<String> {
        match self {
            Self::OtherIssuer { .. } | Self::NoIssuer(_) => {
                Some("the response may come from another server, so mcpgen ignored it".to_owned())
            }
            Self::Http(error) => error.note(),
            Self::Refused { .. } | Self::NoCode(_) | Self::RedirectUri(_) | Self::NoRandom => None,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Refused { help, .. } => help,
            Self::Http(error) => return error.help(),
            Self::RedirectUri(_) => {
                "set `host = \"localhost\"` under `auth` (for a URL or a bridge, pass `--host localhost`)"
            }
            Self::NoRandom => "try again",
            Self::OtherIssuer { .. } | Self::NoIssuer(_) | Self::NoCode(_) => {
                "try again, or ask the server's owner"
            }
        };
        Some(help.to_owned())
    }
}

impl AuthorizeError {
    /// Returns the error response of a refusal.
    pub fn refusal(&self) -> Option<&ErrorResponse> {
        match self {
            Self::Refused { error, .. } => Some(error),
            Self::OtherIssuer { .. }
            | Self::NoIssuer(_)
            | Self::NoCode(_)
            | Self::Http(_)
            | Self::RedirectUri(_)
            | Self::NoRandom => None,
        }
    }
}

/// An authorization request that waits for its response.
#[derive(Debug)]
pub struct AuthorizationRequest {
    /// The URL that the person opens.
    pub url: String,
    /// The redirect URI in that URL.
    pub redirect_uri: String,
    /// The PKCE code verifier.
    pub verifier: Token,
    /// The `state` of the request.
    pub state: Token,
    /// The issuer that the response must come from.
    pub issuer: String,
    sends_iss: bool,
    client: ClientOrigin,
    files: Option<SignInFiles>,
}

/// An authorization code.
#[derive(Debug)]
pub struct AuthorizationCode {
    /// The code.
    pub code: Token,
    /// The flow that it belongs to, if another process started it.
    pub flow: Option<Box<AuthorizationFlow>>,
}

/// The parameters of an authorization request.
#[derive(Debug)]
pub struct AuthorizationParams<'a> {
    /// The authorization endpoint.
    pub endpoint: &'a str,
    /// The client id.
    pub client_id: &'a str,
    /// Where the client id comes from.
    pub client_origin: ClientOrigin,
    /// The redirect URI.
    pub redirect_uri: &'a str,
    /// The scope.
    pub scope: Option<&'a str>,
    /// The resource.
    pub resource: Option<&'a str>,
    /// Additional parameters, which override the others.
    pub params: &'a std::collections::BTreeMap<String, String>,
    /// Where other processes keep their flows.
    pub files: Option<&'a SignInFiles>,
}

/// The result of a request to the redirect URI.
#[derive(Debug)]
pub enum CallbackResult {
    /// The authorization code.
    Code(AuthorizationCode),
    /// Not a response to this request; the string says why.
    Ignored(String),
    /// The sign-in failed.
    Failed(AuthorizeError),
}

impl AuthorizationRequest {
    /// Makes a request with a fresh `state` and code verifier.
    ///
    /// # Errors
    /// Fails if the operating system has no random numbers.
    pub fn new(
        server: &AuthorizationServer,
        params: &AuthorizationParams<'_>,
    ) -> Result<Self, AuthorizeError> {
        // mcp-remote accepts a `state` of letters, digits and hyphens only, and the crate's own has others.
        let state: String = random()?.iter().map(|byte| format!("{byte:02x}")).collect();
        let verifier = BASE64_URL_SAFE_NO_PAD.encode(random()?);
        Ok(Self {
            url: params.url(&state, &verifier)?,
            redirect_uri: params.redirect_uri.to_owned(),
            verifier: verifier.into(),
            state: state.into(),
            issuer: server.issuer.clone(),
            sends_iss: server.sends_iss,
            client: params.client_origin,
            files: params.files.cloned(),
        })
    }

    /// Checks a response. Only one with our `state` counts, or with that of a flow of another process, and only from
    /// the right issuer.
    pub fn check_response(&self, response: &[(String, String)]) -> CallbackResult {
        let value = |name: &str| {
            response.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
        };
        let said = || {
            let code = value("error")?;
            let hidden = [self.state.expose(), self.verifier.expose()];
            Some(ErrorResponse::new(code, value("error_description"), &hidden))
        };
        let flow = match self.flow(value("state")) {
            Ok(flow) => flow,
            Err(why) => {
                let said = said().map_or_else(String::new, |error| format!(" (error: {error})"));
                return CallbackResult::Ignored(format!("{why}{said}"));
            }
        };
        match value("iss") {
            Some(named) if named != self.issuer => {
                let (named, expected) = (excerpt(named), excerpt(&self.issuer));
                return CallbackResult::Failed(AuthorizeError::OtherIssuer { named, expected });
            }
            None if self.sends_iss => {
                return CallbackResult::Failed(AuthorizeError::NoIssuer(excerpt(&self.issuer)));
            }
            Some(_) | None => {}
        }
        if let Some(error) = said() {
            if flow.is_some() {
                return CallbackResult::Ignored(format!("an earlier page reports: {error}"));
            }
            let help = error.help(self.client);
            let issuer = excerpt(&self.issuer);
            return CallbackResult::Failed(AuthorizeError::Refused { issuer, error, help });
        }
        match value("code").filter(|code| !code.is_empty()) {
            Some(code) => {
                CallbackResult::Code(AuthorizationCode { code: code.to_owned().into(), flow })
            }
            None => CallbackResult::Failed(AuthorizeError::NoCode(excerpt(&self.issuer))),
        }
    }

    // Finds the flow with a `state`; None is this one. A bridge may have been killed after it opened a page.
    fn flow(&self, state: Option<&str>) -> Result<Option<Box<AuthorizationFlow>>, &'static str> {
        let state = state.ok_or("the response has no `state`")?;
        if state == self.state.expose() {
            return Ok(None);
        }
        let files = self.files.as_ref();
        match files.and_then(|files| AuthorizationFlow::read(files, state)) {
            Some(flow) if flow.is_of(&self.issuer) => Ok(Some(Box::new(flow))),
            Some(_) => Err(
                "the `state` of the response belongs to a sign-in at another authorization server",
            ),
            None => Err("the `state` of the response belongs to another sign-in"),
        }
    }

    /// Checks pasted input: the redirect URI with its query, or the code alone. A bare code names
    /// no issuer, so it is accepted only if the server never sends `iss`.
    pub fn check_pasted(&self, text: &str) -> CallbackResult {
        let text = text.trim();
        if let Some((_, query)) = text.split_once('?') {
            return self.check_response(&http::decode(query.split('#').next().unwrap_or_default()));
        }
        let code = text.len() >= SHORTEST_CODE && !text.contains([' ', '/', '&']);
        match (code, self.sends_iss) {
            (true, false) => {
                CallbackResult::Code(AuthorizationCode { code: text.to_owned().into(), flow: None })
            }
            (true, true) => CallbackResult::Ignored(
                "the code alone does not name its issuer: paste the whole URL".to_owned(),
            ),
            (false, _) => CallbackResult::Ignored(
                "the pasted text is not the URL of the last page; paste the whole URL from the \
                 browser, with `code=` in it"
                    .to_owned(),
            ),
        }
    }
}

// A code that cannot be guessed is longer (RFC 6749, 10.10).
const SHORTEST_CODE: usize = 10;

/// The scope that requests a refresh token (OpenID Connect).
pub const OFFLINE_ACCESS: &str = "offline_access";

fn random() -> Result<[u8; 32], AuthorizeError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| AuthorizeError::NoRandom)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
