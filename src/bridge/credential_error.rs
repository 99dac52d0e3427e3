//! Why the bridge has no credential for a request.

/// Why there is no credential that the server accepts.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BridgeCredentialError {
    /// The sign-in failed, for the reason given.
    #[error("{0}")]
    SignIn(String),
    /// Nobody signed in within the timeout.
    #[error(
        "nobody signed in within {seconds} s{}; try again, with a longer --auth-timeout if you need more time",
        detail.as_deref().map_or(String::new(), |detail| format!(" ({detail})"))
    )]
    TimedOut {
        seconds: u64,
        /// What may be wrong with the page.
        detail: Option<String>,
    },
    /// The token cannot be refreshed, and a new sign-in would not help.
    #[error("cannot refresh the sign-in: {0}")]
    Refresh(String),
    /// The server refuses the user's own Authorization header.
    #[error("`{0}` refuses the configured Authorization header; check the token in it")]
    Header(String),
    /// The client does not wait for a response, so nobody is asked to sign in.
    #[error("`{0}` requires a sign-in, which starts with the next request")]
    NotAsked(String),
    /// The server refuses one new token after another.
    #[error("{0}")]
    RateLimit(&'static str),
    /// The server asks for a wider scope again and again.
    #[error(
        "`{0}` asks for a wider scope after each sign-in; ask its operator which scope it requires"
    )]
    Scope(String),
}
