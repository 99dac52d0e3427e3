//! The options of `list`.

use camino::Utf8PathBuf;
use clap::{Args, ValueHint};

/// Options of `list`.
#[derive(Debug, Args)]
pub struct List {
    /// The servers to list, by name or URL [default: all declared servers, and all in the clients' files]
    #[arg(value_name = "SERVER")]
    pub servers: Vec<String>,
    /// Also read the project files in DIR [default: the current directory]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub project: Option<Utf8PathBuf>,
    /// Follow links that lead out of the project directory
    #[arg(long)]
    pub follow_links: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Also show the URL, and the file and the sign-in of each client
    #[arg(short, long, conflicts_with = "json")]
    pub verbose: bool,
}
