//! The flags of `status`.

use clap::Args;

/// Flags of `status`.
#[derive(Debug, Args)]
pub struct Status {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Show where each sign-in lies, and what it is for
    #[arg(short, long, conflicts_with = "json")]
    pub verbose: bool,
    /// Ask each server, once, whether it accepts the sign-in in the cache
    #[arg(long)]
    pub probe: bool,
    /// Follow a public server into a private network
    #[arg(long, requires = "probe")]
    pub allow_private: bool,
}
