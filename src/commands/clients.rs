//! `clients`: lists the client table with the paths on this machine.

use serde_json::json;

use super::{Done, Failure, Invocation, print, print_json};
use crate::cli::{Clients, Exit};
use crate::client::{Client, Transport};

pub fn run(invocation: &Invocation<'_>, flags: &Clients) -> Done {
    let table = invocation.table()?;
    let mut rows = vec![];
    for client in table.iter() {
        let path = client.path(invocation.env).map_err(|error| Failure::error(&error))?;
        rows.push((client, path));
    }
    if flags.json {
        let rows = rows.iter().map(|(client, path)| {
            json!({
                "name": client.name,
                "title": client.title,
                "path": path,
                "home": client.home,
                "project": client.fresh_project_path(),
                "exists": path.as_deref().is_some_and(camino::Utf8Path::exists),
                "format": client.format.title(),
                "accepts": client.accepts,
                "restart": client.restart,
                "docs": client.docs,
                "known": client.known,
                "expresses": client.expressed().collect::<Vec<_>>(),
                "absent": client.absent.or(client.known),
                "environment": client.environment,
                "names_variables": client.can_name_variables(),
                "strips": client.strips(),
                "headers_helper": client.headers_helper,
            })
        });
        print_json(&rows.collect::<Vec<_>>())?;
        return Ok(Exit::Done);
    }
    let width = rows.iter().map(|(client, _)| client.name.len()).max().unwrap_or(0);
    let mut text = format!("  {:width$}  {:14}  FILE\n", "NAME", "TAKES");
    for (client, path) in rows {
        let here = path.as_deref().is_some_and(camino::Utf8Path::exists);
        let shown = path.map_or_else(
            || "(not on this system)".to_owned(),
            |path| short(&invocation.env.display(&path)),
        );
        let mark = if here { "*" } else { " " };
        text += &format!("{mark} {:width$}  {:14}  {shown}\n", client.name, takes(client));
    }
    print(&(text + "\n* the file exists; --json shows complete paths\n"))?;
    Ok(Exit::Done)
}

// A row fits into 80 columns: a long path is shortened in the middle.
fn short(path: &str) -> String {
    const WIDTH: usize = 45;
    let separator = std::path::MAIN_SEPARATOR_STR;
    let mut parts: Vec<&str> = path.split(separator).collect();
    let mut shown = path.to_owned();
    while shown.chars().count() > WIDTH && parts.len() > 2 {
        parts.remove(parts.len() - 2);
        let (end, start) = parts.split_last().expect("more than two");
        shown = format!("{}{separator}…{separator}{end}", start.join(separator));
    }
    shown
}

fn takes(client: &Client) -> String {
    client.accepts.iter().map(|t: &Transport| t.name()).collect::<Vec<_>>().join(" ")
}
