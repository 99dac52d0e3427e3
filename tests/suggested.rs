//! The commands in what mcpgen prints: pasted into a shell, each does what it says and nothing else.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value;

use crate::case::{Case, Run};
use crate::suggestions::{HOSTILE, split};

mod calls;
mod cases;
mod machine;
mod situations;
mod sources;

use machine::Machine;

/// Returns the commands in what mcpgen printed: what is between backticks, where a backtick that a command quotes is
/// part of it.
fn commands(text: &str) -> Vec<String> {
    let mut found = vec![];
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        rest = &rest[start + 1..];
        let Some(end) = end_of_command(rest) else { continue };
        let first = rest[..end].split(' ').next().unwrap_or_default();
        if PROGRAMS.contains(&first) {
            found.push(rest[..end].to_owned());
            rest = &rest[end + 1..];
        }
    }
    found
}

/// The programs that mcpgen suggests to run.
const PROGRAMS: [&str; 12] =
    ["mcpgen", "chmod", "find", "kill", "lsof", "mv", "rm", "ln", "npx", "op", "pass", "export"];

fn end_of_command(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\'' => quoted = !quoted,
            '\\' if !quoted => escaped = true,
            '`' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// Pastes a command into a shell in the home directory of a case.
fn paste(case: &Case, line: &str) -> std::process::Output {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", line]).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", case.home());
    shell.current_dir(case.home()).output().unwrap()
}

const KEY: &str = "94baabe3c3fadb285b26c035e4e86046";

/// A machine with files in a directory of the cache that are left over from an hour ago, and others.
fn left_over(dir: &str) -> Case {
    let case = Case::in_memory().write("precious", "precious").write("Documents/x_lock.json", "");
    let dir = format!(".mcp-auth/{dir}");
    for name in ["code_verifier_x.txt", "lock.json", "tokens.json", "client_info.json", "note.txt"]
    {
        let path = format!("{dir}/{KEY}_{name}");
        case.put(&path, "{}");
        let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
        let file = std::fs::File::options().write(true).open(case.path(&path)).unwrap();
        file.set_modified(hour_ago).unwrap();
    }
    case.put(&format!("{dir}/{KEY}_new_code_verifier_y.txt"), "{}");
    let private = std::fs::Permissions::from_mode(0o600);
    for name in ["tokens.json", "client_info.json"] {
        let path = case.path(&format!("{dir}/{KEY}_{name}"));
        std::fs::set_permissions(path, private.clone()).unwrap();
    }
    case
}

fn remedies(case: &Case, code: &str) -> Vec<String> {
    let run = case.run(&["doctor", "--json"]);
    let rows: Vec<Value> = serde_json::from_str(&run.out).unwrap();
    let rows = rows.iter().filter(|row| row["code"] == code);
    rows.map(|row| row["remedy"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_command_for_left_over_files_deletes_only_them() {
    for name in HOSTILE {
        let dir = format!("mcp-remote-{name}");
        let case = left_over(&dir);
        let mut want = case.snapshot();
        let remedies = remedies(&case, "left-over");
        let [command] = commands(&remedies[0]).try_into().unwrap();
        let output = paste(&case, &command);
        assert!(output.status.success() && output.stderr.is_empty(), "{command}: {output:?}");
        want.remove(&case.path(&format!(".mcp-auth/{dir}/{KEY}_code_verifier_x.txt")));
        want.remove(&case.path(&format!(".mcp-auth/{dir}/{KEY}_lock.json")));
        assert_eq!(case.snapshot(), want, "{command}");
        assert_eq!(self::remedies(&case, "left-over"), [""; 0], "{command}");
    }
}

#[test]
fn a_wrapped_command_of_doctor_can_be_copied_completely() {
    for name in HOSTILE {
        let case = left_over(&format!("mcp-remote-{name}"));
        let [listed] = commands(&remedies(&case, "left-over")[0]).try_into().unwrap();
        let text = case.run(&["doctor"]).out;
        assert!(text.lines().any(|line| line.contains(&listed)), "{listed}\n{text}");
    }
}

#[test]
fn a_directory_whose_name_cannot_be_pasted_is_described_in_words() {
    let case = left_over("mcp-remote-a\nb");
    let [remedy] = remedies(&case, "left-over").try_into().unwrap();
    assert_eq!(commands(&remedy), [""; 0]);
    assert!(remedy.contains("mcp-remote-a␊b"), "{remedy}");
}

#[test]
fn the_command_for_an_exposed_sign_in_makes_it_private() {
    for name in HOSTILE {
        let case = left_over("mcp-remote-v1");
        let dir = case.path("cache").join(name);
        std::fs::create_dir_all(case.path("cache")).unwrap();
        std::fs::rename(case.path(".mcp-auth"), &dir).unwrap();
        let path = dir.join(format!("mcp-remote-v1/{KEY}_tokens.json"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let case = case.var("MCP_REMOTE_CONFIG_DIR", dir.to_str().unwrap());
        let before = case.snapshot();
        let [remedy] = remedies(&case, "exposed").try_into().unwrap();
        let [command] = commands(&remedy).try_into().unwrap();
        let output = paste(&case, &command);
        assert!(output.status.success() && output.stderr.is_empty(), "{command}: {output:?}");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{command}");
        assert_eq!(case.snapshot(), before, "{command}");
    }
}

const ONE: &str = "clients = [\"cursor\"]\n[servers.one]\ncommand = \"uvx\"\n";

/// Pastes a suggested command of mcpgen into a shell that finds mcpgen, and expects it to succeed.
fn follow(case: &Case, line: &str) {
    let bin = Path::new(env!("CARGO_BIN_EXE_mcpgen")).parent().unwrap();
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", line]).env_clear().env("PATH", path).env("HOME", case.home());
    let output = shell.current_dir(case.home()).output().unwrap();
    assert!(output.status.success(), "{line}: {output:?}");
}

#[test]
fn the_commands_for_an_edited_entry_restore_it() {
    for name in HOSTILE {
        let (file, project) = (format!("work/{name}.toml"), format!("work/{name}"));
        let case = Case::in_memory().write(&file, ONE);
        std::fs::create_dir(case.path(&project)).unwrap();
        let owner = format!("--owner={name}");
        for (options, path) in [
            (vec![], ".cursor/mcp.json".to_owned()),
            (vec!["--project", &project], format!("{project}/.cursor/mcp.json")),
            (vec![owner.as_str()], ".cursor/mcp.json".to_owned()),
        ] {
            case.ok(&[&["apply", "-f", &file, "--adopt-all"], &options[..]].concat());
            let before = case.read(&path);
            case.put(&path, before.replace("uvx", "npx"));
            let run = case.run(&["doctor", "--json", "-f", &file, "--project", &project]);
            let rows: Vec<Value> = serde_json::from_str(&run.out).unwrap();
            let row = rows.iter().find(|row| row["code"] == "drift").unwrap();
            let [plan, apply] = commands(row["remedy"].as_str().unwrap()).try_into().unwrap();
            follow(&case, &plan);
            follow(&case, &apply);
            assert_eq!(case.read(&path), before, "{apply}");
            assert!(!case.exists("X"), "{apply}");
        }
    }
}

#[test]
fn the_commands_suggested_for_a_conflict_resolve_it() {
    let declaration = format!("{ONE}[servers.two]\ncommand = \"uvx\"\n");
    let foreign = r#"{ "mcpServers": { "one": { "command": "x" }, "two": { "command": "y" } } }"#;
    let project = "a b/$(touch X)";
    let case = Case::in_memory().write("my.toml", declaration);
    let case = case.write(&format!("{project}/.cursor/mcp.json"), foreign);
    let bin = Path::new(env!("CARGO_BIN_EXE_mcpgen")).parent().unwrap();
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let first = case.run(&["plan", "-f", "my.toml", "--project", project, "--owner=-me"]);
    let mut line = commands(&first.err).remove(0);
    for step in 0.. {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &line]).env_clear().env("PATH", &path).env("HOME", case.home());
        let output = shell.current_dir(case.home()).output().unwrap();
        if output.status.success() {
            break;
        }
        assert!(step < 2, "{line}: {output:?}");
        line = commands(&String::from_utf8(output.stderr).unwrap()).remove(0);
    }
    assert!(case.read(&format!("{project}/.cursor/mcp.json")).matches("uvx").count() == 2);
    assert!(case.read(".local/state/mcpgen/ledger.json").contains("\"-me\"") && !case.exists("X"));
}

/// Returns the commands in all that a run printed; of JSON, those in its strings.
fn said(run: &Run) -> Vec<String> {
    let mut found = commands(&run.err);
    match serde_json::from_str::<Value>(&run.out) {
        Ok(value) => strings(&value, &mut found),
        Err(_) => found.extend(commands(&run.out)),
    }
    found
}

fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.extend(commands(text)),
        Value::Array(list) => list.iter().for_each(|value| strings(value, found)),
        Value::Object(map) => map.values().for_each(|value| strings(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Checks every command that is printed on a hostile machine, and returns how many name a path of it.
fn check(name: &str) -> usize {
    let machine = Machine::new(name);
    let mut count = 0;
    for line in machine.suggested() {
        let words = shell_words::split(&line).unwrap_or_else(|_| panic!("{line}"));
        for word in words.iter().filter(|word| word.contains("Zq")) {
            count += 1;
            assert!(machine.is_whole(word), "{word:?} in `{line}`");
        }
        let home = "/home/ada";
        let real = words.iter().map(|word| match word.strip_prefix("~/") {
            Some(rest) => format!("{home}/{rest}"),
            None => word.clone(),
        });
        assert_eq!(split(&line), real.collect::<Vec<_>>(), "{line}");
    }
    assert!(!machine.case.exists("X") && !Path::new("/X").exists());
    count
}

#[test]
fn every_hostile_path_in_a_printed_command_is_one_word_of_it() {
    for name in HOSTILE {
        assert!(check(name) > 20, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(2026),
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_path_in_a_printed_command_is_one_word_of_it(name in "[^/\0]{0,8}") {
        check(&name);
    }
}
