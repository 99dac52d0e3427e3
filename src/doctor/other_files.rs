//! Reports the servers in files that a client reads and that mcpgen does not write.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::{Finding, Severity};
use crate::client::{Client, ClientTable};
use crate::display::first_names;
use crate::document::{Document, Format};
use crate::fs;
use crate::paths::Environment;

/// Returns a note for each such file that contains servers.
pub fn other_files(table: &ClientTable, env: &Environment) -> Vec<Finding> {
    let of_client = |client| findings(client, env).unwrap_or_default();
    table.iter().filter(|client| client.is_installed(env)).flat_map(of_client).collect()
}

fn findings(client: &Client, env: &Environment) -> Option<Vec<Finding>> {
    let own = client.path(env).ok()??;
    let mut found = vec![];
    for files in client.other_files() {
        for path in files.existing(&own, env) {
            let Some(document) = read(&path).filter(|_| path != own) else { continue };
            let names = files.servers(&document, client.section.list_key.as_deref());
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
            if !names.is_empty() {
                found.push(finding(client, names, &env.display(&path), &env.display(&own)));
            }
        }
    }
    Some(found)
}

fn finding(client: &Client, names: BTreeSet<&str>, path: &str, own: &str) -> Finding {
    let (title, names) = (&client.title, first_names(names));
    let cause = format!("{title} also reads {names} from {path}, which mcpgen does not write");
    let remedy = format!("leave that file as it is, or move its servers to {own}");
    Finding::new(Severity::Note, "other-file", cause, remedy)
}

fn read(path: &Utf8Path) -> Option<serde_json::Value> {
    let bytes = fs::read(path).ok()??;
    Document::new(Format::of_file(path), bytes).ok()?.value()
}
