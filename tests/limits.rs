//! The limits of CONTRIBUTING.md: the length of files, unique type names, no cycles between modules.
//! clippy has the limit for functions.

mod build;
mod cycles;
mod exports;
mod messages;

use std::collections::BTreeMap;

use crate::repository;

const LINES_OF_A_FILE: usize = 300;

#[test]
fn no_file_is_longer_than_three_hundred_lines() {
    let files = repository::files(&["fuzz", "src", "tests"], &["rs"]);
    assert!(files.len() > 200, "{}", files.len());
    let long = |file: &String| repository::content(file).lines().count() > LINES_OF_A_FILE;
    let long: Vec<_> = files.into_iter().filter(long).collect();
    assert!(long.is_empty(), "{long:#?}");
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
    let repeated: Vec<_> = repeated.collect();
    assert!(repeated.is_empty(), "{repeated:#?}");
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
