//! The way in: from clients' own files to a declaration, and back into the files.

use std::collections::BTreeMap;
use std::path::Path;

use launches::launches;

use crate::case::{CANARY, Case, Run, golden};

mod bridges;
mod comments;
mod corpus;
mod launches;
mod names;
mod project;
mod second_home;
mod sign_ins;

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/import");

/// Returns the homes of tests/import with their files, in the order of their names.
fn homes() -> Vec<(String, Case)> {
    let mut found = vec![];
    for entry in std::fs::read_dir(DIRECTORY).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            found.push((path.file_stem().unwrap().to_str().unwrap().to_owned(), home(&path)));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn home(path: &Path) -> Case {
    let text = std::fs::read_to_string(path).unwrap();
    let files: toml_edit::DocumentMut = text.parse().unwrap();
    let case = Case::in_memory();
    for (path, text) in files.iter() {
        let text = text.as_str().expect("a file's text");
        case.put(path, text.replace("@HOME@", case.home().to_str().unwrap()));
    }
    case
}

fn shown(case: &Case, run: &Run) -> String {
    case.plain(&format!("{}---- {}\n{}", run.out, run.code, run.err))
}

#[test]
fn clients_files_become_the_recorded_declaration() {
    for (name, case) in homes() {
        let before = case.snapshot();
        for (flags, kind) in [(&[][..], "ask"), (&["--secrets", "env"], "env")] {
            let args = [&["import"], flags].concat();
            let run = case.run(&args);
            golden(&format!("import/{name}.{kind}"), &shown(&case, &run));
            assert_eq!(shown(&case, &case.run(&args)), shown(&case, &run), "{name}");
        }
        assert_eq!(case.snapshot(), before, "{name}: import writes nothing");
    }
}

#[test]
fn an_imported_declaration_has_no_errors_unless_something_is_in_it_twice() {
    for (name, case) in homes() {
        for flags in [&[][..], &["--secrets", "env"]] {
            let run = case.run(&[&["import"], flags].concat());
            let decisions = run.out.lines().filter(|line| line.starts_with("# to decide")).count();
            if run.out.is_empty() {
                continue;
            }
            case.put("mcp.toml", &run.out);
            let check = case.run(&["check", "-f", "mcp.toml"]);
            let twice = check.err.matches("duplicate key").count();
            let faults = check.err.matches("error: ").count();
            assert_eq!(twice, faults, "{name}: nothing else is wrong\n{}", check.err);
            // An error in the second of two tables shows once the first one is gone.
            assert!(twice <= decisions, "{name}: {decisions}\n{}", check.err);
            assert_eq!(check.code == 0, decisions == 0, "{name}\n{}", check.err);
        }
    }
}

/// Returns the name each replaced entry has in a declaration.
fn renamed(declaration: &str) -> BTreeMap<String, String> {
    let declaration: toml_edit::DocumentMut = declaration.parse().unwrap();
    let servers = declaration["servers"].as_table().unwrap();
    let old = |(own, server): (&str, &toml_edit::Item)| -> Vec<(String, String)> {
        let old = server.get("replaces").and_then(toml_edit::Item::as_array);
        let name = |old: &toml_edit::Value| (old.as_str().unwrap().to_owned(), own.to_owned());
        old.into_iter().flatten().map(name).collect()
    };
    servers.iter().flat_map(old).collect()
}

#[test]
fn after_import_and_apply_every_client_launches_what_it_did_and_a_second_import_says_the_same() {
    let mut seen = 0;
    for (name, case) in homes() {
        let first = case.run(&["import", "--secrets", "env"]);
        if first.out.contains("# to decide") || first.code != 0 {
            continue;
        }
        let before = launches(&case);
        case.put(".config/mcpgen/mcp.toml", &first.out);
        case.ok(&["apply", "--adopt-all"]);
        let after = launches(&case);
        let renamed = renamed(&first.out);
        for ((client, old), launch) in &before {
            let own = renamed.get(old).unwrap_or(old);
            assert_eq!(
                after.get(&(client.clone(), own.clone())),
                Some(launch),
                "{name} {client} {own}"
            );
            assert!(
                own == old || !after.contains_key(&(client.clone(), old.clone())),
                "{name} {old}"
            );
        }
        let second = case.run(&["import", "--secrets", "env"]);
        // What was called otherwise is now called so.
        let plain = |text: &str| -> String {
            text.lines()
                .filter(|line| !line.starts_with("# called") && !line.starts_with("replaces = "))
                .map(|l| format!("{l}\n"))
                .collect()
        };
        assert_eq!(plain(&second.out), plain(&first.out), "{name}: the second import");
        assert_eq!(case.ok(&["plan", "--exit-code"]).out, "", "{name}");
        seen += 1;
    }
    assert!(seen >= 2, "{seen} homes have nothing to decide");
}

#[test]
fn init_writes_what_import_prints_and_overwrites_nothing() {
    let case = Case::new().write(
        ".cursor/mcp.json",
        r#"{ "mcpServers": { "a": { "command": "x", "env": { "A_TOKEN": "@CANARY@" } } } }"#,
    );
    let printed = case.ok(&["import", "--secrets", "env"]).out;
    case.ok(&["init", "--import", "--secrets", "env"]);
    assert_eq!(case.read(".config/mcpgen/mcp.toml"), printed);
    assert!(printed.contains(r#"secrets = { A_TOKEN = "env:A_TOKEN" }"#), "{printed}");
    case.ok(&["check"]);
    assert_eq!(case.run(&["init", "--import"]).code, 1);
    assert_eq!(case.read(".config/mcpgen/mcp.toml"), printed);
    assert_eq!(case.run(&["import", "cursr"]).code, 2);
    assert_eq!(case.run(&["init", "--secrets", "env"]).code, 2);
    assert!(case.read(".cursor/mcp.json").contains(CANARY));
}

#[test]
fn import_reads_no_project_file() {
    let case = Case::new()
        .write(".mcp.json", "{ \"mcpServers\": ")
        .write(".cursor/mcp.json", r#"{ "mcpServers": { "a": { "command": "x" } } }"#);
    let run = case.ok(&["import"]);
    assert!(!run.err.contains(".mcp.json"), "{}", run.err);
}

#[test]
fn an_unreadable_file_of_two_clients_is_named_once() {
    let row = "[other]\ntitle = 'Other'\npath = '~/.cursor/mcp.json'\nsection = 'mcpServers'\n\
        template = 'mcp-servers.jsonc.j2'\naccepts = ['stdio']\n";
    let case = Case::new()
        .write(".config/mcpgen/templates/clients.toml", row)
        .write(".kiro/settings/mcp.json", r#"{ "mcpServers": { "a": { "command": "x" } } }"#)
        .write(".cursor/mcp.json", "{ \"mcpServers\": ");
    let run = case.run(&["import"]);
    assert_eq!((run.code, run.err.matches("~/.cursor/mcp.json").count()), (1, 1), "{}", run.err);
}

#[test]
fn without_a_keyring_import_prints_no_declaration() {
    let case = Case::new().write(
        ".cursor/mcp.json",
        r#"{ "mcpServers": { "a": { "command": "x", "env": { "A_TOKEN": "@CANARY@" } } } }"#,
    );
    let run = case.run(&["import", "--secrets", "keyring"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
}

#[test]
fn an_entry_with_environment_variables_beside_mcpgen_exec_is_not_imported() {
    let entry = |env: &str| {
        format!(
            "{{\"mcpServers\": {{\"a\": {{\"command\": \"mcpgen\", \"args\": [\"exec\", \"a\"]{env}}}}}}}"
        )
    };
    let case = Case::new()
        .declare("clients = [\"cursor\"]\n[servers.a]\ncommand = \"npx\"\n")
        .write(".cursor/mcp.json", entry(""));
    assert!(case.ok(&["import"]).out.contains("[servers.a]"));
    case.put(".cursor/mcp.json", entry(", \"env\": {\"TENANT\": \"@CANARY@\"}"));
    let run = case.run(&["import"]);
    assert!(!run.out.contains("[servers.a]"), "{}", run.out);
    let said = run.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains(
            "has `env`, which a declaration cannot express for an entry that starts mcpgen's `exec`"
        ),
        "{said}"
    );
}

const ACME: &str = "[acme]\ntitle = 'Acme'\npath = '~/.acme/mcp.json'\nsection = 'servers'\n\
    template = 'acme.jsonc.j2'\naccepts = ['stdio', 'http']\n\
    fields = { url = ['endpoint'], args = ['programArgs'], disabled = ['paused'] }\n";
const ACME_TEMPLATE: &str = r#"{ "servers": {
{% for s in servers %}
  {{ s.name }}: {
{% if s.url %}
    "endpoint": {{ s.url }},
{% else %}
    "command": {{ s.command }},
    "programArgs": {{ s.args }},
{% endif %}
  },
{% endfor %}
} }
"#;

fn acme() -> Case {
    Case::new()
        .write(".config/mcpgen/templates/clients.toml", ACME)
        .write(".config/mcpgen/templates/acme.jsonc.j2", ACME_TEMPLATE)
}

#[test]
fn a_row_with_its_own_field_spellings_is_rendered_and_read_back() {
    let servers = "[servers.docs]\nurl = \"https://docs.example.com/mcp\"\n\n\
        [servers.time]\ncommand = \"sh\"\nargs = [\"-c\", \"x\"]\n";
    let case = acme().declare(&format!("clients = [\"acme\"]\n\n{servers}"));
    case.ok(&["apply"]);
    let file = case.read(".acme/mcp.json");
    assert!(file.contains(r#""endpoint": "https://docs.example.com/mcp""#), "{file}");
    assert!(file.contains(r#""programArgs": ["#), "{file}");
    let run = case.ok(&["import"]);
    assert!(run.out.ends_with(servers), "{}{}", run.out, run.err);
    // Nothing is odd about the entries, and the same server in another client is the same server.
    let other = r#"{ "mcpServers": { "docs": { "url": "https://docs.example.com/mcp" } } }"#;
    case.put(".cursor/mcp.json", other);
    let report = case.run(&["doctor"]);
    assert!(!report.out.contains("neither a command nor"), "{}", report.out);
    assert!(report.out.contains("Acme and Cursor connect"), "{}", report.out);
    let paused = r#"{ "servers": { "docs": { "endpoint": "https://docs.example.com/mcp", "paused": true } } }"#;
    case.put(".acme/mcp.json", paused);
    assert!(!case.run(&["doctor"]).out.contains("Acme"), "a paused entry counts");
}

#[test]
fn a_template_that_is_not_utf_8_is_reported_as_such() {
    let case = acme().declare("clients = [\"acme\"]\n[servers.a]\ncommand = \"x\"\n");
    case.put(".config/mcpgen/templates/acme.jsonc.j2", b"{ \"servers\": \xff }");
    let run = case.run(&["check"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("is not UTF-8") && run.err.contains("clients.toml:5:"), "{}", run.err);
    // A file that replaces a built-in template is checked in the same way.
    let case = Case::new()
        .write(".config/mcpgen/templates/mcp-servers.jsonc.j2", b"\xff")
        .declare("clients = [\"cursor\"]\n[servers.a]\ncommand = \"x\"\n");
    let run = case.run(&["check"]);
    assert!(run.err.contains("is not UTF-8") && run.code == 1, "{}", run.err);
}
