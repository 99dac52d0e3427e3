//! The build profiles in Cargo.toml.

use toml_edit::{DocumentMut, Item, TableLike};

const MANIFEST: &str = include_str!("../Cargo.toml");

/// Cargo ignores `strip` of a profile as soon as a package of the workspace has an override in it.
#[test]
fn a_release_is_stripped_of_its_symbols() {
    let manifest: DocumentMut = MANIFEST.parse().unwrap();
    let release = &manifest["profile"]["release"];
    assert_eq!(release["strip"].as_str(), Some("symbols"));
    let overrides = release.get("package").and_then(Item::as_table_like);
    for (package, _) in overrides.into_iter().flat_map(TableLike::iter) {
        assert!(!package.contains(env!("CARGO_PKG_NAME")), "[profile.release.package.{package}]");
    }
}

/// Proc macros and what they are made of run only while others are built.
#[test]
fn a_first_build_optimizes_only_the_dependencies_that_are_named() {
    let manifest: DocumentMut = MANIFEST.parse().unwrap();
    let all = manifest["profile"]["dev"]["package"]["*"].as_table_like().unwrap();
    assert!(all.get("opt-level").is_none(), "it would hold for proc macros and `syn` too");
}
