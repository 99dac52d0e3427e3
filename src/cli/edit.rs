//! The flags of the commands that change the declaration.

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum, ValueHint};

use super::Keep;

/// The flags of `add`.
#[derive(Debug, Args)]
pub struct Add {
    /// The name of the server
    #[arg(required_unless_present = "from")]
    pub name: Option<String>,
    /// The URL of a remote server, or the program of a local server with its arguments
    #[arg(value_name = "URL|COMMAND", conflicts_with = "from", required_unless_present_any = ["from", "command"])]
    pub target: Vec<String>,
    /// The program of a local server with its arguments
    #[arg(last = true, value_name = "COMMAND", conflicts_with_all = ["from", "target"])]
    pub command: Vec<String>,
    /// Read an entry of a client's file, or a registry's server.json, from FILE, or from stdin if FILE is `-`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub from: Option<Utf8PathBuf>,
    /// An environment variable of a local server, without a secret
    #[arg(short, long, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// An HTTP header of a remote server, without a secret
    #[arg(short = 'H', long, value_name = "NAME: VALUE")]
    pub header: Vec<String>,
    /// The transport [default: http for a URL, stdio for a program]
    #[arg(short, long, value_name = "TRANSPORT")]
    pub transport: Option<TransportFlag>,
    /// Sign in with OAuth, once for all clients
    #[arg(long, conflicts_with = "token")]
    pub oauth: bool,
    /// Do not ask the server whether it requires a sign-in
    #[arg(long)]
    pub no_probe: bool,
    /// The secret reference of a token that the server gets as `Authorization: Bearer …`
    #[arg(long, value_name = "REF")]
    pub token: Option<String>,
    /// A secret reference for an environment variable of a local server, or for a header of a remote server
    #[arg(long, value_name = "NAME=REF")]
    pub secret: Vec<String>,
    /// A client that gets the server; repeat the option for several [default: all clients of the declaration]
    #[arg(short, long = "client", value_name = "CLIENT")]
    pub clients: Vec<String>,
    /// Where to move the secrets of a pasted entry
    #[arg(long, value_name = "WHERE")]
    pub secrets: Option<Keep>,
}

/// A transport, as `claude mcp add` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TransportFlag {
    /// A program
    Stdio,
    /// Streamable HTTP
    #[value(alias = "streamable-http")]
    Http,
    /// The older server-sent events
    Sse,
}

/// The flags of `remove`.
#[derive(Debug, Args)]
pub struct Remove {
    /// The servers to remove from the declaration
    #[arg(required = true, value_name = "SERVER")]
    pub servers: Vec<String>,
}
