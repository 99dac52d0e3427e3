//! Validates the settings of an OAuth sign-in.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::server::{Grant, OAuthSettings};
use super::url::{self, UrlError};
use super::{literal_secrets, rules};
use crate::declaration::DeclarationErrors;
use crate::fields::{Fields, Spanned};
use crate::secret::literal;

/// The parameter that names the account (OpenID Connect Core 1.0, section 3.1.2.1). Servers ignore a parameter that they
/// do not know, and it is part of mcp-remote's cache key.
pub const ACCOUNT_PARAM: &str = "login_hint";
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
                "`resource` has a field of its own in `auth`",
                "only the authorization endpoint would receive it, not the token endpoint",
            )
            .add_help("auth = { mode = \"oauth\", resource = \"https://HOST/PATH\" }");
    } else if let Some(why) = not_a_name(text) {
        errors.at(name, format!("{} is not a parameter name", rules::quoted(text)), why);
    }
}

fn not_a_name(text: &str) -> Option<&'static str> {
    match text {
        "" => Some("the name is empty"),
        _ if text.contains('=') => Some("contains `=`"),
        _ if text != text.trim() => Some("starts or ends with a space"),
        _other => None,
    }
}

fn is_document(url: &str) -> bool {
    let path = url.strip_prefix("https://").and_then(|rest| rest.split_once('/'));
    url::validate(url).is_ok() && path.is_some_and(|(_, path)| !path.is_empty())
}

/// Validates the settings of an OAuth sign-in.
pub fn build_oauth(
    table: Fields<'_>,
    grant: Grant,
    errors: &mut DeclarationErrors,
) -> OAuthSettings {
    let text = |name: &str| table.string(name).map(|at| at.value);
    let secret = table.string("client-secret");
    let key = table.string("private-key");
    let assertion = table.string("assertion");
    check_key(table, grant, errors);
    check_client(table, grant, errors);
    check_urls(table, errors);
    check_callback_path(table, errors);
    let authorize_params = authorize_params(table, errors);
    OAuthSettings {
        grant,
        provider: None,
        assertion: assertion.and_then(|at| rules::reference("auth.assertion", &at, errors)),
        issuer: text("issuer"),
        scope: text("scope"),
        resource: text("resource"),
        without_resource: table.boolean("resource") == Some(false),
        id_token: table.boolean("use-id-token") == Some(true),
        token_endpoint: text("token-endpoint"),
        auth_method: text("token-endpoint-auth-method"),
        registration: registration(table, errors),
        client_id: text("client-id"),
        client_secret: secret.and_then(|at| rules::reference("auth.client-secret", &at, errors)),
        private_key: key.and_then(|at| rules::reference("auth.private-key", &at, errors)),
        algorithm: text("algorithm"),
        client_metadata_url: text("client-metadata-url"),
        authorize_params,
        host: text("host"),
        port: table.number("port").and_then(|port| port.as_u64()),
        callback_path: text("callback-path"),
    }
}

fn authorize_params(table: Fields<'_>, errors: &mut DeclarationErrors) -> BTreeMap<String, String> {
    let params = table.string_map("authorize-params");
    for (name, value) in &params {
        param_name(name, errors);
        let place = format!("auth.authorize-params.{}", name.value);
        let verdict = literal::judge_named(&name.value, &value.value);
        if let Some(error) = literal_secrets::secret_error(&place, value, verdict, errors) {
            error.add_help("for the secret of an OAuth client: client-secret = \"keyring:NAME\"");
        }
    }
    let mut params = rules::plain_map(params);
    let Some(account) = table.string("account") else { return params };
    if account.value.trim().is_empty() {
        errors
            .at(&account, "`account` is empty", "the server would not know whom to sign in")
            .add_help("account = \"me@example.com\"");
    }
    if params.insert(ACCOUNT_PARAM.to_owned(), account.value.clone()).is_some() {
        errors.at(
            &account,
            "`account` and `authorize-params.login_hint` are the same parameter",
            "remove one of the two",
        );
    }
    params
}

fn check_client(table: Fields<'_>, grant: Grant, errors: &mut DeclarationErrors) {
    if !errors.complete {
        return;
    }
    let has = |name: &str| table.key_span(name).is_some();
    if let Some(secret) = table.string("client-secret").filter(|_| !has("client-id")) {
        errors
            .at(&secret, "`client-secret` needs a `client-id`", "no `client-id`")
            .add_help("client-id = \"ID\"");
    }
    if grant != Grant::ClientCredentials {
        if let Some(span) =
            table.key_span("mode").filter(|_| grant.is_unattended() && !has("client-id"))
        {
            let mode = table.string("mode").map(|at| at.value).unwrap_or_default();
            let title = format!("`mode = \"{mode}\"` needs a `client-id`");
            errors.at_span(span, title, "no `client-id`").add_help("client-id = \"ID\"");
        }
        if let Some(span) = table.key_span("token-endpoint") {
            let title = "`token-endpoint` needs `mode = \"client-credentials\"`";
            errors.at_span(span, title, "other modes use the discovered one");
        }
        return;
    }
    let lines = [
        ("client-id", "client-id = \"ID\""),
        ("client-secret", "client-secret = \"keyring:NAME\""),
    ];
    let is_given = |name: &str| has(name) || (name == "client-secret" && has("private-key"));
    for (name, line) in lines.into_iter().filter(|(name, _)| !is_given(name)) {
        let span = table.key_span("mode").unwrap_or_default();
        let title = format!("`mode = \"client-credentials\"` needs a `{name}`");
        errors.at_span(span, title, &format!("no `{name}`")).add_help(line);
    }
}

fn check_key(table: Fields<'_>, grant: Grant, errors: &mut DeclarationErrors) {
    let Some(key) = table.key_span("private-key") else {
        if let Some(span) = table.key_span("algorithm").filter(|_| errors.complete) {
            let title = "`algorithm` needs a `private-key`";
            errors.at_span(span, title, "no `private-key`").add_help("private-key = \"file:PATH\"");
        }
        return;
    };
    if !grant.is_unattended() {
        let title = "`private-key` needs a mode without a person at the server";
        errors.at_span(key, title, "a sign-in by a person uses `client-secret`");
        return;
    }
    for name in ["client-secret", "token-endpoint-auth-method"] {
        if let Some(span) = table.key_span(name) {
            let title = format!("`{name}` cannot be used with `private-key`");
            errors.at_span(span, title, "remove one of the two");
        }
    }
}

fn check_urls(table: Fields<'_>, errors: &mut DeclarationErrors) {
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
    if let Some(resource) = table.string("resource").filter(|at| !is_absolute(&at.value)) {
        errors
            .at(&resource, "`resource` is not an absolute URL", "no scheme")
            .add_help("write https://HOST/PATH, or `false` to send no `resource`");
    }
    let is_url = |at: &Spanned<String>| {
        matches!(url::validate(&at.value), Ok(()) | Err(UrlError::PlainHttp))
    };
    if let Some(at) = table.string("issuer").filter(|at| !is_url(at)) {
        errors
            .at(&at, "`issuer` is not a URL", "issuers are compared as they are written")
            .add_help("write https://HOST or https://HOST/PATH, exactly as the metadata has it");
    }
    let is_endpoint =
        |at: &Spanned<String>| url::validate(&at.value).is_ok() && !at.value.contains('#');
    if let Some(at) = table.string("token-endpoint").filter(|at| !is_endpoint(at)) {
        errors
            .at(&at, "`token-endpoint` is not an https URL", "the bridge would reject it")
            .add_help("write https://HOST/PATH");
    }
}

fn check_callback_path(table: Fields<'_>, errors: &mut DeclarationErrors) {
    let Some(path) = table.string("callback-path") else { return };
    if !path.value.starts_with('/') {
        errors
            .at(&path, "`callback-path` does not start with `/`", "not an absolute path")
            .add_help(format!("callback-path = \"/{}\"", path.value));
    }
    if RESERVED_PATHS.contains(&path.value.as_str()) {
        let title = format!("`{}` is a reserved path", path.value);
        errors
            .at(&path, title, "the bridge uses this path itself")
            .add_help("callback-path = \"/oauth/callback\"");
    }
}

// Fields of a registration that have a field of their own, or that the sign-in sets itself.
const OWN_FIELDS: [(&str, Option<&str>); 6] = [
    ("scope", Some("scope")),
    ("token_endpoint_auth_method", Some("token-endpoint-auth-method")),
    ("client_id", Some("client-id")),
    ("client_secret", Some("client-secret")),
    ("redirect_uris", None),
    ("application_type", None),
];

fn registration(table: Fields<'_>, errors: &mut DeclarationErrors) -> Map<String, Value> {
    let values = table.values("registration");
    for (name, value) in &values {
        let own = OWN_FIELDS.iter().find(|(known, _)| *known == name.value);
        match own {
            Some((_, Some(field))) => {
                let title = format!("`registration.{}` has a field of its own", name.value);
                errors.at(name, title, "not allowed here").add_help(format!("{field} = \"…\""));
            }
            Some((_, None)) => {
                let title = format!("`registration.{}` is set by the sign-in itself", name.value);
                errors.at(name, title, "not allowed here");
            }
            None => {
                let place = format!("auth.registration.{}", name.value);
                literal_secrets::no_secret_inside(&place, name, value, errors);
            }
        }
    }
    values.into_iter().map(|(name, value)| (name.value, value)).collect()
}
