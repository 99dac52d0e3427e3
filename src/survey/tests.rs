use super::reach::NotDeclared;
use super::*;
use crate::auth::bridge_version::BridgeVersion;
use crate::entry::bridge::Starter;
use crate::fs;
use crate::paths::Os;

struct TestHome {
    directory: tempfile::TempDir,
    table: ClientTable,
}

impl TestHome {
    fn new(files: &[(&str, &str)]) -> Self {
        let home = Self {
            directory: tempfile::tempdir().unwrap(),
            table: ClientTable::load(None).unwrap(),
        };
        for (path, text) in files {
            fs::write_for_test(&home.path().join(path), text.as_bytes()).unwrap();
        }
        home
    }

    fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.directory.path()).unwrap()
    }

    fn env(&self) -> Environment {
        Environment::bare(Os::Linux, self.path())
    }

    fn survey(&self) -> Vec<FoundSection<'_>> {
        survey(
            &self.table,
            &ClientHomes::default(),
            &self.env(),
            &Project::new(&self.path().join("project"), false),
        )
        .unwrap()
    }
}

#[test]
fn every_scope_of_every_client_is_found() {
    let entry = r#"{ "command": "npx", "args": ["-y", "mcp-remote", "https://a.example"] }"#;
    let section = format!(r#"{{ "mcpServers": {{ "a": {entry} }} }}"#);
    let claude = format!(r#"{{ "n": 1, "projects": {{ "/p": {section}, "/q": {{}} }} }}"#);
    let codex = "[mcp_servers.a]\nurl = 'https://a.example'\nenabled = false\n";
    let home = TestHome::new(&[
        (".claude.json", &claude),
        (".cursor/mcp.json", &section),
        (".codex/config.toml", codex),
        ("project/.cursor/mcp.json", &section),
    ]);
    let found = home.survey();
    let shown = |section: &FoundSection<'_>| {
        let entries = section.entries.as_ref().unwrap();
        let off: Vec<bool> = entries.iter().map(|entry| entry.off).collect();
        (section.client.name.clone(), section.scope.clone(), off)
    };
    let project = EntryScope::Project(home.path().join("project"));
    assert_eq!(
        found.iter().map(shown).collect::<Vec<_>>(),
        [
            ("claude-code".into(), EntryScope::User, vec![]),
            ("claude-code".into(), EntryScope::Directory("/p".into()), vec![false]),
            ("codex".into(), EntryScope::User, vec![true]),
            ("cursor".into(), EntryScope::User, vec![false]),
            ("cursor".into(), project, vec![false]),
        ]
    );
}

#[test]
fn an_entry_of_mcpgen_leads_to_the_server_in_its_declaration() {
    let exec = |name: &str| format!(r#"{{ "command": "mcpgen", "args": ["exec", "{name}"] }}"#);
    let section = format!(
        r#"{{ "mcpServers": {{ "a": {}, "b": {}, "c": {} }} }}"#,
        exec("a"),
        exec("b"),
        exec("c")
    );
    let declaration = "clients = [\"cursor\"]\n\
        [servers.a]\nurl = 'https://a.example'\nauth = { token = 'env:A' }\n\
        [servers.b]\nurl = 7\n";
    let home =
        TestHome::new(&[(".cursor/mcp.json", &section), (".config/mcpgen/mcp.toml", declaration)]);
    let found = home.survey();
    let entries = found[0].entries.as_ref().unwrap();
    let bridge = entries[0].reach.as_ref().unwrap().bridge().unwrap();
    assert_eq!((bridge.start.by, bridge.version), (Starter::Npx, BridgeVersion::NEWEST));
    let headers = &bridge.call.as_ref().unwrap().headers;
    assert_eq!(headers, &[("Authorization".to_owned(), "${MCPGEN_AUTHORIZATION}".to_owned())]);
    let why = |at: usize| match entries[at].reach.as_ref().unwrap() {
        EntryReach::Exec(exec) => exec.behind.as_ref().map(|_| ()).unwrap_err().clone(),
        EntryReach::Bridge(_) | EntryReach::Address { .. } | EntryReach::Program(_) => {
            panic!("exec")
        }
    };
    assert!(matches!(why(1), NotDeclared::Faulty(_)), "{:?}", why(1));
    assert_eq!(why(2), NotDeclared::NoServer("c".into()));
}

#[test]
fn unreadable_and_misplaced_entries_are_found_too() {
    let entry = r#"{ "command": "npx" }"#;
    let home = TestHome::new(&[
        (".claude.json", "{ \"mcpServers\": { // ours\n } }"),
        (".cursor/mcp.json", "{ \"mcpServers\": "),
        (".kiro/settings/mcp.json", r#"{ "mcpServers": [] }"#),
        (".lmstudio/mcp.json", &format!(r#"{{ "servers": {{ "a": {entry} }} }}"#)),
        (".codeium/windsurf/mcp_config.json", &format!(r#"{{ "a": {entry} }}"#)),
        (".gemini/settings.json", "\u{feff}{ \"mcpServers\": {} }"),
        (".qwen/settings.json", r#"{ "mcpServers": { "a": "npx" } }"#),
    ]);
    let found = home.survey();
    let section =
        |client: &str| found.iter().find(|section| section.client.name == client).unwrap();
    assert!(!section("claude-code").strict && section("claude-code").client.strict);
    assert!(section("cursor").entries.is_err());
    assert!(section("kiro").entries.is_err());
    assert_eq!(section("lm-studio").misplaced, ["servers"]);
    assert_eq!(section("windsurf").misplaced, [""]);
    assert!(section("gemini-cli").strict && section("gemini-cli").entries.is_ok());
    let entry = &section("qwen-code").entries.as_ref().unwrap()[0];
    assert!(entry.reach.is_none() && entry.problems.len() == 1);
}
