//! Reads the optional settings of an entry. The client's names for them are found in the output of its template.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::note::NoteReason;
use crate::client::{Client, FieldRole, FieldSpellings};
use crate::fields::MAX_SECONDS;
use crate::launch::Launcher;
use crate::model::{LocalServer, Model, Reach, Server};
use crate::paths::Environment;
use crate::render;
use crate::secret::literal::{SecretVerdict, judge_arguments, judge_named};

/// A client's names for the optional settings.
#[derive(Debug, Default)]
pub struct OptionFields {
    timeout: Option<TimeoutField>,
    startup_timeout: Option<TimeoutField>,
    allow: Option<String>,
    deny: Option<String>,
    written: BTreeSet<String>,
}

// The name of a field, the units of its value in a second, and the parts that have this value, if the field is a table.
#[derive(Debug)]
struct TimeoutField {
    name: String,
    units: u64,
    parts: Vec<String>,
}

/// The optional settings of an entry.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EntryOptions {
    /// The timeout of a tool call in seconds.
    pub timeout: Option<StatedOption<u64>>,
    /// The timeout of the start of the server in seconds.
    pub startup_timeout: Option<StatedOption<u64>>,
    /// The only tools to use.
    pub allow: Option<StatedOption<Vec<String>>>,
    /// Tools not to use.
    pub deny: Option<StatedOption<Vec<String>>>,
    /// The client's own fields.
    pub own: Map<String, Value>,
}

/// A value and the client's field that contains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedOption<T> {
    /// The value.
    pub value: T,
    /// The field.
    pub field: String,
    /// What is written there.
    pub written: Value,
}

const SECONDS: u64 = 7;
const STARTUP_SECONDS: u64 = 11;
impl OptionFields {
    /// Finds a client's names in the output of its template for servers that have every setting.
    pub fn of(client: &Client, env: &Environment) -> Self {
        let tool = |name: &str| vec![name.to_owned()];
        let server = |name: &str, allow: Vec<String>, deny: Vec<String>| Server {
            replaces: vec![],
            name: name.to_owned(),
            clients: vec![client.name.clone()],
            reach: Reach::Local(LocalServer {
                command: "probe".into(),
                args: vec![],
                env: BTreeMap::new(),
                cwd: None,
                secrets: BTreeMap::new(),
            }),
            timeout: Some(SECONDS),
            startup_timeout: Some(STARTUP_SECONDS),
            allow,
            deny,
            extra: BTreeMap::new(),
        };
        let model = Model {
            clients: vec![client.name.clone()],
            // Some clients have only one of the two lists.
            servers: vec![
                server("allowing", tool("allowed"), vec![]),
                server("denying", vec![], tool("denied")),
            ],
            ..Model::default()
        };
        // No program is looked up on PATH, so none can be missing.
        let Ok(launcher) = Launcher::new(&model, env, &env.default_declaration()) else {
            return Self::default();
        };
        let rendered = render::render(&model, &launcher, client);
        let entries = rendered.map(|rendered| rendered.entries).unwrap_or_default();
        let mut known = Self::default();
        let fields = entries.iter().flat_map(|(_, entry)| entry.iter());
        for (field, value) in fields.map(|(field, value)| (field.clone(), value.clone())) {
            known.written.insert(field.clone());
            match value {
                Value::Number(_) => known.timeout(field, &value, vec![]),
                Value::Object(ref parts) => {
                    known.timeout(field, &value, parts.keys().cloned().collect());
                }
                Value::Array(list) if list == ["allowed"] => known.allow = Some(field),
                Value::Array(list) if list == ["denied"] => known.deny = Some(field),
                Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) => {}
            }
        }
        known
    }

    // An empty list of allowed tools allows none.
    fn is_list_of_allowed(&self, field: &str) -> bool {
        self.allow.as_deref() == Some(field)
    }

    fn timeout(&mut self, name: String, value: &Value, parts: Vec<String>) {
        let Some(number) = common_number(value, &parts) else { return };
        let of = |seconds: u64| [1, 1000].into_iter().find(|units| seconds * units == number);
        if let Some(units) = of(SECONDS) {
            self.timeout = Some(TimeoutField { name, units, parts });
        } else if let Some(units) = of(STARTUP_SECONDS) {
            self.startup_timeout = Some(TimeoutField { name, units, parts });
        }
    }
}

impl TimeoutField {
    // Returns the timeout if a declaration can have it.
    fn read(&self, field: &str, value: &Value) -> Option<StatedOption<u64>> {
        let number = common_number(value, &self.parts)
            .filter(|number| self.name == field && number % self.units == 0)?;
        let seconds = Some(number / self.units).filter(|it| (1..=MAX_SECONDS).contains(it))?;
        Some(StatedOption { value: seconds, field: field.to_owned(), written: value.clone() })
    }
}

impl EntryOptions {
    /// Reads the fields of an entry. `connects` is whether the client connects to a URL. The second value has the notes about fields that stay in the file.
    pub fn read(
        client: &Client,
        known: &OptionFields,
        fields: &Map<String, Value>,
        connects: bool,
    ) -> (Self, Vec<NoteReason>) {
        let mut options = Self::default();
        let mut left = vec![];
        let spellings = client.fields();
        let list_key = client.section.list_key.as_deref();
        for (field, value) in fields {
            let sign_in = connects && client.is_own_sign_in(field);
            let ours = (client.launch_fields().contains(field) && !sign_in)
                || spellings.is(FieldRole::Enabled, field)
                || spellings.is(FieldRole::Disabled, field)
                || client.seed.get(field) == Some(value)
                || list_key == Some(field.as_str())
                || (field == "name" && known.written.contains(field))
                || value.is_null()
                || (says_nothing(value) && !sign_in && !known.is_list_of_allowed(field));
            if ours || options.take(known, field, value) {
                continue;
            }
            if holds_secret(field, value) {
                left.push(NoteReason::SecretField(field.clone()));
            } else {
                options.own.insert(field.clone(), value.clone());
            }
        }
        (options, left)
    }

    // Reads a field for which the declaration has a field. Other values stay in the client's own fields.
    fn take(&mut self, known: &OptionFields, field: &str, value: &Value) -> bool {
        let is = |known: &Option<String>| known.as_deref() == Some(field);
        let (name, written) = (field.to_owned(), value.clone());
        let timeout = |known: &Option<TimeoutField>| known.as_ref()?.read(field, value);
        if let Some(stated) = timeout(&known.timeout) {
            self.timeout = Some(stated);
            return true;
        }
        if let Some(stated) = timeout(&known.startup_timeout) {
            self.startup_timeout = Some(stated);
            return true;
        }
        let Some(tools) = tools(value) else { return false };
        if is(&known.allow) {
            self.allow = Some(StatedOption { value: tools, field: name, written });
        } else if is(&known.deny) {
            self.deny = Some(StatedOption { value: tools, field: name, written });
        } else {
            return false;
        }
        true
    }

    /// Returns the client's own fields, including the settings that the declaration does not set for this client.
    pub fn into_own(self) -> Map<String, Value> {
        let mut own = self.own;
        let timeouts = [self.timeout, self.startup_timeout].into_iter().flatten();
        own.extend(timeouts.map(|said| (said.field, said.written)));
        own.extend(self.allow.map(|said| (said.field, said.written)));
        own.extend(self.deny.map(|said| (said.field, said.written)));
        own
    }

    /// Returns whether the entry has settings of the client's own sign-in.
    pub fn signs_in(&self, spellings: &FieldSpellings) -> bool {
        let mut fields = self.own.iter().filter(|(_, value)| **value != Value::Bool(false));
        fields.any(|(field, _)| spellings.is(FieldRole::SignIn, field))
    }
}

// Returns the number in a field. If the field is a table, all of its values must be this number, and its keys must be
// known parts.
fn common_number(value: &Value, parts: &[String]) -> Option<u64> {
    let Value::Object(map) = value else { return value.as_u64() };
    let first = map.values().next()?.as_u64()?;
    let is_common =
        |(key, value): (&String, &Value)| parts.contains(key) && value.as_u64() == Some(first);
    map.iter().all(is_common).then_some(first)
}

// Such a field is in an entry because the client's editor adds every field.
fn says_nothing(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

// A list of names, each in full.
fn tools(value: &Value) -> Option<Vec<String>> {
    let list = value.as_array().filter(|list| !list.is_empty())?;
    let name = |it: &Value| {
        it.as_str().filter(|it| !it.is_empty() && !it.contains('*')).map(str::to_owned)
    };
    list.iter().map(name).collect()
}

// A placeholder of a secret is not imported either.
fn holds_secret(name: &str, value: &Value) -> bool {
    let is = |verdict: SecretVerdict| verdict != SecretVerdict::Harmless;
    match value {
        Value::String(text) => is(judge_named(name, text)),
        Value::Array(list) => {
            let words: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            judge_arguments(&words).into_iter().any(is)
                || list.iter().any(|it| holds_secret(name, it))
        }
        Value::Object(map) => map.iter().any(|(key, it)| holds_secret(key, it)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
