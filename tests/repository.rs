//! The files of this repository, for tests that read them.

use std::path::{Path, PathBuf};

/// Returns the path of a file of the repository.
pub fn path(relative: &str) -> PathBuf {
    // On Windows, the path has a drive then.
    std::path::absolute(Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)).unwrap()
}

/// Returns the content of a file of the repository.
pub fn content(relative: &str) -> String {
    let path = path(relative);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the files in these directories, and these files, that have one of the extensions, sorted by path.
pub fn files(roots: &[&str], extensions: &[&str]) -> Vec<String> {
    let mut found = vec![];
    roots.iter().for_each(|root| collect(root, extensions, &mut found));
    found.sort();
    found
}

fn collect(relative: &str, extensions: &[&str], found: &mut Vec<String>) {
    if path(relative).is_dir() {
        for entry in std::fs::read_dir(path(relative)).unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap();
            if name != "target" && name != "node_modules" && !name.starts_with('.') {
                collect(&format!("{relative}/{name}"), extensions, found);
            }
        }
    } else if extensions.iter().any(|extension| relative.ends_with(&format!(".{extension}"))) {
        found.push(relative.to_owned());
    }
}

/// Returns the code of a Rust file without its line comments and its module of unit tests.
pub fn code(relative: &str) -> String {
    let content = content(relative);
    let code = content.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns whether a Rust file has only unit tests.
pub fn is_unit_test(relative: &str) -> bool {
    relative.ends_with("/tests.rs") || relative.contains("/tests/")
}
