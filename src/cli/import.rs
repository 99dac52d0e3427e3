//! Flags of `import`, and of `init`, which writes what it prints.

use clap::Args;

/// Flags of `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// Write what `mcpgen import` prints
    #[arg(long)]
    pub import: bool,
    /// What becomes of secrets in the clients' files [default: to be decided]
    #[arg(long, requires = "import", value_name = "WHERE")]
    pub secrets: Option<Keep>,
}

/// Flags of `import`.
#[derive(Debug, Args)]
pub struct Import {
    /// The clients to read [default: all]
    #[arg(value_name = "CLIENT")]
    pub clients: Vec<String>,
    /// What becomes of secrets in the clients' files [default: to be decided]
    #[arg(long, value_name = "WHERE")]
    pub secrets: Option<Keep>,
}

/// Says what becomes of secrets in the clients' files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Keep {
    /// Move them into the system's keyring
    Keyring,
    /// Name a variable for each; nothing is moved
    Env,
}
