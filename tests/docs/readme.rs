//! The README: its declaration, its files, its commands and its output.

use super::{README, blocks, blocks_of};
use crate::case::Case;
use crate::repository::{self, path};

#[test]
fn the_readmes_declaration_becomes_the_readmes_files() {
    let blocks = blocks(README);
    let declaration = blocks_of(&blocks, "toml");
    let example = std::fs::read_to_string(path("examples/atlassian.toml")).unwrap();
    assert!(example.ends_with(declaration[0]), "the README shows examples/atlassian.toml");
    let case = Case::new().declare(declaration[0]);
    let files = blocks_of(&blocks, "json");
    assert_eq!(files.len(), 2);
    for (client, file) in ["claude-code", "cursor"].iter().zip(files) {
        assert_eq!(case.ok(&["render", client]).out, file, "{client}");
    }
}

#[test]
fn the_readmes_first_command_renders_a_tree() {
    let blocks = blocks(README);
    let commands = blocks_of(&blocks, "sh");
    let line = commands[0].trim();
    let args = line.strip_prefix("cargo run -- ").expect("the first command runs mcpgen");
    let example = path("examples/atlassian.toml");
    let args: Vec<&str> = args
        .split(' ')
        .map(|arg| if arg == "examples/atlassian.toml" { example.to_str().unwrap() } else { arg })
        .collect();
    let case = Case::new();
    case.ok(&args);
    for path in [".claude.json", ".cursor/mcp.json", ".config/Claude/claude_desktop_config.json"] {
        assert!(case.exists(&format!("result/{path}")), "{path}");
    }
}

#[test]
fn the_readme_names_the_oldest_rust_that_builds_it() {
    let version = env!("CARGO_PKG_RUST_VERSION");
    assert!(README.contains(&format!("Rust {version} or newer")), "{version}");
}

#[test]
fn ci_calls_the_readmes_test_command() {
    let blocks = blocks(README);
    let command = blocks_of(&blocks, "sh")[1].trim();
    let ci = std::fs::read_to_string(path(".ci/run")).unwrap();
    assert!(ci.lines().any(|line| line.trim() == command), "`{command}` is a line of .ci/run");
}

#[test]
fn the_steps_of_setup_that_the_readme_names_work_in_their_order() {
    let blocks = blocks(README);
    let args = r#"["-y", "mcp-remote", "https://mcp.atlassian.com/v1/mcp"]"#;
    let entry = format!(r#"{{ "command": "npx", "args": {args} }}"#);
    let file = format!(r#"{{ "mcpServers": {{ "atlassian": {entry} }} }}"#);
    let case = Case::new().write(".claude.json", &file).write(".cursor/mcp.json", &file);
    let before = case.read(".cursor/mcp.json");
    for line in blocks_of(&blocks, "console")[1].lines() {
        let args: Vec<&str> =
            line.strip_prefix("$ mcpgen ").expect("a command").split(' ').collect();
        case.ok(&args);
    }
    assert!(case.read(".config/mcpgen/mcp.toml").contains("[servers.atlassian]"));
    case.ok(&["undo"]);
    assert_eq!(case.read(".cursor/mcp.json"), before, "undo restored it");
}

#[test]
fn doctor_says_what_the_page_on_sign_ins_shows() {
    let server = |version: &str, slash: &str| {
        format!("[\"-y\", \"{version}\", \"https://mcp.atlassian.com/v1/mcp{slash}\"]")
    };
    let json = |args: &str| {
        format!(r#"{{ "mcpServers": {{ "atlassian": {{ "command": "npx", "args": {args} }} }} }}"#)
    };
    let codex = server("mcp-remote@0.1.29", "");
    let case = Case::new()
        .write("bin/npx", "")
        .write(".claude.json", json(&server("mcp-remote", "/")))
        .write(".gemini/settings.json", json(&server("mcp-remote@latest", "")))
        .write(
            ".codex/config.toml",
            format!("[mcp_servers.jira]\ncommand = 'npx'\nargs = {codex}\n"),
        );
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(case.path("bin/npx"), executable).unwrap();
    let bin = case.path("bin").to_str().unwrap().to_owned();
    let run = case.var("PATH", bin).ok(&["doctor"]);
    let page = repository::content("docs/explanation/sign-ins.md");
    assert_eq!(run.out, blocks_of(&blocks(&page), "text")[0]);
}
