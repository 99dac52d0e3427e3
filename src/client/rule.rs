//! What clients require of an entry: the rules in `templates/rules.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use camino::Utf8PathBuf;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Client;
use super::built_in::built_in;
use super::server_list::ServerList;
use crate::fields::parse_toml;
use crate::paths::{Environment, Expanded};

/// What a client does with an entry that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleEffect {
    /// It ignores the entry.
    Entry,
    /// It ignores the whole file.
    File,
}

/// A rule about the entries of a client.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EntryRule {
    #[serde(default)]
    with: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
    field: Option<String>,
    #[serde(default)]
    needed: bool,
    #[serde(default)]
    one_of: Vec<String>,
    at_most: Option<u64>,
    loses: RuleEffect,
}

/// How an entry breaks a rule. No message contains a value of the entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleViolation {
    /// A field is missing.
    #[error("{}", missing(.with, .field))]
    Missing {
        /// The fields because of which the entry needs it.
        with: Vec<String>,
        /// The field.
        field: String,
        /// The values that the field can have.
        one_of: Vec<String>,
    },
    /// Two fields are not allowed in one entry.
    #[error("the entry has both `{with}` and `{field}`")]
    Together {
        /// One of them.
        with: String,
        /// The other one.
        field: String,
    },
    /// A field has an unknown value.
    #[error("`{field}` has an unknown value")]
    Unknown {
        /// The field.
        field: String,
        /// The values that the field can have.
        one_of: Vec<String>,
    },
    /// A number is too large.
    #[error("`{field}` is more than {at_most}")]
    Above {
        /// The field.
        field: String,
        /// The largest number that the client accepts.
        at_most: u64,
    },
}

impl RuleViolation {
    /// Returns what to change in the entry.
    pub fn remedy(&self, place: &str) -> String {
        let one = |words: &[String]| format!("`{}`", words.join("`, `"));
        match self {
            Self::Missing { with: _, field, one_of } if one_of.is_empty() => {
                format!("add `{field}` to {place}")
            }
            Self::Missing { with: _, field, one_of } => {
                format!("add `{field}` to {place}, with one of these values: {}", one(one_of))
            }
            Self::Together { with: _, field } => format!("remove `{field}` from {place}"),
            Self::Unknown { field, one_of } => {
                format!("change `{field}` in {place} to one of these values: {}", one(one_of))
            }
            Self::Above { field, at_most } => {
                format!("change `{field}` in {place} to {at_most} or less")
            }
        }
    }
}

fn missing(with: &[String], field: &str) -> String {
    match with {
        [] => format!("the entry has no `{field}`"),
        with => format!("the entry has `{}` but no `{field}`", with.join("` and `")),
    }
}

impl EntryRule {
    /// Returns how an entry breaks the rule, if it does.
    fn violation(&self, entry: &Map<String, Value>) -> Option<RuleViolation> {
        let has = |field: &String| entry.get(field).is_some_and(|value| !value.is_null());
        if !self.with.iter().all(has) {
            return None;
        }
        if let Some(field) = self.without.iter().find(|field| has(field)) {
            let with = self.with.first().cloned().unwrap_or_default();
            return Some(RuleViolation::Together { with, field: field.clone() });
        }
        let field = self.field.clone()?;
        let one_of = self.one_of.clone();
        match (entry.get(&field).filter(|value| !value.is_null()), self.at_most) {
            (None, _) if self.needed => {
                Some(RuleViolation::Missing { with: self.with.clone(), field, one_of })
            }
            (None, _) => None,
            (Some(value), Some(at_most)) => {
                let above = value.as_f64().is_some_and(|number| number > at_most as f64);
                above.then_some(RuleViolation::Above { field, at_most })
            }
            (Some(_), None) if one_of.is_empty() => None,
            (Some(value), None) => {
                let known = one_of.iter().any(|word| value == word.as_str());
                (!known).then_some(RuleViolation::Unknown { field, one_of })
            }
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ClientRules {
    entries: Vec<EntryRule>,
    lists: Vec<ServerList>,
    unread: Vec<UnreadPath>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UnreadPath {
    path: String,
    key: String,
}

/// A file that users write for a client and that the client does not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadFile {
    /// The file.
    pub path: Utf8PathBuf,
    /// The key of the servers in the file.
    pub key: &'static str,
}

static RULES: LazyLock<BTreeMap<String, ClientRules>> =
    LazyLock::new(|| parse().unwrap_or_default());

fn parse() -> Result<BTreeMap<String, ClientRules>, serde_json::Error> {
    let (root, _) = parse_toml(built_in("rules.toml").unwrap_or_default());
    serde_json::from_value(root.to_value())
}

impl Client {
    /// Returns the rules of the client that an entry breaks, with what the client does.
    pub fn violations(&self, entry: &Map<String, Value>) -> Vec<(RuleViolation, RuleEffect)> {
        let broken = |rule: &EntryRule| Some((rule.violation(entry)?, rule.loses));
        RULES.get(&self.name).into_iter().flat_map(|it| &it.entries).filter_map(broken).collect()
    }

    /// Returns the files that users write for the client and that it does not read.
    pub fn unread_files(&self, env: &Environment) -> Vec<UnreadFile> {
        let rules = RULES.get(&self.name).map(|rules| rules.unread.as_slice()).unwrap_or_default();
        let file = |file: &'static UnreadPath| match env.expand(&file.path).ok()? {
            Expanded::Candidate(path) | Expanded::Decided(path) => {
                Some(UnreadFile { path, key: &file.key })
            }
            Expanded::Unset(_) => None,
        };
        rules.iter().filter_map(file).collect()
    }

    /// Returns the lists that allow or block servers of the client.
    pub fn server_lists(&self) -> &'static [ServerList] {
        RULES.get(&self.name).map(|rules| rules.lists.as_slice()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::client::ClientTable;

    #[test]
    fn every_rule_is_about_a_client_of_the_table() {
        let rules = parse().unwrap();
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
