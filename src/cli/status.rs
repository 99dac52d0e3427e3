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
    /// Ask each server once whether it accepts the cached access token
    #[arg(long)]
    pub probe: bool,
    /// Allow a public server to lead into a private network
    #[arg(long, requires = "probe")]
    pub allow_private: bool,
}
