//! What `templates/rules.toml` and the file `rules.toml` in the user's directory say about clients.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Client;
use super::built_in::built_in;
use super::field_type::FieldTypes;
use super::other_files::OtherFiles;
use super::rule::{EntryRule, RuleEffect, RuleViolation};
use super::server_list::ServerList;
use crate::diagnostic::{Diagnostic, Source};
use crate::fields::{parse_toml, syntax};
use crate::fs;
use crate::paths::{Environment, Expanded};

/// The name of the file.
pub const RULES_FILE: &str = "rules.toml";

/// What a client requires beyond its row in the client table.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ClientRules {
    loses: RuleEffect,
    rejects_byte_order_mark: bool,
    types: BTreeMap<String, FieldTypes>,
    entries: Vec<EntryRule>,
    lists: Vec<ServerList>,
    unread: Vec<UnreadPath>,
    reads: Vec<OtherFiles>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
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

static RULES: LazyLock<RuleTable> =
    LazyLock::new(|| parse(built_in(RULES_FILE).unwrap_or_default()).unwrap_or_default());

static NONE: LazyLock<ClientRules> = LazyLock::new(ClientRules::default);

fn parse(text: &str) -> Result<RuleTable, serde_json::Error> {
    let (root, _) = parse_toml(text);
    let rules: BTreeMap<String, ClientRules> = serde_json::from_value(root.to_value())?;
    Ok(rules.into_iter().map(|(name, rules)| (name, Arc::new(rules))).collect())
}

/// Reads the rules in the user's directory, if there are any.
///
/// # Errors
/// Fails if the file cannot be read or has errors.
pub fn read_own(directory: &Utf8Path) -> Result<RuleTable, Vec<Diagnostic>> {
    let path = directory.join(RULES_FILE);
    let bytes = fs::read(&path).map_err(|error| vec![Diagnostic::of_error(&error)])?;
    let Some(bytes) = bytes else { return Ok(RuleTable::new()) };
    let text = String::from_utf8(bytes).map_err(|_| {
        let error = Diagnostic::error(format!("`{path}` is not UTF-8"));
        vec![error.help("save the file as UTF-8")]
    })?;
    let (_, errors) = parse_toml(&text);
    let errors = syntax::diagnostics(&Source::new(path.as_str(), &text), errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    parse(&text).map_err(|error| vec![Diagnostic::error(format!("cannot read `{path}`: {error}"))])
}

impl Client {
    fn rules(&self) -> &ClientRules {
        let built_in = || RULES.get(&self.name).map_or(&*NONE, |rules| rules);
        self.own_rules.as_deref().unwrap_or_else(built_in)
    }

    /// Returns the rules of the client that an entry breaks, with what the client does.
    pub fn violations(&self, entry: &Map<String, Value>) -> Vec<(RuleViolation, RuleEffect)> {
        let rules = self.rules();
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
        self.rules().types.contains_key(field)
    }

    /// Returns what the client ignores if an entry is wrong.
    pub fn wrong_entry_loses(&self) -> RuleEffect {
        self.rules().loses
    }

    /// Returns whether the client cannot read a file that starts with a byte order mark.
    pub fn rejects_byte_order_mark(&self) -> bool {
        self.rules().rejects_byte_order_mark
    }

    /// Returns the files that users write for the client and that it does not read.
    pub fn unread_files(&self, env: &Environment) -> Vec<UnreadFile<'_>> {
        let file = |file: &'_ UnreadPath| match env.expand(&file.path).ok()? {
            Expanded::Candidate(path) | Expanded::Decided(path) => Some(path),
            Expanded::Unset(_) => None,
        };
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
        let rules = parse(built_in(RULES_FILE).unwrap()).unwrap();
        let table = ClientTable::load(None).unwrap();
        assert!(rules.len() > 10);
        for name in rules.keys() {
            assert!(table.get(name).is_some(), "{name}");
        }
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
