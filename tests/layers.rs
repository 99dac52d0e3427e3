//! Files that one client merges: no entry in one of them changes mcpgen's entry in another without an error.

use serde_json::{Value, json};

use crate::case::Case;

const JSON: &str = ".config/opencode/opencode.json";
const JSONC: &str = ".config/opencode/opencode.jsonc";
const OLDEST: &str = ".config/opencode/config.json";
const ONE: &str = "clients = [\"opencode\"]\n[servers.one]\ncommand = \"one\"\n";
const THEIRS: &str = r#"{"mcp": {"one": {"type": "remote", "url": "https://a.example", "mine": 1}, "two": {"type": "local", "command": ["two"]}}}"#;

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn entries(case: &Case, path: &str) -> Value {
    serde_json::from_str::<Value>(&case.read(path)).unwrap()["mcp"].clone()
}

#[test]
fn an_entry_in_another_layer_is_a_conflict_that_names_both_files() {
    for layer in [JSONC, OLDEST] {
        let case = Case::new().declare(ONE).write(JSON, "{}").write(layer, THEIRS);
        let before = case.snapshot();
        let run = case.run(&["apply"]);
        assert_eq!((run.code, case.snapshot()), (4, before), "{layer}: {}", run.err);
        let said = flat(&run.err);
        assert!(said.contains(&format!("--> ~/{layer}")), "{}", run.err);
        assert!(
            said.contains(&format!("the file with the entry of mcpgen is ~/{JSON}")),
            "{}",
            run.err
        );
        assert!(said.contains("`mcpgen apply --adopt one`"), "{}", run.err);
        assert!(said.contains("would remove `mine`"), "{}", run.err);
        case.ok(&["apply", "--adopt", "one"]);
        assert_eq!(entries(&case, JSON)["one"]["command"], json!(["one"]));
        assert_eq!(entries(&case, layer).as_object().unwrap().len(), 1, "the other entry stays");
        assert_eq!(case.ok(&["plan"]).out, "");
        case.ok(&["undo"]);
        assert_eq!((case.read(JSON).as_str(), case.read(layer).as_str()), ("{}", THEIRS));
    }
}

#[test]
fn an_entry_in_another_file_of_a_project_is_a_conflict_too() {
    let case = Case::new().declare(ONE).write("repo/opencode.json", "{}");
    let case = case.write("repo/.opencode/opencode.jsonc", THEIRS);
    let run = case.run(&["apply", "--project", "repo"]);
    assert_eq!(run.code, 4, "{}", run.err);
    assert!(flat(&run.err).contains("--> ~/repo/.opencode/opencode.jsonc"), "{}", run.err);
}

#[test]
fn entries_that_mcpgen_wrote_move_to_the_file_that_is_preferred_now() {
    let case = Case::new().declare(ONE).write(JSONC, "{}");
    case.ok(&["apply"]);
    assert_eq!(entries(&case, JSONC)["one"]["command"], json!(["one"]));
    case.put(JSON, "{}");
    case.ok(&["apply"]);
    assert_eq!(
        (entries(&case, JSON)["one"]["command"].clone(), case.read(JSONC).as_str()),
        (json!(["one"]), "{}")
    );
    assert_eq!(case.ok(&["plan"]).out, "");
}

#[test]
fn a_file_that_an_environment_variable_adds_does_not_undo_the_usual_file() {
    let case = Case::new().declare(ONE).write(JSON, "{}");
    case.ok(&["apply"]);
    let usual = case.read(JSON);
    let other = case.path("other.json").to_str().unwrap().to_owned();
    let case = case.write("other.json", "{}").var("OPENCODE_CONFIG", other);
    case.ok(&["apply"]);
    assert_eq!(case.read(JSON), usual);
    assert_eq!(entries(&case, "other.json")["one"]["command"], json!(["one"]));
}

#[test]
fn doctor_and_import_read_all_layers() {
    let case = Case::new().write(JSON, THEIRS);
    let case = case.write(JSONC, r#"{"mcp": {"one": {"type": "remote", "url": "https://b.example"}, "three": {"type": "local", "command": ["three"]}}}"#);
    let doctor = case.run(&["doctor"]);
    let said = flat(&doctor.out);
    let both = format!("`one` is in ~/{JSON} and in ~/{JSONC}, and OpenCode mixes the two entries");
    assert!(said.contains(&both), "{}", doctor.out);
    let import = case.run(&["import"]);
    for name in ["https://a.example", "https://b.example", "servers.two", "servers.three"] {
        assert!(import.out.contains(name), "{name}: {}{}", import.out, import.err);
    }
}

#[test]
fn an_entry_in_a_file_that_the_client_ignores_is_not_a_conflict() {
    let old = r#"{"mcpServers": {"one": {"command": "old"}}}"#;
    let case = Case::new().declare(&ONE.replace("opencode", "claude-code"));
    let case = case.write(".claude/.config.json", "{}").write(".claude.json", old);
    case.ok(&["apply"]);
    assert!(case.read(".claude/.config.json").contains("one"));
    assert_eq!(case.read(".claude.json"), old);
}

#[test]
fn a_switch_in_another_layer_is_the_users_own() {
    let switch = r#"{"mcp": {"one": {"enabled": false}}}"#;
    let case = Case::new().declare(ONE).write(JSON, "{}").write(JSONC, switch);
    case.ok(&["apply"]);
    assert_eq!(case.read(JSONC), switch);
    assert!(!case.run(&["doctor"]).out.contains("mixes"));
}

#[test]
fn undo_restores_a_layer_that_mcpgen_does_not_write_entries_to() {
    let layer = ".config/kilo/opencode.json";
    let case = Case::new().declare(&ONE.replace("opencode", "kilo")).write(layer, THEIRS);
    let run = case.run(&["apply"]);
    assert!(flat(&run.err).contains("`mcpgen apply --adopt one`"), "{}", run.err);
    case.ok(&["apply", "--adopt", "one"]);
    assert_eq!(entries(&case, layer)["one"], Value::Null);
    case.ok(&["undo"]);
    assert_eq!(case.read(layer), THEIRS);
}
