//! A machine with the files of six clients on it, as it is before, between and after two applies; held
//! in memory, so that a test can have as many of it as it wants.

use std::collections::BTreeMap;
use std::fs::{File, Permissions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use crate::case::{Case, LEDGER, Run};

pub const APPLY: &[&str] = &["apply", "--adopt", "github"];
pub const DECLARATION: &str = ".config/mcpgen/mcp.toml";
pub const CLAUDE: &str = ".claude.json";
pub const CODEX: &str = "dotfiles/codex.toml";
pub const LOCK: &str = ".claude.json.lock";
pub const STATE: &str = ".local/state/mcpgen";

/// The files of six clients: lived in (one behind a link, one with the user's own `github`), made by
/// the first apply and dropped by the second, and made by the second.
pub const TARGETS: [&str; 6] = [
    CLAUDE,
    CODEX,
    ".cursor/mcp.json",
    ".codeium/windsurf/mcp_config.json",
    ".config/goose/config.yaml",
    ".gemini/settings.json",
];

pub const FIRST: &str = r#"
clients = ["claude-code", "codex", "cursor", "windsurf"]
[servers.alpha]
command = "alpha"
[servers.beta]
command = "beta"
"#;

// `alpha` is changed, `beta` removed, `gamma` added, `github` taken over in Claude Code's file.
pub const SECOND: &str = r#"
clients = ["claude-code", "codex", "cursor", "gemini-cli", "goose"]
[servers.alpha]
command = "alpha"
args    = ["--second"]
[servers.gamma]
command = "gamma"
[servers.github]
url = "https://api.githubcopilot.com/mcp/"
"#;

// Edited again before the interrupted apply is finished: once more changed, removed and added.
pub const THIRD: &str = r#"
clients = ["claude-code", "codex", "cursor", "gemini-cli", "goose"]
[servers.alpha]
command = "alpha"
args    = ["--third"]
[servers.zeta]
command = "zeta"
[servers.github]
url = "https://api.githubcopilot.com/mcp/"
"#;

/// Everything below a home directory, held in memory, without the home directory's own path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree(pub BTreeMap<PathBuf, Node>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    Directory,
    File(String, u32),
    Link(PathBuf),
}

impl Tree {
    pub fn of(case: &Case) -> Self {
        let mut tree = Self(BTreeMap::new());
        tree.collect(case, case.home());
        tree
    }

    fn collect(&mut self, case: &Case, directory: &Path) {
        for entry in std::fs::read_dir(directory).unwrap().flatten() {
            let path = entry.path();
            let meta = path.symlink_metadata().unwrap();
            let node = if meta.is_symlink() {
                Node::Link(std::fs::read_link(&path).unwrap())
            } else if meta.is_dir() {
                self.collect(case, &path);
                Node::Directory
            } else {
                let text = case.plain(&std::fs::read_to_string(&path).unwrap());
                Node::File(text, meta.permissions().mode() & 0o7777)
            };
            self.0.insert(path.strip_prefix(case.home()).unwrap().to_owned(), node);
        }
    }

    /// Makes a machine of its own that looks like this one.
    pub fn unpack(&self) -> Case {
        let case = Case::in_memory();
        let home = case.home().to_str().unwrap();
        for (path, node) in &self.0 {
            let path = case.home().join(path);
            match node {
                Node::Directory => std::fs::create_dir_all(&path).unwrap(),
                Node::Link(to) => symlink(to, &path).unwrap(),
                Node::File(text, mode) => {
                    std::fs::write(&path, text.replace("/HOME", home)).unwrap();
                    std::fs::set_permissions(&path, Permissions::from_mode(*mode)).unwrap();
                }
            }
        }
        age_lock(&case);
        case
    }

    pub fn file(&self, path: &str) -> Option<&str> {
        match self.0.get(Path::new(path))? {
            Node::File(text, _) => Some(text),
            Node::Directory | Node::Link(_) => None,
        }
    }

    /// The targets alone, with their modes.
    pub fn targets(&self) -> BTreeMap<&'static str, Option<&Node>> {
        TARGETS.iter().map(|path| (*path, self.0.get(Path::new(path)))).collect()
    }

    /// The content of mcpgen's undo directory.
    pub fn generation(&self) -> Option<serde_json::Value> {
        let text = self.file(&format!("{STATE}/undo/generation.json"))?;
        Some(serde_json::from_str(text).unwrap())
    }

    /// Files of mcpgen that nothing needs any more.
    pub fn litter(&self) -> Vec<&Path> {
        let generation = self.generation().unwrap_or_default().to_string();
        let needless = |path: &&Path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            let backup = path.parent() == Some(&Path::new(STATE).join("undo"));
            let named = name == "generation.json" || generation.contains(&format!("\"{name}\""));
            name.contains(".mcpgen-") || (backup && !named)
        };
        self.0.keys().map(PathBuf::as_path).filter(needless).collect()
    }
}

/// The machine before the first apply, and what undisturbed runs make of it.
pub struct Runs {
    pub older: Tree,
    pub old: Tree,
    pub new: Tree,
    pub third: Tree,
    pub points: Vec<String>,
    pub undo_points: usize,
}

pub fn lived_in(name: &str) -> String {
    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

pub fn runs() -> &'static Runs {
    static RUNS: OnceLock<Runs> = OnceLock::new();
    RUNS.get_or_init(|| {
        let case = Case::new().declare(FIRST);
        case.put(CLAUDE, lived_in("claude-code/before.json"));
        case.put(".config/goose/config.yaml", "GOOSE_MODE: smart_approve # mine\n");
        let codex = lived_in("codex/before.toml");
        case.put(CODEX, codex.replace("mcp_servers.github", "mcp_servers.hub"));
        case.put(".cursor/mcp.json", "{\n  // mine\n  \"mcpServers\": {}\n}\n");
        std::fs::create_dir(case.path(".codex")).unwrap();
        symlink("../dotfiles/codex.toml", case.path(".codex/config.toml")).unwrap();
        for (path, mode) in [(CLAUDE, 0o600), (CODEX, 0o640), (".cursor/mcp.json", 0o604)] {
            std::fs::set_permissions(case.path(path), Permissions::from_mode(mode)).unwrap();
        }
        let older = Tree::of(&case);
        case.ok(&["apply"]);
        case.put(DECLARATION, SECOND);
        let old = Tree::of(&case);
        let points = count(&case, APPLY);
        let new = Tree::of(&case);
        let undone = new.unpack();
        let undo_points = count(&undone, &["undo"]).len();
        case.put(DECLARATION, THIRD);
        case.ok(APPLY);
        Runs { older, old, new, third: Tree::of(&case), points, undo_points }
    })
}

pub fn count(case: &Case, args: &[&str]) -> Vec<String> {
    let log = case.path("points");
    let run = case.finish(case.command(args).env("MCPGEN_COUNT_POINTS", &log), None);
    assert_eq!(run.code, 0, "{}", run.err);
    let points = std::fs::read_to_string(&log).unwrap();
    std::fs::remove_file(log).unwrap();
    points.lines().map(str::to_owned).collect()
}

// Claude Code and mcpgen take a lock for dead when it is 10 s old; nobody wants to wait for it here.
pub fn age_lock(case: &Case) {
    if let Ok(lock) = File::open(case.path(LOCK)) {
        lock.set_modified(SystemTime::now() - Duration::from_secs(11)).unwrap();
    }
}

/// Sets a flag when it is dropped, so that a thread which waits for the flag stops even if an assertion fails.
pub struct Stop<'a>(pub &'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Runs a check for every step on a few threads.
pub fn each<T: Send>(steps: usize, check: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = vec![];
        loop {
            let step = next.fetch_add(1, Ordering::SeqCst) + 1;
            if step > steps {
                return done;
            }
            done.push((step, check(step)));
        }
    };
    let mut done: Vec<(usize, T)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    done.sort_by_key(|(step, _)| *step);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Each target is as before or as after the second apply, and nothing else.
pub fn assert_whole(step: usize, tree: &Tree) {
    let (old, new) = (&runs().old, &runs().new);
    for (path, node) in tree.targets() {
        let (before, after) = (old.targets()[path], new.targets()[path]);
        assert!(node == before || node == after, "step {step}: {path} is neither: {node:#?}");
    }
    let link = Path::new(".codex/config.toml");
    assert_eq!(tree.0.get(link), old.0.get(link), "step {step}: the link stays a link");
}

pub fn assert_targets(step: usize, tree: &Tree, want: &Tree) {
    for (path, node) in tree.targets() {
        assert_eq!(node, want.targets()[path], "step {step}: {path}");
    }
}

/// The targets, the ledger and mcpgen's directory are as an undisturbed run leaves them.
pub fn assert_finished(step: usize, case: &Case, want: &Tree) {
    let end = Tree::of(case);
    assert_eq!(end.litter(), Vec::<&Path>::new(), "step {step}");
    assert_targets(step, &end, want);
    assert_eq!(end.file(LEDGER), want.file(LEDGER), "step {step}");
    // A dead lock on a file that needs no write may stay: it stops nobody.
    if case.exists(LOCK) {
        let taken = case.path(LOCK).metadata().unwrap().modified().unwrap();
        assert!(taken.elapsed().unwrap() > Duration::from_secs(10), "step {step}: it is alive");
        case.put(DECLARATION, "clients = [\"claude-code\"]\n[servers.more]\ncommand = \"more\"");
        case.ok(&["apply", "claude-code"]);
        assert!(!case.exists(LOCK), "step {step}: it is taken over and released");
    }
}

/// Runs mcpgen and calls `at` at each of its steps, counted from one, while mcpgen waits there.
pub fn stepwise(case: &Case, args: &[&str], mut at: impl FnMut(usize, &str)) -> Run {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("socket");
    std::thread::scope(|scope| {
        // Goes when a check fails, so that mcpgen does not wait for ever.
        let listener = UnixListener::bind(&socket).unwrap();
        let run = scope.spawn(|| {
            let mut command = case.command(args);
            let run = case.finish(command.env("MCPGEN_WAIT_AT_POINTS", &socket), None);
            UnixStream::connect(&socket).and_then(|mut end| writeln!(end, "end")).ok();
            run
        });
        for step in 1.. {
            let mut name = String::new();
            let mut turn = BufReader::new(listener.accept().unwrap().0);
            turn.read_line(&mut name).unwrap();
            if name == "end\n" {
                break;
            }
            at(step, name.trim_end());
        }
        run.join().unwrap()
    })
}
