//! A rule about the entries of a client: one of the rows `entries` in `templates/rules.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::fields::{Shape, Table, field};

/// What a client does with an entry that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleEffect {
    /// It ignores the entry.
    #[default]
    Entry,
    /// It ignores the whole file.
    File,
}

impl RuleEffect {
    /// The names in `templates/rules.toml`.
    pub const WORDS: &[&str] = &["entry", "file"];
}

/// The fields of a row in `entries`.
pub static ENTRY_RULE: Table = Table {
    title: "`entries`",
    fields: &[
        field("with", Shape::Strings, "The fields that an entry has if the rule applies to it."),
        field("when", Shape::StringMap, "The values that such an entry has."),
        field("unless", Shape::Strings, "The fields that such an entry does not have."),
        field("without", Shape::Strings, "The fields that the entry must not have."),
        field("field", Shape::String, "The field that the rule is about."),
        field("needed", Shape::Boolean, "Whether the entry must have the field."),
        field("one-of", Shape::Strings, "The values that the field can have."),
        field("at-most", Shape::Count, "The largest number that the field can have."),
        field("loses", Shape::OneOf(RuleEffect::WORDS), "What the client ignores otherwise."),
    ],
};

/// A rule about the entries of a client.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct EntryRule {
    #[serde(default)]
    with: Vec<String>,
    #[serde(default)]
    when: BTreeMap<String, String>,
    #[serde(default)]
    unless: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
    field: Option<String>,
    #[serde(default)]
    needed: bool,
    #[serde(default)]
    one_of: Vec<String>,
    at_most: Option<u64>,
    /// What the client ignores if an entry breaks the rule.
    pub loses: RuleEffect,
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
    /// A field has a value of another type.
    #[error("`{field}` is not {wanted}")]
    Kind {
        /// The field.
        field: String,
        /// The types that the field can have.
        wanted: String,
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
            Self::Kind { field, wanted } => {
                format!("change `{field}` in {place} to {wanted}, or remove it")
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
    pub fn violation(&self, entry: &Map<String, Value>) -> Option<RuleViolation> {
        let has = |field: &String| entry.get(field).is_some_and(|value| !value.is_null());
        let is = |(field, word): (&String, &String)| entry.get(field).is_some_and(|it| it == word);
        if !self.when.iter().all(is) {
            return None;
        }
        if !self.with.iter().all(has) || self.unless.iter().any(has) {
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
