//! The arguments of a local server: literal values, and secrets.

use super::{literal_secrets, placeholders, rules};
use crate::declaration::DeclarationErrors;
use crate::fields::{Fields, ListElement, Spanned};
use crate::secret::SecretReference;
use crate::secret::literal::{self, SecretVerdict};
use crate::similar::nearest;

/// One argument of a program.
#[derive(Debug, Clone)]
pub enum Argument {
    /// A literal value.
    Literal(String),
    /// A secret with the text around it.
    Secret(SecretArgument),
}

/// A secret in an argument of a program.
#[derive(Debug, Clone)]
pub struct SecretArgument {
    /// Its place in the declaration: `args[1]`.
    pub place: String,
    /// The reference to the secret.
    pub reference: SecretReference,
    /// The text before the secret.
    pub prefix: String,
    /// The text after the secret.
    pub suffix: String,
}

impl Argument {
    /// Returns the secret, if the argument has one.
    pub fn secret(&self) -> Option<&SecretArgument> {
        match self {
            Self::Literal(_) => None,
            Self::Secret(secret) => Some(secret),
        }
    }
}

/// Validates `args`.
pub fn build(
    fields: Fields<'_>,
    program: &str,
    plain: &[String],
    errors: &mut DeclarationErrors,
) -> Vec<Argument> {
    let elements = fields.elements("args");
    let text = |element: &'_ ListElement<'_>| match element {
        ListElement::Text(text) => Some(text.clone()),
        ListElement::Table(_) => None,
    };
    let literals: Vec<Spanned<String>> = elements.iter().filter_map(text).collect();
    placeholders::no_placeholder_in_args(program, &literals, plain, errors);
    let word = |element: &ListElement<'_>| match element {
        ListElement::Text(text) => text.value.clone(),
        ListElement::Table(_) => String::new(),
    };
    let words: Vec<String> = elements.iter().map(word).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let verdicts = literal::judge_arguments(&words);
    let located = match verdicts.iter().any(|verdict| verdict.secret().is_some()) {
        true => literal::locate_secrets(&words),
        false => vec![],
    };
    let mut arguments = vec![];
    for (at, (element, verdict)) in elements.into_iter().zip(verdicts).enumerate() {
        match element {
            ListElement::Text(text) => {
                let before = at.checked_sub(1).map_or("", |before| words[before]);
                unresolved_reference(before, &text, plain, errors);
                let start =
                    located.get(at).and_then(Option::as_ref).map(|secret| secret.range.start);
                let advice = advice(start.map(|start| &text.value[..start]));
                literal_secrets::no_secret_in("args", &text, verdict, (plain, &advice), errors);
                arguments.push(Argument::Literal(text.value));
            }
            ListElement::Table(table) => {
                arguments.extend(secret((&words, at), &table, plain, errors).map(Argument::Secret));
            }
        }
    }
    arguments
}

// How to pass the secret that is in an argument after a prefix.
fn advice(prefix: Option<&str>) -> Vec<String> {
    let mut advice =
        vec!["to pass it in a variable: secrets = { NAME = \"keyring:name\" }".to_owned()];
    advice.extend(prefix.map(|prefix| {
        let prefix = if prefix.len() > LONG_PREFIX { "…" } else { prefix };
        format!("as an argument: {}", literal_secrets::secret_table("keyring:name", prefix, ""))
    }));
    advice
}

// A longer prefix does not fit in the line of a help.
const LONG_PREFIX: usize = 18;

// A reference in place of the secret after a flag.
fn unresolved_reference(
    before: &str,
    text: &Spanned<String>,
    plain: &[String],
    errors: &mut DeclarationErrors,
) {
    let (flag, value) = match text.value.split_once('=') {
        Some((flag, value)) if flag.starts_with('-') => (flag, value),
        Some(_) | None => (before, text.value.as_str()),
    };
    let names_secret = flag.starts_with('-') && literal::is_secret_name(flag);
    let is_listed = literal_secrets::is_listed("args", plain);
    if names_secret && SecretReference::parse(value).is_ok() && !is_listed {
        let prefix = text.value.strip_suffix(value).unwrap_or_default();
        let error = errors.at(text, "an argument is a secret reference", "not resolved here");
        error.add_help(format!("write {}", literal_secrets::secret_table(value, prefix, "")));
        error.add_help("if the program resolves it: plain = [\"args\"]");
    }
}

fn secret(
    (words, at): (&[&str], usize),
    table: &Spanned<Fields<'_>>,
    plain: &[String],
    errors: &mut DeclarationErrors,
) -> Option<SecretArgument> {
    let place = format!("args[{at}]");
    let fields = table.value;
    let (prefix, suffix) = (fields.string("prefix"), fields.string("suffix"));
    if !literal_secrets::is_listed("args", plain) {
        no_secret_around((words, at), [prefix.as_ref(), suffix.as_ref()], errors);
    }
    let Some(text) = fields.string("secret") else {
        // A misspelled field is an error of its own.
        let meant = |key: &str| key == "secret" || nearest(key, ["secret"]).is_some();
        if errors.complete && !fields.keys().any(meant) {
            errors
                .at(table, format!("`{place}` has no `secret`"), "no secret reference")
                .add_help("for example { secret = \"keyring:NAME\" }");
        }
        return None;
    };
    let reference = rules::reference(&format!("{place}.secret"), &text, errors)?;
    let [prefix, suffix] = [prefix, suffix].map(|text| text.map(|it| it.value).unwrap_or_default());
    Some(SecretArgument { place, reference, prefix, suffix })
}

// A secret in the text around another one: by its own form, or by what the argument says about it.
fn no_secret_around(
    (words, at): (&[&str], usize),
    around: [Option<&Spanned<String>>; 2],
    errors: &mut DeclarationErrors,
) {
    let judged = |prefix: &str, suffix: &str| literal::judge_around(words, at, prefix, suffix);
    let [prefix, suffix] = around.map(|text| text.map_or("", |text| text.value.as_str()));
    // The one that is a secret with the other.
    let in_prefix = judged(prefix, "").secret().is_some();
    let in_place = [in_prefix, !in_prefix].map(|here| match here {
        true => judged(prefix, suffix),
        false => SecretVerdict::Harmless,
    });
    for ((name, text), in_place) in ["prefix", "suffix"].into_iter().zip(around).zip(in_place) {
        let Some(text) = text else { continue };
        let place = format!("args[{at}].{name}");
        let verdict = literal::judge(&text.value).or(in_place);
        let error = literal_secrets::secret_error(&place, text, verdict, errors);
        if let Some(error) = error {
            // The secret may start in any other prefix.
            let is_name = prefix.ends_with(['=', ':', ' ']) && !prefix.contains("://");
            let (kept, what) = match is_name && !in_prefix {
                true => (prefix, "secret"),
                false => ("", "argument"),
            };
            let table = literal_secrets::secret_table("keyring:name", kept, "");
            error.add_help(format!("keep the whole {what} in the keyring: {table}"));
            literal_secrets::allow_plain(error, "args");
        }
    }
}
