//! Where a token set came from. It is remembered in the cache, so that a refresh needs no discovery.
//!
//! mcp-remote ignores the member and omits it when it writes the file. Then discovery finds the same again.

use serde::{Deserialize, Serialize};

use super::cache::TokenSet;

const MEMBER: &str = "mcpgen";

/// Where a token set came from, and who requested it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenOrigin {
    /// The issuer.
    pub issuer: String,
    /// The token endpoint.
    pub token_endpoint: String,
    /// The client id.
    pub client_id: String,
    /// How the OAuth client authenticates, by its name in metadata.
    pub auth_method: String,
    /// The resource that the tokens are for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
}

impl TokenOrigin {
    /// Reads the origin of a token set, if it is known and has the issuer of the token set.
    pub fn of(tokens: &TokenSet) -> Option<Self> {
        let origin: Self = serde_json::from_value(tokens.rest.0.get(MEMBER)?.clone()).ok()?;
        (tokens.issuer.as_ref() == Some(&origin.issuer)).then_some(origin)
    }

    /// Adds the origin to a token set.
    pub fn add_to(&self, tokens: &mut TokenSet) {
        let value = serde_json::to_value(self).expect("plain data");
        tokens.rest.0.insert(MEMBER.to_owned(), value);
    }
}
