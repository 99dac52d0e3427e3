//! The command line: commands, flags and exit codes.

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueHint};

mod apply;
mod bridge;
mod completions;
mod edit;
mod help;
mod import;
mod login;
pub mod manual;
mod secret;
mod servers;
mod setup;
mod sign_in;
mod status;

pub use apply::{Apply, Diff, Merge, Owners, Plan, Scope, Undo};
pub use bridge::BridgeFlags;
pub use completions::{CompleteFlags, Completions};
pub use edit::{Add, Remove, TransportFlag};
pub use import::{ImportFlags, Init, Keep};
pub use login::Login;
pub use secret::SecretCommand;
pub use servers::{LONGEST_TIMEOUT, List, ProjectToRead, Verify};
pub use setup::{Setup, Uninstall};
pub use sign_in::{HeadersFlags, Logout, Refresh, Renewal, TokenFlags};
pub use status::Status;

/// The exit code of a command. If several apply, the first of 2, 1, 4, 3 is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// The command succeeded.
    Done = 0,
    /// The command failed.
    Error = 1,
    /// The command line has an error.
    Usage = 2,
    /// `plan --exit-code` found changes.
    Changes = 3,
    /// A client already has an entry that mcpgen did not write.
    Conflict = 4,
}

impl Exit {
    /// Returns the exit code of two results together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Usage => 4,
            Self::Error => 3,
            Self::Conflict => 2,
            Self::Changes => 1,
            Self::Done => 0,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

/// One declaration of your MCP servers, written into every AI client's own file.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 80)]
#[command(
    after_help = "Exit codes: 0 done, 1 error, 2 usage, 3 changes (plan --exit-code), 4 conflict."
)]
pub struct Cli {
    /// The flags of every command.
    #[command(flatten)]
    pub global: Global,
    /// The command. Without one, mcpgen shows what is on this machine, and what comes next.
    #[command(subcommand)]
    pub command: Option<CliCommand>,
}

/// The flags of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// The declaration [default: $MCPGEN_FILE, else mcpgen/mcp.toml in the configuration directory]
    #[arg(short, long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: Option<Utf8PathBuf>,
    /// A directory with your own clients.toml and templates [default: templates/ next to the default
    /// declaration]
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub templates: Option<Utf8PathBuf>,
    /// A set of servers that is active too, besides those in `[machine]`; `add` adds the server to it
    #[arg(long = "set", global = true, value_name = "SET")]
    pub sets: Vec<String>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Declare the servers of your clients, share their sign-ins, and check them, step by step
    Setup(Setup),
    /// Write a first declaration, with comments or with the servers that your clients already have
    Init(Init),
    /// Add a server to the declaration
    Add(Box<Add>),
    /// Remove servers from the declaration
    #[command(alias = "rm")]
    Remove(Remove),
    /// Open the declaration in your editor, check it, and offer to apply it
    Edit,
    /// Print the servers in your clients' files as one declaration
    Import(ImportFlags),
    /// Check the declaration and report all errors at once
    Check(CheckFlags),
    /// Print one complete, minimal file for each client
    Render(Render),
    /// Show what `apply` would change
    Plan(Plan),
    /// Show line by line what `apply` would change
    Diff(Diff),
    /// Write the declared servers to the clients' files
    Apply(Apply),
    /// Undo the last apply
    Undo(Undo),
    /// Remove what mcpgen wrote and keeps on this machine
    Uninstall(Uninstall),
    /// List which declarations own entries in the clients' files, and which of them no longer exist
    Owners(Owners),
    /// Look up the secrets of a server and start the server; clients run this command
    Exec(ExecFlags),
    /// Make a remote server available over stdio, as mcp-remote does and with its command line
    Bridge(BridgeFlags),
    /// Store secrets in the system's keyring
    #[command(subcommand)]
    Secret(SecretCommand),
    /// Read a client's file from stdin and print it with the declared servers merged in
    Merge(Merge),
    /// Sign in with OAuth, once for all clients
    Login(Login),
    /// Show how each client reaches each server, and which sign-in it uses
    List(List),
    /// Start each declared server as the clients do, and list how many tools it has
    Verify(Verify),
    /// Show the sign-in of each declared server; exit with code 1 if you must sign in to one
    Status(Status),
    /// Find out why clients do not share a sign-in, and find other errors in their files
    Doctor(Doctor),
    /// Refresh sign-ins before they expire; for use in a timer
    Refresh(Refresh),
    /// Print a valid access token
    Token(TokenFlags),
    /// Print the headers for a remote server as JSON; clients run this command
    Headers(HeadersFlags),
    /// Sign out: remove sign-ins from the cache, and revoke them if the server supports it
    Logout(Logout),
    /// List the known clients, their files and the transports they support
    Clients(Clients),
    /// Print the JSON Schema of mcp.toml
    Schema,
    /// Print the completion script of a shell, or install it
    Completions(Completions),
    /// Print the candidates for the word at the cursor; completion scripts run this command
    #[command(name = "__complete", hide = true)]
    Complete(CompleteFlags),
    /// Write the man pages
    Man {
        /// The directory to write to: new, empty, or an earlier output of this command
        #[arg(value_hint = ValueHint::DirPath)]
        dir: Utf8PathBuf,
    },
}

/// The flags of `check`.
#[derive(Debug, Args)]
pub struct CheckFlags {
    /// Also look up every secret and list which of them exist; no secret is shown
    #[arg(long)]
    pub secrets: bool,
    /// Print JSON
    #[arg(long, requires = "secrets")]
    pub json: bool,
}

/// The flags of `exec`.
#[derive(Debug, Args)]
pub struct ExecFlags {
    /// The server to start
    pub server: String,
    /// The process that started this one, and that hides tools of the server
    #[arg(long, hide = true, value_name = "PID")]
    pub filtered_by: Option<u32>,
}

/// The flags of `render`.
#[derive(Debug, Args)]
pub struct Render {
    /// The clients to render [default: all declared]
    #[arg(value_name = "CLIENT")]
    pub clients: Vec<String>,
    /// Write the files to DIR, each at its path in the home or project directory. DIR must be new, empty, or an
    /// earlier output of this command
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<Utf8PathBuf>,
    /// The home directory that `~` stands for
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub home: Option<Utf8PathBuf>,
    /// The mcpgen program that clients start, if the declaration has no `launch.mcpgen`
    #[arg(long, value_name = "PROGRAM", value_hint = ValueHint::ExecutablePath)]
    pub mcpgen: Option<String>,
    /// Render the project files that the clients would have in DIR
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub project: Option<Utf8PathBuf>,
    /// The host name to compare with the `hosts` of servers [default: none, which leaves out servers with `hosts`]
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
}

/// The flags of `clients`.
#[derive(Debug, Args)]
pub struct Clients {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// The flags of `doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    #[command(flatten)]
    pub project: ProjectToRead,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
