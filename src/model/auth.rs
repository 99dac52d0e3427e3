//! How a server is signed in to, out of both spellings of `auth`.

use super::{Auth, Faults, OAuthSettings, TokenAuth, TokenScheme, rules};
use crate::fields::{Fields, Spanned};
use crate::model::url;

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
/// Lists the parameters that a sign-in makes itself (mcp-remote, `--authorize-param`).
pub const RESERVED_PARAMS: [&str; 6] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "state",
    "code_challenge",
    "code_challenge_method",
];
/// Lists the callback server's own paths, which a callback address cannot have.
pub const RESERVED_PATHS: [&str; 2] = ["/wait-for-auth", "/.mcp-remote/id"];
const TOKEN_FIELDS: [&str; 3] = ["header", "scheme", "username"];

/// Reads a server's `auth`. A missing one is none.
pub fn build(fields: Fields<'_>, faults: &mut Faults) -> Auth {
    if let Some(word) = fields.string("auth") {
        return if word.value == "oauth" { Auth::OAuth(Box::default()) } else { Auth::None };
    }
    let Some(table) = fields.table("auth") else { return Auth::None };
    let mode = table.string("mode").map(|at| at.value);
    let token = table.string("token");
    texts_without_secrets(table, faults);
    match (mode.as_deref(), token) {
        (None, Some(token)) => {
            misfits(table, &OAUTH_FIELDS, "a token", faults);
            build_token(table, &token, faults).map_or(Auth::None, Auth::Token)
        }
        (Some(mode), Some(token)) => {
            let title = format!("`auth` has both a token and mode = \"{mode}\"");
            let fault = faults.at(&token, title, "one of the two");
            if mode == "oauth" {
                let secrets = "secrets = { NAME = \"keyring:name\" }";
                fault.add_help(format!("a header beside OAuth goes into {secrets}"));
            }
            Auth::None
        }
        (Some("oauth"), None) => {
            misfits(table, &TOKEN_FIELDS, "OAuth", faults);
            Auth::OAuth(Box::new(build_oauth(table, faults)))
        }
        (Some(_) | None, None) => {
            let spoken = ["mode", "token"].iter().any(|name| table.key_span(name).is_some());
            if mode.as_deref() == Some("none") {
                misfits(table, &OAUTH_FIELDS, "mode = \"none\"", faults);
                misfits(table, &TOKEN_FIELDS, "mode = \"none\"", faults);
            } else if !spoken && faults.whole {
                let place =
                    Spanned { value: (), span: fields.key_span("auth").unwrap_or_default() };
                let title = "`auth` has neither a mode nor a token";
                let fault = faults.at(&place, title, "nothing to sign in with");
                fault.add_help("auth = \"oauth\"");
                fault.add_help("auth = { token = \"keyring:NAME\" }");
            }
            Auth::None
        }
    }
}

// Only `token` and `client-secret` lead to a secret; none of the others is one.
fn texts_without_secrets(table: Fields<'_>, faults: &mut Faults) {
    for name in table.keys().filter(|name| !["token", "client-secret"].contains(name)) {
        if let Some(text) = table.string(name) {
            rules::no_secret(&format!("auth.{name}"), &text, faults);
        }
    }
}

fn misfits(table: Fields<'_>, names: &[&str], what: &str, faults: &mut Faults) {
    for name in names {
        if let Some(span) = table.key_span(name) {
            let title = format!("`{name}` does not go with {what}");
            faults.at(&Spanned { value: (), span }, title, "take it out");
        }
    }
}

fn build_token(
    table: Fields<'_>,
    token: &Spanned<String>,
    faults: &mut Faults,
) -> Option<TokenAuth> {
    let header = table.string("header");
    if let Some(header) = &header {
        rules::header_name(header, faults);
    }
    let header = header.map_or_else(|| "Authorization".to_owned(), |at| at.value);
    let username = table.string("username");
    // RFC 7617, section 2: what stands before the first colon is the user name.
    if let Some(user) = username.as_ref().filter(|user| user.value.contains([':', '\r', '\n'])) {
        faults.at(user, "`username` has a colon or a line break in it", "Basic can carry neither");
    }
    let scheme = match (table.string("scheme"), &username) {
        (Some(at), Some(user)) if at.value == "Basic" => TokenScheme::Basic(user.value.clone()),
        (Some(at), None) if at.value == "Basic" => {
            if faults.whole && table.key_span("username").is_none() {
                faults
                    .at(&at, "`scheme` is \"Basic\" and goes with a user name", "none beside it")
                    .add_help("username = \"me@example.com\"");
            }
            TokenScheme::Bare
        }
        (_, Some(user)) => {
            faults
                .at(user, "`username` goes with \"Basic\" alone", "another scheme, or none")
                .add_help("scheme = \"Basic\"");
            TokenScheme::Bare
        }
        (Some(_), None) => TokenScheme::Bearer,
        (None, None) if header.eq_ignore_ascii_case("Authorization") => TokenScheme::Bearer,
        (None, None) => TokenScheme::Bare,
    };
    Some(TokenAuth { reference: rules::reference("auth.token", token, faults)?, header, scheme })
}

// RFC 3986, section 4.3. The bridge takes nothing else.
fn is_absolute(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let good = |c: char| c.is_ascii_alphanumeric() || ['+', '-', '.'].contains(&c);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(good)
        && !rest.is_empty()
}

fn param_name(name: &Spanned<String>, faults: &mut Faults) {
    let text = name.value.as_str();
    if RESERVED_PARAMS.contains(&text) {
        let title = format!("`{text}` is a parameter that every sign-in makes itself");
        faults.at(name, title, "take it out");
    } else if text == "resource" {
        faults
            .at(name, "`resource` here is not said to the token endpoint", "half of the two")
            .add_help("auth = { mode = \"oauth\", resource = \"https://HOST/PATH\" }");
    } else if text.is_empty() || text != text.trim() || text.contains('=') {
        let title = format!("{} is no parameter's name", rules::quoted(text));
        faults.at(name, title, "empty, or with `=` or blanks around it");
    }
}

fn is_document(url: &str) -> bool {
    let path = url.strip_prefix("https://").and_then(|rest| rest.split_once('/'));
    url::validate(url).is_ok() && path.is_some_and(|(_, path)| !path.is_empty())
}

fn build_oauth(table: Fields<'_>, faults: &mut Faults) -> OAuthSettings {
    let text = |name: &str| table.string(name).map(|at| at.value);
    let secret = table.string("client-secret");
    if let (Some(secret), None, true) = (&secret, table.key_span("client-id"), faults.whole) {
        faults
            .at(secret, "`client-secret` goes with a `client-id`", "none beside it")
            .add_help("client-id = \"ID\"");
    }
    // The bridge passes over one that is not https with a path (mcp-remote, `--client-metadata-url`).
    if let Some(at) = table.string("client-metadata-url").filter(|at| !is_document(&at.value)) {
        faults
            .at(&at, "`client-metadata-url` is no https address with a path", "no document there")
            .add_help("write https://HOST/PATH");
    }
    if let Some(path) = table.string("callback-path").filter(|path| !path.value.starts_with('/')) {
        faults
            .at(&path, "`callback-path` does not start with `/`", "a path starts with `/`")
            .add_help(format!("callback-path = \"/{}\"", path.value));
    }
    let reserved = |at: &Spanned<String>| RESERVED_PATHS.contains(&at.value.as_str());
    if let Some(path) = table.string("callback-path").filter(reserved) {
        let title = format!("`{}` is a path that the bridge keeps for itself", path.value);
        faults.at(&path, title, "take another");
    }
    if let Some(resource) = table.string("resource").filter(|at| !is_absolute(&at.value)) {
        faults
            .at(&resource, "`resource` is no absolute address", "no scheme before it")
            .add_help("write https://HOST/PATH");
    }
    let params = table.string_map("authorize-params");
    for (name, value) in &params {
        param_name(name, faults);
        rules::no_secret(&format!("auth.authorize-params.{}", name.value), value, faults);
    }
    OAuthSettings {
        scope: text("scope"),
        resource: text("resource"),
        client_id: text("client-id"),
        client_secret: secret.and_then(|at| rules::reference("auth.client-secret", &at, faults)),
        client_metadata_url: text("client-metadata-url"),
        authorize_params: rules::plain_map(params),
        host: text("host"),
        port: table.number("port").and_then(|port| port.as_u64()),
        callback_path: text("callback-path"),
    }
}
