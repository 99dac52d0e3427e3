//! The native bridge: serves a remote MCP server over stdio, in place of mcp-remote.
//!
//! Four parts own all state, and none of them reads another's fields:
//! - `client.rs`: standard input, and the order in which the client's messages are sent to the server
//! - `connection.rs`: HTTP requests to the server, and their credential
//! - `in_flight.rs`: requests without a response, the session gate, the thread pool, cancellation
//! - `peer.rs`: the protocol of the server: Streamable HTTP, HTTP+SSE or the revision 2026-07-28
//!
//! `relay.rs` delivers each message from the server to the client, or to the part of the bridge that waits for it.

mod budget;
mod client;
mod connection;
mod credential_error;
mod descriptors;
mod error;
pub mod events;
pub mod id_scanner;
mod in_flight;
pub mod log;
pub mod message;
pub mod modern;
pub mod options;
mod peer;
mod relay;
mod setup;
pub mod stdio;
mod stdio_filter;
mod tool_filter;

pub use credential_error::{NO_SIGN_IN, SIGN_IN_REQUIRED};
pub use setup::{BridgeSetup, VariableValues};
pub use stdio_filter::StdioFilter;
pub use tool_filter::ToolFilter;

/// Why a bridge ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// The client closed standard input.
    InputClosed,
    /// The client has closed standard output, or a signal has arrived.
    Terminated,
}

/// The function that is called when the bridge must end.
pub type OnEnd = dyn Fn(EndReason) + Send + Sync;
