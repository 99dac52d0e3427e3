//! The flags of `setup` and `uninstall`.

use clap::Args;

use super::Keep;

/// The flags of `setup`.
#[derive(Debug, Args)]
#[command(after_help = "With --yes, setup asks nothing:
  - Secrets move to the keyring. If there is no keyring, they move to a file that only you can read.
  - Entries that mcpgen did not write are replaced, as with `apply --adopt-all`.
  - It signs in only in a terminal, because a sign-in needs you and a browser.
Run it again at any time: it offers only what is left.")]
pub struct Setup {
    /// Answer every question with yes
    #[arg(short, long)]
    pub yes: bool,
    /// Where to move the secrets in the clients' files [default: ask]
    #[arg(long, value_name = "WHERE")]
    pub secrets: Option<Keep>,
    /// Do not ask servers whether they require a sign-in
    #[arg(long)]
    pub no_probe: bool,
}

/// The flags of `uninstall`.
#[derive(Debug, Args)]
pub struct Uninstall {
    /// Do not ask; sign-ins and secrets are removed only with their own flags
    #[arg(short, long)]
    pub yes: bool,
    /// Also remove the sign-ins of declared servers, which mcp-remote uses too
    #[arg(long)]
    pub sign_ins: bool,
    /// Also remove the secrets that mcpgen stored in the keyring and in its own file
    #[arg(long)]
    pub secrets: bool,
}
