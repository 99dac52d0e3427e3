//! Several homes of one client: each profile of a client gets the servers.

use serde_json::Value;

use crate::case::Case;

const WORK: &str = ".claude-work/.claude.json";
const CODEX: &str = ".codex-work/config.toml";
const SERVER: &str = "[servers.one]\ncommand = \"one\"\n";
const CLIENTS: &str = "clients = [\"claude-code\", \"codex\"]\n";
const HOMES: &str = "[homes]\nclaude-code = [\"~/.claude-work\"]\ncodex = [\"~/.codex-work\", \"~/.codex-play/\"]\n";

fn declared() -> Case {
    Case::new().declare(&format!("{CLIENTS}{HOMES}{SERVER}"))
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The same machine, in the shell of a profile of Claude Code.
fn in_profile(case: Case, home: &str) -> Case {
    let home = case.path(home).to_str().unwrap().to_owned();
    case.var("CLAUDE_CONFIG_DIR", home)
}

#[test]
fn every_home_gets_the_servers_and_undo_removes_them() {
    let case = declared();
    let before = case.snapshot();
    case.ok(&["apply"]);
    for file in [".claude.json", WORK, ".codex/config.toml", CODEX, ".codex-play/config.toml"] {
        assert!(case.read(file).contains("one"), "{file}");
    }
    assert_eq!(case.ok(&["plan", "--exit-code"]).out, "");
    case.ok(&["undo"]);
    let after = case.snapshot();
    let kept = |path: &std::path::Path| !path.components().any(|part| part.as_os_str() == "mcpgen");
    let clients = |files: std::collections::BTreeMap<std::path::PathBuf, Vec<u8>>| {
        files.into_iter().filter(|(path, _)| kept(path)).collect::<Vec<_>>()
    };
    assert_eq!(clients(after), clients(before));
}

#[test]
fn the_shell_of_a_profile_changes_no_file_and_reports_none() {
    let case = declared();
    case.ok(&["apply"]);
    let before = case.snapshot();
    let case = in_profile(case, ".claude-work/");
    let run = case.ok(&["apply"]);
    assert_eq!((case.snapshot(), run.err.as_str()), (before, ""));
}

#[test]
fn the_first_apply_in_the_shell_of_a_profile_writes_the_usual_home_too() {
    let case = in_profile(declared(), ".claude-work");
    case.ok(&["apply"]);
    assert!(case.read(".claude.json").contains("one") && case.read(WORK).contains("one"));
}

#[test]
fn a_variable_that_names_an_undeclared_home_cleans_up_no_home() {
    let case = declared();
    case.ok(&["apply"]);
    let (usual, work) = (case.read(".claude.json"), case.read(WORK));
    let case = in_profile(case, "other");
    let run = case.ok(&["apply"]);
    assert_eq!((case.read(".claude.json"), case.read(WORK)), (usual, work));
    assert!(case.read("other/.claude.json").contains("one"));
    assert!(flat(&run.err).contains("--> ~/.claude.json"), "{}", run.err);
    assert!(!run.err.contains(WORK), "{}", run.err);
}

#[test]
fn a_home_that_is_dropped_loses_its_entries() {
    for (rest, what) in [("", "all homes"), ("[homes]\ncodex = [\"~/.codex-work\"]\n", "two homes")]
    {
        let case = declared();
        case.put(WORK, "{\"mine\": 1}");
        case.ok(&["apply"]);
        let usual = case.read(".claude.json");
        let case = case.declare(&format!("{CLIENTS}{rest}{SERVER}"));
        let run = case.ok(&["apply"]);
        assert_eq!(case.read(WORK), "{\"mine\": 1}", "{what}: {}", run.err);
        assert!(!case.exists(".codex-play"), "{what}: the created directory is removed too");
        assert_eq!(case.exists(".codex-work"), !rest.is_empty(), "{what}");
        assert_eq!(case.read(".claude.json"), usual, "{what}");
    }
}

#[test]
fn a_dropped_home_is_cleaned_up_even_if_a_variable_names_yet_another_one() {
    let case = declared();
    case.ok(&["apply"]);
    let case = in_profile(case.declare(&format!("{CLIENTS}{SERVER}")), "other");
    case.ok(&["apply"]);
    assert!(!case.exists(".claude-work") && case.exists(".claude.json"));
}

#[test]
fn none_and_a_dropped_client_clean_up_every_home() {
    let case = declared();
    case.ok(&["apply"]);
    case.ok(&["apply", "--none", "claude-code"]);
    assert!(!case.exists(".claude.json") && !case.exists(".claude-work") && case.exists(CODEX));
    let claude = "clients = [\"claude-code\"]\n[homes]\nclaude-code = [\"~/.claude-work\"]\n";
    let case = case.declare(&format!("{claude}{SERVER}"));
    case.ok(&["apply"]);
    assert!(!case.exists(".codex") && !case.exists(".codex-work") && !case.exists(".codex-play"));
    case.ok(&["apply", "--none"]);
    assert!(!case.exists(".claude.json") && !case.exists(".claude-work"));
}

#[test]
fn a_conflict_in_one_home_stops_the_apply_and_names_the_file() {
    let case = declared().write(WORK, "{\"mcpServers\": {\"one\": {\"command\": \"theirs\"}}}");
    let before = case.snapshot();
    let run = case.run(&["apply"]);
    assert_eq!((run.code, case.snapshot()), (4, before), "{}", run.err);
    assert!(flat(&run.err).contains(&format!("--> ~/{WORK}")), "{}", run.err);
    case.ok(&["apply", "--adopt", "one"]);
    assert!(case.read(WORK).contains("\"one\"") && !case.read(WORK).contains("theirs"));
}

#[test]
fn two_homes_that_are_one_directory_are_one_target() {
    let case = declared().write(".codex/config.toml", "");
    std::os::unix::fs::symlink(case.path(".codex"), case.path(".codex-work")).unwrap();
    let plan = json(&case.ok(&["plan", "--json"]).out);
    let clients = plan["targets"].as_array().unwrap().iter().map(|target| &target["client"]);
    // The usual home, which is also the first declared one, and the other declared home.
    assert_eq!(clients.filter(|client| *client == "codex").count(), 2, "{plan}");
    case.ok(&["apply"]);
    assert_eq!(case.ok(&["plan", "--exit-code"]).err, "");
}

#[test]
fn a_project_has_the_file_of_a_client_once() {
    let case = declared();
    std::fs::create_dir(case.path("repo")).unwrap();
    case.ok(&["apply", "--project", "repo"]);
    assert!(case.exists("repo/.mcp.json") && !case.exists(".claude-work"));
    assert_eq!(json(&case.ok(&["owners", "--json"]).out)[0]["files"].as_array().unwrap().len(), 2);
}

#[test]
fn json_names_the_home_of_each_file() {
    let case = declared();
    let work = case.path(".claude-work").to_str().unwrap().to_owned();
    let homes = |text: &str, list: &str| {
        let list = json(text).pointer(list).unwrap().clone();
        let home = |row: &Value| row["home"].as_str().map(str::to_owned);
        let rows = list.as_array().unwrap().clone().into_iter();
        let claude = rows.filter(|row| row["client"] == "claude-code");
        claude.map(|row| home(&row)).collect::<Vec<_>>()
    };
    let both = vec![None, Some(work.clone())];
    let list = case.ok(&["list", "--json"]).out;
    assert_eq!(homes(&list, "/0/clients"), both, "not written yet: {list}");
    assert_eq!(homes(&case.ok(&["plan", "--json"]).out, "/targets"), both);
    case.ok(&["apply"]);
    let owners = case.ok(&["owners", "--json"]).out;
    assert_eq!(homes(&owners, "/0/files"), vec![Some(work.clone()), None], "{owners}");
    assert_eq!(homes(&case.ok(&["list", "--json"]).out, "/0/clients"), both);
    assert!(case.ok(&["list", "--verbose"]).out.contains("Claude Code in ~/.claude-work"));
}

#[test]
fn doctor_reads_every_home_and_mixes_none_of_them() {
    let case = declared();
    case.ok(&["apply"]);
    let found = case.run(&["doctor"]).out;
    assert!(!found.contains("mixes"), "{found}");
    case.put(WORK, case.read(WORK).replace("\"one\",", "\"two\","));
    let found = flat(&case.run(&["doctor"]).out);
    assert!(found.contains(&format!("`one` in ~/{WORK} was edited")), "{found}");
}

#[test]
fn an_import_reads_the_declared_homes_and_declares_them_again() {
    let theirs = "{\"mcpServers\": {\"two\": {\"command\": \"two\"}}}";
    let case = declared().write(WORK, theirs).write(".claude.json", theirs);
    let text = case.ok(&["import"]).out;
    assert!(text.contains("[servers.two]"), "{text}");
    assert!(text.contains("[homes]\nclaude-code = [\"~/.claude-work\"]\n"), "{text}");
    let case = case.declare(&text);
    case.ok(&["apply", "--adopt-all"]);
    assert_eq!(case.ok(&["plan", "--exit-code"]).out, "");
}

#[test]
fn render_writes_the_file_of_each_home() {
    let case = declared();
    case.ok(&["render", "--out", "out", "--home", "/home/ada"]);
    for file in [".claude.json", WORK, ".codex/config.toml", CODEX] {
        assert!(case.read(&format!("out/{file}")).contains("one"), "{file}");
    }
}

#[test]
fn merge_writes_the_home_that_the_variable_names() {
    let case = in_profile(declared(), ".claude-work");
    let merged = case.pipe(&["merge", "claude-code"], "").out;
    case.put(WORK, &merged);
    case.ok(&["apply"]);
    assert_eq!(case.read(WORK), merged);
    let case = case.declare(&format!("{CLIENTS}{SERVER}"));
    let case = case.var("CLAUDE_CONFIG_DIR", "");
    case.ok(&["apply"]);
    assert!(!case.exists(WORK), "the ledger knows the home");
}

#[test]
fn every_column_home_moves_the_file_of_its_client() {
    let case = Case::new();
    let table = json(&case.ok(&["clients", "--json"]).out);
    let mut clients = 0;
    for client in table.as_array().unwrap() {
        let (Some(variable), name) = (client["home"].as_str(), client["name"].as_str().unwrap())
        else {
            continue;
        };
        let case = Case::new().declare(&format!(
            "clients = [\"{name}\"]\n[homes]\n{name} = [\"~/profile\"]\n{SERVER}"
        ));
        let plan = json(&case.ok(&["plan", "--json"]).out);
        let in_home = plan["targets"][1]["path"].clone();
        let profile = case.path("profile").to_str().unwrap().to_owned();
        assert!(in_home.as_str().unwrap().starts_with(&profile), "{name}: {plan}");
        let case = case.declare(&format!("clients = [\"{name}\"]\n{SERVER}"));
        let case = case.var(variable, profile);
        let moved = json(&case.ok(&["plan", "--json"]).out);
        assert_eq!(moved["targets"][0]["path"], in_home, "{name}");
        clients += 1;
    }
    assert!(clients > 10, "{clients}");
}

#[test]
fn the_help_for_a_relative_home_names_the_same_directory_below_the_home_directory() {
    let none = "write an absolute path, or a path that starts with `~/`";
    for (home, help) in [
        (".claude-work", "\"~/.claude-work\""),
        ("./.claude-work", "\"~/.claude-work\""),
        ("${HOME}/.claude-work", "\"~/.claude-work\""),
        ("$HOME/work", "\"~/work\""),
        ("profiles/work", "\"~/profiles/work\""),
        ("../other", none),
        ("a/../../other", none),
        ("${WORK}/claude", none),
        ("$HOMES/claude", none),
        ("./", none),
    ] {
        let case =
            Case::new().declare(&format!("{CLIENTS}[homes]\nclaude-code = [\"{home}\"]\n{SERVER}"));
        let run = case.run(&["check"]);
        assert!(run.err.contains(&format!("help: {help}\n")), "{home}: {}", run.err);
    }
}
