//! Reads the launch of an entry of any client.
//!
//! This is the reverse of a template: a test renders each client's file and reads the same launch back. The names of
//! the fields are data (`templates/fields.toml`, and the client's own row).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::client::{FieldRole, FieldSpellings, Transport};
use crate::launch::Command;
use crate::launch::inherited::is_read_by_bridges;
use crate::model::bridge_program::program_name;
use crate::paths::is_reference_to_itself;

pub mod bridge;
pub mod headers_helper;
mod line;
pub mod problem;
pub mod runner;

use bridge::BridgeStart;
use headers_helper::{PrintedHeaders, printed_headers};

/// The launch of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryLaunch {
    /// A program.
    Command(Command),
    /// mcpgen, to start a server of a declaration.
    Exec {
        /// The server's name.
        server: String,
        /// The declaration, if it is not the default one.
        declaration: Option<String>,
    },
    /// A URL, with the headers that mcpgen prints for a server of a declaration.
    Headers(PrintedHeaders),
    /// A URL, with the transport if the entry names one.
    Address {
        /// The URL.
        url: String,
        /// HTTP or SSE. `None` if the client detects the transport.
        transport: Option<Transport>,
        /// HTTP headers.
        headers: BTreeMap<String, String>,
    },
}

/// Returns the launch of an entry. `spellings` contains a client's names of the fields. Returns `None` if the entry has
/// neither a command nor a URL.
pub fn read_entry(entry: &Value, spellings: &FieldSpellings) -> Option<EntryLaunch> {
    let fields = launch_fields(entry.as_object()?, spellings);
    if let Some(command) = read_command(fields, spellings) {
        let launch = as_exec(&command);
        let command = || EntryLaunch::Command(without_additions(command, spellings));
        return Some(launch.unwrap_or_else(command));
    }
    let mut urls = spellings.all(FieldRole::Url, fields);
    let (key, url) = urls.find_map(|(key, value)| Some((key, value.as_str()?)))?;
    if let Some(printed) = printed_headers(fields, spellings) {
        return Some(EntryLaunch::Headers(printed));
    }
    let mut words = spellings.all(FieldRole::Transport, fields);
    let word = words.find_map(|(_, value)| value.as_str());
    let is_http = spellings.is(FieldRole::HttpUrl, key);
    let named = word.and_then(|word| transport_of(word, spellings));
    let transport = named.or(is_http.then_some(Transport::Http));
    let headers = header_fields(fields, spellings).map(strings).unwrap_or_default();
    Some(EntryLaunch::Address { url: url.to_owned(), transport, headers })
}

/// Returns the program that an entry starts, which may be mcpgen.
pub fn command(entry: &Value, spellings: &FieldSpellings) -> Option<Command> {
    read_command(launch_fields(entry.as_object()?, spellings), spellings)
}

/// Returns the fields that decide what is launched. Some clients have them in a separate table.
pub fn launch_fields<'e>(
    fields: &'e Map<String, Value>,
    spellings: &FieldSpellings,
) -> &'e Map<String, Value> {
    let mut tables = spellings.all(FieldRole::LaunchTable, fields);
    tables.find_map(|(_, value)| value.as_object()).unwrap_or(fields)
}

// Returns the transport for a name of the client, or for a name that any client uses. `remote` and `auto` are not
// transports.
fn transport_of(word: &str, spellings: &FieldSpellings) -> Option<Transport> {
    spellings.transport(word).or_else(|| common_transport(word))
}

fn common_transport(word: &str) -> Option<Transport> {
    let word: String = word.to_ascii_lowercase().replace(['-', '_'], "");
    match word.as_str() {
        "stdio" | "local" => Some(Transport::Stdio),
        "http" | "streamablehttp" | "streamable" => Some(Transport::Http),
        "sse" => Some(Transport::Sse),
        _ => None,
    }
}

/// Returns whether a string is a known name of a transport, or a known value that names none (such as `auto`).
pub fn is_transport(word: &str, spellings: &FieldSpellings) -> bool {
    let open = ["", "remote", "auto", "url"];
    open.contains(&word.to_ascii_lowercase().as_str()) || transport_of(word, spellings).is_some()
}

/// Returns the headers in a table of request options, and the name of the field that contains them.
pub fn request_headers<'s, 'e>(
    request: &'e Value,
    spellings: &'s FieldSpellings,
) -> Option<(&'s str, &'e Value)> {
    spellings.all(FieldRole::Headers, request.as_object()?).next()
}

fn header_fields<'e>(
    fields: &'e Map<String, Value>,
    spellings: &FieldSpellings,
) -> Option<&'e Map<String, Value>> {
    let direct = spellings.all(FieldRole::Headers, fields).next().map(|(_, value)| value);
    let mut requests = spellings.all(FieldRole::Request, fields);
    let nested = || requests.find_map(|(_, it)| Some(request_headers(it, spellings)?.1));
    direct.or_else(nested)?.as_object()
}

fn read_command(fields: &Map<String, Value>, spellings: &FieldSpellings) -> Option<Command> {
    let first = |role: FieldRole| spellings.all(role, fields).map(|(_, value)| value);
    let mut argv: Vec<String> = match first(FieldRole::Command).next()? {
        Value::String(program) if !program.is_empty() => vec![program.clone()],
        Value::Array(list) => list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            return None;
        }
    };
    let args = first(FieldRole::Args).find_map(Value::as_array);
    argv.extend(args.into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)));
    let mut argv = argv.into_iter();
    let env = first(FieldRole::Env).find_map(Value::as_object);
    let cwd = first(FieldRole::Cwd).find_map(Value::as_str);
    Some(Command {
        program: argv.next()?,
        args: argv.collect(),
        env: env.map(strings).unwrap_or_default(),
        cwd: cwd.map(str::to_owned),
    })
}

fn strings(map: &Map<String, Value>) -> BTreeMap<String, String> {
    map.iter().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect()
}

// Drops the variables that are not part of the launch of a bridge: those that the client passes on unchanged, and those
// that mcpgen adds to each bridge of this client.
fn without_additions(command: Command, spellings: &FieldSpellings) -> Command {
    let added = |name: &str, value: &str| {
        let passed_on = is_read_by_bridges(name) && is_reference_to_itself(name, value);
        passed_on || spellings.is_bridge_env(name)
    };
    let any = command.env.iter().any(|(name, value)| added(name, value));
    if !any || BridgeStart::find(&command).is_none() {
        return command;
    }
    let Command { program, args, mut env, cwd } = command;
    env.retain(|name, value| !added(name, value));
    Command { program, args, env, cwd }
}

// Recognizes `mcpgen exec NAME [-f FILE]`, with any path of mcpgen.
fn as_exec(command: &Command) -> Option<EntryLaunch> {
    let Command { program, args, env: _, cwd: _ } = command;
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (verb, server, rest) = match args.as_slice() {
        [verb, server, rest @ ..] => (*verb, *server, rest),
        [] | [_] => return None,
    };
    if verb != "exec" || program_name(program) != "mcpgen" {
        return None;
    }
    let declaration = match rest {
        [] => None,
        ["-f" | "--file", file] => Some((*file).to_owned()),
        _ => return None,
    };
    Some(EntryLaunch::Exec { server: server.to_owned(), declaration })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(entry: &Value) -> Option<EntryLaunch> {
        read_entry(entry, FieldSpellings::common())
    }

    fn command(program: &str, args: &[&str]) -> Command {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Command { program: program.into(), args, ..Command::default() }
    }

    #[test]
    fn a_command_is_read_in_every_spelling() {
        let want = command("npx", &["-y", "x"]);
        for entry in [
            json!({"command": "npx", "args": ["-y", "x"]}),
            json!({"command": ["npx", "-y", "x"], "type": "local"}),
            json!({"command": ["npx", "-y"], "args": ["x"], "transport": "stdio"}),
            json!({"cmd": "npx", "args": ["-y", "x"], "type": "stdio", "envs": {}}),
            json!({"transport": {"type": "stdio", "command": "npx", "args": ["-y", "x"]}}),
        ] {
            assert_eq!(read(&entry), Some(EntryLaunch::Command(want.clone())), "{entry}");
        }
        let with_env =
            read(&json!({"command": "a", "environment": {"K": "v"}, "working_directory": "/w"}));
        let Some(EntryLaunch::Command(found)) = with_env else { panic!("{with_env:?}") };
        assert_eq!((found.env["K"].as_str(), found.cwd.as_deref()), ("v", Some("/w")));
    }

    #[test]
    fn a_url_is_read_in_every_spelling() {
        let http = Some(Transport::Http);
        for (entry, transport) in [
            (json!({"url": "u"}), None),
            (json!({"url": "u", "type": "http"}), http),
            (json!({"url": "u", "type": "streamableHttp"}), http),
            (json!({"url": "u", "type": "streamable-http"}), http),
            (json!({"uri": "u", "type": "streamable_http"}), http),
            (json!({"url": "u", "type": "remote"}), None),
            (json!({"httpUrl": "u"}), http),
            (json!({"serverUrl": "u"}), None),
            (json!({"url": "u", "transport": "sse"}), Some(Transport::Sse)),
            (json!({"transport": {"type": "streamableHttp", "url": "u"}}), http),
        ] {
            let want =
                EntryLaunch::Address { url: "u".into(), transport, headers: BTreeMap::new() };
            assert_eq!(read(&entry), Some(want), "{entry}");
        }
        for entry in [
            json!({"url": "u", "headers": {"A": "b"}}),
            json!({"url": "u", "http_headers": {"A": "b"}}),
            json!({"url": "u", "requestInit": {"headers": {"A": "b"}}}),
            json!({"url": "u", "requestOptions": {"headers": {"A": "b"}}}),
        ] {
            let Some(EntryLaunch::Address { headers, .. }) = read(&entry) else {
                panic!("{entry}")
            };
            assert_eq!(headers["A"], "b");
        }
    }

    #[test]
    fn mcpgen_exec_is_recognized_and_other_programs_are_not() {
        let exec = |declaration: Option<&str>| {
            Some(EntryLaunch::Exec {
                server: "x".into(),
                declaration: declaration.map(str::to_owned),
            })
        };
        assert_eq!(read(&json!({"command": "mcpgen", "args": ["exec", "x"]})), exec(None));
        assert_eq!(
            read(&json!({"command": ["/usr/bin/mcpgen", "exec", "x", "-f", "/m.toml"]})),
            exec(Some("/m.toml"))
        );
        let other = read(&json!({"command": "other", "args": ["exec", "x"]}));
        assert_eq!(other, Some(EntryLaunch::Command(command("other", &["exec", "x"]))));
        for nothing in [json!({}), json!(null), json!({"command": ""}), json!({"enabled": false})] {
            assert_eq!(read(&nothing), None, "{nothing}");
        }
    }
}
