//! The commands of `secret`.

use clap::Subcommand;

/// The commands of `secret`.
#[derive(Debug, Subcommand)]
pub enum SecretCommand {
    /// Store a secret; mcpgen prompts for the secret or reads stdin
    Set {
        /// The name of the secret, as in `keyring:NAME`
        #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
        name: String,
        /// Read the secret from stdin, without its final line break
        #[arg(long)]
        stdin: bool,
    },
    /// Print a secret
    Get {
        /// The name of the secret
        name: String,
        /// Print the secret even if stdout is a terminal
        #[arg(long)]
        reveal: bool,
    },
    /// Remove a secret
    Rm {
        /// The name of the secret
        name: String,
    },
    /// List the names of the secrets
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}
