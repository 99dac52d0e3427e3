//! What `templates/rules.toml` and the file `rules.toml` in the user's directory say about clients.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::built_in::built_in;
use super::field_type::FieldTypes;
use super::other_files::OtherFiles;
use super::rule::{EntryRule, RuleEffect, RuleViolation};
use super::server_list::ServerList;
use super::{Client, rule_reader};
use crate::diagnostic::{Diagnostic, Source};
use crate::fs;
use crate::paths::Environment;

/// The name of the file.
pub const RULES_FILE: &str = "rules.toml";

/// What a client requires beyond its row in the client table.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ClientRules {
    rejects_byte_order_mark: bool,
    url_schemes: Option<Vec<String>>,
    #[serde(flatten)]
    layout: LayoutRules,
    other_layout: LayoutRules,
    lists: Vec<ServerList>,
    unread: Vec<UnreadPath>,
    reads: Vec<OtherFiles>,
}

/// What a client requires of the entries in one layout of its file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LayoutRules {
    loses: RuleEffect,
    types: BTreeMap<String, FieldTypes>,
    entries: Vec<EntryRule>,
}

#[derive(Debug, Deserialize)]
struct UnreadPath {
    path: String,
    key: String,
}

/// A file that users write for a client and that the client does not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadFile<'r> {
    /// The file.
    pub path: Utf8PathBuf,
    /// The key of the servers in the file.
    pub key: &'r str,
}

/// The rules of several clients, by name.
pub type RuleTable = BTreeMap<String, Arc<ClientRules>>;

static BUILT_IN: LazyLock<RuleTable> = LazyLock::new(|| {
    let text = built_in(RULES_FILE).unwrap_or_default();
    shared(rule_reader::read(&Source::new(RULES_FILE, text), text, None).unwrap_or_default())
});

static NONE: LazyLock<ClientRules> = LazyLock::new(ClientRules::default);

/// Reads the rules in the user's directory, if there are any. `clients` are the names of all clients, if they are known.
///
/// # Errors
/// Fails if the file cannot be read, and with every error in it.
pub fn read_own(
    directory: &Utf8Path,
    clients: Option<&[&str]>,
) -> Result<RuleTable, Vec<Diagnostic>> {
    let path = directory.join(RULES_FILE);
    let bytes = fs::read(&path).map_err(|error| vec![Diagnostic::of_error(&error)])?;
    let Some(bytes) = bytes else { return Ok(RuleTable::new()) };
    let text = String::from_utf8(bytes).map_err(|_| {
        let error = Diagnostic::error(format!("`{path}` is not UTF-8"));
        vec![error.help("save the file as UTF-8")]
    })?;
    rule_reader::read(&Source::new(path.as_str(), &text), &text, clients).map(shared)
}

fn shared(rules: BTreeMap<String, ClientRules>) -> RuleTable {
    rules.into_iter().map(|(name, rules)| (name, Arc::new(rules))).collect()
}

impl Client {
    fn rules(&self) -> &ClientRules {
        let built_in = || BUILT_IN.get(&self.name).map_or(&*NONE, |rules| rules);
        self.own_rules.as_deref().unwrap_or_else(built_in)
    }

    fn layout_rules(&self) -> &LayoutRules {
        let rules = self.rules();
        if self.is_other_layout { &rules.other_layout } else { &rules.layout }
    }

    /// Returns the rules of the client that an entry breaks, with what the client does.
    pub fn violations(&self, entry: &Map<String, Value>) -> Vec<(RuleViolation, RuleEffect)> {
        let rules = self.layout_rules();
        let broken = |rule: &EntryRule| Some((rule.violation(entry)?, rule.loses));
        let kinds = rules.types.iter().filter_map(|(field, types)| {
            let wrong = entry.get(field).is_some_and(|value| !types.accepts(value));
            let violation =
                || RuleViolation::Kind { field: field.clone(), wanted: types.to_string() };
            wrong.then(|| (violation(), rules.loses))
        });
        rules.entries.iter().filter_map(broken).chain(kinds).collect()
    }

    /// Returns whether the rules say which types a field can have.
    pub fn has_types_of(&self, field: &str) -> bool {
        self.layout_rules().types.contains_key(field)
    }

    /// Returns what the client ignores if an entry is wrong.
    pub fn wrong_entry_loses(&self) -> RuleEffect {
        self.layout_rules().loses
    }

    /// Returns whether the client cannot read a file that starts with a byte order mark.
    pub fn rejects_byte_order_mark(&self) -> bool {
        self.rules().rejects_byte_order_mark
    }

    /// Returns whether the client can connect to URLs with this scheme.
    pub fn connects_over(&self, scheme: &str) -> bool {
        match &self.rules().url_schemes {
            Some(schemes) => schemes.iter().any(|known| known == scheme),
            None => ["http", "https"].contains(&scheme),
        }
    }

    /// Returns the files that users write for the client and that it does not read.
    pub fn unread_files(&self, env: &Environment) -> Vec<UnreadFile<'_>> {
        let file = |file: &UnreadPath| env.expand(&file.path).ok()?.path();
        let files = self.rules().unread.iter();
        files.filter_map(|it| Some(UnreadFile { path: file(it)?, key: &it.key })).collect()
    }

    /// Returns the files that the client reads besides those in its row.
    pub fn other_files(&self) -> &[OtherFiles] {
        &self.rules().reads
    }

    /// Returns the lists that allow or block servers of the client.
    pub fn server_lists(&self) -> &[ServerList] {
        &self.rules().lists
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::client::ClientTable;

    #[test]
    fn every_rule_is_about_a_client_of_the_table() {
        let (table, text) = (ClientTable::load(None).unwrap(), built_in(RULES_FILE).unwrap());
        let names: Vec<&str> = table.names().collect();
        let rules = rule_reader::read(&Source::new(RULES_FILE, text), text, Some(&names));
        let rules: BTreeMap<String, ClientRules> = rules.unwrap();
        assert!(rules.len() > 10);
    }

    #[test]
    fn an_entry_breaks_a_rule_only_if_the_rule_applies_to_it() {
        let table = ClientTable::load(None).unwrap();
        let found = |client: &str, entry: &Value| -> Vec<String> {
            let found = table.get(client).unwrap().violations(entry.as_object().unwrap());
            found.iter().map(|(violation, _)| violation.to_string()).collect()
        };
        for (client, entry, want) in [
            ("claude-code", json!({"url": "u"}), "the entry has `url` but no `type`"),
            (
                "claude-code",
                json!({"url": "u", "type": "streamable"}),
                "`type` has an unknown value",
            ),
            ("claude-code", json!({"url": "u", "type": "http"}), ""),
            ("claude-code", json!({"command": "x"}), ""),
            ("claude-code", json!({"url": null, "command": "x"}), ""),
            ("cline", json!({"command": "x", "type": "local"}), "`type` has an unknown value"),
            (
                "codex",
                json!({"command": "x", "oauth": {}}),
                "the entry has both `command` and `oauth`",
            ),
            ("codex", json!({"url": "u", "env": {}}), "the entry has both `url` and `env`"),
            ("roo-code", json!({"command": "x", "timeout": 3601}), "`timeout` is more than 3600"),
            ("roo-code", json!({"command": "x", "timeout": 3600}), ""),
        ] {
            assert_eq!(found(client, &entry).join("; "), want, "{client}: {entry}");
        }
    }
}
