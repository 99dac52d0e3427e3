//! Why the identity of a person, or an assertion, gave no access token.

use super::token_endpoint::ExchangeError;
use crate::diagnostic::Help;
use crate::display::excerpt;

/// Why there is no access token for the identity of a person who signs in at an identity provider, or for an assertion.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Nobody has signed in at the provider.
    #[error("nobody has signed in at the identity provider `{issuer}`")]
    NotSignedIn {
        /// The issuer of the provider.
        issuer: String,
    },
    /// The sign-in at the provider has expired, and cannot be renewed.
    #[error("the sign-in at the identity provider `{issuer}` is over: {why}")]
    Over {
        /// The issuer of the provider.
        issuer: String,
        /// Why it cannot be renewed.
        why: String,
    },
    /// The sign-in at the provider cannot be renewed now.
    #[error("cannot use the sign-in at the identity provider `{issuer}`: {cause}")]
    Unreachable {
        /// The issuer of the provider.
        issuer: String,
        /// The cause.
        cause: Box<dyn Help + Send + Sync>,
    },
    /// The provider has issued no ID token.
    #[error("the identity provider `{issuer}` has issued no ID token")]
    NoIdToken {
        /// The issuer of the provider.
        issuer: String,
    },
    /// The ID token is not one of this provider for this client.
    #[error("the ID token of the identity provider `{issuer}` {why}")]
    WrongIdToken {
        /// The issuer of the provider.
        issuer: String,
        /// What is wrong with it.
        why: String,
        /// What to check.
        help: &'static str,
    },
    /// The provider issues no assertion for the server.
    #[error("the identity provider `{issuer}` issues no assertion for `{server}`: {cause}")]
    NotAllowed {
        /// The issuer of the provider.
        issuer: String,
        /// The issuer of the server's authorization server.
        server: String,
        /// The response of the provider.
        cause: Box<ExchangeError>,
    },
    /// The server's authorization server does not accept the assertion of the provider.
    #[error("`{server}` does not accept the identity provider `{issuer}`: {cause}")]
    NotAccepted {
        /// The issuer of the provider.
        issuer: String,
        /// The issuer of the server's authorization server.
        server: String,
        /// The response of the authorization server.
        cause: Box<ExchangeError>,
        /// What is wrong with the assertion, if it can be seen.
        mismatch: Option<String>,
    },
    /// The provider or the authorization server gives no usable response.
    #[error("cannot get a token from `{server}`: {cause}")]
    NoResponse {
        /// The issuer of the provider or of the authorization server.
        server: String,
        /// The error of the request.
        cause: Box<ExchangeError>,
    },
    /// The authorization server does not accept the declared assertion.
    #[error("`{server}` does not accept the assertion: {cause}")]
    BadAssertion {
        /// The issuer of the authorization server.
        server: String,
        /// Its response.
        cause: Box<ExchangeError>,
    },
}

const UNSUPPORTED: [&str; 2] = ["unsupported_grant_type", "unsupported_token_type"];
const CLIENT_CODES: [&str; 2] = ["invalid_client", "unauthorized_client"];
const SCOPE_CODE: &str = "invalid_scope";

impl Help for IdentityError {
    fn note(&self) -> Option<String> {
        match self {
            Self::Unreachable { cause, .. } => cause.note(),
            Self::NotAccepted { mismatch: Some(mismatch), .. } => Some(mismatch.clone()),
            Self::NotAllowed { cause, .. }
            | Self::NotAccepted { cause, .. }
            | Self::NoResponse { cause, .. }
            | Self::BadAssertion { cause, .. } => cause.note(),
            Self::NotSignedIn { .. }
            | Self::Over { .. }
            | Self::NoIdToken { .. }
            | Self::WrongIdToken { .. } => None,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            // The fix is to sign in, and only a command knows how.
            Self::NotSignedIn { .. } | Self::Over { .. } => None,
            Self::Unreachable { cause, .. } => cause.help(),
            Self::NoResponse { cause, .. } => general_help(cause),
            Self::NoIdToken { .. } => Some("add `openid` to `scope` in [idp]".to_owned()),
            Self::WrongIdToken { help, .. } => Some((*help).to_owned()),
            Self::NotAllowed { issuer, server, cause } => {
                let help = if is_refused(cause, &UNSUPPORTED) {
                    format!(
                        "ask the administrator of `{issuer}` to turn on enterprise-managed \
                         authorization (ID-JAG)"
                    )
                } else if is_refused(cause, &CLIENT_CODES) {
                    "check `client-id` and `client-secret` of the identity provider".to_owned()
                } else {
                    format!("ask the administrator of `{issuer}` for access to `{server}`")
                };
                general_help(cause).or(Some(help))
            }
            Self::NotAccepted { issuer, server, cause, .. } => {
                let help = if is_refused(cause, &UNSUPPORTED) {
                    "sign in at the server itself: auth = \"oauth\"".to_owned()
                } else if is_refused(cause, &CLIENT_CODES) {
                    "check `client-id` and `client-secret` under `auth` of the server".to_owned()
                } else {
                    format!("ask the administrator of `{server}` to trust `{issuer}`")
                };
                general_help(cause).or(Some(help))
            }
            Self::BadAssertion { cause, .. } => {
                let help = if is_refused(cause, &CLIENT_CODES) {
                    "check `client-id` under `auth` of the server"
                } else if is_refused(cause, &[SCOPE_CODE]) {
                    "check `scope` under `auth` of the server"
                } else {
                    "check what issues the `assertion` under `auth` of the server"
                };
                general_help(cause).or(Some(help.to_owned()))
            }
        }
    }
}

// What the transport, or a server that is busy, suggests.
fn general_help(cause: &ExchangeError) -> Option<String> {
    match cause {
        ExchangeError::Http(error) => error.help(),
        ExchangeError::Refused { error, .. } => error.later(),
        ExchangeError::InvalidTokenSet { .. } => cause.help(),
    }
}

fn is_refused(cause: &ExchangeError, codes: &[&str]) -> bool {
    cause.code().is_some_and(|code| codes.contains(&code))
}

impl IdentityError {
    /// Makes the error of a failed request to `server`. `refused` makes it if the server has refused the request.
    pub fn of_request(
        server: &str,
        cause: ExchangeError,
        refused: impl FnOnce(Box<ExchangeError>) -> Self,
    ) -> Self {
        let cause = Box::new(cause);
        match *cause {
            ExchangeError::Http(_) => Self::NoResponse { server: excerpt(server), cause },
            ExchangeError::Refused { .. } | ExchangeError::InvalidTokenSet { .. } => refused(cause),
        }
    }

    /// Returns whether a new sign-in at the provider fixes the error.
    pub fn needs_sign_in(&self) -> bool {
        match self {
            Self::NotSignedIn { .. } | Self::Over { .. } => true,
            // The provider rejects the ID token itself.
            Self::NotAllowed { cause, .. } => cause.code() == Some("invalid_grant"),
            Self::Unreachable { .. }
            | Self::NoIdToken { .. }
            | Self::WrongIdToken { .. }
            | Self::NotAccepted { .. }
            | Self::NoResponse { .. }
            | Self::BadAssertion { .. } => false,
        }
    }

    /// Returns the response that rejected an assertion, or the request for one.
    pub fn exchange(&self) -> Option<&ExchangeError> {
        match self {
            Self::NotAllowed { cause, .. }
            | Self::NotAccepted { cause, .. }
            | Self::NoResponse { cause, .. }
            | Self::BadAssertion { cause, .. } => Some(cause),
            Self::NotSignedIn { .. }
            | Self::Over { .. }
            | Self::Unreachable { .. }
            | Self::NoIdToken { .. }
            | Self::WrongIdToken { .. } => None,
        }
    }
}
