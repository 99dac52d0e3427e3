//! The flags of the commands that change clients' files, and of `owners`.

use camino::Utf8PathBuf;
use clap::{ArgGroup, Args, ValueHint};

/// What `plan` and `apply` work on.
#[derive(Debug, Default, Args)]
pub struct Scope {
    /// The clients to work on [default: all declared clients, and those that were declared before]
    #[arg(value_name = "CLIENT")]
    pub clients: Vec<String>,
    /// Work on the clients' project files in DIR instead of the user's files
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub project: Option<Utf8PathBuf>,
    /// The owner that mcpgen records for the entries [default: the declaration's path]
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// Take over all entries of another owner, for example of a declaration that was moved
    #[arg(long, value_name = "OWNER", conflicts_with = "none")]
    pub inherit: Option<String>,
    /// Follow links that lead out of the project directory
    #[arg(long, requires = "project")]
    pub follow_links: bool,
    /// The path by which clients find the declaration, if that path is a link to FILE [default: FILE]
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub linked_at: Option<Utf8PathBuf>,
    /// The mcpgen program that clients start, if the declaration has no `launch.mcpgen`
    #[arg(long, value_name = "PROGRAM", value_hint = ValueHint::ExecutablePath)]
    pub mcpgen: Option<String>,
    /// Replace this entry although mcpgen did not write it
    #[arg(long, value_name = "NAME")]
    pub adopt: Vec<String>,
    /// Replace every entry with the name of a declared server, although mcpgen did not write it
    #[arg(long)]
    pub adopt_all: bool,
    /// Remove all entries of this owner
    #[arg(long, conflicts_with_all = ["adopt", "adopt_all"])]
    pub none: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// The links that home-manager is about to change.
#[derive(Debug, Default, Args)]
pub struct GenerationLinks {
    /// Plan for the files as they are after home-manager has made the links in DIR, the `home-files` of the new
    /// generation
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "project")]
    pub new_links: Option<Utf8PathBuf>,
    /// Plan for the files as they are after home-manager has removed the links in DIR, the `home-files` of the
    /// previous generation
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, requires = "new_links")]
    pub old_links: Option<Utf8PathBuf>,
}

/// The flags of `plan`.
#[derive(Debug, Default, Args)]
pub struct Plan {
    /// What to work on.
    #[command(flatten)]
    pub scope: Scope,
    /// The links that home-manager is about to change.
    #[command(flatten)]
    pub links: GenerationLinks,
    /// Show the changed entries line by line
    #[arg(long)]
    pub diff: bool,
    /// Exit with code 3 if there are changes
    #[arg(long)]
    pub exit_code: bool,
}

/// The flags of `diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// What to work on.
    #[command(flatten)]
    pub scope: Scope,
    /// The links that home-manager is about to change.
    #[command(flatten)]
    pub links: GenerationLinks,
    /// Exit with code 3 if there are changes
    #[arg(long)]
    pub exit_code: bool,
}

impl From<Diff> for Plan {
    fn from(Diff { scope, links, exit_code }: Diff) -> Self {
        Self { scope, links, diff: true, exit_code }
    }
}

/// The flags of `apply`.
#[derive(Debug, Default, Args)]
#[command(group = ArgGroup::new("planned").arg("new_links").requires("dry_run"))]
pub struct Apply {
    /// What to work on.
    #[command(flatten)]
    pub scope: Scope,
    /// The links that home-manager is about to change.
    #[command(flatten)]
    pub links: GenerationLinks,
    /// If a file has an error or a conflict, write the other files
    #[arg(long)]
    pub keep_going: bool,
    /// Only show the changes, as `plan` does
    #[arg(long)]
    pub dry_run: bool,
    /// Whether another command continues after it, and says what comes next.
    #[arg(skip)]
    pub is_step: bool,
}

/// The flags of `undo`.
#[derive(Debug, Args)]
pub struct Undo {
    /// Delete the file versions that are kept for undo; restore nothing
    #[arg(long, conflicts_with = "follow_links")]
    pub forget: bool,
    /// Follow links that lead out of a project directory
    #[arg(long)]
    pub follow_links: bool,
}

/// The flags of `owners`.
#[derive(Debug, Args)]
pub struct Owners {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// The flags of `merge`.
#[derive(Debug, Args)]
pub struct Merge {
    /// The client whose file is on stdin
    pub client: String,
    /// The owner that mcpgen records for the entries [default: the declaration's path]
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// Replace this entry although mcpgen did not write it
    #[arg(long, value_name = "NAME")]
    pub adopt: Vec<String>,
    /// Replace every entry with the name of a declared server, although mcpgen did not write it
    #[arg(long)]
    pub adopt_all: bool,
    /// Remove this entry
    #[arg(long, value_name = "NAME")]
    pub remove: Vec<String>,
}
