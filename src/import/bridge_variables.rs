//! Hides the environment variables that the arguments of a bridge refer to. A header with a secret is written in this way.

use std::collections::BTreeSet;
use std::mem;

use super::draft::DraftReach;
use super::value::{ArgumentDraft, DraftValue};

/// Hides the variables of an entry that starts a bridge and becomes a local server.
pub fn hide(reach: &mut DraftReach, bridge_args: &[String]) {
    let DraftReach::Local(local) = reach else { return };
    let names: BTreeSet<&str> = bridge_args.iter().flat_map(|arg| referenced(arg)).collect();
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

// The names in `${NAME}`, `$NAME` and `%NAME%`: the bridge, a shell or `cmd` replaces them.
fn referenced(arg: &str) -> impl Iterator<Item = &str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    arg.split(['$', '%']).skip(1).filter_map(move |rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let name = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
        (!name.is_empty()).then_some(name)
    })
}

// Finds the start of the value of a variable in a string that sets it. A shell decides where the value ends.
fn assigned<'n>(text: &str, name: &'n str) -> Option<(&'n str, usize)> {
    let at = text.find(&format!("{name}="))? + name.len() + 1;
    (at < text.len()).then_some((name, at))
}
