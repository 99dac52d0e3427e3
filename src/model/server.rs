//! One MCP server, and how clients reach it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::argument::{Argument, SecretArgument};
use crate::client::{Client, Expressible, Transport};
use crate::secret::SecretReference;

/// Holds one MCP server.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its name, which is valid in every client.
    pub name: String,
    /// The sorted names of the clients that get it.
    pub clients: Vec<String>,
    /// How it is reached.
    pub reach: Reach,
    /// The timeout of a tool call in seconds.
    pub timeout: Option<u64>,
    /// The timeout of the start of the server in seconds.
    pub startup_timeout: Option<u64>,
    /// The only tools that clients may use; empty for all.
    pub allow: Vec<String>,
    /// The tools that clients may not use.
    pub deny: Vec<String>,
    /// The names of existing entries that it replaces.
    pub replaces: Vec<String>,
    /// Additional fields by client.
    pub extra: BTreeMap<String, Map<String, Value>>,
}

/// Says how a server is reached.
#[derive(Debug, Clone)]
pub enum Reach {
    /// By starting a program.
    Local(LocalServer),
    /// By connecting to a URL.
    Remote(RemoteServer),
}

/// Holds a server that is a program.
#[derive(Debug, Clone)]
pub struct LocalServer {
    /// The program.
    pub command: String,
    /// Its arguments.
    pub args: Vec<Argument>,
    /// Its environment variables.
    pub env: BTreeMap<String, String>,
    /// Its working directory.
    pub cwd: Option<String>,
    /// Environment variables by secret reference.
    pub secrets: BTreeMap<String, SecretReference>,
}

/// Holds a server that has a URL.
#[derive(Debug, Clone)]
pub struct RemoteServer {
    /// The URL, byte for byte as written.
    pub url: String,
    /// HTTP or SSE.
    pub transport: Transport,
    /// Whether plain http to another machine is allowed.
    pub allow_http: bool,
    /// Literal headers.
    pub headers: BTreeMap<String, String>,
    /// Headers by secret reference.
    pub secrets: BTreeMap<String, SecretReference>,
    /// How to sign in.
    pub auth: Auth,
    /// Who connects to it.
    pub via: Via,
}

/// Says who connects to a remote server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// The bridge if a sign-in or a secret is shared, otherwise each client that can.
    Default,
    /// The bridge.
    Bridge,
    /// Each client that can.
    Client,
    /// Each client that can get the headers from `mcpgen headers`, and the bridge for all others.
    Headers,
}

/// Says how to sign in to a server.
#[derive(Debug, Clone)]
#[expect(clippy::enum_variant_names, reason = "`OAuth` is the name of the protocol")]
pub enum Auth {
    /// The server needs no sign-in.
    None,
    /// OAuth through the shared cache.
    OAuth(Box<OAuthSettings>),
    /// An API token by secret reference.
    Token(TokenAuth),
}

/// Says how tokens are obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Grant {
    /// A person signs in in a browser on this machine.
    #[default]
    Browser,
    /// A person enters a code on another device (RFC 8628).
    Device,
    /// The client signs in itself, without a person (RFC 6749, section 4.4).
    ClientCredentials,
    /// The server accepts the identity of a person who has signed in at an identity provider.
    Enterprise,
    /// The server accepts an assertion that another program issues (RFC 7523).
    JwtBearer,
}

impl Grant {
    /// Returns whether nobody signs in at the server itself.
    pub fn is_unattended(self) -> bool {
        match self {
            Self::Browser | Self::Device => false,
            Self::ClientCredentials | Self::Enterprise | Self::JwtBearer => true,
        }
    }
}

/// Holds the optional settings of an OAuth sign-in.
#[derive(Debug, Clone, Default)]
pub struct OAuthSettings {
    /// How tokens are obtained.
    pub grant: Grant,
    /// The identity provider, for enterprise-managed authorization.
    pub provider: Option<Arc<IdentityProvider>>,
    /// The assertion, for the JWT bearer grant.
    pub assertion: Option<SecretReference>,
    /// The only issuer to accept.
    pub issuer: Option<String>,
    /// The scope to request.
    pub scope: Option<String>,
    /// The resource indicator (RFC 8707).
    pub resource: Option<String>,
    /// Whether no resource indicator is sent.
    pub without_resource: bool,
    /// Whether the ID token is sent in place of the access token.
    pub id_token: bool,
    /// The token endpoint, for the client credentials grant.
    pub token_endpoint: Option<String>,
    /// How the client authenticates, by its name in metadata.
    pub auth_method: Option<String>,
    /// Further fields of the client registration.
    pub registration: Map<String, Value>,
    /// The id of a client that was registered in advance.
    pub client_id: Option<String>,
    /// The secret of that client.
    pub client_secret: Option<SecretReference>,
    /// The private key of that client, in place of the secret.
    pub private_key: Option<SecretReference>,
    /// The algorithm with which the key signs.
    pub algorithm: Option<String>,
    /// The URL of a client metadata document.
    pub client_metadata_url: Option<String>,
    /// Additional parameters of the authorization request.
    pub authorize_params: BTreeMap<String, String>,
    /// The host of the redirect URL.
    pub host: Option<String>,
    /// The port of the redirect URL.
    pub port: Option<u64>,
    /// The path of the redirect URL.
    pub callback_path: Option<String>,
}

/// Holds an identity provider, and the OAuth client with which people sign in there.
#[derive(Debug, Clone)]
pub struct IdentityProvider {
    /// Its name in the declaration.
    pub name: String,
    /// The issuer.
    pub issuer: String,
    /// The id of the OAuth client.
    pub client_id: String,
    /// The settings of the sign-in.
    pub oauth: OAuthSettings,
    /// An ID token that another program gets, in place of a sign-in.
    pub id_token: Option<SecretReference>,
}

/// Holds an API token by secret reference, and how it is sent.
#[derive(Debug, Clone)]
pub struct TokenAuth {
    /// The reference to the token.
    pub reference: SecretReference,
    /// The header that contains it.
    pub header: String,
    /// What precedes it in the header.
    pub scheme: TokenScheme,
}

/// Says what precedes a token in its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenScheme {
    /// Nothing: the header contains the token alone.
    Bare,
    /// `Bearer` (RFC 6750).
    Bearer,
    /// `Basic` with this user name (RFC 7617).
    Basic(String),
}

impl LocalServer {
    /// Returns the secrets in its arguments, each with the position of the argument.
    pub fn secret_arguments(&self) -> impl Iterator<Item = (usize, &SecretArgument)> {
        let arguments = self.args.iter().enumerate();
        arguments.filter_map(|(at, argument)| Some((at, argument.secret()?)))
    }
}

impl Server {
    /// Returns whether a client connects to the URL of this server by itself, without the bridge.
    pub fn goes_direct(&self, client: &Client) -> bool {
        let Reach::Remote(remote) = &self.reach else { return false };
        let wanted = match remote.via {
            Via::Default | Via::Headers => remote.is_open(),
            Via::Bridge => false,
            Via::Client => true,
        };
        let mut values = remote.headers.values();
        wanted && !values.any(|value| is_expandable(value)) && self.connects(remote, client)
    }

    /// Returns whether a client connects to the URL of this server with the headers that `mcpgen headers` prints.
    pub fn gets_headers(&self, client: &Client) -> bool {
        let Reach::Remote(remote) = &self.reach else { return false };
        self.is_via_headers() && client.headers_helper.is_some() && self.connects(remote, client)
    }

    /// Returns whether the declaration says that clients get the headers from `mcpgen headers`. A server without a
    /// sign-in and without secrets needs neither this nor the bridge.
    pub fn is_via_headers(&self) -> bool {
        match &self.reach {
            Reach::Remote(remote) => remote.via == Via::Headers && !remote.is_open(),
            Reach::Local(_) => false,
        }
    }

    // Without the bridge, the client itself hides tools.
    fn connects(&self, remote: &RemoteServer, client: &Client) -> bool {
        client.accepts(remote.transport)
            && !is_expandable(&remote.url)
            && (self.allow.is_empty() || client.expresses(Expressible::Allow))
            && (self.deny.is_empty() || client.expresses(Expressible::Deny))
    }
}

impl RemoteServer {
    /// Returns whether the server needs no sign-in and no secret.
    pub fn is_open(&self) -> bool {
        matches!(self.auth, Auth::None) && self.secrets.is_empty()
    }
}

impl Server {
    /// Returns how the server is reached, if people or programs sign in to it with OAuth.
    pub fn oauth_remote(&self) -> Option<&RemoteServer> {
        match &self.reach {
            Reach::Remote(remote) => matches!(remote.auth, Auth::OAuth(_)).then_some(remote),
            Reach::Local(_) => None,
        }
    }

    /// Returns whether people or programs sign in to the server with OAuth.
    pub fn is_oauth(&self) -> bool {
        self.oauth_remote().is_some()
    }

    /// Returns whether the declaration says that each client connects to the server separately.
    pub fn is_via_client(&self) -> bool {
        match &self.reach {
            Reach::Remote(remote) => remote.via == Via::Client,
            Reach::Local(_) => false,
        }
    }

    /// Returns the settings of the sign-in that a client does itself, if it does.
    pub fn own_sign_in(&self, client: &Client) -> Option<&OAuthSettings> {
        match &self.reach {
            Reach::Remote(RemoteServer { auth: Auth::OAuth(oauth), .. }) => {
                self.goes_direct(client).then_some(oauth)
            }
            Reach::Remote(_) | Reach::Local(_) => None,
        }
    }

    /// Returns whether requests to the server have declared headers.
    pub fn has_headers(&self) -> bool {
        matches!(&self.reach, Reach::Remote(remote) if !remote.headers.is_empty())
    }
}

/// Returns whether some client would expand or run a value or part of it (`${VAR}`, `$(cmd)`, `!cmd`,
/// `{env:VAR}`, `{file:path}`, `${{ secrets.X }}`). Such a value must not be in a client's file.
pub fn is_expandable(value: &str) -> bool {
    value.starts_with('!')
        || value.contains('$')
        || value.contains("{env:")
        || value.contains("{file:")
}
