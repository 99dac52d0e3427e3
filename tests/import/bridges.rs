//! Entries that refer to a secret by the name of an environment variable, as those of bridges do.

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

#[test]
fn a_variable_in_the_place_of_a_secret_is_a_secret_whatever_its_name() {
    let import = |entry: &str| {
        let file = format!(r#"{{ "mcpServers": {{ "a": {{ {entry} }} }} }}"#);
        Case::new().write(".cursor/mcp.json", file).run(&["import"])
    };
    let env = format!(r#""env": {{ "ACME": "{SECRET}" }}"#);
    for entry in [
        format!(r#""command": "npx", "args": ["other", "--header", "X-Api-Key:${{ACME}}"], {env}"#),
        format!(r#""command": "npx", "args": ["other", "--token=$ACME"], {env}"#),
        format!(r#""command": "npx", "args": ["other", "--password", "${{ACME}}"], {env}"#),
        format!(r#""command": "sh", "args": ["-c", "other --token $ACME"], {env}"#),
        format!(r#""command": "env", "args": ["ACME={SECRET}", "x", "--token", "${{ACME}}"]"#),
    ] {
        let run = import(&entry);
        assert!(!run.out.contains(SECRET) && !run.err.contains(SECRET), "{entry}\n{}", run.out);
        assert!(run.out.contains("[servers.a]"), "{entry}\n{}{}", run.out, run.err);
    }
    let run = import(
        r#""command": "x", "args": ["--url", "${API_URL}"], "env": { "API_URL": "https://a.example" }"#,
    );
    assert!(run.out.contains("env = { API_URL = \"https://a.example\" }"), "{}", run.out);
}
