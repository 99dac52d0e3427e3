//! What a call of the bridge says that matters for signing in.
//!
//! It is read from the very arguments that clients start the bridge with, as mcp-remote's own parser reads
//! them: what the declaration says goes through the same door.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::bridge_version::{BridgeVersion, Feature};
use super::key::CacheKey;
use crate::launch;
use crate::model::{RemoteServer, Server};
use crate::paths::Os;

mod parse;

pub use parse::{BridgeCallError, CLIENT_INFO};

/// Holds what a call of the bridge says that matters for signing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeCall {
    /// The bridge that is called.
    pub version: BridgeVersion,
    /// The server's address, byte for byte.
    pub url: String,
    /// The resource to ask for, where it is not the server's own.
    pub resource: Option<String>,
    /// Whether no resource is to be named to the authorization server.
    pub without_resource: bool,
    /// Further parameters of the authorization request.
    pub authorize_params: BTreeMap<String, String>,
    /// Headers with their values as written, before `${VAR}` is expanded; each name once.
    pub headers: Vec<(String, String)>,
    /// The address of a client metadata document.
    pub client_metadata_url: Option<String>,
    /// The token endpoint, as the URL parser writes it.
    pub token_endpoint: Option<String>,
    /// The host of the callback address.
    pub host: Option<String>,
    /// The port of the callback address, where it does not follow from the cache key.
    pub port: Option<u16>,
    /// The path of the callback address.
    pub callback_path: Option<String>,
    /// The scope to ask for.
    pub scope: Option<String>,
    /// The id of a client registered beforehand.
    pub client_id: Option<String>,
    /// What a registration says in place of the bridge's own words.
    pub client_metadata: Map<String, Value>,
}

/// The path of the callback address where none is named.
pub const DEFAULT_CALLBACK_PATH: &str = "/oauth/callback";

const FIXED_PORT: u16 = 3334;

impl BridgeCall {
    /// Makes the call of a declared server, the one every client makes.
    ///
    /// # Errors
    /// Fails where the bridge would refuse its arguments.
    pub fn declared(
        server: &Server,
        remote: &RemoteServer,
        version: BridgeVersion,
    ) -> Result<Self, BridgeCallError> {
        Self::parse(&launch::bridge_args(server, remote), version, &|_| None)
    }

    /// Reads a call from the arguments behind the bridge's own name. `read` gives the content of a file that
    /// an argument names.
    ///
    /// # Errors
    /// Fails where the bridge would refuse them.
    pub fn parse(
        args: &[String],
        version: BridgeVersion,
        read: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, BridgeCallError> {
        parse::parse(args, version, read)
    }

    /// Makes the cache key.
    pub fn key(&self) -> CacheKey {
        CacheKey::for_call(self)
    }

    /// Returns the callback port: the one named, else the one that follows from the key.
    pub fn base_port(&self, key: &CacheKey) -> u16 {
        let derived = self.version.has(Feature::DerivedPort);
        self.port.unwrap_or(if derived { key.port() } else { FIXED_PORT })
    }

    /// Returns the callback address, as it is registered.
    pub fn redirect_uri(&self, os: Os, port: u16) -> String {
        let host = self.host.as_deref().unwrap_or(self.version.default_host(os));
        let path = self.callback_path.as_deref().unwrap_or(DEFAULT_CALLBACK_PATH);
        format!("http://{host}:{port}{path}")
    }
}

#[cfg(test)]
mod tests;
