//! The options and flags of the bridge, in one table. The parsers, `mcpgen help bridge`, docs/reference/bridge.md, import and
//! doctor all use it.

use super::bridge_version::BridgeVersion;

/// An option (with a value) or a flag (without one).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownFlag {
    /// The name, with its dashes.
    pub name: &'static str,
    /// The placeholder of the value, if it is an option.
    pub value: Option<&'static str>,
    /// The first version of mcp-remote that has it; `None` if only the native bridge has it.
    pub since: Option<BridgeVersion>,
    /// The part of the cache key that it sets.
    pub key_part: Option<KeyPart>,
    /// What import makes of it.
    pub import: FlagImport,
    /// The group in which it is listed.
    pub group: FlagGroup,
    /// The help.
    pub help: &'static str,
}

/// A part of the cache key that an option sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPart {
    /// The resource.
    Resource,
    /// Parameters of the authorization request.
    AuthorizeParams,
    /// Headers.
    Headers,
    /// The URL of a client metadata document.
    ClientMetadataUrl,
    /// The token endpoint.
    TokenEndpoint,
}

/// What import makes of an option or flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagImport {
    /// The declaration says the same, or makes it unnecessary.
    Declared,
    /// It is omitted with a note.
    Omitted,
    /// It is omitted with a note if the bridge is the native one, and cannot be declared otherwise.
    OmittedIfNative,
    /// It cannot be declared.
    Undeclarable,
}

/// The groups in which options and flags are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagGroup {
    /// What selects the sign-in.
    SignIn,
    /// How to sign in.
    Grant,
    /// How to connect to the server.
    Connection,
    /// What is logged.
    Log,
}

use FlagGroup::{Connection, Grant, Log, SignIn};
use KeyPart::{AuthorizeParams, ClientMetadataUrl, Headers, Resource, TokenEndpoint};

/// All options and flags, in the order of the documentation.
pub const KNOWN_FLAGS: [KnownFlag; 36] = [
    SignIn
        .option("--header", "NAME:VALUE")
        .since(0, 0, 17)
        .in_key(Headers)
        .import(FlagImport::Declared)
        .help("send a header with every request; `${VAR}` is replaced from the environment"),
    SignIn
        .option("--header-file", "FILE")
        .since(0, 4, 0)
        .in_key(Headers)
        .help("send the headers that a file lists, one on each line; `#` starts a comment"),
    SignIn
        .option("--resource", "URL")
        .since(0, 1, 18)
        .in_key(Resource)
        .import(FlagImport::Declared)
        .help("request tokens for this resource (RFC 8707)"),
    SignIn
        .flag("--disable-resource-parameter")
        .since(0, 1, 43)
        .import(FlagImport::Declared)
        .help("send no `resource` parameter, even with `--resource`"),
    SignIn
        .option("--authorize-param", "NAME=VALUE")
        .since(0, 6, 0)
        .in_key(AuthorizeParams)
        .import(FlagImport::Declared)
        .help("add a parameter to the authorization request"),
    SignIn
        .option("--client-metadata-url", "URL")
        .since(0, 7, 0)
        .in_key(ClientMetadataUrl)
        .import(FlagImport::Declared)
        .help("sign in with this client metadata document"),
    SignIn
        .option("--issuer", "URL")
        .import(FlagImport::Declared)
        .help("accept only an authorization server whose metadata names this issuer"),
    SignIn
        .option("--token-endpoint", "URL")
        .since(0, 14, 0)
        .in_key(TokenEndpoint)
        .import(FlagImport::Declared)
        .help("use this token endpoint; requires `--client-credentials`"),
    SignIn
        .option("--host", "HOST")
        .since(0, 1, 6)
        .import(FlagImport::Declared)
        .help("host of the callback URL [localhost]"),
    SignIn
        .option("--callback-path", "PATH")
        .since(0, 2, 0)
        .import(FlagImport::Declared)
        .help("path of the callback URL [/oauth/callback]"),
    SignIn
        .option("--static-oauth-client-info", "JSON")
        .since(0, 1, 8)
        .import(FlagImport::Declared)
        .help(
            "sign in with this registration: JSON or `@FILE`; `${VAR}` is replaced from the \
             environment",
        ),
    SignIn
        .option("--static-oauth-client-metadata", "JSON")
        .since(0, 1, 8)
        .import(FlagImport::Declared)
        .help("fields of a new registration, and the `scope` to request: JSON or `@FILE`"),
    Grant
        .option("--auth-timeout", "SECONDS")
        .since(0, 1, 24)
        .help("time limit for a person to sign in [180; mcp-remote: 30]"),
    Grant
        .option("--auth-success-url", "URL")
        .since(0, 15, 0)
        .help("page that the browser shows after the sign-in"),
    Grant
        .flag("--device-code")
        .since(0, 8, 0)
        .import(FlagImport::Declared)
        .help("sign in by entering a code on another device (RFC 8628)"),
    Grant
        .flag("--client-credentials")
        .since(0, 11, 0)
        .import(FlagImport::Declared)
        .help("sign in with the client credentials grant, without a person"),
    Grant
        .option("--client-private-key", "PEM")
        .help("sign in with this private key of the OAuth client: PEM or `@FILE`; `${VAR}` is replaced from the environment"),
    Grant
        .option("--assertion", "JWT")
        .help("sign in with this assertion (RFC 7523), without a person: JWT or `@FILE`; `${VAR}` is replaced from the environment"),
    Grant
        .option("--idp", "JSON")
        .help("sign in with the identity of a person who has signed in at an identity provider: JSON with `issuer` and `client_id`, or `@FILE`; `${VAR}` is replaced from the environment"),
    Grant
        .flag("--use-id-token")
        .since(0, 7, 0)
        .import(FlagImport::Declared)
        .help("send the ID token instead of the access token"),
    Grant
        .flag("--allow-private")
        .help("allow a public server to use URLs in a private network for its sign-in"),
    Connection
        .option("--transport", "ORDER")
        .since(0, 1, 0)
        .import(FlagImport::Declared)
        .help("`http-first`, `sse-first`, `http-only` or `sse-only` [http-first]"),
    Connection.option("--protocol", "NAME").since(0, 10, 0).help(
        "`legacy`, or `auto` to use the revision 2026-07-28 if the server supports it \
         [legacy]",
    ),
    Connection
        .flag("--allow-http")
        .since(0, 0, 21)
        .import(FlagImport::Declared)
        .help("allow plain http to another machine"),
    Connection
        .option("--ignore-tool", "PATTERN")
        .since(0, 1, 22)
        .import(FlagImport::Declared)
        .help("hide tools from the client; `*` matches any string"),
    Connection
        .option("--only-tool", "PATTERN")
        .import(FlagImport::Declared)
        .help("hide all other tools; repeat the option to allow several"),
    Connection.flag("--keep-alive").since(0, 5, 0).help("send a `ping` every 30 seconds"),
    Connection
        .option("--ping-interval", "SECONDS")
        .since(0, 5, 0)
        .help("send a `ping` at this interval"),
    Connection
        .option("--connect-timeout", "SECONDS")
        .since(0, 3, 0)
        .help("timeout of a connection attempt [10]"),
    Connection.option("--headers-timeout", "SECONDS").since(0, 3, 0).help(
        "timeout for the response headers, and for sending a request body [300; 0: no timeout]",
    ),
    Connection
        .option("--body-timeout", "SECONDS")
        .since(0, 3, 0)
        .help("timeout between two parts of a response body [300; 0: no timeout]"),
    Connection.flag("--ipv4").since(0, 3, 0).help("use IPv4 only"),
    Connection
        .flag("--enable-proxy")
        .since(0, 1, 26)
        .import(FlagImport::OmittedIfNative)
        .help("no effect: the proxy environment variables are always used"),
    Connection.flag("--disable-cookies").since(0, 7, 0).help("store no cookies"),
    Log.flag("--debug")
        .since(0, 1, 7)
        .import(FlagImport::Omitted)
        .help("log every step to stderr, and to `KEY_debug.log` next to the cache"),
    Log.flag("--silent").since(0, 1, 35).import(FlagImport::Omitted).help("log nothing"),
];

impl KeyPart {
    /// All parts, in the order in which they are hashed after the URL.
    pub const IN_HASHED_ORDER: [Self; 5] =
        [Resource, AuthorizeParams, Headers, ClientMetadataUrl, TokenEndpoint];
}

impl FlagGroup {
    /// All groups, in the order of the documentation.
    pub const ALL: [Self; 4] = [SignIn, Grant, Connection, Log];

    /// Returns the heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::SignIn => "Options that select the sign-in (use the same in every client)",
            Self::Grant => "How to sign in",
            Self::Connection => "How to connect to the server",
            Self::Log => "Messages on stderr",
        }
    }

    const fn option(self, name: &'static str, value: &'static str) -> KnownFlag {
        KnownFlag { value: Some(value), ..self.flag(name) }
    }

    const fn flag(self, name: &'static str) -> KnownFlag {
        let import = FlagImport::Undeclarable;
        let (value, since, key_part) = (None, None, None);
        KnownFlag { name, value, since, key_part, import, group: self, help: "" }
    }
}

impl KnownFlag {
    /// Finds an option or flag by its exact name.
    pub fn find(name: &str) -> Option<&'static Self> {
        KNOWN_FLAGS.iter().find(|known| known.name == name)
    }

    /// Returns whether a version of mcp-remote has an option or flag.
    pub fn exists_in(name: &str, version: BridgeVersion) -> bool {
        let since = Self::find(name).and_then(|known| known.since);
        since.is_some_and(|since| since <= version)
    }

    const fn since(self, major: u16, minor: u16, patch: u16) -> Self {
        Self { since: Some(BridgeVersion::new(major, minor, patch)), ..self }
    }

    const fn in_key(self, part: KeyPart) -> Self {
        Self { key_part: Some(part), ..self }
    }

    const fn import(self, import: FlagImport) -> Self {
        Self { import, ..self }
    }

    const fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }
}
