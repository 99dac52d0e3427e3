//! The lists with which users and administrators allow or block the servers of a client: the rows `lists` of
//! `templates/rules.toml`.

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde_json::Value;

use crate::fields::{Shape, Table, field};
use crate::paths::{Environment, Os};
use crate::wildcard::matches;

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
    /// Returns by what the list keeps the client from using a server: by the item that blocks the server, or by what an
    /// item that allows the server must name. Returns `None` if the client can use the server. A list contains names, or
    /// tables with `serverName`, `serverUrl` or `serverCommand` (Claude Code's documentation, "Managed MCP
    /// configuration").
    pub fn keeps_from(&self, list: &Value, server: ListedServer<'_>) -> Option<ListItem> {
        let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
        match self.effect {
            ListEffect::Replaces => Some(ListItem::Name),
            ListEffect::Blocks => {
                items.iter().find_map(|item| ListItem::that_matches(item, server))
            }
            ListEffect::Allows if items.is_empty() => {
                (list.is_array() && self.empty_blocks).then_some(ListItem::NameInTable)
            }
            ListEffect::Allows => {
                // If a list names commands or URLs, a server must match one of them, and its name does not count.
                let has = |key: &str| items.iter().any(|item| item.get(key).is_some());
                let needed = match (server.url, server.argv) {
                    (Some(_), _) if has(URL) => ListItem::Url,
                    (None, Some(_)) if has(COMMAND) => ListItem::Command,
                    _ if items.iter().any(Value::is_object) => ListItem::NameInTable,
                    _ => ListItem::Name,
                };
                let by_name_too = !matches!(needed, ListItem::Url | ListItem::Command);
                let counts = |item: &&Value| by_name_too || name(item).is_none();
                let mut counting = items.iter().filter(counts);
                let allowed = counting.any(|item| ListItem::that_matches(item, server).is_some());
                (!allowed).then_some(needed)
            }
        }
    }
}

const NAME: &str = "serverName";
const URL: &str = "serverUrl";
const COMMAND: &str = "serverCommand";

/// What an item of a list names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListItem {
    /// The name of the entry.
    Name,
    /// The name of the entry, in a table.
    NameInTable,
    /// A pattern of URLs.
    Url,
    /// A command with its arguments.
    Command,
}

impl ListItem {
    fn that_matches(item: &Value, server: ListedServer<'_>) -> Option<Self> {
        if name(item) == Some(server.name) {
            return Some(if item.is_object() { Self::NameInTable } else { Self::Name });
        }
        let pattern = item.get(URL).and_then(Value::as_str);
        if pattern.zip(server.url).is_some_and(|(pattern, url)| matches(pattern, url)) {
            return Some(Self::Url);
        }
        let argv = item.get(COMMAND)?.as_array()?.iter().filter_map(Value::as_str);
        argv.eq(server.argv?.iter().map(String::as_str)).then_some(Self::Command)
    }

    /// Describes the item for a server: `the` item in the list, or `an` item to add.
    pub fn shown(self, article: &str, name: &str) -> String {
        match self {
            Self::Name => format!("`{name}`"),
            Self::NameInTable => format!("`{{ \"{NAME}\": \"{name}\" }}`"),
            Self::Url => format!("{article} item whose `{URL}` matches the URL of `{name}`"),
            Self::Command => format!("{article} item whose `{COMMAND}` is the command of `{name}`"),
        }
    }
}

fn name(item: &Value) -> Option<&str> {
    item.as_str().or_else(|| item.get(NAME)?.as_str())
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
            let keeps = |list_of: ServerList| list_of.keeps_from(&list, server).is_some();
            assert_eq!(keeps(lists(false)), want, "{list} {server:?}");
            let blocks = want || (effect == allows && list == json!([]));
            assert_eq!(keeps(lists(true)), blocks, "{list} {server:?}");
        }
    }
}
