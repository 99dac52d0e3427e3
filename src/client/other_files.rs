//! The files from which a client reads servers and that mcpgen does not write: `reads` in `templates/rules.toml`.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde_json::Value;

use crate::fields::{Shape, Table, field};
use crate::fs;
use crate::paths::{Environment, Expanded};
use crate::wildcard::matches;

/// The fields of one row of `reads`.
pub static OTHER_FILES: Table = Table {
    title: "`reads`",
    fields: &[
        field("path", Shape::String, "The files: a path, which can contain `*`."),
        field("key", Shape::Strings, "The keys that lead to the servers in a file."),
    ],
};

/// One path of such files.
#[derive(Debug, Clone, Deserialize)]
pub struct OtherFiles {
    path: String,
    key: Vec<String>,
}

impl OtherFiles {
    /// Returns the paths that exist, in alphabetical order. `own` is the client's file.
    pub fn existing(&self, own: &Utf8Path, env: &Environment) -> Vec<Utf8PathBuf> {
        let path = if self.path.starts_with(['~', '/', '$']) {
            match env.expand(&self.path) {
                Ok(Expanded::Candidate(path) | Expanded::Decided(path)) => path,
                Ok(Expanded::Unset(_)) | Err(_) => return vec![],
            }
        } else {
            own.parent().unwrap_or(own).join(&self.path)
        };
        let mut found = path.components().fold(vec![Utf8PathBuf::new()], below);
        found.retain(|path| path.exists());
        found.sort();
        found
    }

    /// Returns the names of the servers in a file. `list_key` is the field with the name of an entry in a list.
    pub fn servers(&self, root: &Value, list_key: Option<&str>) -> Vec<String> {
        let servers = self.key.iter().try_fold(root, |value, key| value.get(key));
        let name = |entry: &Value| Some(entry.get(list_key?)?.as_str()?.to_owned());
        match servers {
            Some(Value::Object(map)) => map.keys().cloned().collect(),
            Some(Value::Array(list)) => list.iter().filter_map(name).collect(),
            Some(_) | None => vec![],
        }
    }
}

// Appends one component to each path. A component with `*` stands for all names that match it.
fn below(paths: Vec<Utf8PathBuf>, component: Utf8Component<'_>) -> Vec<Utf8PathBuf> {
    let pattern = component.as_str();
    if !pattern.contains('*') {
        return paths.into_iter().map(|path| path.join(pattern)).collect();
    }
    let in_directory = |path: Utf8PathBuf| {
        let names = fs::names(&path).into_iter().filter(|name| matches(pattern, name));
        names.map(|name| path.join(name)).collect::<Vec<_>>()
    };
    paths.into_iter().flat_map(in_directory).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::paths::Os;

    #[test]
    fn a_star_stands_for_the_names_in_one_directory() {
        let scratch = tempfile::tempdir().unwrap();
        let home = Utf8Path::from_path(scratch.path()).unwrap();
        for path in ["User/mcp.json", "User/a/mcp.json", "User/b/mcp.json", "User/c/d/mcp.json"] {
            fs::write_for_test(&home.join(path), b"{}").unwrap();
        }
        let env = Environment::bare(Os::Linux, home);
        let own = home.join("User/mcp.json");
        let found = |path: &str| -> Vec<String> {
            let files = OtherFiles { path: path.to_owned(), key: vec![] }.existing(&own, &env);
            files.iter().map(|path| path.strip_prefix(home).unwrap().to_string()).collect()
        };
        assert_eq!(found("*/mcp.json"), ["User/a/mcp.json", "User/b/mcp.json"]);
        assert_eq!(found("~/User/*.json"), ["User/mcp.json"]);
        assert_eq!(found("*.yaml"), Vec::<String>::new());
        assert_eq!(found("${UNSET}/User/*/mcp.json"), Vec::<String>::new());
    }

    #[test]
    fn servers_are_in_a_map_or_in_a_list() {
        let files = OtherFiles { path: String::new(), key: vec!["mcp".into(), "servers".into()] };
        let map = json!({"mcp": {"servers": {"a": {}, "b": {}}}});
        let list = json!({"mcp": {"servers": [{"name": "a"}, {"command": "x"}]}});
        assert_eq!(files.servers(&map, None), ["a", "b"]);
        assert_eq!(files.servers(&list, Some("name")), ["a"]);
        assert_eq!(files.servers(&list, None), Vec::<String>::new());
        assert_eq!(files.servers(&json!({"mcp": 1}), None), Vec::<String>::new());
    }
}
