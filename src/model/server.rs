//! One server of a declaration, with every rule that concerns it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{
    Auth, Faults, Local, Reach, Remote, Server, Via, auth, fit, known_clients, name, rules, url,
};
use crate::client::{ClientTable, Transport};
use crate::diagnostic::nearest;
use crate::fields::{At, Fields, Texts};
use crate::secret::literal;

/// Holds what a server is judged against.
pub struct Context<'a> {
    /// The client table.
    pub table: &'a ClientTable,
    /// The declaration's clients.
    pub clients: &'a [String],
    /// The server's name.
    pub name: &'a At<String>,
    /// The names of all declared servers.
    pub names: &'a BTreeSet<&'a str>,
}

const REMOTE_FIELDS: [&str; 4] = ["transport", "headers", "auth", "via"];
const LOCAL_FIELDS: [&str; 3] = ["args", "env", "cwd"];

/// Reads one server; `None` where it cannot be told how it is reached.
pub fn build(context: &Context<'_>, fields: Fields<'_>, faults: &mut Faults) -> Option<Server> {
    name::check(context.name, faults);
    check_replaced(context, fields, faults);
    let alone = alone(context.name, fields, faults);
    let clients = own_clients(context, fields, faults);
    let server = Server { clients, extra: extra(context, fields, faults), ..alone? };
    fit::check(context, fields, &server, faults);
    Some(server)
}

/// Reads what concerns a server itself, whichever clients have it: all that is needed to start it.
pub fn alone(name: &At<String>, fields: Fields<'_>, faults: &mut Faults) -> Option<Server> {
    let reach = reach(name, fields, faults);
    let (allow, deny) = (tools(fields, "allow", faults), tools(fields, "deny", faults));
    Some(Server {
        name: name.value.clone(),
        clients: vec![],
        reach: reach?,
        timeout: fields.number("timeout"),
        allow,
        deny,
        replaces: rules::plain_list(fields.texts("replaces")),
        extra: BTreeMap::new(),
    })
}

fn reach(name: &At<String>, fields: Fields<'_>, faults: &mut Faults) -> Option<Reach> {
    let plain = check_plain(fields, faults);
    match (fields.text("command"), fields.text("url")) {
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
fn unreachable(name: &At<String>, fields: Fields<'_>, faults: &mut Faults) {
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

fn tools(fields: Fields<'_>, name: &str, faults: &mut Faults) -> Vec<String> {
    let Some(table) = fields.table("tools") else { return vec![] };
    let list = table.texts(name);
    if let (Some(list), true) = (&list, table.is_empty(name)) {
        let title = format!("`tools.{name}` is empty");
        faults.at(list, title, "no tool is named").add_help("leave it out, or: enabled = false");
    }
    for tool in list.iter().flat_map(|list| &list.value) {
        if tool.value.is_empty() || tool.value.contains('*') {
            let title = format!("{} is no tool's name", rules::quoted(&tool.value));
            faults.at(tool, title, "a tool is named in full");
        }
    }
    rules::plain_list(list)
}

// What is declared is written, so it cannot be taken out as well.
fn check_replaced(context: &Context<'_>, fields: Fields<'_>, faults: &mut Faults) {
    for at in fields.texts("replaces").into_iter().flat_map(|list| list.value) {
        if context.names.contains(at.value.as_str()) {
            let title = format!("`{}` is declared itself", at.value);
            faults
                .at(&at, title, "cannot be replaced")
                .add_note("`replaces` names entries that clients have under another name");
        }
    }
}

// What is meant to be plain must be there, or a typo would leave a secret unguarded.
fn check_plain(fields: Fields<'_>, faults: &mut Faults) -> Vec<String> {
    let listed = fields.texts("plain").map(|list| list.value).unwrap_or_default();
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
        let fault = faults.at(&At { value: (), span }, title, "take it out");
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

fn local(fields: Fields<'_>, command: &At<String>, plain: &[String], faults: &mut Faults) -> Local {
    misfit(fields, &REMOTE_FIELDS, "local", faults);
    rules::program(Some(command), command, "command", faults);
    rules::no_secret("command", command, faults);
    let cwd = fields.text("cwd");
    cwd.iter().for_each(|cwd| rules::no_secret("cwd", cwd, faults));
    let args = fields.texts("args");
    let mut before = "";
    for arg in args.iter().flat_map(|list| &list.value) {
        let what = literal::looks_like_behind(before, &arg.value);
        rules::no_secret_in("args", arg, what, plain, faults);
        before = &arg.value;
    }
    let env = fields.text_map("env");
    rules::variables(&env, plain, faults);
    let secrets = fields.text_map("secrets");
    for (name, _) in &secrets {
        rules::variable_name(name, faults);
        if env.iter().any(|(other, _)| other.value == name.value) {
            let title = format!("`{}` is in `env` and in `secrets`", name.value);
            faults.at(name, title, "again here").add_help("take one of the two out");
        }
    }
    Local {
        command: command.value.clone(),
        args: rules::plain_list(args),
        env: rules::plain_map(env),
        cwd: cwd.map(|at| at.value),
        secrets: references(secrets, faults),
    }
}

fn references(
    texts: Texts,
    faults: &mut Faults,
) -> BTreeMap<String, crate::secret::SecretReference> {
    let read = |(name, text): (At<String>, At<String>)| {
        let place = format!("secrets.{}", name.value);
        Some((name.value, rules::reference(&place, &text, faults)?))
    };
    texts.into_iter().filter_map(read).collect()
}

fn remote(fields: Fields<'_>, url: &At<String>, plain: &[String], faults: &mut Faults) -> Remote {
    misfit(fields, &LOCAL_FIELDS, "remote", faults);
    if check_url(url, faults) {
        rules::no_secret_in("url", url, literal::looks_like(&url.value), plain, faults);
    }
    let headers = fields.text_map("headers");
    let secrets = fields.text_map("secrets");
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
            Some(At { value: token.header.clone(), span })
        }
        Auth::None | Auth::OAuth(_) => None,
    };
    let names = headers.iter().chain(&secrets).map(|(name, _)| name).chain(&token);
    rules::duplicate_headers(names, faults);
    let via = via(fields, url, !secrets.is_empty(), &auth, faults);
    let sse = fields.text("transport").is_some_and(|at| at.value == "sse");
    Remote {
        url: url.value.clone(),
        transport: if sse { Transport::Sse } else { Transport::Http },
        headers: rules::plain_map(headers),
        secrets: references(secrets, faults),
        auth,
        via,
    }
}

fn check_url(url: &At<String>, faults: &mut Faults) -> bool {
    let Err(why) = url::check(&url.value) else { return true };
    match why {
        url::NotAnAddress::Scheme => faults
            .at(url, "`url` does not start with https://", "another scheme, or none")
            .add_help("an address is https://HOST/PATH; a program is a `command`"),
        url::NotAnAddress::Host => faults
            .at(url, "`url` has no host", "nothing between `//` and the path")
            .add_help("write https://HOST/PATH"),
        url::NotAnAddress::Port => faults
            .at(url, "`url` has a port that is no number up to 65535", "behind the host's `:`")
            .add_help("write https://HOST:PORT/PATH"),
        url::NotAnAddress::PlainHttp => faults
            .at(url, "`url` is plain http to another machine", "not a loopback host")
            .add_help("write https://"),
        url::NotAnAddress::UserInfo => faults
            .at(url, "`url` has a user name or password in it", "what stands before the `@`")
            .add_note("every client's file would hold it, readable for every program")
            .add_help("auth = { token = \"keyring:NAME\", scheme = \"Basic\", username = \"…\" }"),
        url::NotAnAddress::Space => faults
            .at(url, "`url` has white space in it", "an address has none")
            .add_help("write %20 for a space"),
    }
    false
}

fn via(
    fields: Fields<'_>,
    url: &At<String>,
    secrets: bool,
    auth: &Auth,
    faults: &mut Faults,
) -> Via {
    let Some(via) = fields.text("via") else { return Via::Default };
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
    let headers = fields.text_map("headers");
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

fn own_clients(context: &Context<'_>, fields: Fields<'_>, faults: &mut Faults) -> Vec<String> {
    let Some(list) = fields.texts("clients") else { return context.clients.to_vec() };
    if fields.is_empty("clients") {
        faults
            .at(&list, "`clients` is empty", "this server is for no client")
            .add_help("enabled = false");
    }
    let mut own = known_clients(&list.value, context.table, faults);
    // With none at the top, that is the fault.
    for name in list.value.iter().filter(|_| !context.clients.is_empty()) {
        if context.table.get(&name.value).is_some() && !context.clients.contains(&name.value) {
            let title = format!("`{}` is not among the clients at the top", name.value);
            faults
                .at(name, title, "a server narrows that list")
                .add_help(format!("add \"{}\" to `clients` at the top", name.value));
        }
    }
    own.retain(|name| context.clients.contains(name));
    own
}

fn extra(
    context: &Context<'_>,
    fields: Fields<'_>,
    faults: &mut Faults,
) -> BTreeMap<String, Map<String, Value>> {
    let mut out = BTreeMap::new();
    for (client, values) in fields.open_tables("extra") {
        known_clients(std::slice::from_ref(&client), context.table, faults);
        let Some(row) = context.table.get(&client.value) else { continue };
        for (name, value) in &values {
            if row.launch_fields.contains(&name.value) {
                let title = format!("`{}` is a field that mcpgen writes itself", name.value);
                faults
                    .at(name, title, "not for `extra`")
                    .add_note("every client launches the same; `extra` is for its other fields");
            }
            let place = format!("extra.{}.{}", client.value, name.value);
            no_secret_inside(&place, name, value, faults);
        }
        out.insert(
            client.value,
            values.into_iter().map(|(key, value)| (key.value, value)).collect(),
        );
    }
    out
}

fn no_secret_inside(place: &str, at: &At<String>, value: &Value, faults: &mut Faults) {
    match value {
        Value::String(text) => {
            rules::no_secret(place, &At { value: text.clone(), span: at.span.clone() }, faults);
        }
        Value::Array(list) => {
            list.iter().for_each(|value| no_secret_inside(place, at, value, faults));
        }
        Value::Object(map) => {
            map.values().for_each(|value| no_secret_inside(place, at, value, faults));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
