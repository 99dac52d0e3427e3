//! The limits of CONTRIBUTING.md: the length of files, unique type names, no cycles between modules.
//!
//! `tests/limits/exceptions.txt` lists what violates a limit and is to be fixed. A test fails if there is another
//! violation, and if a listed one is fixed: the list only shrinks. `just bless` removes lines that are no longer
//! needed; it adds none. (clippy has the limit for functions.)

mod cycles;

use std::collections::{BTreeMap, BTreeSet};

use crate::repository;

const EXCEPTIONS: &str = "tests/limits/exceptions.txt";
const LINES_OF_A_FILE: usize = 300;

/// Compares the violations of a limit with its exceptions, which are the lines that begin with its name.
fn compare(limit: &str, violations: &BTreeSet<String>) {
    let list = repository::content(EXCEPTIONS);
    let listed = list.lines().filter_map(|line| line.strip_prefix(limit)?.strip_prefix(": "));
    let listed: BTreeSet<String> = listed.map(str::to_owned).collect();
    let new: Vec<_> = violations.difference(&listed).collect();
    assert!(new.is_empty(), "{limit}: {new:#?}");
    let fixed: Vec<_> = listed.difference(violations).collect();
    if !fixed.is_empty() && std::env::var_os("MCPGEN_BLESS").is_some() {
        shrink(limit, &fixed);
    } else {
        assert!(
            fixed.is_empty(),
            "remove from {EXCEPTIONS} (`just bless` does): {limit}: {fixed:#?}"
        );
    }
}

/// Removes exceptions from the list. The lock is for the tests of the other limits, which run at the same time.
fn shrink(limit: &str, fixed: &[&String]) {
    static LIST: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _guard = LIST.lock().unwrap();
    let list = repository::content(EXCEPTIONS);
    let is_fixed = |line: &str| fixed.iter().any(|fixed| line == format!("{limit}: {fixed}"));
    let kept: String =
        list.lines().filter(|line| !is_fixed(line)).map(|line| format!("{line}\n")).collect();
    std::fs::write(repository::path(EXCEPTIONS), kept).unwrap();
}

#[test]
fn no_file_is_longer_than_three_hundred_lines() {
    let files = repository::files(&["src", "tests"], &["rs"]);
    assert!(files.len() > 200, "{}", files.len());
    let long = |file: &String| repository::content(file).lines().count() > LINES_OF_A_FILE;
    compare("long file", &files.into_iter().filter(long).collect());
}

#[test]
fn no_two_types_have_the_same_name() {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for file in repository::files(&["src"], &["rs"]) {
        for name in repository::content(&file).lines().filter_map(declared_type) {
            *places.entry(name.to_owned()).or_default() += 1;
        }
    }
    assert!(places.len() > 200, "{}", places.len());
    let repeated = places.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name);
    compare("type name", &repeated.collect());
}

/// Returns the name of the type that a line declares. An indented `type` belongs to a trait.
fn declared_type(line: &str) -> Option<&str> {
    let code = line.trim_start();
    let code = match code.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(") ")?.1,
        Some(rest) => rest.trim_start(),
        None => code,
    };
    let keywords: &[&str] = match line.starts_with(' ') {
        true => &["struct ", "enum ", "union ", "trait "],
        false => &["struct ", "enum ", "union ", "trait ", "type "],
    };
    let rest = keywords.iter().find_map(|keyword| code.strip_prefix(keyword))?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

#[test]
fn types_are_found_in_every_form() {
    for (line, name) in [
        ("pub struct One<'a> {", Some("One")),
        ("pub(crate) enum Two {", Some("Two")),
        ("pub(in crate::a) type Three = u8;", Some("Three")),
        ("    trait Four: Sized {", Some("Four")),
        ("struct Five(u8);", Some("Five")),
        ("    type Err = Six;", None),
        ("/// struct Seven", None),
        ("publish(struct_name);", None),
    ] {
        assert_eq!(declared_type(line), name, "{line}");
    }
}
