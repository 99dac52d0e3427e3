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
    let read = words.iter().map(|word| reader.argument(&short(word)));
    let mut args = read.collect::<Result<Vec<ArgumentDraft>, NoteReason>>()?;
    let texts: Vec<String> = args.iter().map(ArgumentDraft::text).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let located = literal::locate_secrets(&texts).into_iter();
    for ((argument, text), secret) in args.iter_mut().zip(&texts).zip(located) {
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
