//! Reports secrets that are written literally, and README placeholders that are written in their place.

use serde_json::Value;

use crate::declaration::DeclarationErrors;
use crate::diagnostic::Diagnostic;
use crate::document::{Format, write};
use crate::fields::Spanned;
use crate::secret::SecretReference;
use crate::secret::literal::{self, SecretVerdict};

const TO_SERVER: &str = "to pass a secret to a server: secrets = { NAME = \"keyring:name\" }";

/// Reports a value that has the form of a secret.
pub fn no_secret(place: &str, value: &Spanned<String>, errors: &mut DeclarationErrors) {
    if let Some(error) = secret_error(place, value, literal::judge(&value.value), errors) {
        error.add_help(TO_SERVER);
    }
}

/// Reports a string whose form or name is that of a secret anywhere in a value. `at` is the name of the value.
pub fn no_secret_inside(
    place: &str,
    at: &Spanned<String>,
    value: &Value,
    errors: &mut DeclarationErrors,
) {
    let named = |name: &str| Spanned { value: name.to_owned(), span: at.span.clone() };
    match value {
        Value::String(text) => {
            let verdict = literal::judge_named(&at.value, text);
            if let Some(error) = secret_error(place, &named(text), verdict, errors) {
                error.add_help(TO_SERVER);
            }
        }
        Value::Array(list) => {
            list.iter().for_each(|value| no_secret_inside(place, at, value, errors));
        }
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| no_secret_inside(place, &named(key), value, errors));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Reports a value in `env` or `headers` whose form or name is that of a secret, unless `plain` lists it.
pub fn no_named_secret(
    table: &str,
    name: &str,
    value: &Spanned<String>,
    plain: &[String],
    errors: &mut DeclarationErrors,
) {
    let place = format!("{table}.{name}");
    if is_listed(&place, plain) {
        return;
    }
    if literal::is_secret_name(name) && SecretReference::parse(&value.value).is_ok() {
        errors
            .at(value, format!("`{place}` is a secret reference"), "not resolved here")
            .add_help(format!("move it: secrets = {{ {} = \"{}\" }}", key(name), value.value));
        return;
    }
    let verdict = literal::judge_named(name, &value.value);
    if let Some(error) = secret_error(&place, value, verdict, errors) {
        let to = if is_authorization(name) { "NAME".to_owned() } else { slug(name) };
        error.add_help(format!("use the keyring: {}", in_place(name, &format!("keyring:{to}"))));
        allow_plain(error, &place);
    }
}

/// Reports a value in `args` or `url` that looks like a secret, unless `plain` lists it. `advice` says how to pass the secret.
pub fn no_secret_in(
    place: &str,
    value: &Spanned<String>,
    verdict: SecretVerdict,
    (plain, advice): (&[String], &[String]),
    errors: &mut DeclarationErrors,
) {
    if is_listed(place, plain) {
        return;
    }
    let Some(error) = secret_error(place, value, verdict, errors) else { return };
    advice.iter().for_each(|help| error.add_help(help));
    allow_plain(error, place);
}

/// Returns the error about a secret, or about a placeholder in place of one.
pub fn secret_error<'f>(
    place: &str,
    value: &Spanned<String>,
    verdict: SecretVerdict,
    errors: &'f mut DeclarationErrors,
) -> Option<&'f mut Diagnostic> {
    Some(match verdict {
        SecretVerdict::Harmless => return None,
        SecretVerdict::Placeholder => errors
            .at(
                value,
                format!("`{place}` still has the placeholder of a README"),
                "not a secret yet",
            )
            .add_note(
                "a README asks the reader to replace this value; the server gets it as it is",
            ),
        SecretVerdict::Secret(what) => errors
            .at(value, format!("the value of `{place}` looks like {what}"), "possible secret")
            .add_note("this value is written to every client's file, which every program can read"),
    })
}

/// Returns whether `plain` lists a place.
pub fn is_listed(place: &str, plain: &[String]) -> bool {
    plain.iter().any(|listed| listed == place)
}

/// Says how to use a value that is not a secret.
pub fn allow_plain(error: &mut Diagnostic, place: &str) {
    error.add_help(format!("if it is not a secret: plain = [\"{place}\"]"));
}

/// Returns whether a header is `Authorization`.
pub fn is_authorization(name: &str) -> bool {
    name.eq_ignore_ascii_case("Authorization")
}

/// Returns the field for a secret reference.
pub fn in_place(name: &str, reference: &str) -> String {
    if is_authorization(name) {
        format!("auth = {{ token = \"{reference}\" }}")
    } else {
        format!("secrets = {{ {} = \"{reference}\" }}", key(name))
    }
}

/// Returns the table that stands for an argument with a secret.
pub fn secret_table(reference: &str, prefix: &str, suffix: &str) -> String {
    let text = |text: &str| write::inline(Format::Toml, &text.into());
    let fields = [("secret", reference), ("prefix", prefix), ("suffix", suffix)];
    let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
    let fields: Vec<String> =
        fields.map(|(name, value)| format!("{name} = {}", text(value))).collect();
    format!("{{ {} }}", fields.join(", "))
}

/// Returns a key of a declaration.
pub fn key(name: &str) -> String {
    write::key(Format::Toml, name)
}

/// Returns the name of a secret in the keyring.
pub fn slug(name: &str) -> String {
    name.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}
