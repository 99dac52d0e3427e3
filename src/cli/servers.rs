//! The options of the commands that work on servers: `list` and `verify`.

use camino::Utf8PathBuf;
use clap::{Args, ValueHint};

/// The project that `list` and `doctor` also read.
#[derive(Debug, Args)]
pub struct ProjectToRead {
    /// Also read the project files in DIR [default: the current directory]
    #[arg(long = "project", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub directory: Option<Utf8PathBuf>,
    /// Follow links that lead out of the project directory
    #[arg(long)]
    pub follow_links: bool,
}

/// Options of `list`.
#[derive(Debug, Args)]
pub struct List {
    /// The servers to list, by name or URL [default: all declared servers, and all in the clients' files]
    #[arg(value_name = "SERVER")]
    pub servers: Vec<String>,
    #[command(flatten)]
    pub project: ProjectToRead,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Also show the URL, and the file and the sign-in of each client
    #[arg(short, long, conflicts_with = "json")]
    pub verbose: bool,
}

/// The longest timeout of `verify` in seconds.
pub const LONGEST_TIMEOUT: u64 = 3600;

const TIMEOUT: u64 = 60;
const JOBS: u8 = 8;

impl Verify {
    /// Verifies these servers.
    pub fn of(servers: Vec<String>) -> Self {
        Self { servers, clients: vec![], timeout: TIMEOUT, jobs: JOBS, json: false }
    }
}

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// The servers to verify [default: all declared servers]
    #[arg(value_name = "SERVER")]
    pub servers: Vec<String>,
    /// Verify only as these clients start the servers [default: all declared clients]
    #[arg(short, long = "client", value_name = "NAME")]
    pub clients: Vec<String>,
    /// How many seconds one server may take
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT, value_parser = clap::value_parser!(u64).range(1..=LONGEST_TIMEOUT))]
    pub timeout: u64,
    /// How many servers run at the same time
    #[arg(long, value_name = "NUMBER", default_value_t = JOBS, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub jobs: u8,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
