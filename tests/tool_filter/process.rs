//! The process that hides tools, between the client and the server.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::{DENY, LIST, declared};
use crate::case::{CANARY, Case, is_running, kill_later};

fn start(case: &Case) -> Child {
    let child = case.command(&["exec", "one"]).stdin(Stdio::piped()).spawn().unwrap();
    kill_later(child.id());
    child
}

fn wait(child: &mut Child) -> ExitStatus {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(10) {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("exec does not end");
}

// Waits for the process id that a server writes to the file `pid`.
fn server_id(case: &Case) -> String {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(10) {
        let id = std::fs::read_to_string(case.path("pid")).unwrap_or_default();
        if id.ends_with('\n') {
            return id.trim().to_owned();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("the server does not start");
}

fn assert_ends(id: &str) {
    let begin = Instant::now();
    while is_running(id) {
        assert!(begin.elapsed() < Duration::from_secs(10), "the server still runs");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn signal(name: &str, id: u32) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {id}")]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn the_exit_code_and_the_signal_of_the_server_are_those_of_exec() {
    for (script, code, signal) in [
        ("exit 7", Some(7), None),
        ("kill -9 $$", None, Some(9)),
        ("kill -TERM $$", None, Some(15)),
    ] {
        let case = declared(script, DENY);
        let status = wait(&mut start(&case));
        assert_eq!((status.code(), status.signal()), (code, signal), "{script}");
    }
}

#[test]
fn the_server_gets_the_signals_of_exec() {
    for name in ["TERM", "INT", "HUP"] {
        let script =
            format!("trap 'echo bye; exit 5' {name}\necho $$ > pid\nwhile :; do sleep 0.01; done");
        let case = declared(&script, DENY);
        let mut child = start(&case);
        server_id(&case);
        signal(name, child.id());
        assert_eq!(wait(&mut child).code(), Some(5));
        let mut last = String::new();
        child.stdout.take().unwrap().read_to_string(&mut last).unwrap();
        assert_eq!(last, "bye\n", "the last output is not lost");
    }
}

#[test]
fn the_server_ends_when_exec_is_killed() {
    let case = declared("echo $$ > pid\ntrap '' TERM HUP\nwhile :; do sleep 0.01; done", DENY);
    let mut child = start(&case);
    let id = server_id(&case);
    child.kill().unwrap();
    wait(&mut child);
    assert_ends(&id);
}

#[test]
fn the_end_of_one_side_is_the_end_of_the_other() {
    // The server closes its output, and the client notices.
    let case = declared("exec >&-\nread line\nexit 3", DENY);
    let mut child = start(&case);
    let mut rest = vec![];
    child.stdout.take().unwrap().read_to_end(&mut rest).unwrap();
    child.stdin.take();
    assert_eq!((wait(&mut child).code(), rest.as_slice()), (Some(3), &b""[..]));
    // The server closes its input, and the client notices.
    let case =
        declared("exec <&-\necho $$ > pid\nwhile ! [ -e end ]; do sleep 0.01; done\nexit 4", DENY);
    let mut child = start(&case);
    server_id(&case);
    let mut stdin = child.stdin.take().unwrap();
    let begin = Instant::now();
    while stdin.write_all(format!("{LIST}\n").as_bytes()).is_ok() {
        assert!(begin.elapsed() < Duration::from_secs(10), "the client writes to nobody");
        std::thread::sleep(Duration::from_millis(5));
    }
    case.put("end", "");
    assert_eq!(wait(&mut child).code(), Some(4));
    // The client closes its input, and the server notices.
    let case = declared("while echo line; do sleep 0.01; done 2> error\nexit 6", DENY);
    let mut child = start(&case);
    drop(child.stdout.take());
    let status = wait(&mut child);
    assert!(status.code() == Some(6) || status.signal() == Some(13), "{status:?}");
}

#[test]
fn exec_ends_with_the_server_even_if_another_process_keeps_the_output_open() {
    let case = declared("sleep 30 &\necho $! > pid\necho last\nexit 0", DENY);
    let mut child = start(&case);
    let mut first = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
    assert_eq!((wait(&mut child).code(), first.as_str()), (Some(0), "last\n"));
    signal("KILL", server_id(&case).parse().unwrap());
}

#[test]
fn the_errors_of_a_server_with_hidden_tools_reach_the_client() {
    let case = declared("echo oops >&2", DENY);
    assert_eq!(case.run(&["exec", "one"]).err, "oops\n");
    let case = declared("", &format!("{DENY}secrets = {{ A = \"file:~/none\" }}\n"));
    let run = case.run(&["exec", "one"]);
    assert!(run.code == 1 && run.err.contains("cannot resolve the secret `A`"), "{}", run.err);
}

#[test]
fn the_process_that_hides_tools_does_not_have_the_secrets_of_the_server() {
    let secret = format!("{DENY}secrets = {{ TOKEN = \"file:~/.secrets/canary\" }}\n");
    let case = declared("echo $$ > pid\nprintf %s \"$TOKEN\" > token\nread line", &secret);
    let mut child =
        case.command(&["exec", "one"]).env_remove("CANARY").stdin(Stdio::piped()).spawn().unwrap();
    let id = server_id(&case);
    let environment = |id: &str| std::fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
    let has = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).contains(CANARY);
    assert!(has(environment(&id)) && !has(environment(&child.id().to_string())));
    child.stdin.take();
    wait(&mut child);
    assert_eq!(case.read("token"), CANARY);
}
