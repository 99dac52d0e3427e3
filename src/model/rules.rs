//! Rules that hold for values wherever they stand in a declaration.

use std::collections::BTreeMap;

use super::Faults;
use crate::fields::{At, Texts};
use crate::secret::{NotAReference, SCHEMES_SPELLED, SecretReference, literal};

/// Drops the places of a table of texts.
pub fn plain_map(texts: Texts) -> BTreeMap<String, String> {
    texts.into_iter().map(|(key, value)| (key.value, value.value)).collect()
}

/// Drops the places of a list of texts.
pub fn plain_list(texts: Option<At<Vec<At<String>>>>) -> Vec<String> {
    texts.map(|list| list.value.into_iter().map(|at| at.value).collect()).unwrap_or_default()
}

/// Refuses a program without a name.
pub fn program<T>(name: Option<&At<String>>, place: &At<T>, title: &str, faults: &mut Faults) {
    if name.is_none_or(|name| name.value.trim().is_empty()) {
        faults.at(place, title, "a program's name or path is wanted");
    }
}

/// Refuses a literal value that looks like a secret by its own shape.
pub fn no_secret(value: &At<String>, faults: &mut Faults) {
    if let Some(what) = literal::looks_like(&value.value) {
        secret_fault(value, what, None, faults);
    }
}

/// Refuses a literal that looks like a secret in a place that has a name, unless it is meant.
pub fn no_named_secret(
    place: &str,
    name: &str,
    value: &At<String>,
    plain: &[String],
    faults: &mut Faults,
) {
    let at = if name.is_empty() { place.to_owned() } else { format!("{place}.{name}") };
    if plain.contains(&at) {
        return;
    }
    if let Some(what) = literal::looks_like_named(name, &value.value) {
        secret_fault(value, what, Some((place, name, &at)), faults);
    }
}

fn secret_fault(
    value: &At<String>,
    what: &str,
    place: Option<(&str, &str, &str)>,
    faults: &mut Faults,
) {
    let fault =
        faults.at(value, format!("this value looks like {what}"), "a secret has no place here");
    fault.add_note(
        "what is written here ends up in every client's file, readable for every program",
    );
    match place {
        Some(("env" | "headers", name, at)) => {
            fault.add_help(format!(
                "keep it elsewhere and refer to it: secrets = {{ {name} = \"keyring:{}\" }}",
                slug(name)
            ));
            fault.add_help(format!("if it is no secret: plain = [\"{at}\"]"));
        }
        Some((_, _, at)) => {
            fault.add_help("hand it over in `secrets`, or `auth = { token = \"keyring:NAME\" }`");
            fault.add_help(format!("if it is no secret: plain = [\"{at}\"]"));
        }
        None => {
            fault.add_help("hand it to a server in `secrets = { NAME = \"keyring:name\" }`");
        }
    }
}

fn slug(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// Checks a table of environment variables.
pub fn variables(env: &Texts, plain: &[String], faults: &mut Faults) {
    for (name, value) in env {
        variable_name(name, faults);
        no_named_secret("env", &name.value, value, plain, faults);
    }
}

/// Refuses a name no environment can hold.
pub fn variable_name(name: &At<String>, faults: &mut Faults) {
    if name.value.is_empty() || name.value.contains('=') {
        faults.at(name, "this is no variable's name", "empty, or with `=` in it");
    }
}

/// Checks a table of headers. The bridge ignores a header whose name has other characters
/// (mcp-remote, `--header`).
pub fn header_name(name: &At<String>, faults: &mut Faults) {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.value.is_empty() || !name.value.chars().all(good) {
        faults
            .at(name, format!("`{}` is no header's name", name.value), "not a header")
            .add_note("the bridge takes letters, digits, `-` and `_`");
    }
}

/// Refuses a header's value that would start another header.
pub fn header_value(value: &At<String>, faults: &mut Faults) {
    if value.value.contains(['\r', '\n']) {
        faults.at(value, "a header's value has no line breaks", "a line break in here");
    }
}

/// Refuses header names that differ in case alone: HTTP takes them for one (RFC 9110, section 5.1).
pub fn duplicate_headers<'a>(names: impl Iterator<Item = &'a At<String>>, faults: &mut Faults) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for name in names {
        if let Some(first) = seen.insert(name.value.to_ascii_lowercase(), name.value.clone()) {
            faults
                .at(name, format!("the header `{first}` is there twice"), "again here")
                .add_note("upper and lower case make no difference in a header's name");
        }
    }
}

/// Reads a secret reference.
pub fn reference(text: &At<String>, faults: &mut Faults) -> Option<SecretReference> {
    let why = match SecretReference::parse(&text.value) {
        Ok(reference) => return Some(reference),
        Err(why) => why,
    };
    match why {
        NotAReference::UnknownScheme => faults
            .at(text, "this is no secret reference", "unknown scheme")
            .add_help(format!("write {SCHEMES_SPELLED}")),
        NotAReference::Empty => faults
            .at(text, "this reference leads nowhere", "nothing behind the scheme")
            .add_help(format!("write {SCHEMES_SPELLED}")),
    }
    None
}
