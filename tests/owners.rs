//! Owners: a declaration that moved or was deleted leaves nothing behind that nobody names.

use serde_json::Value;

use crate::case::Case;

const TWO: &str =
    "clients = [\"cursor\"]\n[servers.one]\ncommand = \"one\"\n[servers.two]\ncommand = \"two\"\n";
const ONE: &str = "clients = [\"cursor\"]\n[servers.one]\ncommand = \"one\"\n";

// Applied from one path, then moved to another and shortened.
fn moved() -> Case {
    let case = Case::new().write("old.toml", TWO).write("repo/x", "");
    case.ok(&["apply", "-f", "old.toml"]);
    case.ok(&["apply", "-f", "old.toml", "--project", "repo"]);
    std::fs::remove_file(case.path("old.toml")).unwrap();
    case.write("new.toml", ONE)
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn plan_apply_doctor_and_owners_name_an_owner_whose_declaration_no_longer_exists() {
    let case = moved();
    let lost = "the declaration `~/old.toml` was not found, but its 4 entries are still in 2 files";
    for args in [&["plan", "-f", "new.toml"][..], &["apply", "-f", "new.toml"], &["owners"]] {
        let run = case.ok(args);
        assert!(flat(&run.err).contains(lost), "{args:?}: {}", run.err);
        assert!(flat(&run.err).contains("--inherit "), "{args:?}: {}", run.err);
    }
    let doctor = case.run(&["doctor"]);
    assert!(flat(&doctor.out).contains(lost), "{}", doctor.out);
    let listed: Value = serde_json::from_str(&case.ok(&["owners", "--json"]).out).unwrap();
    assert_eq!(listed[0]["declaration"], "not found", "{listed}");
    assert_eq!(listed[0]["files"][0]["entries"], serde_json::json!(["one", "two"]));
}

// Types each suggested command that has an option, exactly as it is printed.
fn type_suggested(case: &Case, text: &str, option: &str) -> usize {
    case.put("bin/x", "");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_mcpgen"), case.path("bin/mcpgen")).ok();
    let path = format!("{}:/usr/bin:/bin", case.path("bin").display());
    let flat = flat(text);
    let commands = flat.split('`').filter(|part| part.starts_with("mcpgen apply"));
    let commands: Vec<&str> = commands.filter(|command| command.contains(option)).collect();
    for command in &commands {
        let mut shell = std::process::Command::new("sh");
        let shell = shell.args(["-c", command]).env_clear().current_dir(case.home());
        let output = shell.env("HOME", case.home()).env("PATH", &path).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{command}: {said}");
    }
    commands.len()
}

#[test]
fn the_suggested_command_takes_over_the_entries() {
    let case = moved();
    let run = case.ok(&["plan", "-f", "new.toml"]);
    assert_eq!(type_suggested(&case, &run.err, "--inherit"), 1, "{}", run.err);
    assert!(!case.read(".cursor/mcp.json").contains("two"), "what was dropped is removed");
    assert!(case.read(".cursor/mcp.json").contains("one"));
    let next = case.ok(&["plan", "-f", "new.toml"]);
    assert_eq!((next.out.as_str(), next.err.as_str()), ("", ""));
    case.ok(&["apply", "-f", "new.toml", "--project", "repo"]);
    assert!(!case.read("repo/.cursor/mcp.json").contains("two"));
}

#[test]
fn the_suggested_commands_clean_up() {
    let case = moved();
    let run = case.ok(&["plan", "-f", "new.toml"]);
    let typed = type_suggested(&case, &run.err, "--none");
    assert_eq!(typed, 2, "one for the user's files, one for the project's: {}", run.err);
    assert!(!case.exists(".cursor") && !case.exists("repo/.cursor"));
    assert_eq!(case.ok(&["owners", "--json"]).out, "[]\n");
}

#[test]
fn an_owner_that_does_not_exist_cannot_be_inherited() {
    let case = moved();
    let run = case.run(&["apply", "-f", "new.toml", "--inherit", "old.tom"]);
    assert_eq!(run.code, 2);
    assert!(flat(&run.err).contains("the ledger has no owner named `old.tom`"), "{}", run.err);
}
