//! Every Nix file parses, and the module's table is generated from the program.

use std::collections::BTreeSet;

use camino::Utf8Path;
use mcpgen::testing::client::ClientTable;
use mcpgen::testing::paths::{Environment, Os};
use mcpgen::testing::secret::literal::{TABLE, TokenShape};
use serde_json::{Map, Value, json};

use crate::case::{Case, golden};
use crate::docs::{blocks, blocks_of};
use crate::repository::{content, files};

#[test]
fn every_example_in_the_page_on_nix_parses() {
    let page = content("docs/guides/nix.md");
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
    let files = files(&["flake.nix", "modules", "examples", "tests"], &["nix"]);
    assert!(files.len() >= 8, "{files:?}");
    for file in files {
        let errors = rnix::Root::parse(&content(&file)).errors().to_vec();
        assert!(errors.is_empty(), "{file}: {errors:?}");
    }
}

/// Returns each environment variable that a path in the client table refers to.
fn variables(rows: &str) -> BTreeSet<&str> {
    // These columns have placeholders, and no path.
    let columns = ["variable ", "expands ", "predefined "];
    let lines = rows.lines().filter(|line| !columns.iter().any(|column| line.starts_with(column)));
    let named = lines.flat_map(|line| line.split("${").skip(1));
    named.filter_map(|text| text.split([':', '}']).next()).filter(|name| !name.is_empty()).collect()
}

fn secrets() -> Value {
    let shape = |shape: &TokenShape| {
        json!({
            "prefix": shape.prefix,
            "alphabet": shape.alphabet.name(),
            "length": shape.length,
            "exact": shape.exact,
        })
    };
    let secrets = &*TABLE;
    json!({
        "secretShapes": secrets.shapes.iter().map(shape).collect::<Vec<_>>(),
        "secretNames": {
            "any": secrets.any,
            "password": secrets.password,
            "opaque": secrets.opaque,
            "connection": secrets.connection,
            "weak": secrets.weak,
            "ends": secrets.ends,
            "plural": secrets.plural,
            "owner": secrets.owner,
            "openKey": secrets.open_key,
            "openToken": secrets.open_token,
            "ignored": secrets.ignored,
        },
        "secretSchemes": secrets.schemes,
        "secretHooks": secrets.hooks,
        "secretFlags": {
            "header": secrets.header,
            "environment": secrets.environment,
            "user": secrets.user,
            "notUser": secrets.not_user,
            "password": secrets.after_user,
        },
        "secretUrls": {
            "code": secrets.code,
            "signed": secrets.signed,
            "documents": secrets.documents,
        },
        "harmlessValues": secrets.harmless,
    })
}

#[test]
fn the_modules_table_is_the_programs() {
    let home = Utf8Path::new("/home/ada");
    let files = |os: Os| {
        let env = Environment::bare(os, home);
        move |client: &mcpgen::testing::client::Client| -> Vec<String> {
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
            let mut row = json!({ "linux": linux(client), "darwin": darwin(client) });
            if !client.name_refuses.is_empty() {
                row["refuses"] = json!(client.name_refuses);
            }
            (client.name.clone(), row)
        })
        .collect();
    let rows = content("templates/clients.toml");
    let value = json!({ "clients": clients, "variables": variables(&rows) });
    let (Value::Object(mut value), Value::Object(secrets)) = (value, secrets()) else {
        unreachable!("both are objects")
    };
    value.extend(secrets);
    golden("../modules/table.json", &(serde_json::to_string_pretty(&value).unwrap() + "\n"));
}

#[test]
fn the_modules_fields_are_the_programs() {
    golden("../modules/schema.json", &Case::new().ok(&["schema"]).out);
}

#[test]
fn each_test_that_the_package_skips_exists() {
    let package = content("modules/package.nix");
    let strings = package.split('"').filter(|string| string.contains("::"));
    let skipped: Vec<(&str, &str)> = strings.filter_map(|name| name.split_once("::")).collect();
    assert!(!skipped.is_empty());
    for (module, name) in skipped {
        let test = format!("\nfn {name}() {{");
        assert!(content(&format!("tests/{module}.rs")).contains(&test), "{module}::{name}");
    }
}
