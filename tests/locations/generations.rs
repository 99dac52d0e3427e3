//! The check phase of home-manager: mcpgen plans before home-manager makes and removes its links.

use std::os::unix::fs::symlink;

use super::{CLAUDE, json, refused};
use crate::case::{Case, Run};

const OLD: &str = "store/a-home-manager-files";
const NEW: &str = "store/b-home-manager-files";
const PLAN: [&str; 3] = ["plan", "--new-links", NEW];
const BOTH: [&str; 5] = ["plan", "--new-links", NEW, "--old-links", OLD];

// A home with a file in the store, which the previous generation linked at `path`.
fn linked(declaration: &str, path: &str, generation: &str) -> Case {
    let case = Case::new().declare(declaration).write("store/claude.json", "{\"theirs\": true}\n");
    std::fs::create_dir_all(case.path(NEW)).unwrap();
    link_in(&case, generation, path, "store/claude.json");
    symlink(case.path(generation).join(path), case.path(path)).unwrap();
    case
}

// Adds a link to a generation: its file, or a file outside the store.
fn link_in(case: &Case, generation: &str, path: &str, to: &str) {
    let link = case.path(generation).join(path);
    std::fs::create_dir_all(link.parent().unwrap()).unwrap();
    symlink(case.path(to), link).unwrap();
}

fn adds_one(run: &Run) {
    assert!(run.out.contains("add") && run.out.contains("one"), "{}{}", run.out, run.err);
}

#[test]
fn a_link_that_home_manager_removes_counts_as_no_file() {
    let case = linked(CLAUDE, ".claude.json", OLD);
    let before = case.snapshot();
    let run = case.ok(&BOTH);
    adds_one(&run);
    assert!(!run.out.contains("->"), "{}", run.out);
    case.ok(&["apply", "--dry-run", "--new-links", NEW, "--old-links", OLD]);
    assert_eq!(case.snapshot(), before);
    // The file that the link leads to may be gone.
    std::fs::remove_file(case.path("store/claude.json")).unwrap();
    adds_one(&case.ok(&BOTH));
}

#[test]
fn a_link_that_home_manager_keeps_is_managed_by_nix() {
    let case = linked(CLAUDE, ".claude.json", OLD);
    link_in(&case, NEW, ".claude.json", "store/claude.json");
    refused(&case, &BOTH, &["/.claude.json` is managed by Nix"]);
}

#[test]
fn a_link_that_another_generation_or_the_user_made_stays() {
    // The ledger of home-manager does not contain this link.
    let case = linked(CLAUDE, ".claude.json", "store/0-home-manager-files");
    let run = case.run(&BOTH);
    assert!(run.err.contains("managed by Nix"), "{}{}", run.out, run.err);
    // The user replaced the link of the previous generation.
    let case = linked(CLAUDE, ".claude.json", OLD).write("dotfiles/claude.json", "{}\n");
    std::fs::remove_file(case.path(".claude.json")).unwrap();
    symlink(case.path("dotfiles/claude.json"), case.path(".claude.json")).unwrap();
    let run = case.ok(&BOTH);
    assert!(run.out.contains("~/.claude.json -> ~/dotfiles/claude.json"), "{}", run.out);
}

#[test]
fn a_link_that_home_manager_is_about_to_make_is_followed() {
    let case = Case::new().declare(CLAUDE).write("dotfiles/claude.json", "{}\n");
    link_in(&case, NEW, ".claude.json", "dotfiles/claude.json");
    let run = case.ok(&PLAN);
    assert!(run.out.contains("~/.claude.json -> ~/dotfiles/claude.json"), "{}", run.out);
    assert!(!case.exists(".claude.json"));
}

#[test]
fn a_directory_that_home_manager_is_about_to_link_is_managed_by_nix() {
    let cursor = "clients = [\"cursor\"]\n[servers.one]\ncommand = \"one\"\n";
    let case = Case::new().declare(cursor).write("store/cursor/rules", "");
    link_in(&case, NEW, ".cursor", "store/cursor");
    refused(&case, &PLAN, &["/.cursor/mcp.json` is managed by Nix"]);
}

#[test]
fn an_environment_variable_that_moves_a_file_moves_the_check_too() {
    let codex = "clients = [\"codex\"]\n[servers.one]\ncommand = \"one\"\n";
    let case = Case::new().declare(codex).write("store/config.toml", "model = \"x\"\n");
    link_in(&case, NEW, "codex/config.toml", "store/config.toml");
    let home = case.path("codex").to_str().unwrap().to_owned();
    let case = case.var("CODEX_HOME", home);
    refused(&case, &PLAN, &["/codex/config.toml` is managed by Nix"]);
}

#[test]
fn the_file_of_a_client_with_several_is_the_one_that_will_exist() {
    let amp = "clients = [\"amp\"]\n[servers.one]\ncommand = \"one\"\n";
    let case = Case::new().declare(amp).write(".config/amp/settings.json", "{}\n");
    std::fs::create_dir_all(case.path(NEW)).unwrap();
    assert!(case.ok(&PLAN).out.contains("~/.config/amp/settings.json "));
    std::fs::remove_file(case.path(".config/amp/settings.json")).unwrap();
    link_in(&case, NEW, ".config/amp/settings.jsonc", "store/settings.jsonc");
    case.put("store/settings.jsonc", "{}\n");
    refused(&case, &PLAN, &["/.config/amp/settings.jsonc` is managed by Nix"]);
}

#[test]
fn a_conflict_in_a_file_of_nix_says_that_nix_manages_the_file() {
    let case = Case::new().declare(CLAUDE);
    case.put("store/claude.json", "{\"mcpServers\": {\"one\": {\"command\": \"theirs\"}}}");
    link_in(&case, NEW, ".claude.json", "store/claude.json");
    let run = refused(&case, &PLAN, &["/.claude.json` is managed by Nix"]);
    assert!(!run.err.contains("adopt"), "{}", run.err);
}

#[test]
fn an_apply_that_writes_takes_no_links_that_are_only_planned() {
    let case = linked(CLAUDE, ".claude.json", OLD);
    let run = refused(&case, &["apply", "--new-links", NEW], &["--dry-run"]);
    assert_eq!(run.code, 2);
    assert_eq!(refused(&case, &["plan", "--old-links", OLD], &["--new-links"]).code, 2);
    refused(&case, &["plan", "--new-links", "nowhere"], &["`", "nowhere"]);
}

#[test]
fn after_the_links_are_made_and_removed_an_apply_does_what_was_planned() {
    let case = linked(CLAUDE, ".claude.json", OLD);
    case.ok(&BOTH);
    std::fs::remove_file(case.path(".claude.json")).unwrap();
    case.ok(&["apply"]);
    assert_eq!(json(&case, ".claude.json")["mcpServers"]["one"]["command"], "one");
    assert_eq!(json(&case, "store/claude.json")["theirs"], true);
}

#[test]
fn the_help_for_a_conflict_names_the_options_of_home_manager() {
    let case = Case::new().declare(CLAUDE);
    case.put(".claude.json", "{\"mcpServers\": {\"one\": {\"command\": \"mine\"}}}");
    std::fs::create_dir_all(case.path(NEW)).unwrap();
    let says = [
        "to replace the entry: `programs.mcpgen.adopt = [ \"one\" ];`",
        "or rename the server in `programs.mcpgen.servers`",
    ];
    let run = refused(&case, &PLAN, &says);
    assert_eq!(run.code, 4);
    assert!(!run.err.contains("mcpgen apply") && !run.err.contains("mcp.toml"), "{}", run.err);
}
