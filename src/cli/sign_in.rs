//! The flags of `refresh`, `token` and `logout`.

use clap::Args;

/// The flags of `refresh`.
#[derive(Debug, Args)]
pub struct Refresh {
    /// The servers whose sign-ins to refresh [default: all OAuth servers that have a sign-in]
    #[arg(value_name = "SERVER")]
    pub servers: Vec<String>,
    /// Refresh even sign-ins that do not expire soon, because the server refuses their access tokens
    #[arg(long)]
    pub force: bool,
    /// Allow a public server to use URLs in a private network for its sign-in
    #[arg(long)]
    pub allow_private: bool,
}

/// The flags of `token`.
#[derive(Debug, Args)]
pub struct TokenFlags {
    /// The server whose access token to print
    #[arg(value_name = "SERVER")]
    pub server: String,
    /// Refresh the sign-in first, because the server refuses the cached access token
    #[arg(long)]
    pub force: bool,
    /// Print the token even if stdout is a terminal
    #[arg(long)]
    pub reveal: bool,
    /// Allow a public server to use URLs in a private network for its sign-in
    #[arg(long)]
    pub allow_private: bool,
}

/// The flags of `logout`.
#[derive(Debug, Args)]
pub struct Logout {
    /// The servers to sign out of
    #[arg(value_name = "SERVER", required_unless_present = "all", conflicts_with = "all")]
    pub servers: Vec<String>,
    /// Sign out of all servers in the cache, declared or not, for every version of the bridge
    #[arg(long)]
    pub all: bool,
    /// Also remove the registration of the OAuth client
    #[arg(long)]
    pub forget: bool,
    /// Allow a public server to use URLs in a private network for its sign-in
    #[arg(long)]
    pub allow_private: bool,
}
