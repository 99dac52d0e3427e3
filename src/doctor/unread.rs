//! Finds files with servers that users write for a client and that the client does not read.

use camino::Utf8Path;

use super::{Finding, Severity};
use crate::client::{Client, ClientTable};
use crate::document::{Document, Format};
use crate::fs;
use crate::paths::Environment;

/// Returns a finding for each file with servers that its client does not read. `project` is the directory whose project
/// files are read.
pub fn unread(table: &ClientTable, env: &Environment, project: &Utf8Path) -> Vec<Finding> {
    let of_client =
        |client| Client::unread_files(client, env).into_iter().map(move |it| (client, it));
    let mut found = vec![];
    for (client, file) in table.iter().flat_map(of_client) {
        // In a project, the client reads this file.
        if client.has_project_path(project, &file.path) || !has_servers(&file.path, file.key) {
            continue;
        }
        let Ok(Some(own)) = client.path(env) else { continue };
        let [path, own] = [&file.path, &own].map(|path| env.display(path));
        let cause = format!("{} does not read the servers in {path}", client.title);
        let remedy = format!("move the servers to {own}, or declare them in mcp.toml");
        found.push(Finding::new(Severity::Warning, "unread", cause, remedy));
    }
    found
}

fn has_servers(path: &Utf8Path, key: &str) -> bool {
    let Ok(Some(bytes)) = fs::read(path) else { return false };
    let Ok(document) = Document::new(Format::Jsonc, bytes) else { return false };
    let servers = document.field(key);
    servers.as_ref().and_then(|it| it.as_object()).is_some_and(|servers| !servers.is_empty())
}
