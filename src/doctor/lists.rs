//! Finds servers that a list in the client's settings, or an administrator, keeps the client from using.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde_json::Value;

use super::input::{DoctorInput, Route};
use super::{Finding, Severity};
use crate::client::{ListEffect, ListItem, ListedServer};
use crate::document::{Document, Format};
use crate::survey::EntryReach;
use crate::{entry, fs};

pub fn findings(input: &DoctorInput<'_>) -> Vec<Finding> {
    let mut files: BTreeMap<Utf8PathBuf, Option<Value>> = BTreeMap::new();
    let mut found = vec![];
    for route in &input.routes {
        let client = route.section.client;
        for list in client.server_lists() {
            let Some(path) = list.file(&route.section.path, input.env) else { continue };
            let root = files.entry(path.clone()).or_insert_with(|| read(&path));
            let Some(value) = root.as_ref().and_then(|root| list.of(root)) else { continue };
            let argv = argv(route);
            let url = match route.reach {
                EntryReach::Address { url, transport: _, headers: _ } => Some(url.as_str()),
                EntryReach::Bridge(_) | EntryReach::Exec(_) | EntryReach::Program(_) => None,
            };
            let server = ListedServer { name: &route.entry.name, url, argv: argv.as_deref() };
            if let Some(item) = list.keeps_from(value, server) {
                let place = (list.key.join("."), input.env.display(&path));
                found.push(kept(input, route, (list.effect, item), place));
            }
        }
    }
    found
}

// A file that cannot be read has no list here. If it is the client's own file, another check reports it.
fn read(path: &Utf8PathBuf) -> Option<Value> {
    let bytes = fs::read(path).ok()??;
    Document::new(Format::of_file(path), bytes).ok()?.value()
}

fn argv(route: &Route<'_>) -> Option<Vec<String>> {
    let command = entry::command(&route.entry.value, route.section.client.fields())?;
    Some(std::iter::once(command.program).chain(command.args).collect())
}

fn kept(
    input: &DoctorInput<'_>,
    route: &Route<'_>,
    (effect, item): (ListEffect, ListItem),
    (key, path): (String, String),
) -> Finding {
    let (client, place) = (&route.client, route.place(input.env));
    let item = |article| item.shown(article, &route.entry.name);
    let (why, remedy) = match effect {
        ListEffect::Blocks => (
            format!("`{key}` in {path} blocks it"),
            format!("to use it, remove {} from `{key}` in {path}", item("the")),
        ),
        ListEffect::Allows => (
            format!("`{key}` in {path} does not allow it"),
            format!("to use it, add {} to `{key}` in {path}", item("an")),
        ),
        ListEffect::Replaces => (
            format!("an administrator has listed all servers in {path}"),
            format!("ask the administrator to add {} to {path}", item("an")),
        ),
    };
    let cause = format!("{client} does not use {place}: {why}");
    Finding::new(Severity::Warning, "blocked", cause, remedy)
}
