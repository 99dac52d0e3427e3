//! The OAuth client that mcpgen acts as, and how it authenticates.

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::Token;
use crate::http;

/// The OAuth client that mcpgen acts as.
#[derive(Debug, Clone)]
pub struct OAuthClient {
    /// The client id.
    pub id: String,
    /// The client secret, or the assertion that replaces it.
    pub secret: Option<Token>,
    /// How it authenticates.
    pub method: ClientAuthMethod,
    /// Where its id comes from.
    pub origin: ClientOrigin,
}

/// Where a client id comes from, which decides who can replace it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientOrigin {
    /// The user registered the client and declares its id.
    Declared,
    /// The id is the URL of a client metadata document.
    MetadataDocument,
    /// mcpgen or a bridge registered the client.
    Registered,
}

impl OAuthClient {
    /// Returns the values that must not be shown: the secret, and how [`ClientAuthMethod::Basic`] sends it.
    pub fn secrets(&self) -> Vec<Token> {
        let Some(secret) = &self.secret else { return vec![] };
        vec![secret.clone(), Token::new(self.basic())]
    }

    /// Returns the credentials of [`ClientAuthMethod::Basic`] (RFC 6749, section 2.3.1).
    pub fn basic(&self) -> String {
        let secret = self.secret.as_ref().map_or("", Token::expose);
        BASE64_STANDARD.encode(format!("{}:{}", http::encode(&self.id), http::encode(secret)))
    }
}

/// How an OAuth client authenticates (RFC 6749, section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuthMethod {
    /// It does not authenticate.
    None,
    /// With its secret in the form.
    Post,
    /// With its secret in the `Authorization` header.
    Basic,
    /// With an assertion that its private key has signed, in place of the secret (RFC 7523, section 2.2).
    PrivateKeyJwt,
}

impl ClientAuthMethod {
    /// The methods of a client without a private key, in the order in which mcp-remote prefers them.
    pub const ALL: [Self; 3] = [Self::None, Self::Post, Self::Basic];

    /// Returns the name in metadata (RFC 7591, section 2).
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Post => "client_secret_post",
            Self::Basic => "client_secret_basic",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    /// Finds a method by its name in metadata.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}
