//! Reads the arguments of a program: literal values, and secrets that become references.

use std::collections::BTreeMap;

use super::container;
use super::note::NoteReason;
use super::value::{ArgumentDraft, DraftValue, ValueReader};
use crate::launch::Command;
use crate::secret::literal;

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
/// Fails if the client replaces a part of an argument that a declaration cannot express.
pub fn read(
    command: &Command,
    reader: &mut ValueReader<'_>,
    short: &dyn Fn(&str) -> String,
) -> Result<DraftArguments, NoteReason> {
    let (words, variables) = container::without_secrets(command, reader);
    let words: Vec<String> = words.iter().map(|word| short(word)).collect();
    let read = words.iter().map(|word| reader.argument(word));
    let mut args = read.collect::<Result<Vec<ArgumentDraft>, NoteReason>>()?;
    let literals: Vec<String> = args.iter().map(ArgumentDraft::text).collect();
    let literals: Vec<&str> = literals.iter().map(String::as_str).collect();
    for (at, ArgumentDraft { prefix, suffix, .. }) in args.iter().enumerate() {
        let is_whole = prefix.is_empty() && suffix.is_empty();
        if !is_whole && literal::judge_around(&literals, at, prefix, suffix).secret().is_some() {
            let placeholder = &words[at][prefix.len()..words[at].len() - suffix.len()];
            return Err(NoteReason::SecretAround(literal::mask(placeholder)));
        }
    }
    let located = literal::locate_secrets(&literals).into_iter();
    for ((argument, text), secret) in args.iter_mut().zip(&literals).zip(located) {
        let Some(literal::LocatedSecret { name, range }) = secret else { continue };
        *argument = ArgumentDraft {
            name: if name.is_empty() { UNNAMED } else { name }.to_owned(),
            prefix: text[..range.start].to_owned(),
            suffix: text[range.end..].to_owned(),
            value: DraftValue::Secret(text[range].to_owned().into()),
        };
    }
    Ok(DraftArguments { args, variables })
}

const UNNAMED: &str = "key";
