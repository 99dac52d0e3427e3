//! Completions: the candidates, the scripts, and the files in which shells find them. `tests/completions/run.sh` presses
//! Tab in every shell.

use std::process::{Command, Stdio};

use crate::case::{CANARY, Case};

const DECLARATION: &str = "\
clients = [\"cursor\", \"claude-code\"]

[servers.atlassian]
url = \"https://mcp.atlassian.com/v1/mcp\"
auth = \"oauth\"

[servers.github]
url = \"https://api.githubcopilot.com/mcp/\"
auth = { token = \"keyring:my github\" }

[servers.notes]
command = \"notes\"
sets = [\"work\", \"home\"]
replaces = [\"old-notes\"]
secrets = { TOKEN = \"keyring:notes\" }
";

const SHELLS: [&str; 6] = ["bash", "zsh", "fish", "nushell", "elvish", "powershell"];

/// Returns the candidates without their descriptions.
fn candidates(case: &Case, words: &[&str]) -> Vec<String> {
    let run = case.ok(&[&["__complete", "--"], words].concat());
    assert_eq!(run.err, "", "{words:?}");
    run.out.lines().map(|line| line.strip_suffix('\t').unwrap_or(line)).map(first).collect()
}

fn first(line: &str) -> String {
    match line.split_once('\t') {
        Some(("", paths)) => format!("<{paths}>"),
        Some((word, _)) => word.to_owned(),
        None => line.to_owned(),
    }
}

#[test]
fn names_are_completed_from_the_declaration_and_the_ledger() {
    let case = Case::new().declare(DECLARATION);
    case.ok(&["apply", "--owner", "team one", "--set", "work"]);
    for (words, expected) in [
        (&["mcpgen", "log"][..], &["login", "logout"][..]),
        (&["mcpgen", "login", ""], &["atlassian"]),
        (&["mcpgen", "logout", ""], &["atlassian"]),
        (&["mcpgen", "token", "x"], &[]),
        (&["mcpgen", "exec", ""], &["atlassian", "github", "notes"]),
        (&["mcpgen", "verify", "notes", ""], &["atlassian", "github"]),
        (&["mcpgen", "remove", "n"], &["notes"]),
        (&["mcpgen", "plan", "cu"], &["cursor"]),
        (&["mcpgen", "plan", "cursor", ""], &["claude-code"]),
        (&["mcpgen", "plan", "ze"], &[]),
        (&["mcpgen", "import", "ze"], &["zed"]),
        (&["mcpgen", "merge", ""], &["claude-code", "cursor"]),
        (&["mcpgen", "merge", "cursor", "--remove", "n"], &["notes"]),
        (&["mcpgen", "add", "x", "--client", "cl"], &["claude-code"]),
        (&["mcpgen", "verify", "-c", "cu"], &["cursor"]),
        (&["mcpgen", "verify", "--client=cu"], &["--client=cursor"]),
        (&["mcpgen", "apply", "--adopt", "o"], &["old-notes"]),
        (&["mcpgen", "apply", "--adopt", "notes", "--adopt", "n"], &[]),
        (&["mcpgen", "apply", "--owner", "t"], &["team one"]),
        (&["mcpgen", "apply", "--inherit", ""], &["team one"]),
        (&["mcpgen", "secret", "get", ""], &["my github", "notes"]),
        (&["mcpgen", "add", "--secrets", ""], &["keyring", "file", "env"]),
        (&["mcpgen", "plan", "--set", ""], &["home", "work"]),
        (&["mcpgen", "--set", "work", "plan", "--set", ""], &["home"]),
        (&["mcpgen", "plan", "--project", "p"], &["<directories>"]),
        (&["mcpgen", "-f", "x"], &["<files>"]),
        (&["mcpgen", "bridge", "https://a", "--allow-h"], &["--allow-http"]),
        (&["mcpgen", "render", "--ou"], &["--out"]),
        (&["mcpgen", "render", "--out", "x", "--ou"], &[]),
        (&["mcpgen", "verify", "--", "-"], &[]),
        (&["mcpgen", "verify", "--timeout", ""], &[]),
    ] {
        assert_eq!(candidates(&case, words), expected, "{words:?}");
    }
}

#[test]
fn the_declaration_is_the_one_that_the_command_line_names() {
    let other = "clients = [\"zed\"]\n[servers.other]\ncommand = \"other\"\n";
    let case = Case::new().declare(DECLARATION).write("other.toml", other);
    for words in [
        &["mcpgen", "-f", "other.toml", "verify", ""][..],
        &["mcpgen", "--file=~/other.toml", "verify", ""],
        &["mcpgen", "verify", "-fother.toml", ""],
    ] {
        assert_eq!(candidates(&case, words), ["other"], "{words:?}");
    }
    let case = case.var("MCPGEN_FILE", "other.toml");
    assert_eq!(candidates(&case, &["mcpgen", "plan", ""]), ["zed"]);
}

#[test]
fn a_broken_declaration_has_no_candidates_and_no_error() {
    let none: [String; 0] = [];
    let case = Case::new();
    assert_eq!(candidates(&case, &["mcpgen", "verify", ""]), none, "no declaration");
    for text in ["clients = [", "servers = 3", "\u{0}", "[servers.a]\nurl = 1\n[servers"] {
        let case = Case::new().declare(text);
        for command in ["verify", "plan", "login"] {
            assert_eq!(candidates(&case, &["mcpgen", command, ""]), none, "{text}");
        }
    }
    let case = Case::new().write(".local/state/mcpgen/ledger.json", "{");
    assert_eq!(candidates(&case, &["mcpgen", "apply", "--owner", ""]), none);
    assert_eq!(case.ok(&["__complete", "--"]).out, "");
    let fifo = Case::new();
    std::fs::create_dir_all(fifo.path(".config/mcpgen")).unwrap();
    crate::case::mkfifo(&fifo.path(".config/mcpgen/mcp.toml"));
    assert_eq!(candidates(&fifo, &["mcpgen", "verify", ""]), none, "a pipe");
}

#[test]
fn no_candidate_shows_a_secret_or_controls_the_terminal() {
    let case = Case::new().declare(
        "clients = [\"cursor\"]\n[servers.a]\nurl = \"https://a.example.com/?k=@CANARY@\"\n\
         [servers.b]\ncommand = \"x --token @CANARY@\"\n\
         [servers.\"c\\u001B[31m\"]\ncommand = \"x\"\n[servers.\"d\\ne\"]\ncommand = \"y\"\n",
    );
    let run = case.ok(&["__complete", "--", "mcpgen", "verify", ""]);
    assert!(!run.out.contains(CANARY) && !run.out.contains('\u{1b}'), "{}", run.out);
    assert_eq!(candidates(&case, &["mcpgen", "verify", ""]), ["a", "b"]);
}

#[test]
fn completions_are_installed_where_the_shell_looks_for_them_and_removed_again() {
    for (shell, file) in [
        ("bash", "data/bash-completion/completions/mcpgen"),
        ("zsh", "data/zsh/site-functions/_mcpgen"),
        ("fish", "config/fish/completions/mcpgen.fish"),
        ("nushell", "data/nushell/vendor/autoload/mcpgen.nu"),
        ("elvish", "data/elvish/lib/mcpgen-completions.elv"),
    ] {
        let case = Case::new();
        let home = case.home().to_str().unwrap().to_owned();
        let case = case
            .var("XDG_DATA_HOME", format!("{home}/data"))
            .var("XDG_CONFIG_HOME", format!("{home}/config"))
            .write(".bashrc", "mine\n")
            .write(".zshrc", "mine\n");
        let before = case.snapshot();
        let said = case.ok(&["completions", "--install", shell]).err;
        assert!(said.contains(file), "{said}");
        assert_eq!(case.read(file), case.ok(&["completions", shell]).out);
        let after = case.snapshot();
        assert!(case.ok(&["completions", "--install", shell]).err.contains("is up to date"));
        assert_eq!(case.snapshot(), after);
        assert!(case.ok(&["completions", "--uninstall"]).err.contains(file));
        assert_eq!(case.snapshot(), before);
        assert!(!case.path(file).parent().unwrap().exists(), "{file}");
        assert!(case.ok(&["completions", "--uninstall", shell]).err.contains("no completion"));
    }
}

#[test]
fn an_older_script_is_replaced_and_a_foreign_file_is_not() {
    const FILE: &str = ".config/fish/completions/mcpgen.fish";
    let case = Case::new().var("SHELL", "/usr/bin/fish");
    let script = case.ok(&["completions", "fish"]).out;
    let case = case.write(FILE, format!("{script}# an older line\n"));
    case.ok(&["completions", "--install"]);
    assert_eq!(case.read(FILE), script);
    let case = case.write(FILE, "complete -c mcpgen -a mine\n");
    for flag in ["--install", "--uninstall"] {
        let run = case.run(&["completions", flag, "fish"]);
        assert_eq!(run.code, 1, "{}", run.err);
        assert!(run.err.contains("mcpgen did not write it"), "{}", run.err);
        assert_eq!(case.read(FILE), "complete -c mcpgen -a mine\n");
    }
    // Only files of mcpgen are removed if no shell is named.
    assert!(case.ok(&["completions", "--uninstall"]).err.contains("no completion"));
}

#[test]
fn the_shell_is_the_one_that_the_environment_names() {
    let case = Case::new().var("SHELL", "/bin/zsh");
    let said = case.ok(&["completions", "--install"]).err;
    assert!(said.contains("_mcpgen") && said.contains("fpath=("), "{said}");
    for (shell, code) in [("/bin/tcsh", 2), ("", 2)] {
        let run = Case::new().var("SHELL", shell).run(&["completions", "--install"]);
        assert_eq!(run.code, code, "{}", run.err);
        assert!(run.err.contains("bash, zsh, fish"), "{}", run.err);
    }
    assert_eq!(Case::new().run(&["completions"]).code, 2);
    let run = Case::new().run(&["completions", "--install", "powershell"]);
    assert!(run.code == 2 && run.err.contains("Invoke-Expression"), "{}", run.err);
}

#[test]
fn every_shell_has_a_script() {
    let case = Case::new();
    for shell in SHELLS {
        let script = case.ok(&["completions", shell]).out;
        assert!(script.contains("__complete"), "{shell}");
    }
}

/// Types a line and Tab in an interactive bash, and returns the words that bash makes of it.
fn pressed_in_bash(case: &Case, line: &str) -> String {
    let program = env!("CARGO_BIN_EXE_mcpgen");
    case.put("bin/mcpgen", format!("#!/bin/sh\nexec {program} \"$@\"\n"));
    Command::new("chmod").args(["+x"]).arg(case.path("bin/mcpgen")).status().unwrap();
    case.put("rc", "PS1=; . ./mcpgen.bash; words() { printf '<%s>' \"$@\"; echo; }\n");
    case.put("mcpgen.bash", case.ok(&["completions", "bash"]).out);
    let mut command = Command::new("script");
    command.args(["-qec", "bash --noprofile --rcfile rc -i", "/dev/null"]).env_clear();
    command.env("HOME", case.home()).env("TERM", "dumb").current_dir(case.home());
    command.env("PATH", format!("{}/bin:/usr/bin:/bin", case.home().display()));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Control-A moves to the start of the line.
    let typed = format!("{line}\t\u{1}words \nexit\n");
    let run = case.finish(&mut command, Some(typed.as_bytes()));
    let words = run.out.lines().rev().find_map(|line| Some(&line[line.find("<mcpgen>")?..]));
    words.unwrap_or_else(|| panic!("{line:?}: {}", run.out)).trim().to_owned()
}

#[test]
fn bash_completes_names_and_paths() {
    let case = Case::new().declare(DECLARATION).write("project/inner", "");
    for (line, words) in [
        ("mcpgen login ", "<mcpgen><login><atlassian>"),
        ("mcpgen plan cur", "<mcpgen><plan><cursor>"),
        ("mcpgen verify --client=cl", "<mcpgen><verify><--client=claude-code>"),
        ("mcpgen secret rm my", "<mcpgen><secret><rm><my github>"),
        ("mcpgen secret rm 'my", "<mcpgen><secret><rm><my github>"),
        ("mcpgen apply --project proj", "<mcpgen><apply><--project><project/>"),
        ("mcpgen apply --project=proj", "<mcpgen><apply><--project=project/>"),
        ("mcpgen exec nothing", "<mcpgen><exec><nothing>"),
    ] {
        assert_eq!(pressed_in_bash(&case, line), words, "{line:?}");
    }
}
