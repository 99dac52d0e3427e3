//! OAuth sign-ins, in the cache that mcp-remote uses.
//!
//! Directories, keys, files and the lease match mcp-remote byte for byte, so that mcpgen and every
//! bridge share each sign-in. A bridge deletes a sign-in that differs.

use std::time::{SystemTime, UNIX_EPOCH};

pub use crate::secret::Secret as Token;

pub mod authorize;
pub mod bridge_flags;
pub mod bridge_version;
pub mod browser;
pub mod cache;
pub mod call;
pub mod callback;
pub mod challenge;
pub mod client_assertion;
pub mod credentials;
pub mod device;
pub mod discover;
pub mod error_response;
pub mod expiry;
pub mod flow;
pub mod identity;
pub mod identity_error;
pub mod issuer;
mod javascript;
pub mod key;
pub mod lease;
pub mod login;
pub mod migrate;
pub mod oauth_client;
pub mod provider_access;
pub mod refresh;
pub mod refreshable;
pub mod register;
pub mod registration;
pub mod rejected_identity;
pub mod rejection;
pub mod requested_access;
pub mod revoke;
pub mod session;
pub mod stored_sign_in;
pub mod token_endpoint;
mod token_origin;
pub mod token_set;
pub mod unattended;

/// Returns the milliseconds since 1970, the unit of the cache.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
