//! What the program is built of, and how: the budget of dependencies, and the effect of the release profile.
//!
//! cargo's graph of a release build shows both without building. It is a nightly feature of cargo, which
//! RUSTC_BOOTSTRAP permits to a stable one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

// The budget: crates that a build for Linux compiles besides mcpgen itself, and the bytes of their Rust and C code.
const CRATES: usize = 139;
const SOURCES: u64 = 61_000_000;

const HELP: &str = "do without a crate, or raise the number and give the reason in the commit message; \
                    `cargo tree --edges normal,build` shows which crate needs which";

// Crates in which commands spend their time.
const FAST: [&str; 5] = ["jsonc-parser", "memchr", "minijinja", "serde_json", "toml_parser"];

/// Returns the units of a release build. A unit is one run of the compiler.
fn units() -> Vec<Value> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--release", "--bin", "mcpgen", "--target", "x86_64-unknown-linux-gnu"]);
    cargo.args(["--locked", "--offline", "--unit-graph", "-Zunstable-options"]);
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).env("RUSTC_BOOTSTRAP", "1");
    let output = cargo.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let graph: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{stderr}"));
    graph["units"].as_array().expect("an array").clone()
}

/// Returns the directory of the package of a unit.
fn package(unit: &Value) -> PathBuf {
    let source = Path::new(unit["target"]["src_path"].as_str().expect("a path"));
    let has_manifest = |directory: &&Path| directory.join("Cargo.toml").exists();
    source.ancestors().skip(1).find(has_manifest).expect("a manifest").to_owned()
}

fn bytes_of_code(directory: &Path) -> u64 {
    let mut bytes = 0;
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        let code = ["rs", "c", "h"].iter().any(|kind| path.extension().is_some_and(|e| e == *kind));
        if path.is_dir() {
            bytes += bytes_of_code(&path);
        } else if code {
            bytes += entry.metadata().unwrap().len();
        }
    }
    bytes
}

#[test]
fn the_dependencies_stay_within_the_budget() {
    let all: BTreeSet<PathBuf> = units().iter().map(package).collect();
    let others: Vec<_> =
        all.iter().filter(|path| *path != Path::new(env!("CARGO_MANIFEST_DIR"))).collect();
    assert!(others.len() < all.len(), "mcpgen itself is not in the graph");
    let bytes: u64 = others.iter().map(|directory| bytes_of_code(directory)).sum();
    let found = format!(
        "{} crates (CRATES is {CRATES}) of {bytes} bytes (SOURCES is {SOURCES})",
        others.len()
    );
    assert!(others.len() <= CRATES && bytes <= SOURCES, "{found}: {HELP}");
}

#[test]
fn the_release_profile_takes_effect() {
    let units = units();
    let profile = |wanted: &dyn Fn(&Value) -> bool| {
        let unit = units.iter().find(|unit| unit["mode"] == "build" && wanted(unit));
        unit.map(|unit| unit["profile"].clone()).expect("the unit of a crate")
    };
    let program = profile(&|unit| unit["target"]["kind"][0] == "bin");
    for (option, value) in [("opt_level", "s"), ("lto", "fat"), ("panic", "abort")] {
        assert_eq!(program[option], value, "{option}");
    }
    assert_eq!(program["strip"]["resolved"]["Named"], "symbols", "an override for mcpgen?");
    for name in FAST {
        let at = format!("#{name}@");
        let profile = profile(&|unit| unit["pkg_id"].as_str().expect("an id").contains(&at));
        assert_eq!(profile["opt_level"], "3", "{name}");
    }
}
