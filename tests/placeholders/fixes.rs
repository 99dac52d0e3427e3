//! What `check` says to write in place of a placeholder.

use crate::case::{Case, Run};

fn check(case: &Case, server: &str) -> Run {
    case.put("mcp.toml", format!("clients = ['codex', 'zed']\n[servers.a]\n{server}\n"));
    case.run(&["check", "-f", "mcp.toml"])
}

#[test]
fn every_bridge_replaces_the_variables_in_its_arguments() {
    for (command, args) in [
        ("mcpgen", "'bridge', 'https://a.example'"),
        ("/opt/bin/mcpgen", "'bridge', 'https://a.example'"),
        ("npx", "'-y', 'mcp-remote@0.1.38', 'https://a.example'"),
        ("npx", "'--package=mcp-remote', 'mcp-remote-client', 'https://a.example'"),
        ("node", "'/opt/mcp-remote/dist/proxy.js', 'https://a.example'"),
        ("C:\\mcp-remote.cmd", "'https://a.example'"),
    ] {
        let server = |rest: &str| format!("command = '{command}'\nargs = [{args}, {rest}]");
        let run = check(&Case::in_memory(), &server("'--header', 'X-A: ${FOO}'"));
        assert_eq!(run.code, 0, "{command}\n{}", run.err);
        let run = check(&Case::in_memory(), &server("'--header', 'X-A: $FOO'"));
        assert_eq!(run.code, 1, "{command} does not replace it");
    }
    let run = check(&Case::in_memory(), "command = 'mcpgen'\nargs = ['exec', '${FOO}']");
    assert_eq!(run.code, 1, "{}", run.err);
}
