//! The fields of a sign-in.

use crate::fields::{Shape, Table, field};

/// The fields of an identity provider.
pub static IDP: Table = Table {
    title: "an identity provider",
    fields: &[
        field("issuer", Shape::String, "The issuer of the identity provider: an https URL."),
        field("client-id", Shape::String, "The id of the OAuth client at the identity provider."),
        field(
            "client-secret",
            Shape::String,
            "A secret reference to the secret of this OAuth client.",
        ),
        field(
            "token-endpoint-auth-method",
            Shape::OneOf(&["none", "client_secret_post", "client_secret_basic"]),
            "How this OAuth client authenticates (default: the first method that the provider supports).",
        ),
        field(
            "scope",
            Shape::String,
            "The scope to request, which contains `openid` (default: `openid`, and `offline_access` if the provider offers it).",
        ),
        field(
            "account",
            Shape::String,
            "The account to sign in to, which the provider gets as `login_hint`.",
        ),
        field(
            "authorize-params",
            Shape::StringMap,
            "Additional parameters of the authorization request.",
        ),
        field(
            "device",
            Shape::Boolean,
            "Whether to sign in on another device, where you enter a code.",
        ),
        field("host", Shape::String, "The host of the redirect URL."),
        field("port", Shape::Port, "The port of the redirect URL."),
        field("callback-path", Shape::String, "The path of the redirect URL."),
        field(
            "id-token",
            Shape::String,
            "A secret reference to an ID token that another program gets, in place of a sign-in by mcpgen.",
        ),
    ],
    foreign: &[],
};

/// The fields of `auth`.
pub static AUTH: Table = Table {
    title: "auth",
    fields: &[
        field(
            "mode",
            Shape::OneOf(&["oauth", "enterprise", "client-credentials", "jwt-bearer", "none"]),
            "How to sign in: with OAuth by a person at the server or at an identity provider, with OAuth without a person \
             (`client-credentials`, `jwt-bearer`), or not at all.",
        ),
        field(
            "idp",
            Shape::String,
            "The identity provider for `mode = \"enterprise\"`: a name in `[idp.NAME]`. You sign in there, once for all servers.",
        ),
        field(
            "assertion",
            Shape::String,
            "A secret reference to the assertion for `mode = \"jwt-bearer\"` (RFC 7523): a JSON Web Token that another program issues.",
        ),
        field(
            "account",
            Shape::String,
            "The account to sign in to. The authorization server gets it as `login_hint`, and each account has its own sign-in.",
        ),
        field(
            "issuer",
            Shape::String,
            "The only issuer of the authorization server to accept (default: the one that the server names).",
        ),
        field(
            "scope",
            Shape::String,
            "The scope to request (default: the scope that the server names).",
        ),
        field(
            "resource",
            Shape::StringOrFalse,
            "The resource indicator (RFC 8707), or `false` to send none.",
        ),
        field("client-id", Shape::String, "The id of a pre-registered OAuth client."),
        field(
            "client-secret",
            Shape::String,
            "A secret reference to the secret of the OAuth client.",
        ),
        field(
            "private-key",
            Shape::String,
            "A secret reference to the private key of the OAuth client, in PEM format, for a sign-in without a person.",
        ),
        field(
            "algorithm",
            Shape::OneOf(&["ES256", "ES384", "EdDSA", "RS256", "PS256"]),
            "How `private-key` signs (default: the key decides).",
        ),
        field(
            "token-endpoint-auth-method",
            Shape::OneOf(&["none", "client_secret_post", "client_secret_basic"]),
            "How the OAuth client authenticates (default: the first method that the server supports).",
        ),
        field(
            "token-endpoint",
            Shape::String,
            "The token endpoint for `mode = \"client-credentials\"` (default: the one that the server names).",
        ),
        field("client-metadata-url", Shape::String, "The URL of a client metadata document."),
        field(
            "registration",
            Shape::Open,
            "Further fields of the client registration (RFC 7591), such as `client_name`.",
        ),
        field(
            "device",
            Shape::Boolean,
            "Whether to sign in on another device, where you enter a code.",
        ),
        field(
            "use-id-token",
            Shape::Boolean,
            "Whether to send the ID token to the server in place of the access token.",
        ),
        field(
            "authorize-params",
            Shape::StringMap,
            "Additional parameters of the authorization request.",
        ),
        field("host", Shape::String, "The host of the redirect URL."),
        field("port", Shape::Port, "The port of the redirect URL."),
        field("callback-path", Shape::String, "The path of the redirect URL."),
        field("token", Shape::String, "A secret reference to an API token."),
        field(
            "header",
            Shape::String,
            "The header that contains the token (default: Authorization).",
        ),
        field(
            "scheme",
            Shape::OneOf(&["Bearer", "Basic"]),
            "The authentication scheme, which precedes the token in the header.",
        ),
        field("username", Shape::String, "The user name for `scheme = \"Basic\"`."),
    ],
    foreign: &[],
};
