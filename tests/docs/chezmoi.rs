//! The page on dotfile managers: its scripts run as chezmoi runs them, with the file on stdin. (chezmoi itself is not
//! run.)

use super::{blocks, blocks_of};
use crate::case::{Case, Run};
use crate::repository::content;

const DECLARATION: &str = "clients = [\"cursor\"]\n[servers.one]\ncommand = \"one\"\n";
const FILE: &str = ".cursor/mcp.json";

/// Runs a `modify_` script, and writes its output to the file if it succeeds and differs, as chezmoi does.
fn modify(case: &Case) -> Run {
    let page = content("docs/guides/dotfiles.md");
    case.put("modify", blocks_of(&blocks(&page), "sh")[0]);
    let run = script(case, "modify", &case.read(FILE));
    if run.code == 0 && run.out != case.read(FILE) {
        case.put(FILE, &run.out);
    }
    run
}

fn script(case: &Case, name: &str, input: &str) -> Run {
    let path = case.path(name).display().to_string();
    let wrapper = ["sh", "-c", "PATH=${0%/*}:/usr/bin:/bin exec sh \"$1\""];
    case.finish(&mut case.wrapped(&wrapper, &[&path]), Some(input.as_bytes()))
}

#[test]
fn the_modify_script_merges_removes_and_stops_at_a_conflict() {
    let mine = "{\n  // mine\n  \"mcpServers\": { \"x\": { \"command\": \"x\" } }\n}\n";
    let two = "[servers.two]\ncommand = \"two\"\n";
    let case = Case::new().declare(&format!("{DECLARATION}{two}")).write(FILE, mine);
    // A dry run: nobody writes the output.
    let page = content("docs/guides/dotfiles.md");
    case.put("modify", blocks_of(&blocks(&page), "sh")[0]);
    assert_eq!(script(&case, "modify", mine).code, 0);
    assert_eq!(modify(&case).code, 0);
    let first = case.read(FILE);
    assert!(first.contains("// mine") && first.contains("\"two\""), "{first}");
    assert_eq!(modify(&case).out, first, "no changes");
    case.put(".config/mcpgen/mcp.toml", DECLARATION);
    assert_eq!(modify(&case).code, 0);
    let second = case.read(FILE);
    assert!(!second.contains("\"two\"") && second.contains("\"one\""), "{second}");
    case.put(".config/mcpgen/mcp.toml", DECLARATION.replace("servers.one", "servers.x"));
    let run = modify(&case);
    assert_eq!((run.code, run.out.as_str()), (4, ""), "{}", run.err);
    assert_eq!(case.read(FILE), second, "a conflict changes nothing");
}

#[test]
fn the_scripts_after_all_files_apply() {
    let page = content("docs/guides/dotfiles.md");
    let blocks = blocks(&page);
    let scripts = blocks_of(&blocks, "sh");
    assert_eq!(scripts.len(), 3);
    for text in &scripts[1..] {
        let case = Case::new().declare(DECLARATION).write("run", text);
        assert_eq!(script(&case, "run", "").code, 0);
        assert!(case.read(FILE).contains("\"one\""));
        let again = script(&case, "run", "");
        assert_eq!((again.code, again.out.as_str(), again.err.as_str()), (0, "", ""));
    }
}

#[test]
fn the_declaration_for_several_machines_gives_each_machine_its_servers() {
    let page = content("docs/guides/dotfiles.md");
    let all = blocks(&page);
    let [declaration, local] = blocks_of(&all, "toml")[..] else { panic!("{all:?}") };
    let case = Case::new().declare(declaration);
    case.ok(&["apply"]);
    let file = case.read(FILE);
    assert!(file.contains("docs.example.com") && !file.contains("tracker"), "{file}");
    case.put(".config/mcpgen/local.toml", local);
    case.ok(&["apply"]);
    assert!(case.read(FILE).contains("tracker"), "{}", case.read(FILE));
}
