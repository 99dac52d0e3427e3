//! The bridge arguments that matter for signing in.
//!
//! They are parsed as mcp-remote does, from the arguments that clients pass. Declared servers go
//! through the same parser.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::bridge_flags::KeyPart;
use super::bridge_version::{BridgeVersion, Feature};
use super::javascript::stringify;
use super::key::CacheKey;
use super::token_set::TokenSet;
use super::{Token, expiry};
use crate::launch::arguments::{bridge_args, provider_json};
use crate::model::{Auth, Grant, RemoteServer, Server};
use crate::paths::Os;

mod error;
mod parse;
mod provider;

pub use error::BridgeCallError;
pub use parse::CLIENT_INFO;
pub use provider::IDP;

/// A call of the bridge, as far as it matters for signing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeCall {
    /// The version of the bridge.
    pub version: BridgeVersion,
    /// The URL of the server, byte for byte.
    pub url: String,
    /// The resource to request, if not the default of the server.
    pub resource: Option<String>,
    /// Whether the `resource` parameter is omitted.
    pub without_resource: bool,
    /// Additional parameters of the authorization request.
    pub authorize_params: BTreeMap<String, String>,
    /// Headers, before `${VAR}` is expanded; names are unique.
    pub headers: Vec<(String, String)>,
    /// The URL of a client metadata document.
    pub client_metadata_url: Option<String>,
    /// The token endpoint, as normalized by the URL parser.
    pub token_endpoint: Option<String>,
    /// The host of the redirect URI.
    pub host: Option<String>,
    /// The port of the redirect URI, if it does not follow from the cache key.
    pub port: Option<u16>,
    /// The path of the redirect URI.
    pub callback_path: Option<String>,
    /// The declared issuer of the authorization server. mcp-remote has no such option.
    pub issuer: Option<String>,
    /// The scope to request.
    pub scope: Option<String>,
    /// The id of a pre-registered OAuth client.
    pub client_id: Option<String>,
    /// Overrides for the fields of a client registration.
    pub client_metadata: Map<String, Value>,
    /// How tokens are obtained.
    pub grant: Grant,
    /// Whether the ID token is sent in place of the access token.
    pub id_token: bool,
    /// Whether plain http to another machine is allowed.
    pub allow_http: bool,
    /// The sign-in at the identity provider whose identities the server accepts. mcp-remote has no such option.
    pub provider: Option<Box<Self>>,
    /// Whether this is itself a sign-in at an identity provider: the URL is its issuer.
    pub is_provider: bool,
    /// Whether another program gets the ID token of the provider, so that nobody signs in.
    pub has_given_id_token: bool,
}

pub use crate::model::url::DEFAULT_CALLBACK_PATH;

const FIXED_PORT: u16 = 3334;

impl BridgeCall {
    /// Returns the call that every client makes for a declared server.
    ///
    /// # Errors
    /// Fails if the bridge would refuse the arguments.
    pub fn declared(
        server: &Server,
        remote: &RemoteServer,
        version: BridgeVersion,
    ) -> Result<Self, BridgeCallError> {
        let call = Self::parse(&bridge_args(server, remote), version, &|_| None)?;
        let Auth::OAuth(oauth) = &remote.auth else { return Ok(call) };
        let issuer = oauth.issuer.clone();
        let provider = oauth.provider.as_ref().map(|idp| Self::of_provider(&provider_json(idp)));
        let provider = provider.transpose()?.map(Box::new);
        // mcp-remote does not know every grant, so its arguments do not say which one it is.
        Ok(Self { issuer, provider, grant: oauth.grant, ..call })
    }

    /// Parses the arguments of the bridge. `read` returns the contents of a file that an option
    /// names.
    ///
    /// # Errors
    /// Fails if the bridge would refuse the arguments.
    pub fn parse(
        args: &[String],
        version: BridgeVersion,
        read: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, BridgeCallError> {
        parse::parse(args, version, read)
    }

    /// Makes the call of a sign-in at an identity provider, which JSON describes as in the option `--idp`.
    ///
    /// # Errors
    /// Fails if the JSON lacks a field.
    pub fn of_provider(description: &Value) -> Result<Self, BridgeCallError> {
        provider::parse(description)
    }

    /// Returns the cache key.
    pub fn key(&self) -> CacheKey {
        let keyed = self.version.has(Feature::ResourceAndHeadersInKey);
        let hashed = |part: &KeyPart| match part {
            KeyPart::Resource | KeyPart::Headers => keyed,
            KeyPart::AuthorizeParams | KeyPart::ClientMetadataUrl | KeyPart::TokenEndpoint => true,
        };
        let parts = KeyPart::IN_HASHED_ORDER.into_iter().filter(hashed);
        let parts = parts.filter_map(|part| self.key_part(part));
        // Two OAuth clients at one identity provider have two sign-ins.
        let client = self.client_id.clone().filter(|_| self.is_provider);
        let all: Vec<String> =
            std::iter::once(self.url.clone()).chain(client).chain(parts).collect();
        CacheKey::from_parts(&all)
    }

    /// Returns a part of the key as it is hashed, if the call has it.
    pub fn key_part(&self, part: KeyPart) -> Option<String> {
        match part {
            KeyPart::Resource => self.resource.clone(),
            KeyPart::AuthorizeParams => {
                let params = self.authorize_params.iter();
                let json =
                    || stringify(params.map(|(name, value)| (name.as_str(), value.as_str())));
                (!self.authorize_params.is_empty()).then(json)
            }
            KeyPart::Headers => {
                let headers = self.headers.iter();
                let json =
                    || stringify(headers.map(|(name, value)| (name.as_str(), value.as_str())));
                (!self.headers.is_empty()).then(json)
            }
            KeyPart::ClientMetadataUrl => self.client_metadata_url.clone(),
            KeyPart::TokenEndpoint => self.token_endpoint.clone(),
        }
    }

    /// Returns the callback port: the explicit one, otherwise the one that follows from the key.
    pub fn base_port(&self, key: &CacheKey) -> u16 {
        let derived = self.version.has(Feature::DerivedPort);
        self.port.unwrap_or(if derived { key.port() } else { FIXED_PORT })
    }

    /// Returns the token that is sent to the server.
    pub fn sent<'a>(&self, tokens: &'a TokenSet) -> Option<&'a Token> {
        if self.id_token { tokens.id_token.as_ref() } else { Some(&tokens.access_token) }
    }

    /// Returns the token set with the expiry of the token that is sent.
    pub fn as_sent<'a>(&self, tokens: &'a TokenSet) -> Cow<'a, TokenSet> {
        match self.id_token.then(|| tokens.as_id_token()).flatten() {
            Some(sent) => Cow::Owned(sent),
            None => Cow::Borrowed(tokens),
        }
    }

    /// Returns whether the token that is sent is fresh at `now`.
    pub fn is_fresh(&self, tokens: &TokenSet, now: u64) -> bool {
        expiry::is_fresh(&self.as_sent(tokens), now)
    }

    /// Returns the redirect URI as it is registered.
    pub fn redirect_uri(&self, os: Os, port: u16) -> String {
        let host = self.host.as_deref().unwrap_or(self.version.default_host(os));
        let path = self.callback_path.as_deref().unwrap_or(DEFAULT_CALLBACK_PATH);
        format!("http://{host}:{port}{path}")
    }
}

#[cfg(test)]
mod tests;
