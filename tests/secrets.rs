//! Secret references: what each leads to, and what is said where one leads nowhere.

use std::time::{Duration, Instant};

use crate::case::{CANARY, Case, Run, mkfifo, process};

// A server that writes what it got, and a mark that it was started at all. What it got is not output of
// mcpgen's, so the canary may be in it.
fn declare(launch: &str, secrets: &str) -> String {
    format!(
        "clients = [\"cursor\"]\nlaunch = {{ {launch} }}\n[servers.one]\ncommand = \"sh\"\n\
         args = [\"-c\", \"env > got\"]\nsecrets = {{ {secrets} }}\n"
    )
}

fn got(case: &Case, name: &str) -> Option<String> {
    let text = case.read("got");
    text.lines().find_map(|line| line.strip_prefix(&format!("{name}="))).map(str::to_owned)
}

// A program in a directory that is on the case's PATH.
fn program(case: Case, name: &str, script: &str) -> Case {
    let case = case.write(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
    let path = case.path(&format!("bin/{name}"));
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(path, mode).unwrap();
    let bin = case.path("bin").to_str().unwrap().to_owned();
    case.var("PATH", format!("{bin}:/usr/bin:/bin"))
}

fn refused(case: &Case, words: &[&str]) -> Run {
    let run = case.run(&["exec", "one"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
    assert!(run.err.contains("cannot start `one`"), "{}", run.err);
    let said = run.err.replace("\n         ", " ");
    for word in words {
        assert!(said.contains(word), "no {word:?} in\n{}", run.err);
    }
    assert!(!case.exists("got"), "the server was started all the same");
    run
}

#[test]
fn a_secret_is_read_from_a_variable_a_file_or_a_program() {
    let secrets = r#"A = "env:CANARY", B = "file:~/.secrets/canary", C = "file:${S}/canary",
        D = "command:cat '.secrets/canary'", E = 'command:["cat", ".secrets/canary"]'"#;
    let case = Case::new().declare(&declare("", &secrets.replace('\n', " ")));
    let directory = case.path(".secrets").to_str().unwrap().to_owned();
    let case = case.var("S", directory);
    case.ok(&["exec", "one"]);
    for name in ["A", "B", "C", "D", "E"] {
        assert_eq!(got(&case, name).as_deref(), Some(CANARY), "{name}");
    }
}

// `op` cannot be had here. This stand-in follows the documented contract of `op read`: the reference is its one
// argument, the secret goes to stdout with a line break, complaints go to stderr with exit code 1.
const OP_STAND_IN: &str = r#"
[ "$1" = read ] && [ $# = 2 ] || exit 2
[ -t 0 ] && exit 3
case $2 in
  op://Private/Jira/token) cat "$HOME/.secrets/canary" ;;
  op://Locked/*) echo '[ERROR] 2026/11/24 You are not currently signed in. Please run `op signin`' >&2; exit 1 ;;
  *) echo "[ERROR] 2026/11/24 \"$2\" isn't an item in the \"Private\" vault" >&2; exit 1 ;;
esac"#;

#[test]
fn the_program_of_1password_is_called_as_its_documentation_says() {
    let case = Case::new().declare(&declare("", r#"T = "op://Private/Jira/token""#));
    let case = program(case, "op", OP_STAND_IN);
    case.ok(&["exec", "one"]);
    assert_eq!(got(&case, "T").as_deref(), Some(CANARY));
    std::fs::remove_file(case.path("got")).unwrap();
    let case = case.declare(&declare("", r#"T = "op://Locked/Jira/token""#));
    refused(&case, &["`op` exited with code 1", "not currently signed in", "op signin"]);
    let case = case.declare(&declare("", r#"T = "op://Private/Jria/token""#));
    refused(&case, &["isn't an item", "op item list"]);
}

#[test]
fn every_failed_reference_has_its_own_message_and_starts_nothing() {
    for (secret, words) in [
        ("keyring:a", &["no keyring is available", "gnome-keyring"][..]),
        (
            "env:NONE",
            &["`NONE` is not set", "set the variable in the environment of the client"][..],
        ),
        ("env:BLANK", &["`BLANK` is not set, is empty"][..]),
        ("file:~/none", &["none` not found", "for you only"][..]),
        ("file:~/.secrets", &["is a directory"][..]),
        ("file:${NONE}/x", &["variable `NONE`, which is not set", "${NAME:-default}"][..]),
        ("file:${NONE:-t}", &["`t` is relative to the directory"][..]),
        ("file:~/store", &["is a link to `/nix/store/none/x`, which does not exist"][..]),
        ("file:${NONE", &["without `}`"][..]),
        ("file:~/empty", &["is empty"][..]),
        ("file:~/blank", &["is empty"][..]),
        ("file:~/binary", &["not UTF-8", "base64"][..]),
        ("file:~/nul", &["a NUL byte"][..]),
        ("file:~/long", &["longer than 64 KiB"][..]),
        ("file:/dev/zero", &["is a device, a pipe or a socket"][..]),
        ("file:~/loop", &["loop"][..]),
        ("file:/proc/self/mem", &["cannot be read"][..]),
        ("command:no-such-program", &["`no-such-program` is not installed", "absolute path"][..]),
        ("command:/none/x", &["program `/none/x`", "correct its path"][..]),
        ("command:~/empty", &["cannot start `~/empty`"][..]),
        ("command:true", &["is empty"][..]),
        ("command:false", &["`false` exited with code 1", "in a terminal"][..]),
        ("command:sh -c 'kill -9 $$'", &["`sh` was killed by a signal"][..]),
        ("command:yes", &["longer than 64 KiB"][..]),
        ("command:sleep 60", &["no response after 1 s", "secret-timeout"][..]),
    ] {
        let text = declare("secret-timeout = 1", &format!("T = \"{secret}\""));
        let case = Case::new().declare(&text).var("BLANK", "");
        let case = case.write("empty", "").write("blank", " \n").write("binary", b"\xff\xfe");
        let case = case.write("long", "x".repeat(70_000));
        let case = case.write("nul", "a\0b\n").var("DBUS_SESSION_BUS_ADDRESS", "unix:path=/none");
        std::os::unix::fs::symlink("loop", case.path("loop")).unwrap();
        std::os::unix::fs::symlink("/nix/store/none/x", case.path("store")).unwrap();
        refused(&case, words);
    }
}

#[test]
fn a_pipe_without_a_writer_does_not_block() {
    let case = Case::new().declare(&declare("secret-timeout = 1", r#"T = "file:~/pipe""#));
    mkfifo(&case.path("pipe"));
    refused(&case, &["no response after 1 s"]);
}

#[test]
fn many_stores_that_never_respond_take_no_longer_than_one() {
    let secrets: Vec<_> = (0..15).map(|n| format!("T{n} = \"file:~/pipe{n}\"")).collect();
    let case = Case::new().declare(&declare("secret-timeout = 1", &secrets.join(", ")));
    for n in 0..15 {
        mkfifo(&case.path(&format!("pipe{n}")));
    }
    let start = Instant::now();
    refused(&case, &["no response after 1 s"]);
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[test]
fn a_background_process_of_a_program_does_not_block() {
    let ask = r#"command:sh -c 'sleep 30 > /dev/null & echo $! > pid; echo t'"#;
    let case = Case::new().declare(&declare("secret-timeout = 5", &format!("T = \"{ask}\"")));
    case.ok(&["exec", "one"]);
    assert_eq!(got(&case, "T").as_deref(), Some("t"));
    let agent = process(case.read("pid").trim().parse().unwrap());
    rustix::process::kill_process(agent, rustix::process::Signal::TERM).unwrap();
}

#[test]
fn a_trailing_line_break_in_a_variable_is_not_part_of_the_secret() {
    let case = Case::new().declare(&declare("", r#"T = "env:X""#)).var("X", "t\n");
    case.ok(&["exec", "one"]);
    assert!(case.read("got").contains("\nT=t\n") && !case.read("got").contains("T=t\n\n"));
    refused(&Case::new().declare(&declare("", r#"T = "env:X""#)).var("X", " \n"), &["is empty"]);
}

#[test]
fn a_reference_does_not_control_the_terminal() {
    let case = Case::new().declare(&declare("", r#"T = "env:\u001b[31m""#));
    let run = case.run(&["check", "--secrets"]);
    assert!(run.out.contains("env:␛[31m"), "{:?}", run.out);
}

#[test]
fn all_failed_references_are_reported_at_once_with_each_position() {
    let case = Case::new().declare(&declare("", r#"A = "env:X", B = "env:X", C = "file:~/none""#));
    let run = refused(&case, &["`A`", "`B`", "`C`"]);
    assert_eq!(run.err.matches("error:").count(), 3, "{}", run.err);
}

#[test]
fn the_error_output_of_a_program_is_hidden_if_it_may_contain_the_secret() {
    let case = Case::new()
        .declare(&declare("", r#"T = "command:sh -c 'cat .secrets/canary >&2; exit 1'""#));
    refused(&case, &["`sh` exited with code 1"]);
    // 1Password's own words are shown, and what looks like a secret in them is blanked out.
    let case = case.declare(&declare("", r#"T = "op://a/b/c""#));
    let case = program(case, "op", "printf 'no \\033[31m'; cat .secrets/canary >&2; exit 1");
    refused(&case, &["`op` exited with code 1: ****"]);
}

#[test]
fn references_are_resolved_in_parallel() {
    // Each waits for the other: one after the other, neither would ever end.
    let secrets = r#"A = "command:sh -c 'echo a > there; cat back'",
        B = "command:sh -c 'cat there > /dev/null; echo b | tee back'""#;
    let case = Case::new().declare(&declare("", &secrets.replace('\n', " ")));
    for pipe in ["there", "back"] {
        mkfifo(&case.path(pipe));
    }
    // `tee` writes to the pipe and to mcpgen.
    case.ok(&["exec", "one"]);
    assert_eq!((got(&case, "A"), got(&case, "B")), (Some("b".into()), Some("b".into())));
}

#[test]
fn a_reference_that_is_used_twice_is_resolved_once() {
    let ask = r#"command:sh -c 'echo asked >> asked; echo t'"#;
    let case = Case::new().declare(&declare("", &format!("A = \"{ask}\", B = \"{ask}\"")));
    case.ok(&["exec", "one"]);
    assert_eq!(case.read("asked"), "asked\n");
    assert_eq!((got(&case, "A"), got(&case, "B")), (Some("t".into()), Some("t".into())));
}

#[test]
fn a_program_that_hangs_is_killed_with_its_child_processes() {
    let hang = r#"command:sh -c 'sleep 600 & echo $! > pid; wait'"#;
    let case = Case::new().declare(&declare("secret-timeout = 1", &format!("A = \"{hang}\"")));
    refused(&case, &["no response after 1 s"]);
    let process = format!("/proc/{}/stat", case.read("pid").trim());
    let end = Instant::now() + Duration::from_secs(5);
    let runs = || std::fs::read_to_string(&process).is_ok_and(|stat| !stat.contains(") Z "));
    while runs() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(!runs(), "what it started is still there");
}

#[test]
fn a_program_of_a_store_does_not_read_the_clients_input() {
    let case = Case::new().declare(
        "clients = [\"cursor\"]\n[servers.one]\ncommand = \"cat\"\n\
         secrets = { A = \"command:sh -c 'cat; echo t'\" }\n",
    );
    let run = case.pipe(&["exec", "one"], "{\"jsonrpc\":\"2.0\"}\n");
    assert_eq!(run.out, "{\"jsonrpc\":\"2.0\"}\n");
}

#[test]
fn a_file_that_everybody_can_read_is_a_warning() {
    let case = Case::new().declare(&declare("", r#"T = "file:~/.secrets/canary""#));
    let mode = |mode| std::os::unix::fs::PermissionsExt::from_mode(mode);
    std::fs::set_permissions(case.path(".secrets/canary"), mode(0o644)).unwrap();
    let run = case.ok(&["exec", "one"]);
    assert!(run.err.contains("every user of this machine can read `~/.secrets/canary`"));
    assert!(run.err.contains("chmod 600 ~/.secrets/canary"), "{}", run.err);
    std::fs::set_permissions(case.path(".secrets/canary"), mode(0o600)).unwrap();
    assert_eq!(case.ok(&["exec", "one"]).err, "");
}

#[test]
fn check_resolves_every_secret_and_shows_none() {
    let text = declare("", r#"A = "env:CANARY", B = "env:NONE""#);
    let case = Case::new().declare(&text);
    let run = case.run(&["check", "--secrets"]);
    assert_eq!(run.code, 1);
    assert_eq!(
        run.out,
        "         SERVER  SECRET  REFERENCE\n\
         ok       one     A       env:CANARY\n\
         missing  one     B       env:NONE\n"
    );
    assert!(run.err.contains("cannot start `one`: cannot resolve the secret `B`"), "{}", run.err);
    let json = case.run(&["check", "--secrets", "--json"]);
    let rows: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((&rows[0]["found"], &rows[1]["found"]), (&true.into(), &false.into()));
    let case = case.declare(&declare("", r#"A = "env:CANARY""#));
    assert_eq!(case.run(&["check", "--secrets"]).code, 0);
    assert_eq!(case.run(&["check", "--json"]).code, 2, "there is nothing to list");
    let case = case.declare("clients = [\"cursor\"]\n[servers.one]\ncommand = \"one\"\n");
    let run = case.ok(&["check", "--secrets"]);
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", "no server needs a secret\n"));
}

#[test]
fn a_secret_is_not_printed_on_a_terminal_by_default_nor_prompted_for_without_one() {
    let case = Case::new().var("DBUS_SESSION_BUS_ADDRESS", "unix:path=/none");
    let shown = case.typed(&["secret", "get", "a"]);
    assert_eq!(shown.code, 2, "{}", shown.out);
    assert!(shown.out.contains("--reveal"), "{}", shown.out);
    let mut alone = case.wrapped(&["setsid", "-w"], &["secret", "set", "a"]);
    let run = case.finish(&mut alone, None);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("`mcpgen secret set --stdin a`"), "{}", run.err);
    assert_eq!(case.pipe(&["secret", "set", "", "--stdin"], "t").code, 2, "no name leads there");
    for input in ["", "\n"] {
        let run = case.pipe(&["secret", "set", "a", "--stdin"], input);
        assert_eq!(run.code, 1);
        assert!(run.err.contains("is empty"), "{}", run.err);
    }
    let run = case.pipe(&["secret", "set", "a", "--stdin"], "x".repeat(70_000));
    assert!(run.err.contains("longer than 64 KiB"), "{}", run.err);
}
