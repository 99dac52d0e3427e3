//! What a plan takes away from the user is said by name: fields of adopted, replaced and removed entries.

use serde_json::{Value, json};

use crate::case::Case;

const CURSOR: &str = ".cursor/mcp.json";

fn cursor(entry: &str, declaration: &str) -> Case {
    Case::new()
        .declare(&format!("clients = [\"cursor\"]\n{declaration}"))
        .write(CURSOR, format!("{{\"mcpServers\": {{\"x\": {entry}}}}}"))
}

/// Returns the words of an output, without its line breaks.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_preview_of_an_adoption_names_the_fields_that_it_removes() {
    let case = cursor(
        r#"{"type": "http", "url": "https://a.example/mcp", "env": {"TENANT": "@CANARY@"}, "cwd": "/x", "mine": 1}"#,
        "[servers.x]\nurl = \"https://a.example/mcp\"\n",
    );
    let note = "note: adopting `x` in ~/.cursor/mcp.json removes its `env` (TENANT) and `cwd`\n";
    let conflict = case.run(&["plan"]);
    assert!(
        unwrapped(&conflict.err).contains("would remove `env` (TENANT) and `cwd` of this entry"),
        "{}",
        conflict.err
    );
    for args in [&["plan"][..], &["plan", "--diff"], &["apply", "--dry-run"], &["apply"]] {
        let run = case.ok(&[args, &["--adopt", "x"]].concat());
        assert_eq!(run.err.matches(note).count(), 1, "{args:?}: {}", run.err);
    }
    assert_eq!(case.ok(&["plan"]).err, "");
    let case = cursor(
        r#"{"url": "https://a.example/mcp", "env": {"TENANT": "@CANARY@"}}"#,
        "[servers.x]\nurl = \"https://a.example/mcp\"\n",
    );
    for args in [["plan", "--adopt-all", "--json"], ["apply", "--adopt-all", "--json"]] {
        let json: Value = serde_json::from_str(&case.ok(&args).out).unwrap();
        let removes = &json["targets"][0]["changes"][0]["removes"];
        assert_eq!(*removes, json!([{ "field": "env", "keys": ["TENANT"] }]), "{args:?}");
    }
}

#[test]
fn a_value_that_the_server_gets_in_another_way_is_not_a_loss() {
    for (entry, declaration, want) in [
        (
            r#"{"command": "npx", "env": {"KEY": "@CANARY@"}, "cwd": "/x"}"#,
            "[servers.x]\ncommand = \"npx\"\ncwd = \"/x\"\nsecrets = { KEY = \"keyring:k\" }\n",
            "",
        ),
        (
            r#"{"command": "npx", "env": {"KEY": "@CANARY@", "OTHER": "o"}}"#,
            "[servers.x]\ncommand = \"npx\"\nsecrets = { KEY = \"keyring:k\" }\n",
            "`env` (OTHER)",
        ),
        (
            r#"{"command": "npx", "env": {"A": "1", "B": "2"}}"#,
            "[servers.x]\ncommand = \"npx\"\nenv = { A = \"1\" }\n",
            "`env` (B)",
        ),
        (
            r#"{"url": "https://a.example/mcp", "headers": {"authorization": "Bearer @CANARY@", "X-Team": "t"}}"#,
            "[servers.x]\nurl = \"https://a.example/mcp\"\nauth = { token = \"keyring:k\" }\n",
            "`headers` (X-Team)",
        ),
        (
            r#"{"url": "https://a.example/mcp", "type": "http", "env": {}, "headers": null}"#,
            "[servers.x]\ncommand = \"npx\"\n",
            "",
        ),
    ] {
        let case = cursor(entry, declaration);
        let run = case.ok(&["plan", "--adopt-all"]);
        let notes: String = run.err.lines().filter(|line| line.starts_with("note: ")).collect();
        let want = match want {
            "" => String::new(),
            fields => format!("note: adopting `x` in ~/.cursor/mcp.json removes its {fields}"),
        };
        assert_eq!(notes, want, "{entry}");
    }
}

#[test]
fn the_spellings_of_a_row_decide_which_fields_are_a_loss() {
    let row = "[acme]\ntitle = 'Acme'\npath = '~/.acme/mcp.json'\nsection = 'servers'\n\
        template = 'acme.jsonc.j2'\naccepts = ['stdio']\n\
        fields = { command = ['run'], args = ['with'], env = ['inherit'] }\n";
    let template = "{ \"servers\": { {% for s in servers %} {{ s.name }}: { \"run\": {{ s.command }} }, {% endfor %} } }";
    let entry = r#"{"command": "npx", "with": ["y"], "inherit": {"TENANT": "x"}}"#;
    let case = Case::new()
        .write(".config/mcpgen/templates/clients.toml", row)
        .write(".config/mcpgen/templates/acme.jsonc.j2", template)
        .declare("clients = [\"acme\"]\n[servers.x]\ncommand = \"npx\"\n")
        .write(".acme/mcp.json", format!("{{\"servers\": {{\"x\": {entry}}}}}"));
    let run = case.ok(&["plan", "--adopt-all"]);
    let note = "note: adopting `x` in ~/.acme/mcp.json removes its `inherit` (TENANT)\n";
    assert!(run.err.contains(note), "{}", run.err);
}

#[test]
fn a_field_that_the_user_added_to_our_entry_is_named_when_it_is_removed() {
    let case = Case::new().declare("clients = [\"cursor\"]\n[servers.x]\ncommand = \"node\"\n");
    case.ok(&["apply"]);
    let ours = case.read(CURSOR);
    case.put(CURSOR, ours.replace("\"node\"", "\"node\", \"env\": {\"TENANT\": \"@CANARY@\"}"));
    let run = case.ok(&["apply"]);
    let note = "note: replacing `x` in ~/.cursor/mcp.json removes `env` (TENANT), which mcpgen did not write\n";
    assert!(run.err.contains(note), "{}", run.err);
    assert!(!case.read(CURSOR).contains("TENANT"));
}

#[test]
fn a_removal_names_the_users_fields_and_hides_their_values() {
    let case = Case::new().declare(
        "clients = [\"codex\", \"cursor\"]\n[servers.x]\ncommand = \"node\"\nenv = { A = \"b\" }\n",
    );
    case.ok(&["apply"]);
    let cursor = case.read(CURSOR).replace(
        "\"node\",",
        "\"node\", \"approved\": [\"read\", \"write\"], \"password\": \"hunter2\", \"note\": \"mine\",",
    );
    case.put(CURSOR, cursor);
    let codex = case.read(".codex/config.toml")
        + "startup_timeout_sec = 7\n\n[mcp_servers.x.tools.search]\napproval_mode = \"approve\"\n";
    case.put(".codex/config.toml", codex);
    case.put(".config/mcpgen/mcp.toml", "clients = [\"codex\", \"cursor\"]\n");
    let plan = case.ok(&["plan"]);
    for note in [
        "note: removing `x` from ~/.cursor/mcp.json also removes 3 fields that mcpgen did not write: \
         `approved`, `password` and `note`\n",
        "note: removing `x` from ~/.codex/config.toml also removes 2 fields that mcpgen did not write: \
         `startup_timeout_sec` and `tools` (search)\n",
    ] {
        assert!(plan.err.contains(note), "{}", plan.err);
    }
    let diff = case.ok(&["plan", "--diff"]).out;
    for line in [
        "-    \"approved\": [\"…\", \"…\"],",
        "-    \"password\": \"…\",",
        "-    \"note\": \"…\",",
        "-startup_timeout_sec = 7",
        "-tools = { search = { approval_mode = \"…\" } }",
        "-env = { A = \"…\" }",
    ] {
        assert!(diff.contains(line), "{line} is not in\n{diff}");
    }
}

#[test]
fn a_replaced_entry_is_shown_completely() {
    let case = cursor(
        r#"{"command": "npx", "env": {"TENANT": "@CANARY@"}, "approved": ["read"]}"#,
        "[servers.y]\ncommand = \"npx\"\nreplaces = [\"x\"]\n",
    );
    let conflict = case.run(&["plan"]).err;
    assert!(
        unwrapped(&conflict).contains("would remove `env` (TENANT) of this entry"),
        "{conflict}"
    );
    let plan = case.ok(&["plan", "--adopt", "y", "--diff"]);
    assert!(plan.err.contains("1 field that mcpgen did not write: `env` (TENANT)"), "{}", plan.err);
    for line in
        ["-    \"approved\": [\"…\"]", "-      \"TENANT\": \"…\"", "+    \"approved\": [\"…\"]"]
    {
        assert!(plan.out.contains(line), "{}", plan.out);
    }
}

#[test]
fn a_name_that_is_a_secret_or_has_control_characters_is_masked() {
    let case = cursor(
        r#"{"url": "https://a.example/mcp", "env": {"@CANARY@": "1", "A\u001b[2J": "2"}}"#,
        "[servers.x]\nurl = \"https://a.example/mcp\"\n",
    );
    for args in [&["plan"][..], &["plan", "--adopt-all"], &["plan", "--adopt-all", "--json"]] {
        let run = case.run(args);
        assert!(!format!("{}{}", run.out, run.err).contains('\u{1b}'), "{args:?}");
    }
}
