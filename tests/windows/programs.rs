//! The programs that mcpgen starts: `exec`, its job object, `cmd /c npx`, the keyring and `doctor`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::wait_until;
use crate::bridge::INITIALIZE;
use crate::case::Case;
use crate::oauth::{Answer, Server};

// The test of this program that a server is.
const SERVER: &str = "windows::programs::a_server_that_lives_until_it_is_ended";

fn declared(lines: &str) -> String {
    format!("clients = [\"cursor\"]\n[servers.one]\n{lines}")
}

// Returns a declaration of this program, as a server that writes to the file `alive` again and again.
fn living(case: &Case) -> String {
    let program = std::env::current_exe().unwrap();
    let args = json!(["--ignored", "--exact", SERVER, "--nocapture"]);
    let alive = case.path("alive");
    declared(&format!(
        "command = '{}'\nargs = {args}\nenv = {{ ALIVE_FILE = '{}' }}\n",
        program.display(),
        alive.display()
    ))
}

#[test]
#[ignore = "it is a server that other tests start"]
fn a_server_that_lives_until_it_is_ended() {
    let Some(file) = std::env::var_os("ALIVE_FILE") else { return };
    // Ten minutes are longer than any test.
    for beat in 0..30_000_u32 {
        std::fs::write(&file, beat.to_string()).unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn beat(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_default()
}

#[test]
fn the_exit_code_of_a_server_is_that_of_exec() {
    for code in [0, 7, 300] {
        let case = Case::new();
        let args = json!(["/c", format!("exit {code}")]);
        let case = case.declare(&declared(&format!("command = \"cmd\"\nargs = {args}\n")));
        let run = case.run(&["exec", "one"]);
        assert_eq!((run.code, run.err.as_str()), (code, ""));
    }
}

#[test]
fn a_server_reads_and_writes_the_streams_of_exec() {
    let case = Case::new();
    let case = case.declare(&declared(
        "command = \"cmd\"\nargs = [\"/c\", \"echo %GREETING%\"]\nenv = { GREETING = \"hello\" }\n",
    ));
    assert_eq!(case.ok(&["exec", "one"]).out, "hello\r\n");
    let case = case.declare(&declared("command = \"cmd\"\nargs = [\"/q\"]\n"));
    let run = case.pipe(&["exec", "one"], "echo from-stdin\r\nexit\r\n");
    assert!(run.out.contains("from-stdin"), "{run:?}");
}

#[test]
fn a_server_ends_when_exec_is_killed() {
    let case = Case::new();
    let declaration = living(&case);
    let case = case.declare(&declaration);
    let alive = case.path("alive");
    let mut child = case.command(&["exec", "one"]).stdin(Stdio::piped()).spawn().unwrap();
    wait_until("the server starts", || alive.exists());
    child.kill().unwrap();
    child.wait().unwrap();
    let last = std::cell::RefCell::new((beat(&alive), Instant::now()));
    // Without a beat for half a second, it has ended.
    wait_until("the server ends with exec", || {
        let mut last = last.borrow_mut();
        let now = beat(&alive);
        if now != last.0 {
            *last = (now, Instant::now());
        }
        last.1.elapsed() > Duration::from_millis(500)
    });
}

#[test]
fn a_program_that_does_not_exist_is_an_error_of_exec() {
    let case = Case::new().declare(&declared("command = \"no-such\"\n"));
    let run = case.run(&["exec", "one"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("`no-such` was not found"), "{}", run.err);
}

#[test]
fn npx_is_started_by_cmd() {
    let case = Case::new().declare(&declared("command = \"npx\"\nargs = [\"-y\", \"server\"]\n"));
    case.ok(&["apply"]);
    let file: Value = serde_json::from_str(&case.read(".cursor/mcp.json")).unwrap();
    let entry = &file["mcpServers"]["one"];
    assert_eq!(entry["command"], "cmd");
    assert_eq!(entry["args"], json!(["/c", "npx", "-y", "server"]));
    // The declaration can be used on other systems.
    let imported = case.ok(&["import"]).out;
    assert!(imported.contains("command = \"npx\"\nargs = [\"-y\", \"server\"]\n"), "{imported}");
    // A script of npm, as Node installs it.
    let case = case.write("bin/npx.cmd", "@echo off\r\necho npx %*\r\n");
    let path = format!("{};{}", case.path("bin").display(), std::env::var("PATH").unwrap());
    let case = case.var("PATH", path);
    assert_eq!(case.ok(&["exec", "one"]).out, "npx -y server\r\n");
}

#[test]
fn a_secret_is_kept_in_the_credential_manager_and_reaches_the_server() {
    let case = Case::new();
    let name = format!("windows-test-{}", std::process::id());
    let run = case.pipe(&["secret", "set", &name, "--stdin"], "s3cr3t-value");
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(case.ok(&["secret", "get", &name]).out.trim_end(), "s3cr3t-value");
    assert!(case.ok(&["secret", "list"]).out.lines().any(|line| line == name));
    let case = case.declare(&declared(&format!(
        "command = \"cmd\"\nargs = [\"/c\", \"echo %TOKEN%\"]\nsecrets = {{ TOKEN = \"keyring:{name}\" }}\n"
    )));
    assert_eq!(case.ok(&["exec", "one"]).out, "s3cr3t-value\r\n");
    case.ok(&["secret", "rm", &name]);
    assert_eq!(case.run(&["secret", "get", &name]).code, 1);
    assert!(!case.ok(&["secret", "list"]).out.contains(&name));
}

#[test]
fn doctor_finds_a_program_that_does_not_exist_and_no_other_error() {
    let case = Case::new().declare(&declared("command = \"cmd\"\nargs = [\"/c\", \"exit\"]\n"));
    case.ok(&["apply"]);
    let run = case.run(&["doctor"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let case = case.declare(&declared("command = \"no-such\"\n"));
    case.ok(&["apply"]);
    let run = case.run(&["doctor"]);
    assert!(run.code != 0 && (run.out + &run.err).contains("no-such"));
}

#[test]
fn verify_starts_a_server_and_leaves_no_process() {
    let case = Case::new();
    let declaration = living(&case);
    let case = case.declare(&declaration);
    let run = case.run(&["verify", "--timeout", "3"]);
    assert_eq!(run.code, 1, "it speaks no MCP: {}{}", run.out, run.err);
    let before = beat(&case.path("alive"));
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(beat(&case.path("alive")), before, "it has ended");
}

#[test]
fn exec_runs_the_native_bridge() {
    let server = Server::tampered(|asked, _, answer| {
        let Ok(message) = serde_json::from_str::<Value>(&asked.body) else { return answer };
        let result = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": { "name": "one", "version": "1" } });
        Answer::json(200, &json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }))
    });
    let case = Case::new().declare(&format!(
        "clients = [\"cursor\"]\n[launch]\nbridge = [\"mcpgen\", \"bridge\"]\n[servers.one]\nurl = \"{}\"\n",
        server.url()
    ));
    let mut child = case.command(&["exec", "one"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(format!("{INITIALIZE}\n").as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    drop(input);
    let run = case.ended(child);
    assert_eq!(run.code, 0, "{}", run.err);
    let answer: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(answer["result"]["serverInfo"]["name"], "one");
}
