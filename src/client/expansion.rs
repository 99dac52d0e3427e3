//! The placeholders that a client replaces in its entries.

use super::Client;
use crate::placeholder::{self, Placeholder, PlaceholderForms, PlaceholderKind};

/// The part of an entry that contains a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryPart {
    /// The program.
    Command,
    /// Its arguments.
    Args,
    /// The values of its environment variables.
    Env,
    /// The directory in which it starts.
    Cwd,
    /// The URL.
    Url,
    /// The values of HTTP headers.
    Headers,
}

impl EntryPart {
    /// The names in the client table.
    pub const WORDS: [(&str, Self); 6] = [
        ("command", Self::Command),
        ("args", Self::Args),
        ("env", Self::Env),
        ("cwd", Self::Cwd),
        ("url", Self::Url),
        ("headers", Self::Headers),
    ];
}

/// What a client replaces in its entries.
#[derive(Debug, Clone, Default)]
pub struct Expansion {
    /// The forms of environment variables. `None` if they are not known.
    variables: Option<Vec<String>>,
    /// All forms.
    forms: PlaceholderForms,
    /// The only parts of an entry in which it replaces placeholders; empty for all.
    parts: Vec<EntryPart>,
}

impl Expansion {
    /// Makes the expansion of a row.
    pub fn new(
        variables: Option<Vec<String>>,
        predefined: &[String],
        parts: Vec<EntryPart>,
    ) -> Self {
        let forms = PlaceholderForms::new(variables.as_deref().unwrap_or_default(), predefined);
        Self { variables, forms, parts }
    }
}

/// What becomes of a placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceholderResult {
    /// The value of an environment variable of the client.
    Variable,
    /// A value of the client's own.
    Predefined,
    /// The client passes it on as it is written.
    Unchanged,
    /// It is not known whether the client replaces it.
    Unknown(PlaceholderKind),
}

impl Client {
    /// Finds the placeholders in a value of an entry, and what becomes of each.
    pub fn placeholders<'t>(
        &self,
        part: EntryPart,
        text: &'t str,
    ) -> Vec<(Placeholder<'t>, PlaceholderResult)> {
        let Expansion { variables, forms, parts } = &self.expansion;
        let here = parts.is_empty() || parts.contains(&part);
        let own = if here { forms.find(text) } else { vec![] };
        let replaced = |it: &Placeholder<'t>| match it.kind {
            // The value of another client. This one finds no environment variable with such a name.
            PlaceholderKind::Variable if placeholder::is_predefined(it.name) => {
                PlaceholderResult::Unchanged
            }
            PlaceholderKind::Variable => PlaceholderResult::Variable,
            PlaceholderKind::Predefined => PlaceholderResult::Predefined,
        };
        let others = placeholder::known(text).into_iter().filter(|it| {
            let overlaps = |own: &Placeholder<'t>| {
                own.range.start < it.range.end && it.range.start < own.range.end
            };
            !own.iter().any(overlaps)
        });
        let others = others.map(|it| {
            let kind = it.kind;
            let known = variables.is_some();
            (
                it,
                if known { PlaceholderResult::Unchanged } else { PlaceholderResult::Unknown(kind) },
            )
        });
        let mut found: Vec<_> = own.iter().map(|it| (it.clone(), replaced(it))).collect();
        found.extend(others);
        found.sort_by_key(|(it, _)| it.range.start);
        found
    }

    /// Returns how an entry refers to an environment variable of the client, if the client replaces such references in
    /// this part of the entry.
    pub fn form_of(&self, part: EntryPart, name: &str) -> Option<String> {
        let Expansion { variables, forms: _, parts } = &self.expansion;
        let here = parts.is_empty() || parts.contains(&part);
        let form = variables.iter().flatten().next().filter(|_| here)?;
        Some(form.replace("NAME", name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ClientTable;

    #[test]
    fn the_form_that_mcpgen_writes_is_one_that_the_client_expands() {
        let table = ClientTable::load(None).expect("built in");
        for client in table.iter() {
            let Some(text) = client.variable.as_ref().map(|form| form.replace("NAME", "X")) else {
                continue;
            };
            let found = client.placeholders(EntryPart::Env, &text);
            let found: Vec<_> = found.iter().map(|(it, to)| (it.text, *to)).collect();
            assert_eq!(found, [(text.as_str(), PlaceholderResult::Variable)], "{}", client.name);
        }
    }

    #[test]
    fn every_form_of_the_table_is_known() {
        let table = ClientTable::load(None).expect("built in");
        for client in table.iter() {
            for form in client.expansion.variables.iter().flatten() {
                let text = form.replace("NAME", "X_1");
                let found = placeholder::known(&text);
                assert_eq!(found.len(), 1, "{} {form}", client.name);
                assert_eq!(found[0].kind, PlaceholderKind::Variable, "{} {form}", client.name);
            }
        }
    }
}
