//! The flags of `import`, and of `init`, which can write the output of `import`.

use camino::Utf8PathBuf;
use clap::{Args, ValueHint};

/// The flags of `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// Write the declaration that `mcpgen import` prints
    #[arg(long)]
    pub import: bool,
    /// Where to move the secrets in the clients' files [default: write both choices, for you to decide]
    #[arg(long, requires = "import", value_name = "WHERE")]
    pub secrets: Option<Keep>,
    /// Ask each imported server that has only a URL whether it requires a sign-in
    #[arg(long, requires = "import")]
    pub probe: bool,
}

/// The flags of `import`.
#[derive(Debug, Args)]
pub struct ImportFlags {
    /// The clients to read [default: all]
    #[arg(value_name = "CLIENT")]
    pub clients: Vec<String>,
    /// Read the clients' project files in DIR instead of the user's files
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub project: Option<Utf8PathBuf>,
    /// Follow links that lead out of the project directory
    #[arg(long, requires = "project")]
    pub follow_links: bool,
    /// Where to move the secrets in the clients' files [default: write both choices, for you to decide]
    #[arg(long, value_name = "WHERE")]
    pub secrets: Option<Keep>,
    /// Ask each server that has only a URL whether it requires a sign-in
    #[arg(long)]
    pub probe: bool,
}

/// Where `import` moves the secrets in the clients' files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Keep {
    /// Move each secret to the system's keyring
    Keyring,
    /// Move each secret to a file that only you can read: mcpgen/secrets.env in the data directory
    File,
    /// Refer to an environment variable for each secret, and move nothing
    Env,
}
