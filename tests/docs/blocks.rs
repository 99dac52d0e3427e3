//! The blocks of all pages: declarations are valid, and commands exist.

use super::{blocks, blocks_of};
use crate::case::Case;
use crate::repository;

fn pages() -> Vec<(String, Vec<(String, String)>)> {
    let pages = repository::files(&["docs", "README.md"], &["md"]);
    pages.into_iter().map(|page| (page.clone(), blocks(&repository::content(&page)))).collect()
}

#[test]
fn every_declaration_on_a_page_is_valid() {
    let mut count = 0;
    for (page, blocks) in pages() {
        for block in blocks_of(&blocks, "toml") {
            let clients = match block.lines().any(|line| line.starts_with("clients")) {
                true => "",
                false => "clients = [\"cursor\"]\n",
            };
            // The page on moving in shows an import, in which there is something to decide.
            if block.contains("# to decide") {
                continue;
            }
            let run = Case::new().declare(&format!("{clients}{block}")).run(&["check"]);
            assert_eq!(run.code, 0, "{page}\n{block}\n{}", run.err);
            count += 1;
        }
    }
    assert!(count >= 18, "{count}");
}

#[test]
fn every_command_on_a_page_exists_with_its_options() {
    let mut count = 0;
    for (page, blocks) in pages() {
        for line in blocks_of(&blocks, "console").iter().flat_map(|block| block.lines()) {
            let Some(command) = line.strip_prefix("$ mcpgen") else { continue };
            let command = command.split(" #").next().unwrap();
            let command = command.split(" -- ").next().unwrap();
            // What follows is for the shell.
            let command = command.split(['|', '>', '<', '&']).next().unwrap();
            let mut args: Vec<&str> = command.split_whitespace().collect();
            // The arguments of the bridge are those of mcp-remote.
            if args.first() == Some(&"bridge") {
                args.truncate(1);
            }
            let run = Case::new().run(&[&args[..], &["--help"]].concat());
            assert_eq!(run.code, 0, "{page}: {line}\n{}", run.err);
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
}

#[test]
fn the_page_on_environment_variables_has_those_that_the_program_reads() {
    let page = repository::content("docs/reference/environment.md");
    let mut missing = vec![];
    for file in repository::files(&["src"], &["rs"]) {
        let code = repository::code(&file);
        for read in code.split(".var(\"").skip(1) {
            let name = read.split('"').next().unwrap();
            let hook = name.starts_with("MCPGEN_") && code.contains("debug_assertions");
            if !hook && !page.contains(&format!("`{name}`")) {
                missing.push(format!("{file}: {name}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}
