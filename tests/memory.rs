//! The memory of mcpgen, which holds tokens: nobody else reads it, and nobody misses what the system then hides.

use std::net::TcpStream;
use std::os::unix::fs::MetadataExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::case::{Case, Run};
use crate::doctor::{findings, machine};
use crate::oauth::Server;

const NOBODY: u32 = 65534;

/// A machine whose user is an ordinary one, also where root runs the tests.
struct Ordinary(Case);

impl Ordinary {
    fn new(case: Case) -> Self {
        std::fs::copy(env!("CARGO_BIN_EXE_mcpgen"), case.path("mcpgen")).unwrap();
        if is_root() {
            let mut chown = Command::new("chown");
            chown.args(["-R", &format!("{NOBODY}:{NOBODY}")]).arg(case.home());
            assert!(chown.status().unwrap().success());
        }
        Self(case)
    }

    fn command(&self, args: &[&str]) -> Command {
        let id = NOBODY.to_string();
        let user = ["/usr/bin/setpriv", "--reuid", &id, "--regid", &id, "--clear-groups"];
        let user = if is_root() { &user[..] } else { &[] };
        let copy = ["/bin/sh", "-c", "shift; exec ./mcpgen \"$@\"", "sh"];
        self.0.wrapped(&[user, &copy[..]].concat(), args)
    }

    fn run(&self, args: &[&str]) -> Run {
        self.0.finish(&mut self.command(args), None)
    }

    fn start(&self, args: &[&str]) -> Child {
        self.command(args)
            .stdin(Stdio::piped())
            .spawn()
            .expect("`setpriv` (util-linux) is installed")
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Waits until a process is the program of that name, and returns whether its memory can be dumped.
fn is_dumpable(child: &Child, name: &str) -> bool {
    let directory = format!("/proc/{}", child.id());
    let begin = Instant::now();
    loop {
        let comm = std::fs::read_to_string(format!("{directory}/comm")).unwrap_or_default();
        // The system gives the files of such a process to root (proc(5)).
        let dumpable = std::fs::metadata(format!("{directory}/fd")).unwrap().uid() != 0;
        let started = comm.trim() == name && begin.elapsed() > Duration::from_millis(200);
        if started || begin.elapsed() > Duration::from_secs(20) {
            assert!(started, "{comm}");
            return dumpable;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn stop(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn no_other_program_of_the_user_reads_the_memory_of_mcpgen() {
    let server = Server::honest();
    let machine = Ordinary::new(Case::new());
    for args in [&["bridge", &server.url()][..], &["login", &server.url(), "--no-browser"]] {
        let child = machine.start(args);
        assert!(!is_dumpable(&child, "mcpgen"), "{args:?}");
        stop(child);
    }
}

#[test]
fn a_server_that_mcpgen_starts_is_an_ordinary_process() {
    let case = Case::new().declare(
        "clients = [\"cursor\"]\n[servers.one]\ncommand = \"/bin/sleep\"\nargs = [\"60\"]\n\
         secrets = { KEY = \"env:CANARY\" }\n",
    );
    let machine = Ordinary::new(case);
    let child = machine.start(&["exec", "one"]);
    assert!(is_dumpable(&child, "sleep"));
    stop(child);
}

#[test]
fn an_ordinary_users_doctor_names_the_mcpgen_that_holds_a_callback_port() {
    let (server, other) = (Server::honest(), Server::honest());
    let port = crate::oauth::free_port();
    let entry = json!({ "command": "npx", "args": ["-y", "mcp-remote", server.url(), port] });
    let file = json!({ "mcpServers": { "srv": entry } });
    let machine = Ordinary::new(machine(&[]).write(".cursor/mcp.json", file.to_string()));
    let doctor = || machine.run(&["doctor", "--json"]);
    assert_eq!(findings(&doctor()), [""; 0]);
    // A sign-in to the server itself does not count: bridges wait for it.
    for (server, obstacle) in [(&server, false), (&other, true)] {
        let login = machine.start(&["login", &server.url(), "--port", &port, "--no-browser"]);
        let begin = Instant::now();
        while TcpStream::connect(format!("127.0.0.1:{port}")).is_err() {
            assert!(begin.elapsed() < Duration::from_secs(20));
            std::thread::sleep(Duration::from_millis(20));
        }
        let run = doctor();
        let said = format!("is in use by `mcpgen` (process {})", login.id());
        assert_eq!(run.out.contains(&said), obstacle, "{}", run.out);
        assert_eq!(findings(&run).len(), usize::from(obstacle), "{}", run.out);
        stop(login);
    }
}
