//! The command line: flags and exit codes.

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueHint};
use clap_complete::Shell;

mod bridge;
mod import;
mod login;
mod status;

pub use bridge::BridgeFlags;
pub use import::{Import, Init, Keep};
pub use login::{Login, UrlOptions};
pub use status::Status;

/// Says how a command ended. Where several hold, the first in this order counts: 2, 1, 4, 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Something is wrong; the message says what.
    Error = 1,
    /// The command line is wrong.
    Usage = 2,
    /// `plan --exit-code`: there are changes.
    Changes = 3,
    /// An entry that is not ours stands in the way.
    Conflict = 4,
}

impl Exit {
    /// Picks the one that counts.
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
    /// What is common to all commands.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// The declaration [default: $MCPGEN_FILE, else mcpgen/mcp.toml in the configuration folder]
    #[arg(short, long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: Option<Utf8PathBuf>,
    /// A folder of client rows and templates [default: templates/ beside the default declaration]
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub templates: Option<Utf8PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a commented starter declaration, or what the clients' files hold
    Init(Init),
    /// Print the servers of the clients' files as one declaration
    Import(Import),
    /// Check the declaration; every fault at once
    Check(Check),
    /// Print whole minimal files, one for each client
    Render(Render),
    /// Show what apply would do
    Plan(Plan),
    /// Write the clients' files
    Apply(Apply),
    /// Take the last apply back
    Undo(Undo),
    /// List whose entries are in the clients' files, and whether their declarations still exist
    Owners(Owners),
    /// Start a server: what clients launch where secrets are involved
    Exec(Exec),
    /// Serve a remote server over stdio, in mcp-remote's place and with its command line
    Bridge(BridgeFlags),
    /// Keep secrets in the system's keyring
    #[command(subcommand)]
    Secret(Secret),
    /// Read a client's file on stdin and print it with the declared servers set
    Merge(Merge),
    /// Sign in once, for every client: by OAuth, into the cache that bridges share
    Login(Login),
    /// Show the sign-ins of the declared servers
    Status(Status),
    /// Find out why clients do not share a sign-in, and what else is wrong
    Doctor(Doctor),
    /// Renew sign-ins ahead of their end, for a timer
    Refresh(Refresh),
    /// Print a currently valid access token
    Token(Token),
    /// Take sign-ins out of the cache, and revoke them where the server can
    Logout(Logout),
    /// List the clients, their files and what they take
    Clients(Clients),
    /// Print the JSON Schema of mcp.toml
    Schema,
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the man pages
    Man {
        /// The directory to write them to: new, empty or an earlier output
        #[arg(value_hint = ValueHint::DirPath)]
        dir: Utf8PathBuf,
    },
}

/// Flags of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Look up every secret too, and say which are there; none is shown
    #[arg(long)]
    pub secrets: bool,
    /// Print JSON
    #[arg(long, requires = "secrets")]
    pub json: bool,
}

/// Flags of `exec`.
#[derive(Debug, Args)]
pub struct Exec {
    /// The server to start
    pub server: String,
}

/// The commands of `secret`.
#[derive(Debug, Subcommand)]
pub enum Secret {
    /// Write a secret, asked for or read from stdin
    Set {
        /// Its name, as in `keyring:NAME`
        #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
        name: String,
        /// Read it from stdin, without the line break at its end
        #[arg(long)]
        stdin: bool,
    },
    /// Print a secret
    Get {
        /// Its name
        name: String,
        /// Show it on a terminal, too
        #[arg(long)]
        reveal: bool,
    },
    /// Remove a secret
    Rm {
        /// Its name
        name: String,
    },
    /// List the names of the secrets
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Flags of `render`.
#[derive(Debug, Args)]
pub struct Render {
    /// The clients to render [default: all declared]
    #[arg(value_name = "CLIENT")]
    pub clients: Vec<String>,
    /// Write the files to DIR (new, empty or an earlier output), by their path in the home or project directory
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<Utf8PathBuf>,
    /// The home folder that `~` stands for
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub home: Option<Utf8PathBuf>,
    /// Render the clients' project files, as they would be in DIR
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub project: Option<Utf8PathBuf>,
}

/// What `plan` and `apply` work on.
#[derive(Debug, Args)]
pub struct Scope {
    /// The clients to work on [default: all declared, and those no longer declared]
    #[arg(value_name = "CLIENT")]
    pub clients: Vec<String>,
    /// Work on the clients' project files in DIR instead of the user's
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub project: Option<Utf8PathBuf>,
    /// Whose entries these are [default: the declaration's path]
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// Take over everything that this owner has, for example a declaration that was moved
    #[arg(long, value_name = "OWNER", conflicts_with = "none")]
    pub inherit: Option<String>,
    /// Follow links that lead out of the project directory
    #[arg(long, requires = "project")]
    pub follow_links: bool,
    /// Where clients are told to find the declaration, if FILE is linked there [default: FILE]
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub linked_at: Option<Utf8PathBuf>,
    /// Take over this entry although mcpgen did not write it
    #[arg(long, value_name = "NAME")]
    pub adopt: Vec<String>,
    /// Take over every declared entry
    #[arg(long)]
    pub adopt_all: bool,
    /// Take out everything of this owner
    #[arg(long, conflicts_with_all = ["adopt", "adopt_all"])]
    pub none: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Flags of `plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// What to work on.
    #[command(flatten)]
    pub scope: Scope,
    /// Show the changed entries line by line
    #[arg(long)]
    pub diff: bool,
    /// Exit with 3 where there are changes
    #[arg(long)]
    pub exit_code: bool,
}

/// Flags of `apply`.
#[derive(Debug, Args)]
pub struct Apply {
    /// What to work on.
    #[command(flatten)]
    pub scope: Scope,
    /// Write the other files where one has a fault or a conflict
    #[arg(long)]
    pub keep_going: bool,
    /// Only show what would be done, as plan does
    #[arg(long)]
    pub dry_run: bool,
}

/// Flags of `undo`.
#[derive(Debug, Args)]
pub struct Undo {
    /// Delete the old versions of files that are kept for undo, instead of restoring them
    #[arg(long, conflicts_with = "follow_links")]
    pub forget: bool,
    /// Follow links that lead out of a project directory
    #[arg(long)]
    pub follow_links: bool,
}

/// Flags of `owners`.
#[derive(Debug, Args)]
pub struct Owners {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Flags of `merge`.
#[derive(Debug, Args)]
pub struct Merge {
    /// The client whose file is on stdin
    pub client: String,
    /// Whose entries these are [default: the declaration's path]
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// Take over this entry although mcpgen did not write it
    #[arg(long, value_name = "NAME")]
    pub adopt: Vec<String>,
    /// Take over every declared entry
    #[arg(long)]
    pub adopt_all: bool,
    /// Take this entry out
    #[arg(long, value_name = "NAME")]
    pub remove: Vec<String>,
}

/// Flags of `clients`.
#[derive(Debug, Args)]
pub struct Clients {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Flags of `doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// The project whose files to read too [default: the current folder]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub project: Option<Utf8PathBuf>,
    /// Follow links that lead out of the project directory
    #[arg(long)]
    pub follow_links: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Flags of `refresh`.
#[derive(Debug, Args)]
pub struct Refresh {
    /// The servers whose sign-ins to renew [default: every OAuth server that is signed in]
    #[arg(value_name = "SERVER")]
    pub servers: Vec<String>,
    /// Follow a public server into a private network
    #[arg(long)]
    pub allow_private: bool,
}

/// Flags of `token`.
#[derive(Debug, Args)]
pub struct Token {
    /// The server whose access token to print
    #[arg(value_name = "SERVER")]
    pub server: String,
    /// Print it on a terminal too
    #[arg(long)]
    pub reveal: bool,
    /// Follow a public server into a private network
    #[arg(long)]
    pub allow_private: bool,
}

/// Flags of `logout`.
#[derive(Debug, Args)]
pub struct Logout {
    /// The servers to sign out of
    #[arg(value_name = "SERVER", required_unless_present = "all", conflicts_with = "all")]
    pub servers: Vec<String>,
    /// Sign out of everything in the cache, declared or not, of every version of the bridge
    #[arg(long)]
    pub all: bool,
    /// Forget the client registration too
    #[arg(long)]
    pub forget: bool,
    /// Follow a public server into a private network
    #[arg(long)]
    pub allow_private: bool,
}
