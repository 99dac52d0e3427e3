//! The lists with which users and administrators allow or block the servers of a client: the rows `lists` of
//! `templates/rules.toml`.

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde_json::Value;

use crate::fields::{Shape, Table, field};
use crate::paths::{Environment, Os};

/// The fields of a row in `lists`.
pub static SERVER_LIST: Table = Table {
    title: "`lists`",
    fields: &[
        field("path", Shape::String, "The file of the list [default: the client's file]."),
        field("os", Shape::OneOf(Os::WORDS), "The only operating system on which it counts."),
        field("key", Shape::Strings, "The keys that lead to the list."),
        field("effect", Shape::OneOf(ListEffect::WORDS), "What the list does."),
        field("empty-blocks", Shape::Boolean, "Whether an empty list allows no server."),
    ],
};

/// What a list does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListEffect {
    /// Only the listed servers are allowed.
    Allows,
    /// The listed servers are blocked.
    Blocks,
    /// If the file exists, the client ignores all other servers.
    Replaces,
}

impl ListEffect {
    const WORDS: &[&str] = &["allows", "blocks", "replaces"];
}

/// One list.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ServerList {
    path: Option<String>,
    os: Option<Os>,
    /// The keys that lead to the list.
    pub key: Vec<String>,
    /// What the list does.
    pub effect: ListEffect,
    /// Whether an empty list allows no server. Otherwise, an empty list has no effect.
    #[serde(default)]
    empty_blocks: bool,
}

/// What a list can name of a server.
#[derive(Debug, Clone, Copy)]
pub struct ListedServer<'a> {
    /// The name of the entry.
    pub name: &'a str,
    /// The URL to which the client connects by itself.
    pub url: Option<&'a str>,
    /// The program that the client starts, and its arguments.
    pub argv: Option<&'a [String]>,
}

impl ServerList {
    /// Returns the file of the list. `own` is the client's file. Returns `None` on another operating system.
    pub fn file(&self, own: &Utf8Path, env: &Environment) -> Option<Utf8PathBuf> {
        if self.os.is_some_and(|os| os != env.os) {
            return None;
        }
        let Some(pattern) = &self.path else { return Some(own.to_owned()) };
        env.expand(pattern).ok()?.path()
    }

    /// Returns the list in the content of its file.
    pub fn of<'v>(&self, root: &'v Value) -> Option<&'v Value> {
        self.key.iter().try_fold(root, |value, key| value.get(key))
    }
}

impl ServerList {
    /// Returns whether the list keeps the client from using a server. A list contains names, or tables with
    /// `serverName`, `serverUrl` or `serverCommand` (Claude Code's documentation, "Managed MCP configuration").
    pub fn keeps_from(&self, list: &Value, server: ListedServer<'_>) -> bool {
        let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
        match self.effect {
            ListEffect::Replaces => true,
            ListEffect::Blocks => items.iter().any(|item| matches(item, server)),
            ListEffect::Allows if items.is_empty() => list.is_array() && self.empty_blocks,
            ListEffect::Allows => {
                // If a list names commands or URLs, a server must match one of them, and its name does not count.
                let has = |key: &str| items.iter().any(|item| item.get(key).is_some());
                let by_name_too = match (server.url, server.argv) {
                    (Some(_), _) => !has("serverUrl"),
                    (None, Some(_)) => !has("serverCommand"),
                    (None, None) => true,
                };
                let counts = |item: &&Value| by_name_too || name(item).is_none();
                !items.iter().filter(counts).any(|item| matches(item, server))
            }
        }
    }
}

fn name(item: &Value) -> Option<&str> {
    item.as_str().or_else(|| item.get("serverName")?.as_str())
}

fn matches(item: &Value, server: ListedServer<'_>) -> bool {
    let named = name(item) == Some(server.name);
    let pattern = item.get("serverUrl").and_then(Value::as_str);
    let at = pattern.zip(server.url).is_some_and(|(pattern, url)| is_like(pattern, url));
    let argv = item.get("serverCommand").and_then(Value::as_array);
    let started = argv.zip(server.argv).is_some_and(|(argv, own)| {
        argv.iter().filter_map(Value::as_str).eq(own.iter().map(String::as_str))
    });
    named || at || started
}

// Returns whether a URL matches a pattern, in which `*` is any text.
fn is_like(pattern: &str, url: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == url };
    let Some(tail) = url.strip_prefix(head) else { return false };
    let mut starts = tail.char_indices().map(|(at, _)| at).chain([tail.len()]);
    starts.any(|at| is_like(rest, &tail[at..]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_names_servers_by_name_url_or_command() {
        let argv = ["npx".to_owned(), "x".to_owned()];
        let local = ListedServer { name: "a", url: None, argv: Some(&argv) };
        let url = "https://mcp.example.com/mcp";
        let remote = ListedServer { name: "b", url: Some(url), argv: None };
        let (allows, blocks) = (ListEffect::Allows, ListEffect::Blocks);
        for (effect, list, server, want) in [
            (blocks, json!(["a"]), local, true),
            (blocks, json!(["a"]), remote, false),
            (blocks, json!([{ "serverName": "a" }]), local, true),
            (blocks, json!([{ "serverUrl": "https://*.example.com/*" }]), remote, true),
            (blocks, json!([{ "serverUrl": "https://*.example.org/*" }]), remote, false),
            (blocks, json!([{ "serverCommand": ["npx", "x"] }]), local, true),
            (blocks, json!([{ "serverCommand": ["npx"] }]), local, false),
            (blocks, json!([]), local, false),
            (allows, json!(["b"]), local, true),
            (allows, json!(["a"]), local, false),
            (allows, json!([]), local, false),
            (allows, json!([{ "serverName": "a" }]), local, false),
            (allows, json!([{ "serverName": "a" }, { "serverCommand": ["y"] }]), local, true),
            (allows, json!([{ "serverName": "b" }, { "serverUrl": "https://*" }]), remote, false),
            (allows, json!([{ "serverUrl": "https://*" }]), local, true),
        ] {
            let lists = |empty_blocks| {
                let key = vec!["k".to_owned()];
                ServerList { path: None, os: None, key, effect, empty_blocks }
            };
            assert_eq!(lists(false).keeps_from(&list, server), want, "{list} {server:?}");
            let blocks = want || (effect == allows && list == json!([]));
            assert_eq!(lists(true).keeps_from(&list, server), blocks, "{list} {server:?}");
        }
    }
}
