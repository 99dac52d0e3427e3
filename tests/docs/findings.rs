//! The page on doctor: every code of a finding, with its meaning and an example.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../../docs/reference/doctor.md");

fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(root.join("src/doctor")).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.extend(["src/commands/doctor.rs", "src/commands/owners.rs"].map(|path| root.join(path)));
    files
}

fn is_code(word: &&str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
}

// The codes of a source file: the second argument of each `Finding::new`, and the names of the differences.
fn codes(text: &str) -> Vec<&str> {
    let of_call = text.split("Finding::new(").skip(1).filter_map(|call| {
        let (_, rest) = call.split_once(',')?;
        rest.trim_start().strip_prefix('"')?.split('"').next()
    });
    let of_difference = text.split("pub fn code(").skip(1).flat_map(|body| {
        body.split("\n    }").next().unwrap_or_default().split('"').skip(1).step_by(2)
    });
    of_call.chain(of_difference).filter(is_code).collect()
}

#[test]
fn the_page_on_doctor_has_every_code_once_with_an_example() {
    let texts: Vec<String> =
        sources().iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let used: BTreeSet<&str> = texts.iter().flat_map(|text| codes(text)).collect();
    let rows: Vec<Vec<&str>> = PAGE
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split(" | ").collect())
        .collect();
    let listed: BTreeSet<&str> =
        rows.iter().map(|row| row[0].trim_matches(['|', ' ', '`'])).collect();
    assert!(used.len() > 50, "{used:?}");
    assert_eq!(used, listed);
    assert_eq!(rows.len(), listed.len(), "a code has two rows");
    assert!(rows.iter().all(|row| row.len() == 3 && row[1].ends_with('.') && row[2].len() > 20));
}
