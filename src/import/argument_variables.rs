//! Hides the environment variables that arguments refer to in place of a secret. Bridges get the secret of a header in
//! this way.

use std::collections::BTreeSet;
use std::mem;

use super::draft::{DraftReach, LocalDraft};
use super::value::{ArgumentDraft, DraftValue};
use crate::secret::literal;

// In place of a variable, this value is a secret if the place is that of a secret.
const PROBE: &str = "Hunter2Hunter2";

/// Hides every variable that the arguments of a bridge refer to.
pub fn hide_all(reach: &mut DraftReach, bridge_args: &[String]) {
    let DraftReach::Local(local) = reach else { return };
    let names = bridge_args.iter().flat_map(|arg| referenced(arg)).map(|it| it.name).collect();
    hide(local, &names);
}

/// Hides the variables that the arguments of another program refer to in the place of a secret: `--token=${NAME}`.
pub fn hide_secrets(reach: &mut DraftReach, args: &[String]) {
    let DraftReach::Local(local) = reach else { return };
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut names = BTreeSet::new();
    for (at, word) in words.iter().enumerate() {
        for VariableReference { name, text } in referenced(word) {
            let is_set = local.env.contains_key(name) || assigned_in(&words, name);
            let probed = word.replace(text, PROBE);
            let mut filled = words.clone();
            filled[at] = &probed;
            if is_set && literal::judge_arguments(&filled)[at].secret().is_some() {
                names.insert(name);
            }
        }
    }
    hide(local, &names);
}

fn hide(local: &mut LocalDraft, names: &BTreeSet<&str>) {
    for (name, held) in &mut local.env {
        if let DraftValue::Plain(value) = held
            && names.contains(name.as_str())
            && !value.is_empty()
        {
            *held = DraftValue::Secret(mem::take(value).into());
        }
    }
    // `env NAME=value npx …`, `docker run --env=NAME=value …`, and the line of a shell.
    for argument in &mut local.args {
        let DraftValue::Plain(text) = &argument.value else { continue };
        if let Some((name, at)) = names.iter().find_map(|name| assigned(text, name)) {
            *argument = ArgumentDraft {
                name: name.to_owned(),
                prefix: text[..at].to_owned(),
                value: DraftValue::Secret(text[at..].to_owned().into()),
                suffix: String::new(),
            };
        }
    }
}

// A reference to a variable in an argument: `${NAME}`, `$NAME` or `%NAME%`.
struct VariableReference<'t> {
    name: &'t str,
    text: &'t str,
}

// The program, a shell or `cmd` replaces the references.
fn referenced(arg: &str) -> impl Iterator<Item = VariableReference<'_>> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    arg.match_indices(['$', '%']).filter_map(move |(start, _)| {
        let rest = &arg[start + 1..];
        let brace = usize::from(rest.starts_with('{'));
        let rest = &rest[brace..];
        let name = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
        let close = usize::from(rest[name.len()..].starts_with(['}', '%']));
        let text = &arg[start..start + 1 + brace + name.len() + close];
        (!name.is_empty()).then_some(VariableReference { name, text })
    })
}

fn assigned_in(words: &[&str], name: &str) -> bool {
    words.iter().any(|word| assigned(word, name).is_some())
}

// Finds the start of the value of a variable in a string that sets it. A shell decides where the value ends.
fn assigned<'n>(text: &str, name: &'n str) -> Option<(&'n str, usize)> {
    let at = text.find(&format!("{name}="))? + name.len() + 1;
    // The output of a command, or another variable.
    let is_literal = !text[at..].trim_start_matches(['"', '\'']).starts_with(['$', '`']);
    (at < text.len() && is_literal).then_some((name, at))
}
