//! Reports placeholders, such as `${NAME}`, in values that mcpgen passes to the server as they are.

use super::bridge_program::names_bridge;
use super::literal_secrets::{in_place, is_listed, slug};
use super::placeholder_fix;
use super::shell::is_shell;
use crate::declaration::DeclarationErrors;
use crate::diagnostic::Diagnostic;
use crate::fields::Spanned;
use crate::placeholder::{self, Placeholder, PlaceholderKind};
use crate::secret::SecretReference;
use crate::secret::literal;

/// Returns whether a value contains a placeholder that is an error in a declaration.
pub fn is_rejected(value: &str) -> bool {
    rejected(value).is_some()
}

/// Returns whether an argument contains such a placeholder. A shell and a bridge replace some themselves.
pub fn is_placeholder_argument(program: &str, args: &[&str], arg: &str) -> bool {
    rejected_argument(program, args, arg).is_some()
}

fn rejected(value: &str) -> Option<Placeholder<'_>> {
    placeholder::known(value).into_iter().find(|it| {
        let other = it.kind == PlaceholderKind::Predefined
            && it.is_in_braces()
            && !placeholder::is_predefined(it.name);
        !other
    })
}

fn rejected_argument<'t>(program: &str, args: &[&str], arg: &'t str) -> Option<Placeholder<'t>> {
    if is_shell(program) {
        return None;
    }
    rejected(arg)
        .filter(|it| !(it.is_in_braces() && names_bridge(&[&[program][..], args].concat())))
}

/// Reports a placeholder in `command`, `cwd` or `url`.
pub fn no_placeholder(
    place: &str,
    value: &Spanned<String>,
    plain: &[String],
    errors: &mut DeclarationErrors,
) {
    let Some(it) = rejected(&value.value).filter(|_| !is_listed(place, plain)) else { return };
    let error = report(place, &it, value, errors);
    error.add_help(placeholder_fix::single(place, &value.value, &it));
    keep(error, place);
}

/// Reports placeholders in arguments.
pub fn no_placeholder_in_args(
    program: &str,
    args: &[Spanned<String>],
    plain: &[String],
    errors: &mut DeclarationErrors,
) {
    if is_listed("args", plain) {
        return;
    }
    let words: Vec<&str> = args.iter().map(|arg| arg.value.as_str()).collect();
    for (at, arg) in args.iter().enumerate() {
        if literal::judge(&arg.value).secret().is_some() {
            continue;
        }
        let Some(it) = rejected_argument(program, &words, &arg.value) else { continue };
        let error = report("args", &it, arg, errors);
        error.add_help(placeholder_fix::argument(&words, at, &it));
        keep(error, "args");
    }
}

/// Reports a placeholder in `env` or `headers`, and returns whether there is one.
pub fn no_named_placeholder(
    table: &str,
    name: &str,
    value: &Spanned<String>,
    plain: &[String],
    errors: &mut DeclarationErrors,
) -> bool {
    let place = format!("{table}.{name}");
    let text = &value.value;
    if is_listed(&place, plain) || literal::judge(text).secret().is_some() {
        return false;
    }
    let secret = literal::is_secret_name(name);
    let Some(it) = rejected(text) else {
        return secret && placeholder::is_expanded(text) && no_other(&place, name, value, errors);
    };
    let error = report(&place, &it, value, errors);
    error.add_help(placeholder_fix::named(table, name, text, &it));
    keep(error, &place);
    true
}

// A command or a variable of a shell, in place of a secret.
fn no_other(
    place: &str,
    name: &str,
    value: &Spanned<String>,
    errors: &mut DeclarationErrors,
) -> bool {
    let text = value.value.trim();
    let command = text.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')'));
    let batch = text.strip_prefix('%').and_then(|rest| rest.strip_suffix('%'));
    let reference = command.map(|command| format!("command:{command}"));
    let reference = reference.or_else(|| batch.map(|variable| format!("env:{variable}")));
    let reference = reference.filter(|it| SecretReference::parse(it).is_ok() && !it.contains('"'));
    let reference = reference.unwrap_or_else(|| format!("keyring:{}", slug(name)));
    let title = format!("`{place}` has a placeholder, which mcpgen does not replace");
    let error = errors.at(value, title, "the server gets this string as it is");
    error.add_help(in_place(name, &reference));
    keep(error, place);
    true
}

fn report<'e>(
    place: &str,
    it: &Placeholder<'_>,
    value: &Spanned<String>,
    errors: &'e mut DeclarationErrors,
) -> &'e mut Diagnostic {
    let title = format!("`{place}` has a placeholder, which mcpgen does not replace");
    let label = match place {
        "command" | "cwd" | "url" => "used as it is",
        _ => "the server gets this string as it is",
    };
    let error = errors.at(value, title, label);
    match it.kind {
        PlaceholderKind::Variable => error.add_note(
            "clients write environment variables in different forms, so a declaration has secret \
             references in their place",
        ),
        PlaceholderKind::Predefined => {
            error.add_note(format!("only some clients have a value for `{}`", it.text))
        }
    };
    error
}

fn keep(error: &mut Diagnostic, place: &str) {
    error.add_help(format!("to use the value as it is: plain = [\"{place}\"]"));
}
