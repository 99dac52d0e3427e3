//! Entries that start a bridge and are imported as local servers.

use crate::case::Case;

const SECRET: &str = "letmein-2-letmein";

#[test]
fn a_bridge_that_becomes_a_local_server_hides_the_variables_of_its_headers() {
    let rest = r#""mcp-remote", "https://a.example/mcp", "--header", "X-Api-Key:${ACME}", "--odd""#;
    for entry in [
        format!(r#""command": "npx", "args": ["-y", {rest}], "env": {{ "ACME": "{SECRET}" }}"#),
        format!(r#""command": "env", "args": ["ACME={SECRET}", "npx", "-y", {rest}]"#),
        format!(
            r#""command": "docker", "args": ["run", "--env=ACME={SECRET}", "node", "npx", {rest}]"#
        ),
        format!(
            r#""command": "sh",
            "args": ["-c", "ACME='{SECRET}' npx mcp-remote https://a.example/mcp --header X:$ACME"]"#
        ),
    ] {
        for (path, client) in [(".cursor/mcp.json", "cursor"), (".claude.json", "claude-code")] {
            let case =
                Case::new().write(path, format!(r#"{{ "mcpServers": {{ "a": {{ {entry} }} }} }}"#));
            let run = case.run(&["import"]);
            assert!(!run.out.contains(SECRET), "{client}\n{}", run.out);
            assert!(!run.err.contains(SECRET), "{client}\n{}", run.err);
            assert!(run.out.contains("[servers.a]"), "{client}\n{}{}", run.out, run.err);
        }
    }
}
