//! Documents are tests: their examples are run, and their tables are compared with the program.

mod blocks;
mod chezmoi;
mod command_line;
mod faq;
mod findings;
mod generated;
mod links;

mod readme;
mod session;
mod troubleshooting;

use serde_json::Value;

use crate::case::Case;
use crate::repository::path as repository;

const README: &str = include_str!("../README.md");

/// Returns the content of each fenced block with its language.
pub fn blocks(text: &str) -> Vec<(String, String)> {
    let mut found = vec![];
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            found.push((language.to_owned(), body.join("\n") + "\n"));
        }
    }
    found
}

/// Returns the blocks of one language.
pub fn blocks_of<'a>(blocks: &'a [(String, String)], language: &str) -> Vec<&'a str> {
    blocks.iter().filter(|(l, _)| l == language).map(|(_, text)| text.as_str()).collect()
}

#[test]
fn the_page_on_secrets_has_a_valid_declaration_and_all_schemes() {
    let page = std::fs::read_to_string(repository("docs/reference/secrets.md")).unwrap();
    let blocks = blocks(&page);
    let case = Case::new().declare(blocks_of(&blocks, "toml")[0]);
    for line in blocks_of(&blocks, "console")[0].lines() {
        let args: Vec<&str> =
            line.strip_prefix("$ mcpgen ").expect("a command").split(' ').collect();
        // There is no keyring here; what the commands do with one is seen in tests/stores.
        let run = case.run(&args);
        assert_ne!(run.code, 2, "{line}\n{}", run.err);
    }
    for scheme in mcpgen::testing::secret::SCHEME_NAMES {
        assert!(page.contains(&format!("| `{scheme}:")), "{scheme}");
    }
}

#[test]
fn the_page_on_migrating_shows_the_real_import_and_its_commands_work() {
    let page = std::fs::read_to_string(repository("docs/guides/moving-in.md")).unwrap();
    let blocks = blocks(&page);
    let files = blocks_of(&blocks, "json");
    let case = Case::new().write(".claude.json", files[0]).write(".cursor/mcp.json", files[1]);
    assert_eq!(case.ok(&["import"]).out, blocks_of(&blocks, "toml")[0]);
    // What is to be decided is decided here by taking one client's files alone.
    case.put(".claude.json", "{}");
    for line in blocks_of(&blocks, "console")[0].lines() {
        let args: Vec<&str> =
            line.strip_prefix("$ mcpgen ").expect("a command").split(' ').collect();
        case.ok(&args);
    }
    assert_eq!(case.read(".cursor/mcp.json"), files[1], "undo took it back");
}

#[test]
fn the_page_on_the_bridge_has_declarations_that_are_valid_and_what_import_makes_of_its_entry() {
    let page = std::fs::read_to_string(repository("docs/reference/bridge.md")).unwrap();
    let blocks = blocks(&page);
    for block in blocks_of(&blocks, "toml") {
        Case::new().declare(&format!("clients = [\"cursor\"]\n{block}")).ok(&["check"]);
    }
    let entry = blocks_of(&blocks, "json")[0];
    let file = format!("{{ \"mcpServers\": {{ \"one\": {entry} }} }}");
    let imported = Case::new().write(".cursor/mcp.json", file).ok(&["import"]).out;
    assert!(imported.contains(blocks_of(&blocks, "toml")[0]), "{imported}");
}

#[test]
fn the_pages_show_the_move_to_the_native_bridge_and_back() {
    let page = |path: &str| blocks(&std::fs::read_to_string(repository(path)).unwrap());
    let (readme, bridge) = (blocks(README), page("docs/reference/bridge.md"));
    let (declaration, lines) = (blocks_of(&readme, "toml")[0], blocks_of(&readme, "toml")[1]);
    assert_eq!(lines, blocks_of(&bridge, "toml")[0]);
    assert_eq!(lines, blocks_of(&page("docs/guides/moving-in.md"), "toml")[1]);
    let case = Case::new().declare(declaration);
    case.ok(&["apply"]);
    let before = case.snapshot();
    case.put(".config/mcpgen/mcp.toml", format!("{declaration}\n{lines}"));
    case.ok(&["apply"]);
    let file: Value = serde_json::from_str(&case.read(".cursor/mcp.json")).unwrap();
    let entry: Value = serde_json::from_str(blocks_of(&bridge, "json")[0]).unwrap();
    assert_eq!(file["mcpServers"]["atlassian"], entry);
    case.put(".config/mcpgen/mcp.toml", declaration);
    case.ok(&["apply"]);
    assert_eq!(case.snapshot(), before);
}

#[test]
fn every_example_is_valid_and_renders() {
    let mut seen = 0;
    for entry in std::fs::read_dir(repository("examples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let case = Case::new();
        let path = path.to_str().unwrap();
        case.ok(&["check", "-f", path]);
        case.ok(&["render", "-f", path, "--out", "tree"]);
        assert!(case.exists("tree"), "{path}");
        seen += 1;
    }
    assert!(seen >= 5);
}

#[test]
fn the_example_of_a_custom_client_adds_a_row_and_replaces_one() {
    let case = Case::new();
    let directory = repository("examples/custom-client");
    let directory = directory.to_str().unwrap();
    let declaration = format!("{directory}/mcp.toml");
    case.ok(&["apply", "-f", &declaration, "--templates", directory]);
    assert!(case.read(".acme/chat.yaml").contains("active: true"));
    assert!(case.exists("portable/lm-studio/mcp.json") && !case.exists(".lmstudio/mcp.json"));
    let text = case.read(".acme/chat.yaml").replace("active: true", "active: false");
    case.put(".acme/chat.yaml", text);
    let plan = case.ok(&["plan", "--exit-code", "-f", &declaration, "--templates", directory]);
    assert_eq!(plan.out, "", "the switch is the user's");
}

#[test]
fn the_starter_that_init_writes_is_valid_also_with_every_line_uncommented() {
    let case = Case::new().write(".codex/config.toml", "");
    case.ok(&["init"]);
    let text = case.read(".config/mcpgen/mcp.toml");
    assert!(text.contains("clients = [\"codex\"]"), "the clients found on this machine\n{text}");
    case.ok(&["check"]);
    let uncommented: String = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with('[') || rest.contains(" = ") => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let uncommented = uncommented.replace("clients = [\"cursor\"]", "");
    assert_eq!(uncommented.matches("[servers.").count(), 4);
    case.put(".config/mcpgen/mcp.toml", uncommented);
    case.ok(&["check"]);
    assert_eq!(case.run(&["init"]).code, 1, "init overwrites nothing");
}

#[test]
fn the_output_shown_in_docs_oauth_is_the_real_output() {
    let docs = std::fs::read_to_string(repository("docs/explanation/sign-ins.md")).unwrap();
    let mut said = String::new();
    let mut directories = vec![repository("src/auth"), repository("src/http")];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap().flatten() {
            match entry.path().is_dir() {
                true => directories.push(entry.path()),
                false => said += &std::fs::read_to_string(entry.path()).unwrap(),
            }
        }
    }
    let said = said.replace("\\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ");
    let rows = docs.lines().filter_map(|line| line.strip_prefix("| *")?.split_once("* |"));
    let mut count = 0;
    for part in rows.flat_map(|(message, _)| message.split('…')) {
        let part = part.trim_matches([' ', ',', ':']);
        assert!(said.contains(part), "mcpgen never says `{part}`");
        count += 1;
    }
    assert!(count >= 10);
    let blocks = blocks(&docs);
    for block in blocks_of(&blocks, "toml") {
        Case::new().declare(&format!("clients = [\"cursor\"]\n{block}")).ok(&["check"]);
    }
    for line in blocks_of(&blocks, "console").iter().flat_map(|block| block.lines()) {
        let command = line.strip_prefix("$ mcpgen ").unwrap().split(" #").next().unwrap().trim();
        let args: Vec<&str> = command.split(' ').collect();
        let run = Case::new().run(&[&args[..], &["--help"]].concat());
        assert_eq!(run.code, 0, "{command}: {}", run.err);
    }
}
