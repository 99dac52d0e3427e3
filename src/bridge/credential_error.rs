//! Why the bridge has no credential for a request.

use std::sync::Arc;

use crate::auth::refresh::RefreshError;
use crate::diagnostic::Help;

/// The environment variable with which a bridge asks nobody to sign in.
pub const NO_SIGN_IN: &str = "MCPGEN_NO_SIGN_IN";

/// What the error of such a bridge contains if the server requires a sign-in.
pub const SIGN_IN_REQUIRED: &str = "requires a sign-in, and MCPGEN_NO_SIGN_IN is set";

/// The reason why there is no credential that the server accepts. Requests that wait for the same sign-in share the
/// error.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BridgeCredentialError {
    /// The sign-in failed.
    #[error("{0}")]
    SignIn(Arc<dyn Help + Send + Sync>),
    /// The sign-in was not completed within the timeout.
    #[error("nobody signed in within {seconds} s")]
    TimedOut {
        seconds: u64,
        /// What may be wrong with the page.
        note: Option<String>,
    },
    /// The token cannot be refreshed, and a new sign-in would not help.
    #[error("cannot refresh the sign-in: {0}")]
    Refresh(Arc<RefreshError>),
    /// A person must sign in at the identity provider.
    #[error("{why}")]
    AtProvider {
        /// The error.
        why: Arc<RefreshError>,
        /// The command with which a person signs in.
        login: String,
    },
    /// The server refuses the user's own Authorization header.
    #[error("`{0}` rejects the configured Authorization header")]
    Header(String),
    /// The client does not wait for a response, so no person is prompted to sign in.
    #[error("`{0}` requires a sign-in, which the next request starts")]
    NotAsked(String),
    /// The environment forbids to ask a person.
    #[error("`{0}` {SIGN_IN_REQUIRED}")]
    Forbidden(String),
    /// The server refuses one new token after another.
    #[error("the server has {0} in 30 s")]
    RateLimit(&'static str),
    /// The server requires a wider scope after each sign-in.
    #[error("after each new sign-in, `{0}` requires a wider scope again")]
    Scope(String),
}

impl Help for BridgeCredentialError {
    fn note(&self) -> Option<String> {
        match self {
            Self::SignIn(error) => error.note(),
            Self::Refresh(error) | Self::AtProvider { why: error, .. } => error.note(),
            Self::TimedOut { note, .. } => note.clone(),
            Self::Header(_)
            | Self::NotAsked(_)
            | Self::Forbidden(_)
            | Self::RateLimit(_)
            | Self::Scope(_) => None,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::SignIn(error) => return error.help(),
            Self::Refresh(error) => return error.help(),
            Self::AtProvider { login, .. } => return Some(format!("sign in with {login}")),
            Self::NotAsked(_) | Self::Forbidden(_) => return None,
            Self::TimedOut { .. } => {
                "try again, with a longer `--auth-timeout` if you need more time, with `--disable-resource-parameter` if the \
                 page rejects the resource"
            }
            Self::Header(_) => "check the token in the header",
            Self::RateLimit(_) => "check your account at the server, then try again",
            Self::Scope(_) => "ask the server's operator which scope it requires",
        };
        Some(help.to_owned())
    }
}
