//! Validates `auth`: how to sign in to a server.

use super::identity_provider::{self, IdentityProviders};
use super::oauth::build_oauth;
use super::server::{Auth, Grant, OAuthSettings, TokenAuth, TokenScheme};
use super::{literal_secrets, rules};
use crate::declaration::DeclarationErrors;
use crate::declaration::exclusive::{OAUTH_FIELDS, PERSON_FIELDS, TOKEN_FIELDS};
use crate::fields::{Fields, Spanned};

/// Validates the `auth` of a server, which is optional.
pub fn build(
    fields: Fields<'_>,
    providers: &IdentityProviders,
    errors: &mut DeclarationErrors,
) -> Auth {
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
            if mode != "none" {
                let secrets = "secrets = { NAME = \"keyring:name\" }";
                error.add_help(format!("to send a header in addition to OAuth: {secrets}"));
            }
            Auth::None
        }
        (Some("oauth"), None) => {
            misfits(table, &TOKEN_FIELDS, "OAuth", errors);
            only_in_mode(table, "", errors);
            let device = table.boolean("device") == Some(true);
            let grant = if device { Grant::Device } else { Grant::Browser };
            Auth::OAuth(Box::new(build_oauth(table, grant, errors)))
        }
        (Some(mode @ ("client-credentials" | "enterprise" | "jwt-bearer")), None) => {
            Auth::OAuth(Box::new(unattended(table, mode, providers, errors)))
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

// A sign-in by nobody at the server itself.
fn unattended(
    table: Fields<'_>,
    mode: &str,
    providers: &IdentityProviders,
    errors: &mut DeclarationErrors,
) -> OAuthSettings {
    misfits(table, &TOKEN_FIELDS, "OAuth", errors);
    misfits(table, &PERSON_FIELDS, &format!("mode = \"{mode}\""), errors);
    let (grant, own) = match mode {
        "enterprise" => (Grant::Enterprise, "idp"),
        "jwt-bearer" => (Grant::JwtBearer, "assertion"),
        _other => (Grant::ClientCredentials, ""),
    };
    only_in_mode(table, own, errors);
    if grant == Grant::JwtBearer && table.key_span("assertion").is_none() && errors.complete {
        let span = table.key_span("mode").unwrap_or_default();
        errors
            .at_span(span, "`mode = \"jwt-bearer\"` needs an `assertion`", "no `assertion`")
            .add_help("assertion = \"command:PROGRAM\"");
    }
    let oauth = build_oauth(table, grant, errors);
    let provider = match grant {
        Grant::Enterprise => identity_provider::find(table, providers, errors),
        Grant::Browser | Grant::Device | Grant::ClientCredentials | Grant::JwtBearer => None,
    };
    OAuthSettings { provider, ..oauth }
}

// `own` is the field that the mode has.
fn only_in_mode(table: Fields<'_>, own: &str, errors: &mut DeclarationErrors) {
    for (name, mode) in [("idp", "enterprise"), ("assertion", "jwt-bearer")] {
        if let Some(span) = table.key_span(name).filter(|_| name != own) {
            let title = format!("`{name}` needs `mode = \"{mode}\"`");
            errors.at_span(span, title, "remove it, or change the mode");
        }
    }
}

const REFERENCES: [&str; 4] = ["token", "client-secret", "private-key", "assertion"];

// The other fields must not contain a secret.
fn check_for_secrets(table: Fields<'_>, errors: &mut DeclarationErrors) {
    for name in table.keys().filter(|name| !REFERENCES.contains(name)) {
        if let Some(text) = table.string(name) {
            literal_secrets::no_secret(&format!("auth.{name}"), &text, errors);
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
