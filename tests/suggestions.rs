//! Commands that mcpgen suggests: pasted into a shell, each does what it says and nothing else.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use camino::Utf8Path;
use mcpgen::paths::{Environment, Os};
use mcpgen::suggest::{ShellCommand, Suggest};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::case::Case;

/// Names that a shell would execute, expand or take apart, or that a program would read as an option.
const HOSTILE: [&str; 20] = [
    "mcp-remote-$(touch X)",
    "mcp-remote-1 ~ -delete",
    "`touch X`",
    "a;touch X",
    "a&touch X",
    "a|touch X",
    ">X",
    "it's",
    "''",
    "\"$HOME\"",
    "-delete",
    "--help",
    "~root",
    "*",
    "{a,b}",
    "!x ^y",
    "#x",
    "\\",
    "=sh",
    " a  b ",
];

fn env() -> Environment {
    Environment::bare(Os::Linux, Utf8Path::new("/home/ada"))
}

/// Returns the words of a command as a real shell with the home directory `/home/ada` splits it.
fn pasted(command: &ShellCommand) -> Vec<String> {
    let shown = command.to_string();
    let line = shown.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).unwrap();
    let script = format!("show() {{ printf '%s\\n' \"$@\"; }}\nshow {line}");
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &script]).env_clear().env("HOME", "/home/ada").current_dir("/");
    let output = shell.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn every_word_of_a_suggested_command_reaches_the_program_as_it_is() {
    for name in HOSTILE {
        let path = Utf8Path::new("/home/ada/a").join(name);
        let command = ShellCommand::new("mcpgen x")
            .option("--owner", name)
            .path_option("-f", &path, &env())
            .path(Utf8Path::new("/srv").join(name).as_path(), &env())
            .operand(name)
            .ending(&["-name", "*"]);
        let option = match name.starts_with('-') {
            true => vec![format!("--owner={name}")],
            false => vec!["--owner".to_owned(), name.to_owned()],
        };
        let mut want = vec!["mcpgen".to_owned(), "x".to_owned()];
        want.extend(option);
        want.extend(["-f".to_owned(), path.to_string()]);
        want.extend(name.starts_with('-').then(|| "--".to_owned()));
        want.extend([format!("/srv/{name}"), name.to_owned(), "-name".into(), "*".into()]);
        assert_eq!(pasted(&command), want);
    }
}

#[test]
fn a_path_is_short_where_a_shell_expands_it_and_never_looks_like_an_option() {
    for (path, want) in [
        ("/home/ada/x", "`rm ~/x`"),
        ("/home/ada/a b/c", "`rm ~/'a b/c'`"),
        ("/home/ada", "`rm /home/ada`"),
        ("/home/adam/x", "`rm /home/adam/x`"),
        ("-x", "`rm ./-x`"),
    ] {
        assert_eq!(ShellCommand::new("rm").path(path.into(), &env()).to_string(), want);
    }
    let windows = Environment::bare(Os::Windows, Utf8Path::new("/home/ada"));
    let command = ShellCommand::new("rm").path("/home/ada/x".into(), &windows);
    assert_eq!(command.to_string(), "`rm /home/ada/x`");
}

#[test]
fn a_command_that_cannot_be_copied_is_replaced_by_words() {
    for name in ["a\nb", "a\tb", "\u{1b}[2J", "a\u{a0}b", "\u{200b}", "\u{202e}x", "\u{fffd}"] {
        let command = ShellCommand::new("rm").path(&Utf8Path::new("/srv").join(name), &env());
        assert_eq!(command.clone().or("remove it").to_string(), "remove it", "{name:?}");
        assert_eq!(command.to_string(), "rm with the same options as now");
    }
    // It would be masked, and the command would name another file.
    let token = "/srv/ghp_0123456789abcdefghij0123456789abcdef";
    let command = ShellCommand::new("rm").path(token.into(), &env()).or("remove it");
    assert_eq!(command.to_string(), "remove it");
}

#[test]
fn the_options_that_decide_what_a_command_works_on_are_repeated() {
    let mut suggest = Suggest::new(&env()).with_file(&env().default_declaration());
    assert_eq!(suggest.again("apply", None).to_string(), "`mcpgen apply`");
    suggest = suggest.with_file("/home/ada/a b.toml".into());
    suggest.templates = Some("/srv/t".into());
    assert_eq!(
        suggest.mcpgen("login").operand("one").to_string(),
        "`mcpgen login --templates /srv/t -f ~/'a b.toml' one`"
    );
    suggest.templates = None;
    suggest.project = Some("/srv/site".into());
    suggest.owner = Some("-me".into());
    suggest.adopt = vec!["a".into()];
    suggest.clients = vec!["cursor".into(), "-x".into()];
    assert_eq!(
        suggest.again("apply", Some("b")).to_string(),
        "`mcpgen apply -f ~/'a b.toml' --project /srv/site --owner=-me --adopt a --adopt b -- cursor -x`"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn any_name_is_one_word_or_is_not_displayed(name in "[^/\\pC]{0,12}|[ -.0-~]{0,12}") {
        let path = Utf8Path::new("/home/ada").join(format!("d{name}"));
        let command = ShellCommand::new("x").option("-o", &name).path(&path, &env()).or("words");
        let shown = command.to_string();
        if shown != "words" {
            let words = shell_words::split(&shown[1..shown.len() - 1]).unwrap();
            let short = path.as_str().replacen("/home/ada", "~", 1);
            prop_assert!(words.contains(&short), "{}", shown);
            let joined = format!("-o={name}");
            prop_assert!(words.contains(&name) || words.contains(&joined), "{}", shown);
        }
    }
}

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
    let rows: Vec<serde_json::Value> = serde_json::from_str(&run.out).unwrap();
    let rows = rows.iter().filter(|row| row["code"] == code);
    rows.map(|row| row["remedy"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_doctor_suggests_for_left_over_files_deletes_them_and_does_nothing_else() {
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
fn a_command_that_doctor_wraps_can_be_copied_whole() {
    for name in HOSTILE {
        let case = left_over(&format!("mcp-remote-{name}"));
        let [listed] = commands(&remedies(&case, "left-over")[0]).try_into().unwrap();
        let text = case.run(&["doctor"]).out;
        assert!(text.lines().any(|line| line.contains(&listed)), "{listed}\n{text}");
    }
}

#[test]
fn a_directory_whose_name_cannot_be_pasted_is_named_in_words() {
    let case = left_over("mcp-remote-a\nb");
    let [remedy] = remedies(&case, "left-over").try_into().unwrap();
    assert_eq!(commands(&remedy), [""; 0]);
    assert!(remedy.contains("mcp-remote-a␊b"), "{remedy}");
}

#[test]
fn what_doctor_suggests_for_an_exposed_sign_in_makes_it_private() {
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
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_mcpgen")).parent().unwrap();
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", line]).env_clear().env("PATH", path).env("HOME", case.home());
    let output = shell.current_dir(case.home()).output().unwrap();
    assert!(output.status.success(), "{line}: {output:?}");
}

#[test]
fn what_doctor_suggests_for_an_edited_entry_restores_it() {
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
            let rows: Vec<serde_json::Value> = serde_json::from_str(&run.out).unwrap();
            let row = rows.iter().find(|row| row["code"] == "drift").unwrap();
            let [plan, apply] = commands(row["remedy"].as_str().unwrap()).try_into().unwrap();
            follow(&case, &plan);
            follow(&case, &apply);
            assert_eq!(case.read(&path), before, "{apply}");
            assert!(!case.exists("X"), "{apply}");
        }
    }
}
