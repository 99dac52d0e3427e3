//! Reads the arguments of a program: literal values, and secrets that become references.

use std::collections::BTreeMap;

use super::container;
use super::header::{DraftValue, reject_placeholders};
use super::note::NoteReason;
use crate::launch::Command;
use crate::secret::literal;

/// One argument of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentDraft {
    /// The name of its secret: a flag, a header or a parameter. Empty for a literal value.
    pub name: String,
    /// The text before the secret.
    pub prefix: String,
    /// The literal value, or the secret.
    pub value: DraftValue,
    /// The text after the secret.
    pub suffix: String,
}

impl ArgumentDraft {
    /// Makes a literal argument.
    pub fn literal(text: String) -> Self {
        let none = String::new;
        Self { name: none(), prefix: none(), value: DraftValue::Plain(text), suffix: none() }
    }
}

/// The arguments of a program, and the environment variables that take secrets out of them.
pub struct DraftArguments {
    /// The arguments.
    pub args: Vec<ArgumentDraft>,
    /// The variables.
    pub variables: BTreeMap<String, DraftValue>,
}

/// Reads arguments.
///
/// # Errors
/// Fails if a client would expand a part of an argument.
pub fn read(
    command: &Command,
    short: &dyn Fn(&str) -> String,
) -> Result<DraftArguments, NoteReason> {
    let (words, variables) = container::without_secrets(command);
    words.iter().try_for_each(|word| reject_placeholders("args", word))?;
    let texts: Vec<&str> = words.iter().map(String::as_str).collect();
    let located = literal::locate_secrets(&texts).into_iter();
    let argument = |(text, secret): (&&str, Option<literal::LocatedSecret<'_>>)| match secret {
        None => ArgumentDraft::literal(short(text)),
        Some(literal::LocatedSecret { name, range }) => ArgumentDraft {
            name: if name.is_empty() { UNNAMED } else { name }.to_owned(),
            prefix: text[..range.start].to_owned(),
            suffix: text[range.end..].to_owned(),
            value: DraftValue::Secret(text[range].to_owned().into()),
        },
    };
    let args = texts.iter().zip(located).map(argument).collect();
    Ok(DraftArguments { args, variables })
}

const UNNAMED: &str = "key";
