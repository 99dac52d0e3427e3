//! What becomes of the names of imported entries.

use crate::case::Case;

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_name_is_kept_if_the_clients_of_the_server_accept_it() {
    let entry = r#"{ "mcpServers": { "my_docs": { "command": "x" } } }"#;
    let case = Case::new().write(".cursor/mcp.json", entry);
    let run = case.ok(&["import"]);
    assert!(run.out.contains("[servers.my_docs]") && !run.err.contains("name"), "{}", run.err);
    case.put("mcp.toml", &run.out);
    case.ok(&["check", "-f", "mcp.toml"]);
    case.put(".gemini/settings.json", entry);
    let run = case.ok(&["import"]);
    assert!(run.out.contains("[servers.my-docs]"), "{}", run.out);
    case.put("mcp.toml", "clients = [\"gemini-cli\"]\n[servers.my_docs]\ncommand = \"x\"\n");
    let run = case.run(&["check", "-f", "mcp.toml"]);
    assert!(run.err.contains("the name `my_docs` is not accepted by Gemini CLI"), "{}", run.err);
}

#[test]
fn the_places_that_refer_to_an_old_name_are_listed() {
    let case = Case::new()
        .write(
            ".config/opencode/opencode.json",
            r#"{ "tools": { "my docs_*": false, "other": true },
                "mcp": { "my docs": { "type": "local", "command": ["x"] } } }"#,
        )
        .write(
            ".gemini/settings.json",
            r#"{ "mcp": { "allowed": ["my_ge"] }, "mcpServers": { "my_ge": { "command": "x" } } }"#,
        )
        .write(
            ".claude.json",
            r#"{ "mcpServers": { "a b": { "command": "y" } },
                "projects": { "/p": { "allowedTools": ["mcp__a b__read"], "mcpServers": { "a b": {} } } } }"#,
        );
    let said = words(&case.ok(&["import"]).err);
    for place in [
        "the file refers to the old name in `tools.\"my docs_*\"`",
        "the file refers to the old name in `mcp.allowed.my_ge`",
        "the file refers to the old name in `projects.\"/p\".allowedTools.\"mcp__a b__read\"`",
    ] {
        assert!(said.contains(place), "{place}\n{said}");
    }
}

#[test]
fn the_text_of_a_prompt_is_no_place_that_refers_to_a_name() {
    let url = r#""url": "https://a.example/mcp""#;
    let prompts = [
        "GitHub is down, why?",
        "GitHub: rotate the keys of acme",
        "GitHub (the private one)",
        "GitHub-acme",
        "@GitHub please close it",
    ];
    let history: Vec<String> =
        prompts.iter().map(|text| format!(r#"{{ "display": "{text}" }}"#)).collect();
    let case = Case::new()
        .write(
            ".claude.json",
            format!(
                r#"{{ "mcpServers": {{ "GitHub": {{ "type": "http", {url} }} }}, "projects": {{ "/x": {{
                    "allowedTools": ["mcp__GitHub__read", "mcp__GitHub"],
                    "history": [{}] }} }} }}"#,
                history.join(", ")
            ),
        )
        .write(".cursor/mcp.json", format!(r#"{{ "mcpServers": {{ "github": {{ {url} }} }} }}"#));
    let said = words(&case.ok(&["import"]).err);
    for place in ["allowedTools.mcp__GitHub__read`", "allowedTools.mcp__GitHub`"] {
        assert!(said.contains(place), "{place}\n{said}");
    }
    for prompt in prompts {
        assert!(!said.contains(prompt), "{prompt}\n{said}");
    }
}

#[test]
fn one_url_with_two_spellings_of_a_name_is_one_server() {
    let case = Case::new()
        .write(
            ".cursor/mcp.json",
            r#"{ "mcpServers": { "Atlassian": { "url": "https://a.example/mcp" } } }"#,
        )
        .write(
            ".gemini/settings.json",
            r#"{ "mcpServers": { "atlassian": { "httpUrl": "https://a.example/mcp" } } }"#,
        );
    let run = case.ok(&["import"]);
    assert_eq!(run.out.matches("[servers.").count(), 1, "{}", run.out);
    assert!(
        run.out.contains("[servers.atlassian]") && run.out.contains("replaces = [\"Atlassian\"]"),
        "{}",
        run.out
    );
    // Two entries of one client stay two servers.
    case.put(
        ".cursor/mcp.json",
        r#"{ "mcpServers": { "Docs": { "url": "https://d.example/mcp" }, "docs": { "url": "https://d.example/mcp" } } }"#,
    );
    let run = case.ok(&["import", "cursor"]);
    assert_eq!(run.out.matches("[servers.").count(), 2, "{}", run.out);
}

#[test]
fn a_field_that_turns_a_sign_in_off_stays_off_and_empty_lists_are_no_fields() {
    let case = Case::new()
        .write(".pi/agent/mcp.json", r#"{ "mcpServers": { "p": { "url": "https://p.example/mcp", "auth": false } } }"#)
        .write(
            ".config/opencode/opencode.json",
            r#"{ "mcp": { "o": { "type": "remote", "url": "https://o.example/mcp", "oauth": false, "headers": { "X-Api-Key": "{env:K}" } } } }"#,
        )
        .write(".kiro/settings/mcp.json", r#"{ "mcpServers": { "k": { "command": "x", "disabled": false, "autoApprove": [] } } }"#);
    let run = case.ok(&["import"]);
    assert!(run.out.contains("extra.pi = { auth = false }"), "{}{}", run.out, run.err);
    assert!(run.out.contains("extra.opencode = { oauth = false }"), "{}", run.out);
    assert!(!run.out.contains("autoApprove"), "{}", run.out);
    case.put(".config/mcpgen/mcp.toml", &run.out);
    case.ok(&["apply", "--adopt-all"]);
    assert!(case.read(".pi/agent/mcp.json").contains("\"auth\": false"));
    assert_eq!(case.ok(&["import"]).out, run.out, "a second import");
}

#[test]
fn a_bracket_that_is_not_closed_is_reported_where_it_is_opened() {
    let case = Case::new().write(
        ".cursor/mcp.json",
        "{\n  \"mcpServers\": {\n    \"a\": {\n      \"command\": \"x\"\n  }\n}\n",
    );
    let run = case.run(&["import"]);
    assert!(run.err.contains("~/.cursor/mcp.json:3:10"), "{}", run.err);
}

#[test]
fn no_secret_gets_the_name_of_a_declared_private_key() {
    let declaration = "clients = [\"cursor\"]\n[launch]\nbridge = [\"mcpgen\", \"bridge\"]\n[servers.pkx]\nurl = \"https://a.example/mcp\"\n\
        [servers.pkx.auth]\nmode = \"client-credentials\"\nclient-id = \"machine\"\n\
        private-key = \"keyring:pkx-pk-key\"\n";
    let case = Case::new()
        .declare(declaration)
        .write(
            ".cursor/mcp.json",
            r#"{ "mcpServers": { "pkx": { "command": "mcpgen", "args": ["exec", "pkx"] } } }"#,
        )
        .write(
            ".codex/config.toml",
            "[mcp_servers.pkx]\ncommand = 'x'\nenv = { PK_KEY = 'Hunter2Hunter2' }\n",
        );
    let run = case.run(&["import"]);
    assert_eq!(run.out.matches("\"keyring:pkx-pk-key\"").count(), 1, "{}{}", run.out, run.err);
    assert!(run.out.contains("\"keyring:pkx-pk-key-2\""), "{}{}", run.out, run.err);
}
