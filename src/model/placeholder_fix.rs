//! What to write in place of a placeholder.

use super::literal_secrets::{in_place, is_authorization, key, secret_table, slug};
use crate::document::{Format, write};
use crate::placeholder::{self, Placeholder, PlaceholderKind};
use crate::secret::literal;

// A longer help does not fit in its line.
const LONGEST: usize = 72;
// In place of the placeholder, this value is a secret if the place is that of a secret.
const PROBE: &str = "Hunter2Hunter2";

/// Returns the help for `command`, `cwd` or `url`.
pub fn single(place: &str, text: &str, it: &Placeholder<'_>) -> String {
    let probe = filled(text, it, PROBE);
    match home(text, it).filter(|_| place != "url") {
        Some(path) => format!("{place} = \"{path}\""),
        None if place == "url" && literal::judge(&probe).secret().is_some() => {
            let reference = reference(it).unwrap_or_else(|| "keyring:name".to_owned());
            format!("to pass it in a header: secrets = {{ NAME = {} }}", quoted(&reference))
        }
        None => format!("write the value in place of `{}`", it.text),
    }
}

/// Returns the help for the argument `at`: what import writes in its place.
pub fn argument(args: &[&str], at: usize, it: &Placeholder<'_>) -> String {
    let text = args[at];
    if let Some(path) = home(text, it) {
        return format!("in its place: \"{path}\"");
    }
    let default = it.default.filter(|default| !default.is_empty());
    if let Some(whole) = default.map(|default| filled(text, it, default))
        && [&whole, &filled(text, it, PROBE)].into_iter().all(|text| is_harmless(args, at, text))
        && !literal::is_secret_name(it.name)
    {
        return format!("in its place: {}", quoted(&whole));
    }
    let Some(reference) = reference(it).filter(|_| !it.is_home()) else {
        return format!("write the value in place of `{}`", it.text);
    };
    let (prefix, suffix) = (&text[..it.range.start], &text[it.range.end..]);
    let is_secret = literal::judge_around(args, at, prefix, suffix).secret().is_some();
    let help = format!("in its place: {}", secret_table(&reference, prefix, suffix));
    let several = [prefix, suffix].into_iter().any(|text| !placeholder::known(text).is_empty());
    if is_secret || several || help.len() > LONGEST {
        let table = secret_table("keyring:name", "", "");
        return format!("keep the whole argument in the keyring: {table}");
    }
    help
}

fn is_harmless(args: &[&str], at: usize, text: &str) -> bool {
    let mut args = args.to_vec();
    args[at] = text;
    placeholder::known(text).is_empty() && literal::judge_arguments(&args)[at].secret().is_none()
}

/// Returns the help for a value in `env` or `headers`: the path, a secret reference, or the default of the placeholder.
pub fn named(table: &str, name: &str, text: &str, it: &Placeholder<'_>) -> String {
    if let Some(path) = home(text, it).filter(|_| table == "env") {
        return format!("env = {{ {} = \"{path}\" }}", key(name));
    }
    let variable = it.kind == PlaceholderKind::Variable;
    let whole = it.is_all_of(text);
    let scheme = "Bearer ";
    let bearer = text.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme))
        && it.range == (scheme.len()..text.len());
    let default = it.default.filter(|default| !default.is_empty() && whole);
    match default.filter(|_| !literal::is_secret_name(name)) {
        Some(default) => format!("{table} = {{ {} = {} }}", key(name), quoted(default)),
        None if variable && whole => {
            format!("secrets = {{ {} = \"env:{}\" }}", key(name), it.name)
        }
        None if variable && bearer && is_authorization(name) => {
            in_place(name, &format!("env:{}", it.name))
        }
        None if variable && bearer && table == "headers" => {
            let (token, header) = (quoted(&format!("env:{}", it.name)), quoted(name));
            format!("auth = {{ token = {token}, header = {header}, scheme = \"Bearer\" }}")
        }
        None => {
            let secrets = format!("secrets = {{ {} = \"keyring:{}\" }}", key(name), slug(name));
            format!("keep the whole value in the keyring: {secrets}")
        }
    }
}

// The reference to the value of an environment variable, or to a value for which a client asks.
fn reference(it: &Placeholder<'_>) -> Option<String> {
    match it.kind {
        PlaceholderKind::Variable => Some(format!("env:{}", it.name)),
        PlaceholderKind::Predefined => it.input().map(|input| format!("keyring:{}", slug(input))),
    }
}

fn filled(text: &str, it: &Placeholder<'_>, value: &str) -> String {
    [&text[..it.range.start], value, &text[it.range.end..]].concat()
}

// The path, if it starts with the home directory.
fn home(text: &str, it: &Placeholder<'_>) -> Option<String> {
    let rest = &text[it.range.end..];
    let first = it.is_home() && it.range.start == 0;
    let path = first && rest.starts_with('/') && placeholder::known(rest).is_empty();
    (path && !rest.contains(['"', '\\'])).then(|| format!("~{rest}"))
}

fn quoted(text: &str) -> String {
    write::inline(Format::Toml, &text.into())
}
