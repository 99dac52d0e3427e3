//! The options of `status`.

use clap::Args;

/// Options of `status`.
#[derive(Debug, Args)]
pub struct Status {
    /// Print JSON, and exit with code 0 even if a sign-in is missing
    #[arg(long)]
    pub json: bool,
    /// Print nothing; only the exit code says whether a sign-in is missing
    #[arg(short, long, conflicts_with_all = ["json", "verbose"])]
    pub quiet: bool,
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
