//! The fields of a declaration that exclude each other. The model and the JSON Schema use these lists.

/// The fields of a server that belong to a URL.
pub const REMOTE_FIELDS: [&str; 5] = ["transport", "allow-http", "headers", "auth", "via"];

/// The fields of a server that belong to a command.
pub const LOCAL_FIELDS: [&str; 3] = ["args", "env", "cwd"];

/// The fields of `auth` that belong to a token.
pub const TOKEN_FIELDS: [&str; 3] = ["header", "scheme", "username"];

/// The fields of `auth` that belong to a sign-in by a person.
pub const PERSON_FIELDS: [&str; 9] = [
    "account",
    "authorize-params",
    "callback-path",
    "client-metadata-url",
    "device",
    "host",
    "port",
    "registration",
    "use-id-token",
];

/// The modes of `auth` in which nobody signs in at the server itself.
pub const UNATTENDED: [&str; 3] = ["client-credentials", "enterprise", "jwt-bearer"];

/// The fields of `auth` that belong to OAuth.
pub const OAUTH_FIELDS: [&str; 20] = [
    "account",
    "assertion",
    "idp",
    "issuer",
    "scope",
    "resource",
    "client-id",
    "client-secret",
    "private-key",
    "algorithm",
    "token-endpoint-auth-method",
    "token-endpoint",
    "client-metadata-url",
    "registration",
    "device",
    "use-id-token",
    "authorize-params",
    "host",
    "port",
    "callback-path",
];

/// The names of servers that some client reserves (Claude's CLI; OpenCode's and Kilo's section `mcp`).
pub const RESERVED_NAMES: [&str; 3] = ["workspace", "servers", "timeout"];
