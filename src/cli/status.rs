//! The options of `status`.

use clap::Args;

/// Options of `status`.
#[derive(Debug, Args)]
pub struct Status {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Also show the files, the scope and the account of each sign-in
    #[arg(short, long, conflicts_with = "json")]
    pub verbose: bool,
    /// Send each server the cached access token once, and show whether the server accepts it
    #[arg(long)]
    pub probe: bool,
    /// Allow a public server to use URLs in a private network for its sign-in
    #[arg(long, requires = "probe")]
    pub allow_private: bool,
}
