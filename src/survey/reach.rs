//! Finds out how an entry reaches its server.

use std::collections::BTreeMap;
use std::rc::Rc;

use camino::Utf8PathBuf;

use crate::auth::bridge_version::BridgeVersion;
use crate::auth::cache::{Cache, SignInFiles};
use crate::auth::call::{BridgeCall, BridgeCallError};
use crate::bridge::options::{BridgeOptions, OptionsError};
use crate::client::Transport;
use crate::entry::bridge::{BridgeStart, Starter};
use crate::fs;
use crate::launch::Command;
use crate::model::ServerStart;
use crate::paths::Environment;

/// How a server is reached.
pub enum EntryReach {
    /// By the bridge.
    Bridge(Box<FoundBridge>),
    /// By `mcpgen exec`, which starts a server of a declaration, or by `mcpgen headers`.
    Exec(Box<FoundExec>),
    /// By the client itself.
    Address {
        /// The URL.
        url: String,
        /// HTTP or SSE. `None` if the client detects the transport.
        transport: Option<Transport>,
        /// HTTP headers.
        headers: BTreeMap<String, String>,
    },
    /// By starting a local program.
    Program(Command),
}

/// A call of the bridge.
pub struct FoundBridge {
    /// How it is started.
    pub start: BridgeStart,
    /// The version that runs: the version that the entry names, otherwise the installed version, otherwise the newest
    /// known version.
    pub version: BridgeVersion,
    /// The parsed arguments, or why the bridge rejects them.
    pub call: Result<BridgeCall, BridgeCallError>,
    /// The error of the native bridge for arguments that mcp-remote accepts. mcp-remote ignores some arguments.
    pub refused: Option<OptionsError>,
}

/// A start by `mcpgen exec`.
pub struct FoundExec {
    /// The server's name in the declaration.
    pub server: String,
    /// The declaration.
    pub declaration: Utf8PathBuf,
    /// The server that is started, or why none is.
    pub behind: Result<Rc<Declared>, NotDeclared>,
    /// Whether mcpgen only prints the headers for the server, and the client connects to its URL.
    pub prints_headers: bool,
}

/// One server of a declaration.
pub struct Declared {
    /// The server and its launch.
    pub start: ServerStart,
    /// How the server is reached: by the bridge or by a program.
    pub reach: EntryReach,
}

/// Why `mcpgen exec` would fail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDeclared {
    /// There is no declaration.
    #[error("the declaration `{0}` does not exist")]
    NoFile(Utf8PathBuf),
    /// It cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// The declaration has errors that concern the server.
    #[error("{0}")]
    Faulty(String),
    /// It has no such server.
    #[error("the declaration has no server `{0}`")]
    NoServer(String),
    /// The server is disabled.
    #[error("the server `{0}` is disabled in the declaration")]
    Off(String),
}

impl EntryReach {
    /// Finds the bridge in a command, if it starts one.
    pub fn from_command(command: Command, env: &Environment) -> Self {
        let Some(start) = BridgeStart::find(&command) else { return Self::Program(command) };
        let version = BridgeVersion::from_command(&start.words, env);
        // A relative path is relative to the directory in which the bridge starts, which is usually unknown.
        let directory = start.cwd.clone().map_or_else(|| env.cwd.clone(), Utf8PathBuf::from);
        let read = |path: &str| {
            let bytes = fs::read(&env.absolute(&directory.join(path))).ok()??;
            String::from_utf8(bytes).ok()
        };
        let call = BridgeCall::parse(&start.args, version, &read);
        let native = start.by == Starter::Mcpgen && call.is_ok();
        let refused = native.then(|| BridgeOptions::parse(&start.args, &read).err()).flatten();
        Self::Bridge(Box::new(FoundBridge { start, version, call, refused }))
    }

    /// Returns the bridge, started by the client or by mcpgen.
    pub fn bridge(&self) -> Option<&FoundBridge> {
        match self {
            Self::Bridge(bridge) => Some(bridge),
            Self::Exec(exec) => exec.behind.as_ref().ok()?.reach.bridge(),
            Self::Address { .. } | Self::Program(_) => None,
        }
    }

    /// Returns whether the client connects with the headers that mcpgen prints.
    pub fn prints_headers(&self) -> bool {
        match self {
            Self::Exec(exec) => exec.prints_headers,
            Self::Bridge(_) | Self::Address { .. } | Self::Program(_) => false,
        }
    }

    /// Returns the URL of the server, as it is passed to the bridge or the client.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Address { url, transport: _, headers: _ } => Some(url),
            Self::Bridge(_) | Self::Exec(_) => Some(&self.bridge()?.call.as_ref().ok()?.url),
            Self::Program(_) => None,
        }
    }
}

impl FoundBridge {
    /// Returns whether the bridge is the native bridge.
    pub fn is_native(&self) -> bool {
        self.start.by == Starter::Mcpgen
    }

    /// Returns the files of the sign-in. Returns `None` if they cannot be known: the bridge rejects its arguments, a
    /// shell changes them, or the bridge runs with another home directory.
    pub fn files(&self, env: &Environment) -> Option<SignInFiles> {
        let call = self.call.as_ref().ok().filter(|_| !self.start.is_elsewhere())?;
        if self.start.expands {
            return None;
        }
        let cache = Cache::find(&self.start.env, env);
        Some(cache.files(self.version, &call.key()))
    }
}
