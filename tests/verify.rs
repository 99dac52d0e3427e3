//! `verify`: starts servers as clients do. Each server here is a real program that speaks MCP.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::case::{CANARY, Case, Run, is_running, kill_later, process};

mod advice;
mod process;
mod secrets;
mod sign_in;

const HELLO: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}}"#;

/// A server in shell: what it does first, and its pages of tools.
pub fn script(first: &str, pages: &[&str]) -> String {
    let mut text = format!(
        "#!/bin/sh\necho $$ >> \"$HOME/pids\"\n{first}\nwhile read -r line; do\ncase $line in\n\
         *'\"initialize\"'*) printf '%s\\n' '{HELLO}';;\n"
    );
    for (at, page) in pages.iter().enumerate() {
        let id = at + 2;
        let page = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{page}}}"#);
        text += &format!("*'\"id\":{id},'*) printf '%s\\n' '{page}';;\n");
    }
    text + "esac\ndone\n"
}

pub const TWO: &str = r#"{"tools":[{"name":"a"},{"name":"b"}]}"#;

/// A machine with servers that one client starts, each by its name and its program.
fn machine(servers: &[(&str, &str)]) -> Case {
    let mut text = "clients = [\"cursor\"]\n".to_owned();
    let case = Case::new();
    for (name, program) in servers {
        let path = format!("bin/{name}");
        case.put(&path, program);
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(case.path(&path), mode).unwrap();
        text += &format!("[servers.{name}]\ncommand = \"~/bin/{name}\"\n");
    }
    case.declare(&text)
}

fn verify(case: &Case, more: &[&str]) -> (i32, Vec<Value>, String) {
    let run = case.run(&[&["verify", "--json"], more].concat());
    let rows = serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{}{}", run.out, run.err));
    (run.code, rows, run.err)
}

/// Fails if a server still runs, and returns how many were started.
fn assert_ended(case: &Case) -> usize {
    let pids = std::fs::read_to_string(case.path("pids")).unwrap_or_default();
    for pid in pids.lines() {
        let begin = Instant::now();
        while is_running(pid) {
            assert!(begin.elapsed() < Duration::from_secs(5), "the server {pid} still runs");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    pids.lines().count()
}

fn flat(run: &Run) -> String {
    run.err.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_server_that_works_is_shown_with_the_number_of_its_tools_on_all_pages() {
    let pages = [
        r#"{"tools":[{"name":"a"},{"name":"b"}],"nextCursor":"x"}"#,
        r#"{"tools":[{"name":"c"}],"nextCursor":"y"}"#,
        r#"{"tools":[]}"#,
    ];
    let chatty = "echo 'not JSON'; echo 'Starting' >&2; echo '{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"ping\"}'";
    let case = machine(&[
        ("chatty", &script(chatty, &[TWO])),
        ("paged", &script("", &pages)),
        ("slow", &script("sleep 1", &[TWO])),
    ]);
    let run = case.ok(&["verify"]);
    let cells: Vec<Vec<&str>> =
        run.out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(cells[0], ["SERVER", "RESULT", "TOOLS", "TIME", "SIGN-IN", "CLIENTS"]);
    let counts: Vec<_> = cells[1..].iter().map(|row| (row[0], row[1], row[2])).collect();
    assert_eq!(counts, [("chatty", "ok", "2"), ("paged", "ok", "3"), ("slow", "ok", "2")]);
    assert!(cells[3][3].parse::<f64>().unwrap() >= 1.0, "{}", run.out);
    assert_eq!((run.err.as_str(), assert_ended(&case)), ("", 3));
}

#[test]
fn a_server_without_tools_is_not_asked_for_tools() {
    let hello = HELLO.replace(r#""tools":{}"#, "");
    let case = machine(&[("one", &script("", &[TWO]).replace(HELLO, &hello))]);
    let (code, rows, _) = verify(&case, &[]);
    assert_eq!((code, &rows[0]["tools"]), (0, &json!(0)));
}

#[test]
fn each_way_to_fail_is_reported_with_the_next_command_and_leaves_no_process() {
    let rejects = r#"#!/bin/sh
echo $$ >> "$HOME/pids"
read -r line
printf '%s\n' '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no licence"}}'
sleep 60
"#;
    let silent =
        "#!/bin/sh\necho $$ >> \"$HOME/pids\"\nsleep 60 & echo $! >> \"$HOME/pids\"\nsleep 60\n";
    let stubborn =
        "#!/bin/sh\necho $$ >> \"$HOME/pids\"\ntrap '' TERM\nwhile :; do sleep 1; done\n";
    let dies =
        "#!/bin/sh\necho 'the last but one' >&2\necho 'no database' >&2\necho '}' >&2\nexit 3\n";
    let repeats =
        script("", &[r#"{"tools":[],"nextCursor":"x"}"#, r#"{"tools":[],"nextCursor":"x"}"#]);
    let case = machine(&[
        ("dies", dies),
        ("rejects", rejects),
        ("repeats", &repeats),
        ("silent", silent),
        ("strange", &script("", &[r#"{"tools":7}"#])),
        ("stubborn", stubborn),
    ]);
    let text = case.read(".config/mcpgen/mcp.toml") + "[servers.absent]\ncommand = \"absent-7\"\n";
    case.put(".config/mcpgen/mcp.toml", text);
    let begin = Instant::now();
    let (code, rows, _) = verify(&case, &["--timeout", "2"]);
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    let found: Vec<_> =
        rows.iter().map(|row| (row["server"].as_str().unwrap(), &row["error"])).collect();
    let want = [
        ("absent", "not-found"),
        ("dies", "ended"),
        ("rejects", "rejected"),
        ("repeats", "malformed"),
        ("silent", "timeout"),
        ("strange", "malformed"),
        ("stubborn", "timeout"),
    ];
    assert_eq!(
        (code, format!("{found:?}")),
        (1, format!("{:?}", want.map(|(n, e)| (n, json!(e)))))
    );
    assert_eq!(rows[1]["stderr"], "no database");
    assert!(rows[1]["message"].as_str().unwrap().contains("exit code 3"), "{}", rows[1]);
    assert!(assert_ended(&case) >= 6);
    let run = case.run(&["verify", "--timeout", "2"]);
    let said = flat(&run);
    for words in [
        "cannot verify `dies`: the process ended with exit code 3 before it had responded",
        "its standard error stream says: no database",
        "`mcpgen exec dies`",
        "cannot verify `absent`: `absent-7` was not found",
        "cannot verify `rejects`: the server rejects `initialize`: no licence",
        "cannot verify `silent`: no response to `initialize` within 2 s",
        "`mcpgen verify --timeout 6 silent`",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    assert_ended(&case);
}

#[test]
fn a_hostile_server_does_not_reach_the_terminal_and_is_ended() {
    let flood = "while :; do printf '%0100000d' 0; done &\necho $! >> \"$HOME/pids\"";
    let lines = "while :; do echo '{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}'; done &\necho $! >> \"$HOME/pids\"";
    let evil = r#"{"tools":[{"name":"\u001b[31mred"}],"nextCursor":7}"#;
    let steering = "#!/bin/sh\nprintf 'a\\033[2Jb\\233c\\n' >&2\nexit 1\n";
    let deep = format!("#!/bin/sh\nprintf '%s\\n' '{}'\nexit 1\n", "[".repeat(9000));
    let case = machine(&[
        ("deep", &deep),
        ("evil", &script("", &[evil])),
        ("flood", &script(flood, &[])),
        ("lines", &script(lines, &[])),
        ("steering", steering),
    ]);
    for args in [&["verify", "--timeout", "3"][..], &["verify", "--timeout", "3", "--json"]] {
        let run = case.run(args);
        assert_eq!(run.code, 1);
        let said = format!("{}{}", run.out, run.err);
        assert!(!said.contains(|c: char| c.is_control() && c != '\n'), "{said:?}");
        assert!(said.contains("evil"), "{said}");
        assert_ended(&case);
    }
}

#[test]
fn no_secret_that_a_server_writes_is_shown() {
    let leaks =
        "#!/bin/sh\necho \"cannot use $API_WORD and $CANARY and hunter2hunter2\" >&2\nexit 1\n";
    let case = machine(&[("one", leaks)]).write(".secrets/word", "plain-word-of-a-user\n");
    let text = "clients = [\"cursor\"]\n[servers.one]\ncommand = \"~/bin/one\"\n\
                secrets = { API_WORD = \"file:~/.secrets/word\" }\n";
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_mcpgen")).parent().unwrap();
    let case = case.declare(text).var("PATH", format!("{}:/usr/bin:/bin", bin.display()));
    let case = case.var("MY_PASSWORD", "hunter2hunter2");
    for args in [&["verify"][..], &["verify", "--json"]] {
        let run = case.run(args);
        let said = format!("{}{}", run.out, run.err);
        assert_eq!(run.code, 1, "{said}");
        assert!(said.contains("cannot use …"), "{said}");
        for secret in ["plain-word-of-a-user", "hunter2hunter2", CANARY] {
            assert!(!said.contains(secret), "{said}");
        }
    }
}

#[test]
fn a_server_starts_with_the_variables_that_its_client_passes() {
    let shows = script("env > \"$HOME/env.$$\"", &[TWO]);
    let case = machine(&[("one", &shows)]).var("MY_VARIABLE", "here");
    let text = case.read(".config/mcpgen/mcp.toml");
    let text = text.replace("\"cursor\"", "\"claude-code\", \"claude-desktop\"");
    case.put(".config/mcpgen/mcp.toml", text);
    let (code, rows, err) = verify(&case, &[]);
    assert_eq!((code, rows.len()), (0, 2), "{err}");
    let clients: Vec<_> = rows.iter().map(|row| row["clients"][0].as_str().unwrap()).collect();
    assert_eq!(clients, ["claude-code", "claude-desktop"]);
    let passed = |row: &Value| !row["withheld"].as_array().unwrap().contains(&json!("MY_VARIABLE"));
    assert_eq!((passed(&rows[0]), passed(&rows[1])), (true, false));
    let seen: Vec<bool> = std::fs::read_dir(case.home())
        .unwrap()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("env."))
        .map(|entry| std::fs::read_to_string(entry.path()).unwrap().contains("MY_VARIABLE=here"))
        .collect();
    assert_eq!((seen.len(), seen.iter().filter(|seen| **seen).count()), (2, 1));
    // One client alone.
    let (_, rows, _) = verify(&case, &["--client", "claude-code"]);
    assert_eq!((rows.len(), &rows[0]["clients"]), (1, &json!(["claude-code"])));
}

#[test]
fn ctrl_c_ends_every_server() {
    let case = machine(&[
        ("one", &script("sleep 60 & echo $! >> \"$HOME/pids\"; wait", &[])),
        (
            "two",
            "#!/bin/sh\necho $$ >> \"$HOME/pids\"\ntrap '' TERM INT\nwhile :; do sleep 1; done\n",
        ),
    ]);
    let child = case.command(&["verify"]).spawn().unwrap();
    kill_later(child.id());
    let begin = Instant::now();
    let started = || std::fs::read_to_string(case.path("pids")).unwrap_or_default().lines().count();
    while started() < 3 {
        assert!(begin.elapsed() < Duration::from_secs(20), "the servers start");
        std::thread::sleep(Duration::from_millis(20));
    }
    rustix::process::kill_process(process(child.id()), rustix::process::Signal::INT).unwrap();
    let run = case.ended(child);
    assert_eq!((run.code, run.out.as_str()), (130, ""), "{}", run.err);
    assert!(begin.elapsed() < Duration::from_secs(40));
    assert_eq!(assert_ended(&case), 3);
}

#[test]
fn an_unknown_server_or_client_is_a_usage_error() {
    let case = machine(&[("alpha", &script("", &[TWO]))]);
    let text = case.read(".config/mcpgen/mcp.toml");
    let text = text.replace("[\"cursor\"]", "[\"codex\", \"cursor\"]");
    case.put(".config/mcpgen/mcp.toml", text + "clients = [\"cursor\"]\n");
    for (args, words) in [
        (&["verify", "alpa"][..], "`alpha`"),
        (&["verify", "--client", "cursr"], "`cursor`"),
        (&["verify", "--client", "zed"], "not among the declared clients"),
        (&["verify", "--timeout", "0"], "--timeout"),
        (&["verify", "alpha", "--client", "codex"], "`alpha` is not declared for these clients"),
    ] {
        let run = case.run(args);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", run.err);
        assert!(run.err.contains(words), "{}", run.err);
    }
    assert_eq!(assert_ended(&case), 0);
}
