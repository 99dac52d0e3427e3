//! Rules for values that occur in several places of a declaration.

use std::collections::BTreeMap;

use super::literal_secrets::{no_named_secret, secret_error};
use super::native::{NATIVE, is_mcpgen};
use super::placeholders::no_named_placeholder;
use crate::declaration::DeclarationErrors;
use crate::fields::{Spanned, StringMap};
use crate::secret::literal::{self, SecretVerdict};
use crate::secret::{SCHEME_NAMES, SCHEMES_SPELLED, SecretReference, SecretReferenceError};
use crate::similar::similar_name;

/// Drops the positions of a table of strings.
pub fn plain_map(texts: StringMap) -> BTreeMap<String, String> {
    texts.into_iter().map(|(key, value)| (key.value, value.value)).collect()
}

/// Drops the positions of a list of strings.
pub fn plain_list(texts: Option<Spanned<Vec<Spanned<String>>>>) -> Vec<String> {
    texts.map(|list| list.value.into_iter().map(|at| at.value).collect()).unwrap_or_default()
}

/// Reports a program without a name.
pub fn program<T>(
    name: Option<&Spanned<String>>,
    place: &Spanned<T>,
    field: &str,
    errors: &mut DeclarationErrors,
) {
    if name.is_none_or(|name| name.value.trim().is_empty()) {
        let title = format!("`{field}` does not name a program");
        errors.at(place, title, "write the name or path of a program");
    }
}

/// Reports a program that is written together with its arguments. Only a path may contain spaces.
pub fn no_arguments(command: &Spanned<String>, errors: &mut DeclarationErrors) {
    let text = command.value.trim();
    let Some((program, _)) = text.split_once(' ') else { return };
    if program.contains(['/', '\\', '$', '{']) {
        return;
    }
    let title = "`command` must be a program without arguments";
    // An argument may be a secret, so no argument is shown.
    errors
        .at(command, title, "a program and its arguments")
        .add_help("leave only the program, and write its arguments: args = [\"…\", \"…\"]");
}

/// Quotes a string in a message.
pub fn quoted(text: &str) -> String {
    if text.is_empty() { "an empty string".to_owned() } else { format!("`{text}`") }
}

/// Validates the environment variables of a server.
pub fn variables(env: &StringMap, plain: &[String], errors: &mut DeclarationErrors) {
    for (name, value) in env {
        variable_name(name, errors);
        if !no_named_placeholder("env", &name.value, value, plain, errors) {
            no_named_secret("env", &name.value, value, plain, errors);
        }
    }
}

/// Reports a bridge that calls mcpgen without its command `bridge`, or with more arguments: the URL comes next.
pub fn native_bridge(bridge: &[Spanned<String>], errors: &mut DeclarationErrors) {
    let Some((program, rest)) = bridge.split_first() else { return };
    if !is_mcpgen(&program.value) {
        return;
    }
    let error = match rest {
        [verb] if verb.value == NATIVE[1] => return,
        [verb, flag, ..] if verb.value == NATIVE[1] => {
            let title = format!("unexpected {} after `bridge`", quoted(&flag.value));
            errors.at(flag, title, "not allowed here: mcpgen puts the URL directly after `bridge`")
        }
        [] | [_, ..] => {
            let title = "`launch.bridge` calls mcpgen without the command `bridge`";
            errors.at(program, title, "not a bridge")
        }
    };
    error.add_help("bridge = [\"mcpgen\", \"bridge\"]");
}

/// Validates the environment of the bridge, which is the same for all servers and has no secret references.
pub fn shared_variables(env: &StringMap, errors: &mut DeclarationErrors) {
    for (name, value) in env {
        variable_name(name, errors);
        let verdict = literal::judge_named(&name.value, &value.value);
        if let Some(error) = secret_error(&format!("env.{}", name.value), value, verdict, errors) {
            error.add_help("remove it here, and set the environment variable before clients start");
        }
    }
}

/// Reports a name that an environment variable cannot have.
pub fn variable_name(name: &Spanned<String>, errors: &mut DeclarationErrors) {
    let why = match name.value.as_str() {
        "" => "the name is empty",
        text if text.contains('=') => "contains `=`",
        text if text.contains('\0') => "contains NUL",
        _other => return,
    };
    let title = format!("{} is not the name of an environment variable", quoted(&name.value));
    errors.at(name, title, why);
}

/// Reports a name that a header cannot have. The bridge ignores other names (mcp-remote, `--header`).
pub fn header_name(name: &Spanned<String>, errors: &mut DeclarationErrors) {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.value.is_empty() || !name.value.chars().all(good) {
        errors
            .at(
                name,
                format!("{} is not a header name", quoted(&name.value)),
                "the bridge would ignore this header",
            )
            .add_note("a header name consists of letters, digits, `-` and `_`");
    }
}

/// Reports a header value that would start another header.
pub fn header_value(name: &str, value: &Spanned<String>, errors: &mut DeclarationErrors) {
    if value.value.contains(['\r', '\n']) {
        let title = format!("`headers.{name}` contains a line break");
        errors.at(value, title, "the line break would start another header");
    }
}

/// Reports header names that differ only in case, which HTTP ignores (RFC 9110, section 5.1), or in `-` and `_`,
/// which have the same environment variable.
pub fn duplicate_headers<'a>(
    names: impl Iterator<Item = &'a Spanned<String>>,
    errors: &mut DeclarationErrors,
) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for name in names {
        let folded = name.value.to_ascii_lowercase().replace('_', "-");
        if let Some(first) = seen.insert(folded, name.value.clone()) {
            errors
                .at(name, format!("duplicate header `{first}`"), "second one")
                .add_note("header names that differ only in case, or in `-` and `_`, are the same");
        }
    }
}

/// Parses a secret reference. A string that is not one may be a secret, so it is not quoted.
pub fn reference(
    place: &str,
    text: &Spanned<String>,
    errors: &mut DeclarationErrors,
) -> Option<SecretReference> {
    let why = match SecretReference::parse(&text.value) {
        Ok(reference) => {
            // The arguments of a command may contain a secret.
            if let SecretVerdict::Secret(what) = literal::judge(&text.value) {
                let title = format!("the command in `{place}` contains {what}");
                errors
                    .at(text, title, "possible secret")
                    .add_help("write a command that reads the secret: \"command:pass show NAME\"");
            }
            return Some(reference);
        }
        Err(why) => why,
    };
    let label = match why {
        SecretReferenceError::UnknownScheme => "no known scheme",
        SecretReferenceError::Empty => "nothing after the scheme",
        SecretReferenceError::NoVariable => "no `#NAME` after the path",
        SecretReferenceError::RelativePath => "relative to the directory of the client",
        SecretReferenceError::Quoting => "quote or bracket not closed",
    };
    let error = errors.at(text, format!("`{place}` is not a secret reference"), label);
    match why {
        SecretReferenceError::UnknownScheme | SecretReferenceError::Empty => {
            error.add_note(format!("a secret reference is one of {SCHEMES_SPELLED}"));
            let example = || "for example \"keyring:NAME\"".to_owned();
            error.add_help(similar_scheme(why, &text.value).unwrap_or_else(example));
        }
        SecretReferenceError::NoVariable => {
            error.add_note("a .env file sets several variables, and the reference names one");
            error.add_help("for example \"dotenv:~/.config/server.env#NAME\"");
        }
        SecretReferenceError::RelativePath if text.value.starts_with("command:") => {
            error.add_help(
                "start the path with / or ~/, or write the name of a program on the PATH",
            );
        }
        SecretReferenceError::RelativePath => {
            error.add_help("start the path with /, ~/ or ${VAR}/")
        }
        SecretReferenceError::Quoting => {
            error.add_note("the command is split as in a shell, but no shell runs it");
            error.add_help("without shell quoting: command:[\"PROGRAM\", \"ARGUMENT\"]");
        }
    }
    None
}

fn similar_scheme(why: SecretReferenceError, text: &str) -> Option<String> {
    let (typed, _) = text.split_once(':').filter(|_| why == SecretReferenceError::UnknownScheme)?;
    similar_name("a scheme", typed, SCHEME_NAMES)
}
