//! Owners: a declaration that moved or was deleted leaves nothing behind that nobody names, and several declarations can
//! own one entry.

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
    let owners = listed.as_array().unwrap();
    let lost = owners.iter().find(|owner| owner["declaration"] == "not found").unwrap();
    assert_eq!(lost["files"][0]["entries"], serde_json::json!(["one", "two"]));
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

const CURSOR: &str = ".cursor/mcp.json";

// Two declarations with the same server. The first wrote the entry.
fn shared() -> Case {
    let case = Case::new().write("a.toml", ONE).write("b.toml", TWO);
    case.ok(&["apply", "-f", "a.toml"]);
    case
}

fn has(case: &Case, server: &str) -> bool {
    case.exists(CURSOR) && case.read(CURSOR).contains(&format!("\"{server}\": {{"))
}

#[test]
fn an_entry_of_several_owners_stays_until_the_last_of_them_drops_it() {
    let case = shared();
    let run = case.ok(&["apply", "-f", "b.toml"]);
    assert!(run.err.contains("= one  shared with another owner"), "{}", run.err);
    for file in ["a.toml", "b.toml"] {
        let next = case.ok(&["plan", "-f", file]);
        assert_eq!((next.out.as_str(), next.err.as_str()), ("", ""), "{file}");
    }
    case.put("a.toml", ONE.replace("one", "other"));
    let run = case.ok(&["apply", "-f", "a.toml"]);
    assert!(run.err.contains("= one    kept for another owner"), "{}", run.err);
    assert!(has(&case, "one") && has(&case, "other"));
    case.ok(&["apply", "-f", "b.toml", "--none"]);
    assert!(!has(&case, "one") && !has(&case, "two") && has(&case, "other"));
    case.ok(&["apply", "-f", "a.toml", "--none"]);
    assert!(!case.exists(".cursor") && case.ok(&["owners", "--json"]).out == "[]\n");
}

#[test]
fn the_last_owner_removes_the_file_that_another_owner_created() {
    let case = shared();
    case.ok(&["apply", "-f", "b.toml", "--owner", "home-manager"]);
    case.ok(&["apply", "-f", "a.toml", "--none"]);
    assert!(has(&case, "one"));
    case.ok(&["apply", "-f", "b.toml", "--owner", "home-manager", "--none"]);
    assert!(!case.exists(".cursor"), "the file and its directory");
}

#[test]
fn an_owner_does_not_change_an_entry_that_another_owner_declares() {
    let case = shared();
    case.ok(&["apply", "-f", "b.toml"]);
    case.put("a.toml", ONE.replace("\"one\"", "\"uno\""));
    let before = case.snapshot();
    let refused = case.run(&["apply", "-f", "a.toml"]);
    assert_eq!(refused.code, 4, "{}", refused.err);
    assert!(refused.err.contains("belongs to another owner"), "{}", refused.err);
    case.run(&["apply", "-f", "a.toml", "--keep-going"]);
    assert_eq!(case.snapshot(), before, "it is still an owner");
    // If both declare the new entry, the one that is applied with --adopt writes it, and the other one joins.
    case.ok(&["apply", "-f", "a.toml", "--adopt", "one"]);
    case.put("b.toml", TWO.replace("\"one\"", "\"uno\""));
    case.ok(&["apply", "-f", "b.toml"]);
    case.ok(&["apply", "-f", "a.toml", "--none"]);
    assert!(has(&case, "one"));
}

#[test]
fn an_edit_of_an_entry_of_two_owners_is_drift_for_both() {
    let case = shared();
    case.ok(&["apply", "-f", "b.toml"]);
    let edited = case.read(CURSOR).replace("\"one\",", "\"edited\",");
    for file in ["a.toml", "b.toml"] {
        case.put(CURSOR, &edited);
        let run = case.ok(&["apply", "-f", file]);
        assert!(run.err.contains("drift"), "{file}: {}", run.err);
    }
}

#[test]
fn a_server_does_not_replace_an_entry_of_a_co_owner_until_it_is_adopted() {
    let case = shared();
    case.ok(&["apply", "-f", "b.toml"]);
    case.put("a.toml", format!("{}replaces = [\"one\"]\n", ONE.replace("rs.one", "rs.uno")));
    let refused = case.run(&["apply", "-f", "a.toml"]);
    assert_eq!(refused.code, 4, "{}", refused.err);
    case.ok(&["apply", "-f", "a.toml", "--adopt", "uno"]);
    assert!(has(&case, "uno") && !has(&case, "one"));
    assert_eq!(case.ok(&["plan", "-f", "a.toml"]).out, "");
}

#[test]
fn a_server_that_another_owner_disabled_is_a_conflict_and_adopting_it_enables_it() {
    const CLINE: &str = ".cline/data/settings/cline_mcp_settings.json";
    let on = ONE.replace("cursor", "cline");
    let case = Case::new().write("a.toml", &on).write("b.toml", &on);
    case.ok(&["apply", "-f", "a.toml"]);
    case.put("a.toml", format!("{on}enabled = false\n"));
    case.ok(&["apply", "-f", "a.toml"]);
    let disabled = |case: &Case| {
        let file: Value = serde_json::from_str(&case.read(CLINE)).unwrap();
        file["mcpServers"]["one"]["disabled"].clone()
    };
    assert_eq!(disabled(&case), true);
    let refused = case.run(&["apply", "-f", "b.toml"]);
    assert_eq!(refused.code, 4, "{}", refused.err);
    assert!(refused.err.contains("belongs to another owner"), "{}", refused.err);
    case.ok(&["apply", "-f", "b.toml", "--adopt", "one"]);
    assert_eq!(disabled(&case), false);
    for file in ["a.toml", "b.toml"] {
        assert_eq!(case.ok(&["plan", "-f", file]).out, "", "{file}");
    }
}

#[test]
fn a_conflict_about_a_replaced_entry_names_all_its_owners() {
    let case = shared();
    case.ok(&["apply", "-f", "b.toml"]);
    let renamed = format!("{}replaces = [\"one\"]\n", ONE.replace("rs.one", "rs.uno"));
    let case = case.write("c.toml", &renamed);
    let refused = case.run(&["plan", "-f", "c.toml"]);
    let owners = [case.path("a.toml"), case.path("b.toml")].map(|it| it.display().to_string());
    let [a, b] = &owners;
    let note = format!("the owners are `{a}` and `{b}`");
    assert!(flat(&refused.err).contains(&note), "{note}: {}", refused.err);
    case.put("c.toml", ONE.replace("\"one\"", "\"uno\""));
    let refused = case.run(&["plan", "-f", "c.toml"]);
    assert!(flat(&refused.err).contains(&note), "{}", refused.err);
}
