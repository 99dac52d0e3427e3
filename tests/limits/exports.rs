//! The library exports only what the program and the tests use, so that the compiler finds what nothing uses.

use crate::repository;

#[test]
fn all_modules_are_private_except_the_exports_for_tests() {
    let root = repository::code("src/lib.rs");
    let modules = root.lines().filter(|line| line.starts_with("mod ")).count();
    assert!(modules > 20, "{modules}");
    let public: Vec<&str> = root.lines().filter(|line| line.starts_with("pub mod ")).collect();
    assert_eq!(public, ["pub mod testing;"]);
}

#[test]
fn every_export_for_tests_is_used_by_a_test_or_a_fuzz_target() {
    let tests: String = repository::files(&["fuzz", "tests"], &["rs"])
        .iter()
        .map(|file| repository::content(file))
        .collect();
    let exports = repository::code("src/testing.rs");
    let names = exports
        .split("pub use ")
        .skip(1)
        .filter_map(|export| Some(export.split_once(';')?.0))
        .flat_map(|path| path.rsplit("::").next().unwrap().trim_matches(['{', '}']).split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let names: Vec<&str> = names.collect();
    assert!(names.len() > 30, "{names:?}");
    let unused: Vec<&&str> = names.iter().filter(|name| !tests.contains(**name)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}
