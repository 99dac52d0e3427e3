//! Validates how a server is reached: the fields of a program or of a URL.

use std::collections::BTreeMap;

use super::identity_provider::IdentityProviders;
use super::server::{Auth, LocalServer, Reach, RemoteServer, Via, is_expandable};
use super::{argument, auth, literal_secrets, placeholders, rules, url};
use crate::client::Transport;
use crate::declaration::DeclarationErrors;
use crate::declaration::exclusive::{LOCAL_FIELDS, REMOTE_FIELDS};
use crate::declaration::foreign;
use crate::fields::{Fields, Spanned, StringMap};
use crate::secret::literal;
use crate::similar::nearest;

/// Validates how a server is reached. Returns `None` if it has neither a command nor a URL, or both.
pub fn build(
    name: &Spanned<String>,
    fields: Fields<'_>,
    providers: &IdentityProviders,
    errors: &mut DeclarationErrors,
) -> Option<Reach> {
    let plain = check_plain(fields, errors);
    match (fields.string("command"), fields.string("url")) {
        (Some(command), None) => Some(Reach::Local(local(fields, &command, &plain, errors))),
        (None, Some(url)) => Some(Reach::Remote(remote(fields, &url, (&plain, providers), errors))),
        (Some(_), Some(url)) => {
            let title = format!("`{}` has both `command` and `url`", name.value);
            errors.at(&url, title, "remove one of the two");
            None
        }
        (None, None) => {
            unreachable(name, fields, errors);
            None
        }
    }
}

// A misspelled field is an error of its own.
fn unreachable(name: &Spanned<String>, fields: Fields<'_>, errors: &mut DeclarationErrors) {
    let near = |key: &str| {
        let names = ["command", "url"];
        fields.key_span(key).is_some() && nearest(key, names).is_some()
    };
    if fields.keys().any(|key| near(key) || foreign::is_reach(key)) || !errors.complete {
        return;
    }
    let title = format!("`{}` has neither `command` nor `url`", name.value);
    let error = errors.at(name, title, "add one of the two");
    error.add_help("for a local server: command = \"PROGRAM\"");
    error.add_help("for a remote server: url = \"https://HOST/PATH\"");
}

// Every value in `plain` must exist: a typo would leave another value unchecked.
fn check_plain(fields: Fields<'_>, errors: &mut DeclarationErrors) -> Vec<String> {
    let listed = fields.strings("plain").map(|list| list.value).unwrap_or_default();
    for at in &listed {
        let there = match at.value.split_once('.') {
            Some((table @ ("env" | "headers"), name)) => {
                fields.table(table).is_some_and(|table| table.key_span(name).is_some())
            }
            Some(_) => false,
            None => {
                ["command", "args", "cwd", "url"].contains(&at.value.as_str())
                    && fields.key_span(&at.value).is_some()
            }
        };
        if !there && errors.complete {
            errors
                .at(
                    at,
                    format!("{} does not name a value of this server", rules::quoted(&at.value)),
                    "no such value",
                )
                .add_note("`plain` may name the server's env.NAME, headers.NAME, command, args, cwd and url");
        }
    }
    listed.into_iter().map(|at| at.value).collect()
}

fn misfit(fields: Fields<'_>, names: &[&str], kind: &str, errors: &mut DeclarationErrors) {
    for name in names {
        let Some(span) = fields.key_span(name) else { continue };
        let title = format!("`{name}` is not a field of a {kind} server");
        let error = errors.at_span(span, title, "remove it");
        match (kind, *name) {
            ("local", "auth") => {
                error.add_note("a server with a `command` has no OAuth sign-in and no headers");
                error.add_help(
                    "to pass a token to the program: secrets = { NAME = \"keyring:name\" }",
                );
            }
            ("local", "headers") => error.add_help("pass the value in `env` or `args`"),
            ("remote", "env") => {
                error.add_help("for environment variables of the bridge, use `env` in [launch]")
            }
            _other => {}
        }
    }
}

fn local(
    fields: Fields<'_>,
    command: &Spanned<String>,
    plain: &[String],
    errors: &mut DeclarationErrors,
) -> LocalServer {
    misfit(fields, &REMOTE_FIELDS, "local", errors);
    rules::program(Some(command), command, "command", errors);
    rules::no_arguments(command, errors);
    literal_secrets::no_secret("command", command, errors);
    placeholders::no_placeholder("command", command, plain, errors);
    let cwd = fields.string("cwd");
    if let Some(cwd) = &cwd {
        literal_secrets::no_secret("cwd", cwd, errors);
        placeholders::no_placeholder("cwd", cwd, plain, errors);
    }
    let args = argument::build(fields, &command.value, plain, errors);
    let env = fields.string_map("env");
    rules::variables(&env, plain, errors);
    let secrets = fields.string_map("secrets");
    for (name, _) in &secrets {
        rules::variable_name(name, errors);
        if env.iter().any(|(other, _)| other.value == name.value) {
            let title = format!("`{}` is in both `env` and `secrets`", name.value);
            errors.at(name, title, "remove one of the two");
        }
    }
    LocalServer {
        command: command.value.clone(),
        args,
        env: rules::plain_map(env),
        cwd: cwd.map(|at| at.value),
        secrets: references(secrets, errors),
    }
}

fn references(
    texts: StringMap,
    errors: &mut DeclarationErrors,
) -> BTreeMap<String, crate::secret::SecretReference> {
    let read = |(name, text): (Spanned<String>, Spanned<String>)| {
        let place = format!("secrets.{}", name.value);
        Some((name.value, rules::reference(&place, &text, errors)?))
    };
    texts.into_iter().filter_map(read).collect()
}

fn remote(
    fields: Fields<'_>,
    url: &Spanned<String>,
    (plain, providers): (&[String], &IdentityProviders),
    errors: &mut DeclarationErrors,
) -> RemoteServer {
    misfit(fields, &LOCAL_FIELDS, "remote", errors);
    let allow_http = fields.boolean("allow-http") == Some(true);
    if check_url(url, allow_http, errors) {
        let advice = ["to pass it in a header: secrets = { NAME = \"keyring:name\" }".to_owned()];
        let verdict = literal::judge(&url.value);
        literal_secrets::no_secret_in("url", url, verdict, (plain, &advice), errors);
        placeholders::no_placeholder("url", url, plain, errors);
    }
    let headers = fields.string_map("headers");
    let secrets = fields.string_map("secrets");
    for (name, value) in &headers {
        rules::header_name(name, errors);
        rules::header_value(&name.value, value, errors);
        if !placeholders::no_named_placeholder("headers", &name.value, value, plain, errors) {
            literal_secrets::no_named_secret("headers", &name.value, value, plain, errors);
        }
    }
    secrets.iter().for_each(|(name, _)| rules::header_name(name, errors));
    let auth = auth::build(fields, providers, errors);
    let token = match &auth {
        Auth::Token(token) => {
            let span = fields.key_span("auth").unwrap_or_default();
            Some(Spanned { value: token.header.clone(), span })
        }
        Auth::None | Auth::OAuth(_) => None,
    };
    let names = headers.iter().chain(&secrets).map(|(name, _)| name).chain(&token);
    rules::duplicate_headers(names, errors);
    let via = via(fields, url, !secrets.is_empty(), &auth, errors);
    let sse = fields.string("transport").is_some_and(|at| at.value == "sse");
    RemoteServer {
        url: url.value.clone(),
        transport: if sse { Transport::Sse } else { Transport::Http },
        allow_http,
        headers: rules::plain_map(headers),
        secrets: references(secrets, errors),
        auth,
        via,
    }
}

fn check_url(url: &Spanned<String>, allow_http: bool, errors: &mut DeclarationErrors) -> bool {
    let Err(why) = url::validate(&url.value) else { return true };
    match why {
        url::UrlError::PlainHttp if allow_http => return true,
        url::UrlError::Scheme => errors
            .at(url, "`url` does not start with https://", "not an https URL")
            .add_help("write https://HOST/PATH; for a local program, use `command`"),
        url::UrlError::Host => errors
            .at(url, "`url` has no host", "no host after `//`")
            .add_help("write https://HOST/PATH"),
        url::UrlError::Port => errors
            .at(url, "the port in `url` is not a number up to 65535", "after the `:`")
            .add_help("write https://HOST:PORT/PATH"),
        url::UrlError::PlainHttp => errors
            .at(url, "`url` uses plain http to another machine", "not encrypted")
            .add_help("write https://, or `allow-http = true` for a server in your own network"),
        url::UrlError::UserInfo => errors
            .at(url, "`url` contains a user name or password", "before the `@`")
            .add_note("everything before the `@` would be in every client's file, which every program can read")
            .add_help("auth = { token = \"keyring:NAME\", scheme = \"Basic\", username = \"…\" }"),
        url::UrlError::Space => errors
            .at(url, "`url` contains white space", "not allowed in a URL")
            .add_help("write %20 for a space"),
    }
    false
}

fn via(
    fields: Fields<'_>,
    url: &Spanned<String>,
    secrets: bool,
    auth: &Auth,
    errors: &mut DeclarationErrors,
) -> Via {
    let Some(via) = fields.string("via") else { return Via::Default };
    match via.value.as_str() {
        "client" => {}
        "headers" => return Via::Headers,
        _ => return Via::Bridge,
    }
    if secrets || matches!(auth, Auth::Token(_)) {
        errors
            .at(
                &via,
                "`via = \"client\"` cannot be used with a secret",
                "no client would receive the secret",
            )
            .add_note("a client that connects directly needs the secret in its own file, and mcpgen never writes a secret to a file")
            .add_help("remove `via`, so that clients start the bridge, which gets the secret");
    }
    let headers = fields.string_map("headers");
    let of_url = [(url, "remove `via`, or write %24 for a `$` in the URL")];
    let mut values = headers.iter().map(|(_, value)| (value, "remove `via`")).chain(of_url);
    if let Some((expandable, help)) = values.find(|(at, _)| is_expandable(&at.value)) {
        errors
            .at(
                expandable,
                "a client would expand this value, because of `via = \"client\"`",
                "contains `$` or `{env:`, or starts with `!`",
            )
            .add_help(help);
    }
    Via::Client
}
