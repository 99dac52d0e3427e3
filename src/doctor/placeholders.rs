//! Finds placeholders that a client passes to a server as they are, because it does not replace such a form.

use std::collections::BTreeMap;

use super::input::{DoctorInput, Route};
use super::{Finding, Severity};
use crate::client::{EntryPart, PlaceholderResult};
use crate::entry::{self, EntryLaunch};
use crate::launch::Command;
use crate::model::placeholders::{is_placeholder_argument, is_rejected};
use crate::placeholder::{Placeholder, PlaceholderKind, is_predefined};
use crate::secret::literal::{is_secret_name, mask};
use crate::survey::EntryReach;

const VALUE: &str = "write the value itself in its place";

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    input.routes.iter().flat_map(|route| unreplaced(input, route)).collect()
}

fn unreplaced(input: &DoctorInput<'_>, route: &Route<'_>) -> Vec<Finding> {
    if matches!(route.reach, EntryReach::Exec(_)) {
        return vec![];
    }
    let fields = route.section.client.fields();
    let values = match entry::read_entry(&route.entry.value, fields) {
        Some(EntryLaunch::Command(command)) => of_command(command),
        Some(EntryLaunch::Address { url, transport: _, headers }) => {
            let mut values = named(EntryPart::Headers, headers);
            values.push((EntryPart::Url, "url".to_owned(), url));
            values
        }
        Some(EntryLaunch::Exec { .. } | EntryLaunch::Headers(_)) | None => vec![],
    };
    let find = |(part, name, text): &(EntryPart, String, String)| {
        let found = route.section.client.placeholders(*part, text);
        let mut kept = found.into_iter().filter(|(it, becomes)| {
            *becomes == PlaceholderResult::Unchanged && is_rejected(it.text)
        });
        let (it, _) = kept.next()?;
        Some(finding(input, route, *part, name, text, &it))
    };
    values.iter().filter_map(find).collect()
}

fn named(part: EntryPart, values: BTreeMap<String, String>) -> Vec<(EntryPart, String, String)> {
    values.into_iter().map(|(name, value)| (part, name, value)).collect()
}

fn of_command(command: Command) -> Vec<(EntryPart, String, String)> {
    let Command { program, args, env, cwd } = command;
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let passed = |arg: &&&str| is_placeholder_argument(&program, &words, arg);
    let args = words.iter().filter(passed);
    let mut values: Vec<_> =
        args.map(|arg| (EntryPart::Args, "args".to_owned(), (*arg).to_owned())).collect();
    values.extend(named(EntryPart::Env, env));
    values.extend(cwd.map(|cwd| (EntryPart::Cwd, "cwd".to_owned(), cwd)));
    values.push((EntryPart::Command, "command".to_owned(), program));
    values
}

fn finding(
    input: &DoctorInput<'_>,
    route: &Route<'_>,
    part: EntryPart,
    name: &str,
    text: &str,
    it: &Placeholder<'_>,
) -> Finding {
    let place = match part {
        EntryPart::Env => format!("env.{name}"),
        EntryPart::Headers => format!("headers.{name}"),
        EntryPart::Command | EntryPart::Args | EntryPart::Cwd | EntryPart::Url => name.to_owned(),
    };
    // A password may begin with `$`.
    let shown = if it.is_bare() && it.name != name {
        "a `$`".to_owned()
    } else {
        format!("`{}`", it.shown())
    };
    let cause = format!(
        "{} does not replace {} in `{}` of {}, so the server gets it as it is",
        route.client,
        mask(&shown),
        mask(&place),
        route.place(input.env)
    );
    // A program may replace its arguments itself.
    let severity = if part == EntryPart::Args { Severity::Warning } else { Severity::Broken };
    Finding::new(severity, "unreplaced", cause, remedy(input, route, part, (name, text), it))
}

fn remedy(
    input: &DoctorInput<'_>,
    route: &Route<'_>,
    part: EntryPart,
    (name, text): (&str, &str),
    it: &Placeholder<'_>,
) -> String {
    let sure = !it.is_bare() || it.name == name;
    let variable = it.kind == PlaceholderKind::Variable && !is_predefined(it.name);
    let variable = variable && sure && it.default.is_none();
    let form = route.section.client.form_of(part, it.name).filter(|_| variable);
    if let Some(form) = form {
        return format!("write `{form}`");
    }
    let reference = match it.input() {
        Some(input) => Some(format!("keyring:{input}")),
        None => variable.then(|| format!("env:{}", it.name)),
    };
    let secret = it.input().is_some() || is_secret_name(it.name);
    let Some(reference) = reference else { return VALUE.to_owned() };
    let bearer = text.len() == it.range.end && text.to_ascii_lowercase().starts_with("bearer ");
    let field = match part {
        EntryPart::Headers if bearer && it.range.start == 7 => {
            format!("`auth.token = \"{reference}\"`")
        }
        EntryPart::Env | EntryPart::Headers if it.is_all_of(text) => {
            format!("`secrets.{name} = \"{reference}\"`")
        }
        EntryPart::Env
        | EntryPart::Headers
        | EntryPart::Command
        | EntryPart::Args
        | EntryPart::Cwd
        | EntryPart::Url
            if secret =>
        {
            "a secret reference".to_owned()
        }
        EntryPart::Env
        | EntryPart::Headers
        | EntryPart::Command
        | EntryPart::Args
        | EntryPart::Cwd
        | EntryPart::Url => return VALUE.to_owned(),
    };
    let apply = input.suggest.apply("apply");
    format!("declare the server with {field}, and run {apply}")
}
