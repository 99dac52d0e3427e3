//! What `list --verbose` adds for each server: its URL, and the file and the sign-in of each client.

use super::cells::who;
use crate::display::{clean, printable};
use crate::overview::{ClientWay, ServerOverview, SignInUse};
use crate::paths::Environment;

/// Returns the lines about a server.
pub fn details(server: &ServerOverview<'_>, env: &Environment) -> String {
    let mut text = String::new();
    if let Some(url) = &server.url {
        text += &format!("    {}\n", printable(url));
    }
    for way in &server.ways {
        text += &format!("    {}\n", line(way, env));
    }
    text
}

fn line(way: &ClientWay<'_>, env: &Environment) -> String {
    let mut line = who(way, env);
    if let (Some(section), Some(entry)) = (way.section, way.entry) {
        line += &format!(": `{}` in {}", clean(entry), env.display(&section.path));
    }
    if let SignInUse::Cache(stored) = &way.sign_in {
        let directory = env.display(stored.files.directory());
        line += &format!(", key {} in {directory}", stored.files.key());
    }
    line
}
