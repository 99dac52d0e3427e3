//! Fields that users know from clients' files: the error shows what a declaration has in their place.

use crate::case::{CANARY, Case};

fn errors(declaration: &str) -> String {
    let run = Case::in_memory().declare(declaration).run(&["check"]);
    assert_eq!(run.code, 1, "{declaration}: {}", run.err);
    run.err
}

#[test]
fn the_help_for_a_field_of_a_server_replaces_it() {
    for (foreign, help) in [
        ("httpUrl = \"https://x.example/mcp\"", "url = \"https://x.example/mcp\""),
        ("serverUrl = \"https://x.example/mcp\"", "url = \"https://x.example/mcp\""),
        ("cmd = \"npx\"", "command = \"npx\""),
        ("command = \"a\"\narguments = [\"-y\", \"b\"]", "args = [\"-y\", \"b\"]"),
        ("command = \"a\"\nenvironment = { A = \"b\" }", "env = …"),
        ("command = \"a\"\nworking_directory = \"/srv\"", "cwd = \"/srv\""),
        ("command = \"a\"\ndisabled = true", "enabled = false"),
        ("command = \"a\"\ndisabled = false", "enabled = true"),
        ("url = \"https://x.example\"\ntype = \"http\"", "transport = \"sse\""),
        (
            "url = \"https://x.example\"\nbearer_token_env_var = \"T\"",
            "auth = { token = \"env:NAME\" }",
        ),
        ("command = \"a\"\nenvFile = \".env\"", "dotenv:PATH#NAME"),
        ("command = \"a\"\nautoApprove = [\"x\"]", "extra.CLIENT"),
        ("command = \"a\"\ntool_timeout_sec = 60", "timeout = 60"),
        ("command = \"a\"\nexcludeTools = [\"x\"]", "tools = { deny = [\"TOOL\"] }"),
    ] {
        let err = errors(&format!("clients = [\"cursor\"]\n[servers.one]\n{foreign}\n"));
        assert!(err.contains(&format!("help: {help}")) || err.contains(help), "{foreign}: {err}");
        assert!(!err.contains("the fields are"), "{foreign}: {err}");
    }
    let err = errors(&format!("clients = [\"cursor\"]\n[servers.one]\ncmd = \"{CANARY}\"\n"));
    assert!(!err.contains(CANARY), "{err}");
}

#[test]
fn a_section_of_a_clients_file_is_explained() {
    for section in ["mcpServers", "mcp_servers", "mcp", "context_servers", "server"] {
        let err = errors(&format!("clients = [\"cursor\"]\n[{section}.one]\ncommand = \"a\"\n"));
        assert!(err.contains("[servers.NAME]"), "{section}: {err}");
    }
    let err = errors("{ \"mcpServers\": { \"one\": { \"command\": \"a\" } } }\n");
    assert!(err.contains("this is JSON") && err.contains("--from"), "{err}");
    assert_eq!(err.matches("error:").count(), 1, "{err}");
}
