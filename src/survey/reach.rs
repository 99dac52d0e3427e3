//! How an entry's server is reached.

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

/// Says how a server is reached.
pub enum EntryReach {
    /// By the bridge.
    Bridge(Box<FoundBridge>),
    /// By `mcpgen exec`, which starts what a declaration says.
    Exec(Box<FoundExec>),
    /// By the client itself.
    Address {
        /// The address.
        url: String,
        /// HTTP or SSE; `None` where the client finds out by itself.
        transport: Option<Transport>,
        /// HTTP headers.
        headers: BTreeMap<String, String>,
    },
    /// It is a program of this machine.
    Program(Command),
}

/// Holds a call of the bridge.
pub struct FoundBridge {
    /// How it is started.
    pub start: BridgeStart,
    /// The version that runs: the one that is written, or installed, else the newest known.
    pub version: BridgeVersion,
    /// What it makes of its arguments, or why it refuses them.
    pub call: Result<BridgeCall, BridgeCallError>,
    /// What the native bridge has against arguments that are a call: it refuses what mcp-remote passes over.
    pub refused: Option<OptionsError>,
}

/// Holds a start by way of a declaration.
pub struct FoundExec {
    /// The server's name there.
    pub server: String,
    /// The declaration.
    pub declaration: Utf8PathBuf,
    /// What is started, or why nothing is.
    pub behind: Result<Rc<Declared>, NotDeclared>,
}

/// Holds what a declaration says of one server.
pub struct Declared {
    /// The server, and how it is started.
    pub start: ServerStart,
    /// How that reaches it: by the bridge or by a program.
    pub reach: EntryReach,
}

/// Says why `mcpgen exec` would start nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDeclared {
    /// There is no declaration.
    #[error("there is no declaration `{0}`")]
    NoFile(Utf8PathBuf),
    /// It cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// It has faults that concern the server.
    #[error("{0}")]
    Faulty(String),
    /// It has no such server.
    #[error("the declaration has no server `{0}`")]
    NoServer(String),
    /// The server is switched off.
    #[error("the declaration has `{0}` switched off")]
    Off(String),
}

impl EntryReach {
    /// Finds the bridge in a command, if it starts one.
    pub fn from_command(command: Command, env: &Environment) -> Self {
        let Some(start) = BridgeStart::find(&command) else { return Self::Program(command) };
        let version = BridgeVersion::from_command(&start.words, env);
        // Where the bridge starts, a relative path leads from there; that is seldom known.
        let folder = start.cwd.clone().map_or_else(|| env.cwd.clone(), Utf8PathBuf::from);
        let read = |path: &str| {
            let bytes = fs::read(&env.absolute(&folder.join(path))).ok()??;
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

    /// Returns the address of the server, as the bridge or the client has it.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Address { url, transport: _, headers: _ } => Some(url),
            Self::Bridge(_) | Self::Exec(_) => Some(&self.bridge()?.call.as_ref().ok()?.url),
            Self::Program(_) => None,
        }
    }
}

impl FoundBridge {
    /// Returns whether it is the native bridge, mcpgen itself.
    pub fn is_native(&self) -> bool {
        self.start.by == Starter::Mcpgen
    }

    /// Returns the sign-in's files; `None` where nobody on this side can know them: the bridge refuses its
    /// arguments, gets others than are written, or runs in another home folder.
    pub fn files(&self, env: &Environment) -> Option<SignInFiles> {
        let call = self.call.as_ref().ok().filter(|_| !self.start.is_elsewhere())?;
        if self.start.expands {
            return None;
        }
        let cache = Cache::find(&self.start.env, env);
        Some(cache.files(self.version, &call.key()))
    }
}
