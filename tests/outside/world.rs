//! A machine with things planted on it, and what a run may change there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Permissions;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::allowed::{Allowed, Node, name, real};
use super::themes::{CACHE, End, Plants, Reach, STATE, What};
use crate::case::{Case, Run};
use crate::machine::Tree;

// Nothing answers at that port, so that a sign-in ends at once.
const DECLARATION: &str = r#"
clients = ["claude-code", "codex", "cursor", "gemini-cli", "goose", "opencode"]
[servers.one]
command = "one"
[servers.two]
url  = "http://127.0.0.1:9/mcp"
auth = "oauth"
"#;

/// What an apply of it writes.
const TARGETS: &[&str] = &[
    ".claude.json",
    ".codex/config.toml",
    ".cursor/mcp.json",
    ".gemini/settings.json",
    ".config/goose/config.yaml",
    ".config/opencode/opencode.json",
];

/// A machine with things planted on it, and a directory outside of its home directory.
pub struct World {
    case: Case,
    outside: TempDir,
    /// What an output wrote, as it was then.
    output: BTreeMap<PathBuf, Node>,
    /// The ends of what was applied.
    applied: Vec<PathBuf>,
}

/// What is in a directory, without following a link.
fn collect(directory: &Path, found: &mut BTreeMap<PathBuf, Node>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let meta = path.symlink_metadata().unwrap();
        let mode = meta.permissions().mode();
        let node = if meta.is_symlink() {
            Node::Link(std::fs::read_link(&path).unwrap())
        } else if meta.is_dir() {
            collect(&path, found);
            Node::Directory(mode)
        } else if meta.is_file() {
            let bytes = std::fs::read(&path).unwrap_or_default();
            Node::File(mode, String::from_utf8_lossy(&bytes).into_owned())
        } else {
            Node::Other(meta.file_type())
        };
        found.insert(path, node);
    }
}

/// A machine that was never applied to, and one that was, with a sign-in and two outputs.
fn bases() -> &'static [Tree; 2] {
    static BASES: OnceLock<[Tree; 2]> = OnceLock::new();
    BASES.get_or_init(|| {
        let case = Case::in_memory().declare(DECLARATION);
        case.put(".claude.json", "{ \"mcpServers\": { \"mine\": { \"command\": \"mine\" } } }\n");
        let fresh = Tree::of(&case);
        case.ok(&["apply"]);
        case.ok(&["render", "--out", "result"]);
        case.ok(&["man", "pages"]);
        let tokens = json!({ "access_token": "a", "refresh_token": "r", "token_type": "Bearer", "expires_at": 1 });
        case.put(&format!("{CACHE}/{}_tokens.json", key()), tokens.to_string());
        let client = json!({ "client_id": "c", "redirect_uris": ["http://localhost:9/oauth/callback"] });
        case.put(&format!("{CACHE}/{}_client_info.json", key()), client.to_string());
        case.put(".config/mcpgen/mcp.toml", DECLARATION.replace("command = \"one\"", "command = \"1\""));
        [fresh, Tree::of(&case)]
    })
}

/// The cache key of the only server that signs in.
fn key() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| {
        let status = Case::in_memory().declare(DECLARATION).ok(&["status", "--json"]).out;
        let status: Value = serde_json::from_str(&status).unwrap();
        status[0]["key"].as_str().unwrap().to_owned()
    })
}

impl World {
    pub fn new(lived_in: bool, plants: &Plants) -> Self {
        let case = bases()[usize::from(lived_in)].unpack();
        let outside = TempDir::with_prefix_in("mcpgen-outside-", case.home().parent().unwrap());
        let mut world =
            Self { case, outside: outside.unwrap(), output: BTreeMap::new(), applied: vec![] };
        std::fs::create_dir(world.outside.path().join("directory")).unwrap();
        for file in ["bashrc", "directory/mcp.json"] {
            std::fs::write(world.outside.path().join(file), "mine\n").unwrap();
        }
        if lived_in {
            world.output = world.nodes();
            world.applied = TARGETS.iter().map(|path| world.case.path(path)).collect();
        }
        for (place, what) in plants {
            // Where an earlier plant leaves no room for a later one, there is one less.
            world.plant(&world.place(place), what).ok();
        }
        world
    }

    fn place(&self, place: &str) -> PathBuf {
        self.case.path(&place.replace("@KEY@", key()))
    }

    fn end(&self, end: &End, path: &Path) -> PathBuf {
        match end {
            End::Outside(file) => self.outside.path().join(file),
            End::Place(place) => self.place(place),
            End::Home => self.case.home().to_owned(),
            End::Itself => path.to_owned(),
            End::Zero => "/dev/zero".into(),
        }
    }

    fn plant(&self, path: &Path, what: &What) -> std::io::Result<()> {
        std::fs::create_dir_all(path.parent().unwrap())?;
        match path.symlink_metadata() {
            Ok(meta) if meta.is_dir() => std::fs::remove_dir_all(path)?,
            Ok(_) => std::fs::remove_file(path)?,
            Err(_) => {}
        }
        match what {
            What::File(text, mode) => {
                let outside = self.outside.path().to_str().unwrap();
                let text = text.replace("@OUTSIDE@", outside).replace("@DIGEST@", MINE);
                std::fs::write(path, text)?;
                std::fs::set_permissions(path, Permissions::from_mode(*mode))
            }
            What::Directory(filled) => {
                std::fs::create_dir(path)?;
                if *filled { std::fs::write(path.join("mine"), "mine\n") } else { Ok(()) }
            }
            What::Link(end) => symlink(self.end(end, path), path),
            What::HardLink(End::Zero) => Ok(()),
            What::HardLink(end) => std::fs::hard_link(self.end(end, path), path),
            What::Pipe => pipe(path),
            What::Socket => UnixListener::bind(path).map(drop),
        }
    }

    fn nodes(&self) -> BTreeMap<PathBuf, Node> {
        let mut found = BTreeMap::new();
        collect(self.case.home(), &mut found);
        collect(self.outside.path(), &mut found);
        found
    }

    /// Runs a command that must end, with little memory, and change nothing where it may not.
    pub fn run(&mut self, args: &[&str], reach: Reach) -> Run {
        let before = self.nodes();
        let mut allowed = self.allowed(args, reach);
        // A file that is written in place is written under all its names.
        let inode = |path: &PathBuf| path.symlink_metadata().ok().map(|meta| meta.ino());
        let inodes: BTreeSet<u64> = allowed.targets.iter().filter_map(inode).collect();
        let names = before.keys().filter(|path| inode(path).is_some_and(|it| inodes.contains(&it)));
        allowed.targets.extend(names.cloned());
        let limits =
            "ulimit -c 0; ulimit -v 1000000; ulimit -f 200000; exec timeout -s KILL 20 \"$@\"";
        let output = self.case.wrapped(&["sh", "-c", limits, "sh"], args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap_or(-1);
        let run = Run { code, out: text(output.stdout), err: text(output.stderr) };
        assert!((0..=4).contains(&run.code), "{args:?} does not end, or ends badly: {run:?}");
        let after = self.nodes();
        let differs = |path: &&PathBuf| before.get(*path) != after.get(*path);
        let changed: BTreeSet<&PathBuf> =
            before.keys().chain(after.keys()).filter(differs).collect();
        for path in &changed {
            let (old, new) = (before.get(*path), after.get(*path));
            // A directory above what may be written comes with the first file in it, and goes with the last.
            let directory = match (old, new) {
                (None, Some(node)) | (Some(node), None) => matches!(node, Node::Directory(_)),
                (_, _) => false,
            };
            let fine = allowed.allows(path, old, directory) && !(reach.is_whole() && run.code != 0);
            let what = format!("{}\nfrom {old:?}\nto {new:?}", path.display());
            assert!(fine, "{args:?} changes {what}\n{run:?}");
        }
        self.applied.extend(allowed.targets);
        if let Reach::Output(_) = reach {
            let written = changed
                .iter()
                .filter_map(|path| Some(((*path).clone(), after.get(*path)?.clone())));
            self.output.extend(written.collect::<Vec<_>>());
        }
        run
    }
}

/// The digest of what is outside.
const MINE: &str = "fcbc800db3f1867000b852f1ce0044b8f1584f76ade1ed6e65189824f95c3cda";

fn pipe(path: &Path) -> std::io::Result<()> {
    Command::new("mkfifo").arg(path).status().map(drop)
}

impl World {
    fn allowed(&mut self, args: &[&str], reach: Reach) -> Allowed {
        let real_in_home = |path: &str| real(&self.case.path(path));
        match reach {
            Reach::Nowhere => Allowed::default(),
            Reach::State => Allowed { state: Some(real_in_home(STATE)), ..Allowed::default() },
            Reach::New(path) => {
                let path = self.case.path(path);
                let new = real(path.parent().unwrap()).join(name(&path));
                Allowed { new: Some(new), ..Allowed::default() }
            }
            Reach::Output(path) => {
                let output = Some((self.case.path(path), self.output.clone()));
                Allowed { output, ..Allowed::default() }
            }
            Reach::Cache => {
                let cache = [".mcp-auth", CACHE].map(real_in_home).to_vec();
                Allowed { cache, ..Allowed::default() }
            }
            Reach::Plan(project) => {
                let state = Some(real_in_home(STATE));
                let root = project.map(real_in_home);
                let mut targets = self.planned(args);
                targets.retain(|end| root.as_ref().is_none_or(|root| end.starts_with(root)));
                Allowed { targets, state, ..Allowed::default() }
            }
            Reach::Undo => {
                let targets = self.applied.iter().map(|path| real(path)).collect();
                Allowed { targets, state: Some(real_in_home(STATE)), ..Allowed::default() }
            }
        }
    }

    /// The ends of the files that a plan would change.
    fn planned(&mut self, args: &[&str]) -> Vec<PathBuf> {
        let args = args.iter().filter(|arg| !["apply", "--keep-going"].contains(arg));
        let args: Vec<&str> = ["plan", "--json"].iter().chain(args).copied().collect();
        let plan = self.run(&args, Reach::Nowhere).out;
        let plan: Value = serde_json::from_str(&plan).unwrap_or_default();
        let targets = plan["targets"].as_array().into_iter().flatten();
        let changed = targets.filter(|target| target["changes"] != json!([]));
        changed.map(|target| real(Path::new(target["path"].as_str().unwrap()))).collect()
    }
}
