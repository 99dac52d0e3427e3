//! The files of a project: read by `import --project`, and written by `apply --project`.

use crate::case::Case;

#[test]
fn import_project_reads_the_files_of_the_project_and_no_others() {
    let case = Case::new()
        .write(
            "site/.mcp.json",
            r#"{ "mcpServers": { "docs": { "command": "npx", "args": ["-y", "docs"] } } }"#,
        )
        .write(
            "site/.cursor/mcp.json",
            r#"{ "mcpServers": { "docs": { "command": "npx", "args": ["-y", "docs"] } } }"#,
        )
        .write(".cursor/mcp.json", r#"{ "mcpServers": { "mine": { "command": "x" } } }"#);
    let run = case.ok(&["import", "--project", "site"]);
    assert!(run.out.contains("clients = [\"claude-code\", \"cursor\"]"), "{}", run.out);
    assert_eq!(run.out.matches("[servers.").count(), 1, "{}", run.out);
    case.put("site/mcp.toml", &run.out);
    case.ok(&["apply", "-f", "site/mcp.toml", "--project", "site", "--adopt-all"]);
    assert_eq!(case.ok(&["import", "--project", "site"]).out, run.out);
    assert_eq!(case.run(&["import", "--follow-links"]).code, 2);
}

#[test]
fn a_file_of_a_project_names_the_declaration_relative_to_the_project() {
    let declaration = "clients = [\"claude-code\", \"codex\", \"claude-desktop\"]\n[servers.a]\ncommand = \"x\"\n\
        secrets = { A_TOKEN = \"env:A_TOKEN\" }\n";
    let case = Case::new().write("site/mcp.toml", declaration);
    let run = case.ok(&["apply", "-f", "site/mcp.toml", "--project", "site"]);
    for path in ["site/.mcp.json", "site/.codex/config.toml"] {
        let file = case.read(path);
        assert!(
            file.contains("\"mcp.toml\"") && !file.contains(case.home().to_str().unwrap()),
            "{file}"
        );
    }
    for note in [
        "note: Claude Code asks before it starts the servers of a project\n",
        "note: Codex reads the file only if you trust the directory\n",
        "note: without a file in a project: Claude Desktop\n",
    ] {
        assert!(run.err.contains(note), "{note}{}", run.err);
    }
    // The entries can be read back.
    let read = case.ok(&["import", "--project", "site"]);
    assert!(read.out.contains("A_TOKEN = \"env:A_TOKEN\""), "{}{}", read.out, read.err);
    let again = case.ok(&["plan", "-f", "site/mcp.toml", "--project", "site", "--exit-code"]);
    assert!(!again.err.contains("note:"), "{}", again.err);
}

#[test]
fn a_path_in_the_home_directory_is_noted_in_a_file_of_a_project() {
    let declaration = "clients = [\"cursor\"]\n[servers.a]\ncommand = \"x\"\nargs = [\"~/data\"]\n";
    let case = Case::new().write("site/mcp.toml", declaration);
    let run = case.ok(&["apply", "-f", "site/mcp.toml", "--project", "site"]);
    assert!(
        run.err
            .contains("the entry `a` in ~/site/.cursor/mcp.json has a path in your home directory"),
        "{}",
        run.err
    );
}
