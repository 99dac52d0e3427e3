//! How a server is reached: a program or an address, with every rule that concerns them.

use std::collections::BTreeMap;

use super::{Auth, Faults, LocalServer, Reach, RemoteServer, Via, auth, rules, url};
use crate::client::Transport;
use crate::diagnostic::nearest;
use crate::fields::{Fields, Spanned, StringMap};
use crate::secret::literal;

const REMOTE_FIELDS: [&str; 4] = ["transport", "headers", "auth", "via"];
const LOCAL_FIELDS: [&str; 3] = ["args", "env", "cwd"];

/// Reads how a server is reached; `None` where it cannot be told.
pub fn build(name: &Spanned<String>, fields: Fields<'_>, faults: &mut Faults) -> Option<Reach> {
    let plain = check_plain(fields, faults);
    match (fields.string("command"), fields.string("url")) {
        (Some(command), None) => Some(Reach::Local(local(fields, &command, &plain, faults))),
        (None, Some(url)) => Some(Reach::Remote(remote(fields, &url, &plain, faults))),
        (Some(_), Some(url)) => {
            let title = format!("`{}` has both a command and a url", name.value);
            faults.at(&url, title, "beside a `command`").add_help("take one of the two out");
            None
        }
        (None, None) => {
            unreachable(name, fields, faults);
            None
        }
    }
}

// A misspelt or mistyped field is a fault of its own and says enough.
fn unreachable(name: &Spanned<String>, fields: Fields<'_>, faults: &mut Faults) {
    let near = |key: &str| {
        let names = ["command", "url"];
        fields.key_span(key).is_some() && nearest(key, names).is_some()
    };
    if fields.keys().any(near) || !faults.whole {
        return;
    }
    let title = format!("`{}` has neither a command nor a url", name.value);
    let fault = faults.at(name, title, "how is it reached?");
    fault.add_help("of a local server: command = \"PROGRAM\"");
    fault.add_help("of a remote server: url = \"https://HOST/PATH\"");
}

// What is meant to be plain must be there, or a typo would leave a secret unguarded.
fn check_plain(fields: Fields<'_>, faults: &mut Faults) -> Vec<String> {
    let listed = fields.strings("plain").map(|list| list.value).unwrap_or_default();
    for at in &listed {
        let there = match at.value.split_once('.') {
            Some((table @ ("env" | "headers"), name)) => {
                fields.table(table).is_some_and(|table| table.key_span(name).is_some())
            }
            Some(_) => false,
            None => {
                ["args", "url"].contains(&at.value.as_str()) && fields.key_span(&at.value).is_some()
            }
        };
        if !there && faults.whole {
            faults
                .at(
                    at,
                    format!("{} is no value of this server", rules::quoted(&at.value)),
                    "nothing there",
                )
                .add_note("`plain` lists env.NAME, headers.NAME, args or url");
        }
    }
    listed.into_iter().map(|at| at.value).collect()
}

fn misfit(fields: Fields<'_>, names: &[&str], kind: &str, faults: &mut Faults) {
    for name in names {
        let Some(span) = fields.key_span(name) else { continue };
        let title = format!("`{name}` is no field of a {kind} server");
        let fault = faults.at(&Spanned { value: (), span }, title, "take it out");
        match (kind, *name) {
            ("local", "auth") => {
                fault.add_note("OAuth and tokens in a header are for a `url`");
                fault.add_help("hand a program its token by secrets = { NAME = \"keyring:name\" }");
            }
            ("local", "headers") => fault.add_help("hand it over in `env`"),
            ("remote", "env") => fault.add_help("the bridge's environment is [launch] env"),
            _other => {}
        }
    }
}

fn local(
    fields: Fields<'_>,
    command: &Spanned<String>,
    plain: &[String],
    faults: &mut Faults,
) -> LocalServer {
    misfit(fields, &REMOTE_FIELDS, "local", faults);
    rules::program(Some(command), command, "command", faults);
    rules::no_secret("command", command, faults);
    let cwd = fields.string("cwd");
    cwd.iter().for_each(|cwd| rules::no_secret("cwd", cwd, faults));
    let args = fields.strings("args");
    let mut before = "";
    for arg in args.iter().flat_map(|list| &list.value) {
        let what = literal::looks_like_behind(before, &arg.value);
        rules::no_secret_in("args", arg, what, plain, faults);
        before = &arg.value;
    }
    let env = fields.string_map("env");
    rules::variables(&env, plain, faults);
    let secrets = fields.string_map("secrets");
    for (name, _) in &secrets {
        rules::variable_name(name, faults);
        if env.iter().any(|(other, _)| other.value == name.value) {
            let title = format!("`{}` is in `env` and in `secrets`", name.value);
            faults.at(name, title, "again here").add_help("take one of the two out");
        }
    }
    LocalServer {
        command: command.value.clone(),
        args: rules::plain_list(args),
        env: rules::plain_map(env),
        cwd: cwd.map(|at| at.value),
        secrets: references(secrets, faults),
    }
}

fn references(
    texts: StringMap,
    faults: &mut Faults,
) -> BTreeMap<String, crate::secret::SecretReference> {
    let read = |(name, text): (Spanned<String>, Spanned<String>)| {
        let place = format!("secrets.{}", name.value);
        Some((name.value, rules::reference(&place, &text, faults)?))
    };
    texts.into_iter().filter_map(read).collect()
}

fn remote(
    fields: Fields<'_>,
    url: &Spanned<String>,
    plain: &[String],
    faults: &mut Faults,
) -> RemoteServer {
    misfit(fields, &LOCAL_FIELDS, "remote", faults);
    if check_url(url, faults) {
        rules::no_secret_in("url", url, literal::looks_like(&url.value), plain, faults);
    }
    let headers = fields.string_map("headers");
    let secrets = fields.string_map("secrets");
    for (name, value) in &headers {
        rules::header_name(name, faults);
        rules::header_value(&name.value, value, faults);
        rules::no_named_secret("headers", &name.value, value, plain, faults);
    }
    secrets.iter().for_each(|(name, _)| rules::header_name(name, faults));
    let auth = auth::build(fields, faults);
    let token = match &auth {
        Auth::Token(token) => {
            let span = fields.key_span("auth").unwrap_or_default();
            Some(Spanned { value: token.header.clone(), span })
        }
        Auth::None | Auth::OAuth(_) => None,
    };
    let names = headers.iter().chain(&secrets).map(|(name, _)| name).chain(&token);
    rules::duplicate_headers(names, faults);
    let via = via(fields, url, !secrets.is_empty(), &auth, faults);
    let sse = fields.string("transport").is_some_and(|at| at.value == "sse");
    RemoteServer {
        url: url.value.clone(),
        transport: if sse { Transport::Sse } else { Transport::Http },
        headers: rules::plain_map(headers),
        secrets: references(secrets, faults),
        auth,
        via,
    }
}

fn check_url(url: &Spanned<String>, faults: &mut Faults) -> bool {
    let Err(why) = url::validate(&url.value) else { return true };
    match why {
        url::UrlError::Scheme => faults
            .at(url, "`url` does not start with https://", "another scheme, or none")
            .add_help("an address is https://HOST/PATH; a program is a `command`"),
        url::UrlError::Host => faults
            .at(url, "`url` has no host", "nothing between `//` and the path")
            .add_help("write https://HOST/PATH"),
        url::UrlError::Port => faults
            .at(url, "`url` has a port that is no number up to 65535", "behind the host's `:`")
            .add_help("write https://HOST:PORT/PATH"),
        url::UrlError::PlainHttp => faults
            .at(url, "`url` is plain http to another machine", "not a loopback host")
            .add_help("write https://"),
        url::UrlError::UserInfo => faults
            .at(url, "`url` has a user name or password in it", "what stands before the `@`")
            .add_note("every client's file would hold it, readable for every program")
            .add_help("auth = { token = \"keyring:NAME\", scheme = \"Basic\", username = \"…\" }"),
        url::UrlError::Space => faults
            .at(url, "`url` has white space in it", "an address has none")
            .add_help("write %20 for a space"),
    }
    false
}

fn via(
    fields: Fields<'_>,
    url: &Spanned<String>,
    secrets: bool,
    auth: &Auth,
    faults: &mut Faults,
) -> Via {
    let Some(via) = fields.string("via") else { return Via::Default };
    if via.value != "client" {
        return Via::Bridge;
    }
    if secrets || matches!(auth, Auth::Token(_)) {
        faults
            .at(
                &via,
                "`via` is \"client\", and the server needs a secret",
                "no client could connect",
            )
            .add_note("it would need the secret in its own file; the bridge gets it when it starts")
            .add_help("leave `via` out");
    }
    let headers = fields.string_map("headers");
    if headers.iter().map(|(_, value)| value).chain([url]).any(|at| super::is_expandable(&at.value))
    {
        faults
            .at(
                &via,
                "`via` is \"client\", and the address or a header has `$` or `{env:` in it, or begins with `!`",
                "clients would expand that",
            )
            .add_help("leave `via` out, or write %24 for a `$` in the address");
    }
    Via::Client
}
