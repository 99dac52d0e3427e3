//! The values of an entry that a diff shows. A value that mcpgen did not write is hidden, unless it is known to be harmless.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::client::{FieldRole, FieldSpellings};
use crate::document::Entry;
use crate::entry::is_transport;
use crate::ledger::Owned;
use crate::placeholder;
use crate::secret::literal::{self, SecretVerdict, judge, judge_arguments, judge_named};

mod arguments;
mod url;

/// The string that is shown in place of a hidden value.
pub const HIDDEN: &str = "…";

/// Decides which values of an entry are shown.
pub struct ShownValues<'a> {
    spellings: &'a FieldSpellings,
    desired: Option<&'a Entry>,
    ours: Option<&'a Owned>,
    declared: HashSet<&'a str>,
}

impl<'a> ShownValues<'a> {
    /// Makes the rules for one entry: `desired` is the declared entry, and `ours` the record of what mcpgen wrote.
    pub fn new(
        spellings: &'a FieldSpellings,
        desired: Option<&'a Entry>,
        ours: Option<&'a Owned>,
    ) -> Self {
        let mut declared = HashSet::new();
        desired.into_iter().flat_map(Map::values).for_each(|value| strings(value, &mut declared));
        Self { spellings, desired, ours, declared }
    }

    /// Returns an entry with its hidden values replaced.
    pub fn entry(&self, entry: &Entry) -> Entry {
        let shown = |(field, value): (&String, &Value)| {
            let value = value.clone();
            let value = if self.desired.is_some_and(|it| it.get(field) == Some(&value)) {
                value
            } else if self.ours.is_some_and(|ours| ours.wrote(field, &value)) {
                self.own(field, value)
            } else {
                self.foreign(field, value, entry)
            };
            (literal::mask(field), value)
        };
        entry.iter().map(shown).collect()
    }

    // A value that mcpgen wrote earlier: it came from a declaration.
    fn own(&self, field: &str, value: Value) -> Value {
        let roles = [FieldRole::Env, FieldRole::Headers, FieldRole::Request];
        if roles.iter().any(|role| self.spellings.is(*role, field)) {
            return hide_all(value);
        }
        match value {
            Value::String(text) if judge_named(field, &text) != SecretVerdict::Harmless => {
                HIDDEN.into()
            }
            Value::Array(list) => {
                let words: Vec<&str> =
                    list.iter().map(|it| it.as_str().unwrap_or_default()).collect();
                let verdicts = judge_arguments(&words);
                let shown = |(value, verdict): (&Value, SecretVerdict)| match verdict {
                    SecretVerdict::Harmless => self.own("", value.clone()),
                    SecretVerdict::Placeholder | SecretVerdict::Secret(_) => HIDDEN.into(),
                };
                list.iter().zip(verdicts).map(shown).collect()
            }
            Value::Object(map) => {
                let pair = |(key, value): (String, Value)| {
                    let value = self.own(&key, value);
                    (literal::mask(&key), value)
                };
                Value::Object(map.into_iter().map(pair).collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
        }
    }

    fn foreign(&self, field: &str, value: Value, entry: &Map<String, Value>) -> Value {
        let is = |role: FieldRole| self.spellings.is(role, field);
        match value {
            Value::Object(map) if is(FieldRole::LaunchTable) => {
                let all = map.clone();
                let pair = |(key, value): (String, Value)| {
                    let value = self.foreign(&key, value, &all);
                    (literal::mask(&key), value)
                };
                Value::Object(map.into_iter().map(pair).collect())
            }
            Value::String(text) if is(FieldRole::Command) => self.program(&text).into(),
            Value::Array(list) if is(FieldRole::Command) => self.command_line(&list, None),
            Value::Array(list) if is(FieldRole::Args) => {
                let mut programs = self.spellings.all(FieldRole::Command, entry);
                let program = programs.find_map(|(_, value)| value.as_str());
                self.command_line(&list, Some(program.unwrap_or_default()))
            }
            Value::Array(list) if is(FieldRole::EnvNames) => {
                list.iter().map(|name| self.variable(name)).collect()
            }
            Value::String(text) if is(FieldRole::Url) => self.text(&text, url::shown).into(),
            Value::String(text) if is(FieldRole::Transport) => self
                .text(&text, |text| {
                    let is_known = is_transport(text, self.spellings);
                    if is_known { text.into() } else { HIDDEN.into() }
                })
                .into(),
            Value::String(text) => self.text(&text, |_| HIDDEN.into()).into(),
            Value::Array(list) => {
                list.into_iter().map(|value| self.foreign("", value, entry)).collect()
            }
            Value::Object(map) => {
                let named = is(FieldRole::Env) || is(FieldRole::Headers);
                let pair = |(key, value): (String, Value)| {
                    let hidden = named && value.is_number();
                    let value = if hidden { HIDDEN.into() } else { self.foreign("", value, entry) };
                    (literal::mask(&key), value)
                };
                Value::Object(map.into_iter().map(pair).collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }

    // A string that is in the declaration is not new to the reader.
    fn text(&self, text: &str, otherwise: impl Fn(&str) -> String) -> String {
        if self.declared.contains(text) { text.to_owned() } else { otherwise(text) }
    }

    fn variable(&self, name: &Value) -> Value {
        match name.as_str() {
            Some(text) if placeholder::is_variable(text) && is_harmless(text) => text.into(),
            Some(text) => self.text(text, |_| HIDDEN.into()).into(),
            None => hide_all(name.clone()),
        }
    }

    // A whole command line may be in the field of a program.
    fn program(&self, text: &str) -> String {
        let (program, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let shown =
            |text: &str| if is_harmless(text) { text.to_owned() } else { HIDDEN.to_owned() };
        match rest {
            "" => self.text(program, shown),
            _some => self.text(text, |_| format!("{} {HIDDEN}", shown(program))),
        }
    }

    fn command_line(&self, list: &[Value], program: Option<&str>) -> Value {
        let words: Vec<&str> = list.iter().map(|it| it.as_str().unwrap_or(HIDDEN)).collect();
        let (first, program, args) = match (program, words.as_slice()) {
            (None, [first, args @ ..]) => (Some(self.program(first)), *first, args),
            (Some(program), args) => (None, program, args),
            (None, []) => return Value::Array(vec![]),
        };
        let shown = arguments::shown(program, args, &self.declared);
        first.into_iter().chain(shown).map(Value::String).collect()
    }
}

fn is_harmless(text: &str) -> bool {
    judge(text) == SecretVerdict::Harmless
}

fn hide_all(value: Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) => value,
        Value::Number(_) | Value::String(_) => HIDDEN.into(),
        Value::Array(list) => list.into_iter().map(hide_all).collect(),
        Value::Object(map) => {
            let pair = |(key, value): (String, Value)| (literal::mask(&key), hide_all(value));
            Value::Object(map.into_iter().map(pair).collect())
        }
    }
}

fn strings<'v>(value: &'v Value, found: &mut HashSet<&'v str>) {
    match value {
        Value::String(text) => drop(found.insert(text)),
        Value::Array(list) => list.iter().for_each(|value| strings(value, found)),
        Value::Object(map) => map.values().for_each(|value| strings(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
