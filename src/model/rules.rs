//! Rules that hold for values wherever they stand in a declaration.

use std::collections::BTreeMap;

use super::Faults;
use crate::diagnostic::{Diagnostic, nearest};
use crate::document::{Format, write};
use crate::fields::{Spanned, StringMap};
use crate::launch::{NATIVE, is_mcpgen};
use crate::secret::{
    SCHEME_WORDS, SCHEMES_SPELLED, SecretReference, SecretReferenceError, literal,
};

/// Drops the places of a table of texts.
pub fn plain_map(texts: StringMap) -> BTreeMap<String, String> {
    texts.into_iter().map(|(key, value)| (key.value, value.value)).collect()
}

/// Drops the places of a list of texts.
pub fn plain_list(texts: Option<Spanned<Vec<Spanned<String>>>>) -> Vec<String> {
    texts.map(|list| list.value.into_iter().map(|at| at.value).collect()).unwrap_or_default()
}

/// Refuses a program without a name.
pub fn program<T>(
    name: Option<&Spanned<String>>,
    place: &Spanned<T>,
    field: &str,
    faults: &mut Faults,
) {
    if name.is_none_or(|name| name.value.trim().is_empty()) {
        let title = format!("`{field}` names no program");
        faults.at(place, title, "a program's name or path is wanted");
    }
}

/// Refuses a literal value that looks like a secret by its own shape.
pub fn no_secret(place: &str, value: &Spanned<String>, faults: &mut Faults) {
    if let Some(what) = literal::looks_like(&value.value) {
        secret_fault(place, value, what, faults)
            .add_help("take it out; a server gets it by secrets = { NAME = \"keyring:name\" }");
    }
}

/// Refuses a literal in `env` or `headers` that looks like a secret, by its shape or its name, unless it
/// is meant.
pub fn no_named_secret(
    table: &str,
    name: &str,
    value: &Spanned<String>,
    plain: &[String],
    faults: &mut Faults,
) {
    let place = format!("{table}.{name}");
    if plain.contains(&place) {
        return;
    }
    if literal::is_secret_name(name) && SecretReference::parse(&value.value).is_ok() {
        faults
            .at(value, format!("`{place}` holds a secret reference"), "nothing resolves it here")
            .add_help(format!("secrets = {{ {} = \"{}\" }}", key(name), value.value));
    } else if let Some(what) = literal::looks_like_named(name, &value.value) {
        let fault = secret_fault(&place, value, what, faults);
        if name.eq_ignore_ascii_case("Authorization") {
            fault.add_help("keep it elsewhere: auth = { token = \"keyring:NAME\" }");
        } else {
            let (key, slug) = (key(name), slug(name));
            fault
                .add_help(format!("keep it elsewhere: secrets = {{ {key} = \"keyring:{slug}\" }}"));
        }
        meant(fault, &place);
    }
}

/// Refuses a literal in `args` or `url` that looks like a secret, unless it is meant.
pub fn no_secret_in(
    place: &str,
    value: &Spanned<String>,
    what: Option<&str>,
    plain: &[String],
    faults: &mut Faults,
) {
    let Some(what) = what.filter(|_| !plain.iter().any(|listed| listed == place)) else { return };
    let fault = secret_fault(place, value, what, faults);
    fault.add_help("hand it over by secrets = { NAME = \"keyring:name\" }");
    meant(fault, place);
}

fn secret_fault<'f>(
    place: &str,
    value: &Spanned<String>,
    what: &str,
    faults: &'f mut Faults,
) -> &'f mut Diagnostic {
    let title = format!("`{place}` holds what looks like {what}");
    faults
        .at(value, title, "a secret")
        .add_note("what is written here ends up in every client's file, readable for every program")
}

fn meant(fault: &mut Diagnostic, place: &str) {
    fault.add_help(format!("if it is no secret: plain = [\"{place}\"]"));
}

/// Names a text in a message.
pub fn quoted(text: &str) -> String {
    if text.is_empty() { "an empty text".to_owned() } else { format!("`{text}`") }
}

fn key(name: &str) -> String {
    write::key(Format::Toml, name)
}

fn slug(name: &str) -> String {
    name.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}

/// Checks a server's table of environment variables.
pub fn variables(env: &StringMap, plain: &[String], faults: &mut Faults) {
    for (name, value) in env {
        variable_name(name, faults);
        no_named_secret("env", &name.value, value, plain, faults);
    }
}

/// Refuses mcpgen as a bridge where it would be something else: its command `bridge` makes it one, and what
/// follows that is the address.
pub fn native_bridge(bridge: &[Spanned<String>], faults: &mut Faults) {
    let Some((program, rest)) = bridge.split_first() else { return };
    if !is_mcpgen(&program.value) {
        return;
    }
    let fault = match rest {
        [verb] if verb.value == NATIVE[1] => return,
        [verb, flag, ..] if verb.value == NATIVE[1] => {
            let title = format!("{} stands before the address", quoted(&flag.value));
            faults.at(flag, title, "the address comes here, and flags behind it")
        }
        [] | [_, ..] => {
            let title = "`launch.bridge` starts mcpgen as something else than a bridge";
            faults.at(program, title, "its command `bridge` must follow")
        }
    };
    fault.add_help("bridge = [\"mcpgen\", \"bridge\"]");
}

/// Checks the bridge's environment, which is the same for all servers and has no references.
pub fn shared_variables(env: &StringMap, faults: &mut Faults) {
    for (name, value) in env {
        variable_name(name, faults);
        if let Some(what) = literal::looks_like_named(&name.value, &value.value) {
            secret_fault(&format!("env.{}", name.value), value, what, faults)
                .add_help("take it out, and set it where the clients are started");
        }
    }
}

/// Refuses a name no environment can hold.
pub fn variable_name(name: &Spanned<String>, faults: &mut Faults) {
    if name.value.is_empty() || name.value.contains(['=', '\0']) {
        let title = format!("{} is no variable's name", quoted(&name.value));
        faults.at(name, title, "empty, or with `=` or NUL in it");
    }
}

/// Checks a table of headers. The bridge ignores a header whose name has other characters
/// (mcp-remote, `--header`).
pub fn header_name(name: &Spanned<String>, faults: &mut Faults) {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.value.is_empty() || !name.value.chars().all(good) {
        faults
            .at(
                name,
                format!("{} is no header's name", quoted(&name.value)),
                "the bridge would ignore it",
            )
            .add_note("a header's name has letters, digits, `-` and `_`");
    }
}

/// Refuses a header's value that would start another header.
pub fn header_value(name: &str, value: &Spanned<String>, faults: &mut Faults) {
    if value.value.contains(['\r', '\n']) {
        let title = format!("`headers.{name}` has a line break in it");
        faults.at(value, title, "it would start another header");
    }
}

/// Refuses header names that differ in case alone, which HTTP takes for one (RFC 9110, section 5.1), or
/// in `-` and `_`, which are one in the name of a variable.
pub fn duplicate_headers<'a>(
    names: impl Iterator<Item = &'a Spanned<String>>,
    faults: &mut Faults,
) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for name in names {
        let folded = name.value.to_ascii_lowercase().replace('_', "-");
        if let Some(first) = seen.insert(folded, name.value.clone()) {
            faults
                .at(name, format!("`{first}` is there twice"), "the same header again")
                .add_note("in a header's name neither case nor `-` or `_` makes a difference");
        }
    }
}

/// Reads a secret reference. What is none may be a secret itself and is not quoted.
pub fn reference(
    place: &str,
    text: &Spanned<String>,
    faults: &mut Faults,
) -> Option<SecretReference> {
    let why = match SecretReference::parse(&text.value) {
        Ok(reference) => return Some(reference),
        Err(why) => why,
    };
    let label = match why {
        SecretReferenceError::UnknownScheme => "no known scheme",
        SecretReferenceError::Empty => "nothing behind the scheme",
        SecretReferenceError::RelativePath => {
            "a path that depends on where a client starts servers"
        }
        SecretReferenceError::Quoting => "a quote or bracket that does not close",
    };
    let fault = faults.at(text, format!("`{place}` is no secret reference"), label);
    match why {
        SecretReferenceError::UnknownScheme | SecretReferenceError::Empty => {
            fault.add_note(format!("a reference is one of {SCHEMES_SPELLED}"));
            fault.add_help(match near_scheme(why, &text.value) {
                Some(near) => format!("a scheme with a similar name exists: `{near}:`"),
                None => "write \"keyring:NAME\", say".to_owned(),
            });
        }
        SecretReferenceError::RelativePath if text.value.starts_with("command:") => {
            fault.add_help("start the program's path with / or ~/, or leave it to the PATH");
        }
        SecretReferenceError::RelativePath => fault.add_help("start it with /, ~/ or ${VAR}/"),
        SecretReferenceError::Quoting => {
            fault.add_note("a command is split as a shell would, and no shell is started");
            fault.add_help("command:[\"PROGRAM\", \"ARGUMENT\"] needs no quoting for a shell");
        }
    }
    None
}

fn near_scheme(why: SecretReferenceError, text: &str) -> Option<&'static str> {
    let (typed, _) = text.split_once(':').filter(|_| why == SecretReferenceError::UnknownScheme)?;
    nearest(typed, SCHEME_WORDS)
}
