//! Notes about the files of a project, which other people use too.

use camino::Utf8Path;
use serde_json::Value;

use crate::apply::target::Prepared;
use crate::client::{Client, ClientTable};
use crate::paths::Environment;

/// Returns a line for the declared clients that have no file in a project.
pub fn without_file(table: &ClientTable, clients: &[String]) -> String {
    let rows = clients.iter().filter_map(|name| table.get(name));
    let without: Vec<&str> = rows
        .filter(|row| row.project_path(Utf8Path::new("")).is_none())
        .map(|row| row.title.as_str())
        .collect();
    if without.is_empty() {
        return String::new();
    }
    format!("note: without a file in a project: {}\n", without.join(", "))
}

/// Returns a line for each client that does something before it uses its file, and for each file with a path in the
/// home directory.
pub fn notes<'a>(targets: impl Iterator<Item = &'a Prepared<'a>>, env: &Environment) -> String {
    let mut lines = String::new();
    for target in targets.filter(|target| target.job.project.is_some()) {
        for client in target.job.clients() {
            let Client { title, project_note, .. } = client;
            lines.extend(project_note.iter().map(|note| format!("note: {title} {note}\n")));
        }
        let mut entries = target.job.rendered.entries.iter();
        if let Some((server, _)) =
            entries.find(|(_, entry)| entry.values().any(|it| is_of_home(it, env)))
        {
            lines += &format!(
                "note: the entry `{server}` in {} has a path in your home directory, which other people do not have\n",
                env.display(target.job.path()),
            );
        }
    }
    lines
}

fn is_of_home(value: &Value, env: &Environment) -> bool {
    match value {
        Value::String(text) => {
            let mut found = text.match_indices(env.home.as_str());
            found.any(|(at, home)| {
                starts_path(&text[..at]) && text[at + home.len()..].starts_with(['/', '\\'])
            })
        }
        Value::Array(list) => list.iter().any(|it| is_of_home(it, env)),
        Value::Object(map) => map.values().any(|it| is_of_home(it, env)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

// Returns whether a path starts after this text, and not in the middle of another path. A flag of one letter can be in
// front of a path: `-I/usr/include`.
fn starts_path(before: &str) -> bool {
    let in_path = |c: char| c.is_alphanumeric() || "._-~+%*}".contains(c);
    let word = before.rsplit(|c| !in_path(c)).next().unwrap_or_default();
    word.is_empty() || (word.len() == 2 && word.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::paths::Os;

    #[test]
    fn a_path_in_the_home_directory_starts_with_the_home_directory() {
        let env = Environment::bare(Os::Linux, Utf8Path::new("/root"));
        for (text, want) in [
            ("/root/x", true),
            ("--dir=/root/x", true),
            ("-I/root/x", true),
            ("file:///root/x", true),
            ("/usr/bin:/root/bin", true),
            ("@/root/x", true),
            ("/var/root/x and /root/y", true),
            ("/var/root/x", false),
            ("./root/x", false),
            ("~/root/x", false),
            ("data/root/x", false),
            ("file:///var/root/x", false),
            ("https://example.com/root/x", false),
            ("/rooted/x", false),
        ] {
            assert_eq!(is_of_home(&json!({ "args": [text] }), &env), want, "{text}");
        }
    }
}
