//! Validates `auth`: how to sign in to a server.

use super::server::{Auth, OAuthSettings, TokenAuth, TokenScheme};
use super::{rules, url};
use crate::declaration::DeclarationErrors;
use crate::fields::{Fields, Spanned};

const OAUTH_FIELDS: [&str; 9] = [
    "scope",
    "resource",
    "client-id",
    "client-secret",
    "client-metadata-url",
    "authorize-params",
    "host",
    "port",
    "callback-path",
];
/// The parameters that every authorization request already has (mcp-remote, `--authorize-param`).
pub const RESERVED_PARAMS: [&str; 6] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "state",
    "code_challenge",
    "code_challenge_method",
];
/// The paths that the callback server uses itself, which a redirect URL cannot have.
pub const RESERVED_PATHS: [&str; 2] = ["/wait-for-auth", "/.mcp-remote/id"];
const TOKEN_FIELDS: [&str; 3] = ["header", "scheme", "username"];

/// Validates the `auth` of a server, which is optional.
pub fn build(fields: Fields<'_>, errors: &mut DeclarationErrors) -> Auth {
    if let Some(word) = fields.string("auth") {
        return if word.value == "oauth" { Auth::OAuth(Box::default()) } else { Auth::None };
    }
    let Some(table) = fields.table("auth") else { return Auth::None };
    let mode = table.string("mode").map(|at| at.value);
    let token = table.string("token");
    check_for_secrets(table, errors);
    match (mode.as_deref(), token) {
        (None, Some(token)) => {
            misfits(table, &OAUTH_FIELDS, "a token", errors);
            build_token(table, &token, errors).map_or(Auth::None, Auth::Token)
        }
        (Some(mode), Some(token)) => {
            let title = format!("`auth` has both `token` and `mode = \"{mode}\"`");
            let error = errors.at(&token, title, "remove one of the two");
            if mode == "oauth" {
                let secrets = "secrets = { NAME = \"keyring:name\" }";
                error.add_help(format!("to send another header with OAuth: {secrets}"));
            }
            Auth::None
        }
        (Some("oauth"), None) => {
            misfits(table, &TOKEN_FIELDS, "OAuth", errors);
            Auth::OAuth(Box::new(build_oauth(table, errors)))
        }
        (Some(_) | None, None) => {
            let spoken = ["mode", "token"].iter().any(|name| table.key_span(name).is_some());
            if mode.as_deref() == Some("none") {
                misfits(table, &OAUTH_FIELDS, "mode = \"none\"", errors);
                misfits(table, &TOKEN_FIELDS, "mode = \"none\"", errors);
            } else if !spoken && errors.complete {
                let span = fields.key_span("auth").unwrap_or_default();
                let title = "`auth` has neither `mode` nor `token`";
                let error = errors.at_span(span, title, "add one of the two");
                error.add_help("for OAuth: auth = \"oauth\"");
                error.add_help("for a token: auth = { token = \"keyring:NAME\" }");
            }
            Auth::None
        }
    }
}

// Only `token` and `client-secret` are secret references. The others must not contain a secret.
fn check_for_secrets(table: Fields<'_>, errors: &mut DeclarationErrors) {
    for name in table.keys().filter(|name| !["token", "client-secret"].contains(name)) {
        if let Some(text) = table.string(name) {
            rules::no_secret(&format!("auth.{name}"), &text, errors);
        }
    }
}

fn misfits(table: Fields<'_>, names: &[&str], what: &str, errors: &mut DeclarationErrors) {
    for name in names {
        if let Some(span) = table.key_span(name) {
            let title = format!("`{name}` cannot be used with {what}");
            errors.at_span(span, title, "remove it");
        }
    }
}

fn build_token(
    table: Fields<'_>,
    token: &Spanned<String>,
    errors: &mut DeclarationErrors,
) -> Option<TokenAuth> {
    let header = table.string("header");
    if let Some(header) = &header {
        rules::header_name(header, errors);
    }
    let header = header.map_or_else(|| "Authorization".to_owned(), |at| at.value);
    let username = table.string("username");
    // RFC 7617, section 2: the user name ends at the first colon.
    if let Some(user) = username.as_ref().filter(|user| user.value.contains([':', '\r', '\n'])) {
        errors.at(
            user,
            "`username` contains a colon or a line break",
            "not allowed in Basic authentication",
        );
    }
    let scheme = match (table.string("scheme"), &username) {
        (Some(at), Some(user)) if at.value == "Basic" => TokenScheme::Basic(user.value.clone()),
        (Some(at), None) if at.value == "Basic" => {
            if errors.complete && table.key_span("username").is_none() {
                errors
                    .at(&at, "`scheme = \"Basic\"` needs a `username`", "no `username`")
                    .add_help("username = \"me@example.com\"");
            }
            TokenScheme::Bare
        }
        (_, Some(user)) => {
            errors
                .at(user, "`username` needs `scheme = \"Basic\"`", "`scheme` is not \"Basic\"")
                .add_help("scheme = \"Basic\"");
            TokenScheme::Bare
        }
        (Some(_), None) => TokenScheme::Bearer,
        (None, None) if header.eq_ignore_ascii_case("Authorization") => TokenScheme::Bearer,
        (None, None) => TokenScheme::Bare,
    };
    Some(TokenAuth { reference: rules::reference("auth.token", token, errors)?, header, scheme })
}

// RFC 3986, section 4.3. The bridge rejects everything else.
fn is_absolute(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let good = |c: char| c.is_ascii_alphanumeric() || ['+', '-', '.'].contains(&c);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(good)
        && !rest.is_empty()
}

fn param_name(name: &Spanned<String>, errors: &mut DeclarationErrors) {
    let text = name.value.as_str();
    if RESERVED_PARAMS.contains(&text) {
        let title = format!("`{text}` is a reserved parameter");
        errors.at(name, title, "the bridge sets this parameter itself");
    } else if text == "resource" {
        errors
            .at(
                name,
                "`resource` is not an authorization parameter",
                "the token endpoint would not receive this value",
            )
            .add_help("auth = { mode = \"oauth\", resource = \"https://HOST/PATH\" }");
    } else if text.is_empty() || text != text.trim() || text.contains('=') {
        let title = format!("{} is not a parameter name", rules::quoted(text));
        errors.at(name, title, "it is empty, contains `=`, or starts or ends with a space");
    }
}

fn is_document(url: &str) -> bool {
    let path = url.strip_prefix("https://").and_then(|rest| rest.split_once('/'));
    url::validate(url).is_ok() && path.is_some_and(|(_, path)| !path.is_empty())
}

fn build_oauth(table: Fields<'_>, errors: &mut DeclarationErrors) -> OAuthSettings {
    let text = |name: &str| table.string(name).map(|at| at.value);
    let secret = table.string("client-secret");
    if let (Some(secret), None, true) = (&secret, table.key_span("client-id"), errors.complete) {
        errors
            .at(secret, "`client-secret` needs a `client-id`", "no `client-id`")
            .add_help("client-id = \"ID\"");
    }
    // The bridge ignores a URL that is not https or has no path (mcp-remote, `--client-metadata-url`).
    if let Some(at) = table.string("client-metadata-url").filter(|at| !is_document(&at.value)) {
        errors
            .at(
                &at,
                "`client-metadata-url` is not an https URL with a path",
                "the bridge would ignore this URL",
            )
            .add_help("write https://HOST/PATH");
    }
    if let Some(path) = table.string("callback-path").filter(|path| !path.value.starts_with('/')) {
        errors
            .at(&path, "`callback-path` does not start with `/`", "not an absolute path")
            .add_help(format!("callback-path = \"/{}\"", path.value));
    }
    let reserved = |at: &Spanned<String>| RESERVED_PATHS.contains(&at.value.as_str());
    if let Some(path) = table.string("callback-path").filter(reserved) {
        let title = format!("`{}` is a reserved path", path.value);
        errors
            .at(&path, title, "the bridge uses this path itself")
            .add_help("callback-path = \"/oauth/callback\"");
    }
    if let Some(resource) = table.string("resource").filter(|at| !is_absolute(&at.value)) {
        errors
            .at(&resource, "`resource` is not an absolute URL", "no scheme")
            .add_help("write https://HOST/PATH");
    }
    let params = table.string_map("authorize-params");
    for (name, value) in &params {
        param_name(name, errors);
        rules::no_secret(&format!("auth.authorize-params.{}", name.value), value, errors);
    }
    OAuthSettings {
        scope: text("scope"),
        resource: text("resource"),
        client_id: text("client-id"),
        client_secret: secret.and_then(|at| rules::reference("auth.client-secret", &at, errors)),
        client_metadata_url: text("client-metadata-url"),
        authorize_params: rules::plain_map(params),
        host: text("host"),
        port: table.number("port").and_then(|port| port.as_u64()),
        callback_path: text("callback-path"),
    }
}
