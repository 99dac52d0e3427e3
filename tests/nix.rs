//! What Nix knows of the program: each .nix file parses, and the module's table is the program's.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use camino::Utf8Path;
use mcpgen::client::ClientTable;
use mcpgen::paths::{Environment, Os};
use mcpgen::secret::literal::{NAMES, PREFIXES};
use serde_json::{Map, Value, json};

use crate::case::golden;
use crate::docs::{blocks, blocks_of};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn nix_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "target" && !name.to_string_lossy().starts_with('.') {
            nix_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "nix") {
            found.push(path);
        }
    }
}

#[test]
fn every_example_in_the_page_on_nix_parses() {
    let page = std::fs::read_to_string(repository().join("docs/nix.md")).unwrap();
    let blocks = blocks(&page);
    let examples = blocks_of(&blocks, "nix");
    assert!(examples.len() >= 5);
    for example in examples {
        let errors = rnix::Root::parse(example).errors().to_vec();
        assert!(errors.is_empty(), "{errors:?}\n{example}");
    }
}

#[test]
fn every_nix_file_parses() {
    let mut files = vec![];
    nix_files(repository(), &mut files);
    assert!(files.len() >= 8, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let errors = rnix::Root::parse(&text).errors().to_vec();
        assert!(errors.is_empty(), "{}: {errors:?}", file.display());
    }
}

/// Returns each variable that a row's path may name.
fn variables(rows: &str) -> BTreeSet<&str> {
    let named = rows.split("${").skip(1).filter_map(|text| text.split([':', '}']).next());
    named.filter(|name| !name.is_empty()).collect()
}

#[test]
fn the_modules_table_is_the_programs() {
    let home = Utf8Path::new("/home/ada");
    let files = |os: Os| {
        let env = Environment::bare(os, home);
        move |client: &mcpgen::client::Client| -> Vec<String> {
            let paths = client.fresh_paths(&env).unwrap();
            let below = paths.iter().filter_map(|path| path.strip_prefix(home).ok());
            below.map(ToString::to_string).collect()
        }
    };
    let (linux, darwin) = (files(Os::Linux), files(Os::Macos));
    let table = ClientTable::load(None).unwrap();
    let clients: Map<String, Value> = table
        .iter()
        .map(|client| {
            (client.name.clone(), json!({ "linux": linux(client), "darwin": darwin(client) }))
        })
        .collect();
    let rows = std::fs::read_to_string(repository().join("templates/clients.toml")).unwrap();
    let prefixes: Map<String, Value> = PREFIXES
        .iter()
        .map(|(prefix, at_least, _)| ((*prefix).to_owned(), json!(at_least)))
        .collect();
    let value = json!({
        "clients": clients,
        "variables": variables(&rows),
        "secretPrefixes": prefixes,
        "secretNames": NAMES,
    });
    golden("../modules/table.json", &(serde_json::to_string_pretty(&value).unwrap() + "\n"));
}
