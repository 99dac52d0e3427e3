//! One server of a declaration, with every rule that concerns it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Auth, Faults, Local, Reach, Remote, Server, Via, auth, known_clients, rules, url};
use crate::client::{Client, ClientTable, Expressible, Transport};
use crate::fields::{At, Fields, Texts};

/// Holds what a server is judged against.
pub struct Context<'a> {
    /// The client table.
    pub table: &'a ClientTable,
    /// The declaration's clients.
    pub clients: &'a [String],
    /// The server's name.
    pub name: &'a At<String>,
}

// Names that some client keeps for itself (Claude's CLI; OpenCode's and Kilo's `mcp` section).
const RESERVED: [&str; 3] = ["workspace", "servers", "timeout"];
const REMOTE_FIELDS: [&str; 4] = ["transport", "headers", "auth", "via"];
const LOCAL_FIELDS: [&str; 3] = ["args", "env", "cwd"];

/// Reads one server; `None` where it cannot be told how it is reached.
pub fn build(context: &Context<'_>, fields: Fields<'_>, faults: &mut Faults) -> Option<Server> {
    check_name(context.name, faults);
    let plain = check_plain(fields, faults);
    let reach = match (fields.text("command"), fields.text("url")) {
        (Some(command), None) => Some(Reach::Local(local(fields, &command, &plain, faults))),
        (None, Some(url)) => Some(Reach::Remote(remote(fields, &url, &plain, faults))),
        (Some(_), Some(url)) => {
            let title = format!("`{}` has both a command and a url", context.name.value);
            faults
                .at(&url, title, "the second one")
                .add_help("keep the one that reaches the server");
            None
        }
        (None, None) => {
            let wrong = fields.key_span("command").or(fields.key_span("url")).is_some();
            if !wrong {
                let title = format!("`{}` has neither a command nor a url", context.name.value);
                faults.at(context.name, title, "how is it reached?").add_help(
                    "write command = \"…\" for a local server, url = \"https://…\" for a remote one",
                );
            }
            None
        }
    };
    let clients = own_clients(context, fields, faults);
    let tools = fields.table("tools");
    let list = |name: &str| tools.and_then(|tools| tools.texts(name));
    for tool in list("allow").iter().chain(list("deny").iter()).flat_map(|list| &list.value) {
        if tool.value.is_empty() || tool.value.contains('*') {
            faults.at(tool, "a tool is named in full", "no patterns here");
        }
    }
    let server = Server {
        name: context.name.value.clone(),
        clients,
        reach: reach?,
        timeout: fields.number("timeout"),
        allow: rules::plain_list(list("allow")),
        deny: rules::plain_list(list("deny")),
        extra: extra(context, fields, faults),
    };
    check_clients(context, fields, &server, faults);
    Some(server)
}

fn check_name(name: &At<String>, faults: &mut Faults) {
    let text = &name.value;
    let portable = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !portable {
        faults
            .at(name, format!("`{text}` is a name that some client refuses"), "not portable")
            .add_note("a letter, then letters, digits and `-`: Gemini splits names at `_`, Codex chokes on spaces and dots");
    } else if RESERVED.contains(&text.as_str()) {
        faults
            .at(name, format!("`{text}` is a name that some client keeps for itself"), "reserved")
            .add_help(format!("call it `{text}-server`, say"));
    }
}

// What is meant to be plain must be there, or a typo would leave a secret unguarded.
fn check_plain(fields: Fields<'_>, faults: &mut Faults) -> Vec<String> {
    let listed = fields.texts("plain").map(|list| list.value).unwrap_or_default();
    for at in &listed {
        let there = match at.value.split_once('.') {
            Some((table @ ("env" | "headers"), name)) => {
                fields.text_map(table).iter().any(|(key, _)| key.value == name)
            }
            Some(_) => false,
            None => {
                ["args", "url"].contains(&at.value.as_str()) && fields.key_span(&at.value).is_some()
            }
        };
        if !there {
            faults
                .at(at, format!("there is no value `{}`", at.value), "nothing there")
                .add_help("write env.NAME, headers.NAME, args or url");
        }
    }
    listed.into_iter().map(|at| at.value).collect()
}

fn misfit(fields: Fields<'_>, names: &[&str], kind: &str, faults: &mut Faults) {
    for name in names {
        let Some(span) = fields.key_span(name) else { continue };
        let fault = faults.at(
            &At { value: (), span },
            format!("a {kind} server has no `{name}`"),
            "does not belong here",
        );
        match (kind, *name) {
            ("local", "auth") => fault.add_help("hand a token to a program in `secrets = { NAME = \"keyring:name\" }`; OAuth is for a `url`"),
            ("remote", "env") => fault.add_help("the bridge's environment is [launch] env"),
            _other => {}
        }
    }
}

fn local(fields: Fields<'_>, command: &At<String>, plain: &[String], faults: &mut Faults) -> Local {
    misfit(fields, &REMOTE_FIELDS, "local", faults);
    rules::program(Some(command), command, "`command` is empty", faults);
    let args = fields.texts("args");
    for arg in args.iter().flat_map(|list| &list.value) {
        rules::no_named_secret("args", "", arg, plain, faults);
    }
    rules::no_secret(command, faults);
    let env = fields.text_map("env");
    rules::variables(&env, plain, faults);
    let secrets = fields.text_map("secrets");
    for (name, _) in &secrets {
        rules::variable_name(name, faults);
        if env.iter().any(|(other, _)| other.value == name.value) {
            faults.at(name, format!("`{}` is in `env` and in `secrets`", name.value), "again here");
        }
    }
    Local {
        command: command.value.clone(),
        args: rules::plain_list(args),
        env: rules::plain_map(env),
        cwd: fields.text("cwd").map(|at| at.value),
        secrets: references(secrets, faults),
    }
}

fn references(
    texts: Texts,
    faults: &mut Faults,
) -> BTreeMap<String, crate::secret::SecretReference> {
    let read = |(name, text): (At<String>, At<String>)| {
        Some((name.value, rules::reference(&text, faults)?))
    };
    texts.into_iter().filter_map(read).collect()
}

fn remote(fields: Fields<'_>, url: &At<String>, plain: &[String], faults: &mut Faults) -> Remote {
    misfit(fields, &LOCAL_FIELDS, "remote", faults);
    check_url(url, faults);
    rules::no_named_secret("url", "", url, plain, faults);
    let headers = fields.text_map("headers");
    let secrets = fields.text_map("secrets");
    for (name, value) in &headers {
        rules::header_name(name, faults);
        rules::header_value(value, faults);
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

fn check_url(url: &At<String>, faults: &mut Faults) {
    let Err(why) = url::check(&url.value) else { return };
    match why {
        url::NotAnAddress::Scheme => faults
            .at(url, "a server's address starts with https://", "another scheme, or none")
            .add_help("a program is declared by `command`"),
        url::NotAnAddress::Host => faults
            .at(url, "this address has no host", "nothing between `//` and the path")
            .add_help("write https://HOST/PATH"),
        url::NotAnAddress::PlainHttp => faults
            .at(url, "plain http is for this machine alone", "not a loopback host")
            .add_help("write https://"),
        url::NotAnAddress::UserInfo => faults
            .at(url, "an address has no user name or password in it", "before the `@`")
            .add_help(
                "write auth = { token = \"keyring:NAME\", scheme = \"Basic\", username = \"…\" }",
            ),
        url::NotAnAddress::Space => faults
            .at(url, "an address has no white space in it", "white space in here")
            .add_help("write %20 for a space"),
    }
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
            .at(&via, "a client cannot connect by itself with a secret", "via = \"client\"")
            .add_note("it would need the secret in its own file")
            .add_help("leave `via` out: the bridge gets the secret when it starts");
    }
    let headers = fields.text_map("headers");
    if headers.iter().map(|(_, value)| value).chain([url]).any(|at| super::is_expandable(&at.value))
    {
        faults
            .at(
                &via,
                "a client would expand `$` or `{env:` in this address or its headers",
                "via = \"client\"",
            )
            .add_help("write %24 for `$`, or leave `via` out");
    }
    Via::Client
}

fn own_clients(context: &Context<'_>, fields: Fields<'_>, faults: &mut Faults) -> Vec<String> {
    let Some(list) = fields.texts("clients") else { return context.clients.to_vec() };
    if list.value.is_empty() {
        faults.at(&list, "this server is for no client", "empty").add_help("write enabled = false");
    }
    for name in &list.value {
        if context.table.get(&name.value).is_some() && !context.clients.contains(&name.value) {
            faults
                .at(
                    name,
                    format!("`{}` is not among the clients at the top", name.value),
                    "not declared",
                )
                .add_help("a server narrows the list at the top; add the client there");
        }
    }
    known_clients(&list.value, context.table, faults)
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
                faults
                    .at(name, format!("`{}` is a field that mcpgen writes itself", name.value), "a clash")
                    .add_note("what every client launches is the same; `extra` is for a client's other fields");
            }
            no_secret_inside(name, value, faults);
        }
        out.insert(
            client.value,
            values.into_iter().map(|(key, value)| (key.value, value)).collect(),
        );
    }
    out
}

fn no_secret_inside(place: &At<String>, value: &Value, faults: &mut Faults) {
    match value {
        Value::String(text) => {
            rules::no_secret(&At { value: text.clone(), span: place.span.clone() }, faults);
        }
        Value::Array(list) => list.iter().for_each(|value| no_secret_inside(place, value, faults)),
        Value::Object(map) => map.values().for_each(|value| no_secret_inside(place, value, faults)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

// What some client cannot do at all, or would silently do differently.
fn check_clients(context: &Context<'_>, fields: Fields<'_>, server: &Server, faults: &mut Faults) {
    let place = |name: &str| At {
        value: (),
        span: fields.key_span(name).unwrap_or_else(|| context.name.span.clone()),
    };
    for client in server.clients.iter().filter_map(|name| context.table.get(name)) {
        let direct = server.goes_direct(client);
        let transport = match &server.reach {
            Reach::Remote(remote) if direct => remote.transport,
            Reach::Remote(_) | Reach::Local(_) => Transport::Stdio,
        };
        if !client.accepts(transport) {
            faults
                .at(
                    context.name,
                    format!("{} takes no {} servers", client.title, transport.name()),
                    "for this client",
                )
                .add_help(without(server, client));
        }
        let lacks = |what| !client.expresses(what);
        if !server.allow.is_empty() && lacks(Expressible::Allow) {
            faults
                .at(
                    &place("tools"),
                    format!("{} cannot be limited to some tools", client.title),
                    "`allow` would be lost",
                )
                .add_help(without(server, client));
        }
        let bridged = matches!(server.reach, Reach::Remote(_)) && !direct;
        if !server.deny.is_empty() && lacks(Expressible::Deny) && !bridged {
            faults
                .at(
                    &place("tools"),
                    format!("{} cannot be denied a tool", client.title),
                    "`deny` would be lost",
                )
                .add_help(without(server, client));
        }
    }
}

fn without(server: &Server, client: &Client) -> String {
    let rest: Vec<String> = server
        .clients
        .iter()
        .filter(|name| **name != client.name)
        .map(|name| format!("\"{name}\""))
        .collect();
    if rest.is_empty() {
        return format!("take {} out of the server's clients", client.title);
    }
    format!("leave it out of this client: clients = [{}]", rest.join(", "))
}
