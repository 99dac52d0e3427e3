//! Whether the clients that sign in themselves can do it as declared.

use super::context::ValidationContext;
use super::fit::{titles, without};
use super::grant::Grant;
use super::native_settings::native_settings;
use super::server::{OAuthSettings, Server, is_expandable};
use crate::client::{Client, NativeSignIn};
use crate::declaration::DeclarationErrors;
use crate::diagnostic::Diagnostic;
use crate::fields::{Fields, Spanned};

const BRIDGE: &str = "via = \"bridge\"";

/// Reports settings of a sign-in without which a client that connects directly cannot sign in.
pub fn check_own_sign_in(
    context: &ValidationContext<'_>,
    fields: Fields<'_>,
    server: &Server,
    errors: &mut DeclarationErrors,
) {
    let direct = server.clients.iter().filter_map(|name| context.table.get(name));
    let direct: Vec<(&Client, &OAuthSettings)> =
        direct.filter_map(|client| Some((client, server.own_sign_in(client)?))).collect();
    let Some((_, oauth)) = direct.first().copied() else { return };
    let direct: Vec<&Client> = direct.into_iter().map(|(client, _)| client).collect();
    if server.has_headers() {
        check_headers(fields, server, &direct, errors);
    }
    let Some(table) = fields.table("auth") else { return };
    check_secrets(table, oauth, errors);
    check_expandable(table, errors);
    if oauth.grant == Grant::Enterprise {
        check_enterprise(table, server, &direct, errors);
    }
    let has_no_id = |client: &&Client| {
        let settings = native_settings(oauth, client.sign_in.as_ref());
        settings.unsupported.contains("client-id")
    };
    let unable: Vec<&Client> = direct.into_iter().filter(has_no_id).collect();
    if !unable.is_empty() {
        let title = format!("`client-id` is not supported by {}", titles(&unable));
        let span = table.key_span("client-id").unwrap_or_default();
        let label = "would have no effect, because of `via = \"client\"`";
        let error = errors.at_span(span, title, label);
        add_ways(error, server, &unable);
    }
}

fn add_ways(error: &mut Diagnostic, server: &Server, unable: &[&Client]) {
    error.add_help(format!("sign in through the bridge: {BRIDGE}"));
    if unable.len() < server.clients.len() {
        error.add_help(without(server, unable));
    }
}

// A client would need the secret in its own file.
fn check_secrets(table: Fields<'_>, oauth: &OAuthSettings, errors: &mut DeclarationErrors) {
    let is_machine = matches!(oauth.grant, Grant::ClientCredentials | Grant::JwtBearer);
    let machine = is_machine.then_some("mode");
    for name in ["client-secret", "private-key"].into_iter().chain(machine) {
        let Some(span) = table.key_span(name) else { continue };
        let what = match name {
            "mode" if oauth.grant == Grant::JwtBearer => "mode = \"jwt-bearer\"",
            "mode" => "mode = \"client-credentials\"",
            other => other,
        };
        errors
            .at_span(
                span,
                format!("`{what}` cannot be used with `via = \"client\"`"),
                "no client would receive the secret",
            )
            .add_note("a client that signs in itself needs the secret in its own file, and mcpgen never writes a secret to a file")
            .add_help(format!("sign in through the bridge: {BRIDGE}"));
    }
}

// Without its own fields for it, a client would open the page of the server.
fn check_enterprise(
    table: Fields<'_>,
    server: &Server,
    direct: &[&Client],
    errors: &mut DeclarationErrors,
) {
    let lacks = |client: &&&Client| {
        client.sign_in.as_ref().is_none_or(|NativeSignIn { enterprise, .. }| enterprise.is_empty())
    };
    let unable: Vec<&Client> = direct.iter().filter(lacks).copied().collect();
    if !unable.is_empty() {
        let title = format!("{} cannot use an identity provider without a bridge", titles(&unable));
        let span = table.key_span("mode").unwrap_or_default();
        let label = "not supported, because of `via = \"client\"`";
        let error = errors.at_span(span, title, label);
        add_ways(error, server, &unable);
    }
}

fn check_expandable(table: Fields<'_>, errors: &mut DeclarationErrors) {
    let value = |name: &str| -> Option<Spanned<String>> {
        table.string(name).filter(|at| is_expandable(&at.value))
    };
    let names = [
        "client-id",
        "scope",
        "resource",
        "issuer",
        "client-metadata-url",
        "host",
        "callback-path",
    ];
    for at in names.into_iter().filter_map(value) {
        errors
            .at(
                &at,
                "a client would expand this value, because of `via = \"client\"`",
                "contains `$` or `{env:`, or starts with `!`",
            )
            .add_help(format!("sign in through the bridge: {BRIDGE}"));
    }
}

fn check_headers(
    fields: Fields<'_>,
    server: &Server,
    direct: &[&Client],
    errors: &mut DeclarationErrors,
) {
    let rejects = |client: &&&Client| {
        client.sign_in.as_ref().is_some_and(|NativeSignIn { without_headers, .. }| *without_headers)
    };
    let unable: Vec<&Client> = direct.iter().filter(rejects).copied().collect();
    if !unable.is_empty() {
        let title = format!("{} cannot sign in with `headers`", titles(&unable));
        let span = fields.key_span("headers").unwrap_or_default();
        let error = errors.at_span(span, title, "the client would reject its file");
        add_ways(error, server, &unable);
    }
}
