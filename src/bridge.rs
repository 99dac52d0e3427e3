//! The native bridge: serves a remote MCP server over stdio, in place of mcp-remote.
//!
//! Four parts own all state, and none of them reads another's fields:
//! - `client.rs`: standard input, and the order in which the client's messages are carried
//! - `connection.rs`: HTTP requests to the server, and the credential they carry
//! - `in_flight.rs`: unanswered requests, the session gate, the thread pool, cancellation
//! - `peer.rs`: how the server is spoken to: Streamable HTTP, HTTP+SSE or the revision 2026-07-28
//!
//! `relay.rs` is the path back: it hands a message from the server to whoever waits for it.

mod budget;
mod client;
mod connection;
mod credential_error;
mod descriptors;
mod error;
mod events;
mod id_scanner;
mod ignored_tools;
mod in_flight;
pub mod log;
pub mod message;
pub mod modern;
pub mod options;
mod peer;
mod relay;
mod setup;
pub mod stdio;

pub use setup::{BridgeSetup, VariableValues};

/// Why a bridge ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// The client closed standard input.
    InputClosed,
    /// The client no longer reads standard output, or a signal asked the bridge to end.
    Terminated,
}

/// Called when a bridge has a reason to end.
pub type OnEnd = dyn Fn(EndReason) + Send + Sync;
