//! What a repository or a stranger can name is read without waiting, without end and without surprise.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::case::{Case, Run, mkfifo};

const ONE: &str = "clients = [\"claude-code\", \"cursor\", \"codex\", \"goose\"]\n\
    [launch]\nbridge = [\"node\", \"repo/node_modules/mcp-remote/dist/proxy.js\"]\n\
    [servers.one]\nurl = \"https://mcp.example.com/mcp\"\nauth = \"oauth\"\n";

/// What is in the place of a file: each would block, grow without end or exhaust the memory.
#[derive(Debug, Clone, Copy)]
enum Trap {
    Zero,
    Pipe,
    Sparse,
    Socket,
    Tty,
}

const TRAPS: [Trap; 5] = [Trap::Zero, Trap::Pipe, Trap::Sparse, Trap::Socket, Trap::Tty];

impl Trap {
    fn set(self, path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::remove_file(path).ok();
        match self {
            Self::Zero => symlink("/dev/zero", path).unwrap(),
            Self::Tty => symlink("/dev/ptmx", path).unwrap(),
            Self::Pipe => mkfifo(path),
            Self::Sparse => std::fs::File::create(path).unwrap().set_len(2 << 30).unwrap(),
            Self::Socket => drop(std::os::unix::net::UnixListener::bind(path).unwrap()),
        }
    }
}

// Far more than any of them takes, and far less than a pipe would.
fn bounded(case: &Case, args: &[&str]) -> Run {
    let wrapper = ["sh", "-c", "ulimit -v 2000000; exec \"$@\"", "sh"];
    let mut child = case.wrapped(&wrapper, args).spawn().unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(30) {
            child.kill().unwrap();
            panic!("{args:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    case.ended(child)
}

fn case() -> Case {
    Case::new().declare(ONE).var("MCP_REMOTE_CONFIG_DIR", "cache").write("repo/x", "")
}

#[test]
fn a_trap_in_place_of_any_file_is_refused_within_limits() {
    let paths = [
        ".cursor/mcp.json",
        ".codex/config.toml",
        ".config/goose/config.yaml",
        "repo/.mcp.json",
        "repo/.cursor/mcp.json",
        "repo/node_modules/mcp-remote/package.json",
        "cache/mcp-remote-0.15.1/tokens.json",
        ".local/state/mcpgen/undo/generation.json",
        ".local/state/mcpgen/ledger.json",
        ".local/state/mcpgen/writing",
    ];
    let commands: [&[&str]; 8] = [
        &["plan"],
        &["apply"],
        &["apply", "--project", "repo"],
        &["undo"],
        &["doctor", "--project", "repo"],
        &["status"],
        &["import"],
        &["owners"],
    ];
    crate::machine::each(TRAPS.len() * paths.len(), |step| {
        let (trap, path) = (TRAPS[(step - 1) % TRAPS.len()], paths[(step - 1) / TRAPS.len()]);
        let case = case();
        case.put(".local/state/mcpgen/x", "");
        let state = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(case.path(".local/state/mcpgen"), state).unwrap();
        trap.set(&case.path(path));
        for args in commands {
            let run = bounded(&case, args);
            assert!((0..=4).contains(&run.code), "{trap:?} at {path}, {args:?}: {run:?}");
        }
    });
}

#[test]
fn a_trap_in_place_of_a_clients_file_is_named() {
    for trap in TRAPS {
        let case = case();
        trap.set(&case.path(".cursor/mcp.json"));
        let run = bounded(&case, &["apply"]);
        assert_eq!(run.code, 1, "{trap:?}");
        let size = matches!(trap, Trap::Sparse);
        let what = if size { "is larger than 64 MiB" } else { "is a device, a pipe or a socket" };
        assert!(
            run.err.contains(what) && run.err.contains(".cursor/mcp.json"),
            "{trap:?}: {}",
            run.err
        );
        assert!(!case.exists(".claude.json"), "{trap:?}: nothing was written");
    }
}

#[test]
fn a_pipe_that_the_user_names_is_read() {
    let case = Case::new();
    let mut command = case.wrapped(
        &["bash", "-c", "\"$0\" \"$@\" -f <(printf '%s' 'clients = [\"cursor\"]')"],
        &["check"],
    );
    let run = case.finish(&mut command, None);
    assert_eq!(run.code, 0, "{}", run.err);
}
