//! Where one run may write.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    Directory(u32),
    File(u32, String),
    Link(PathBuf),
    Other(std::fs::FileType),
}

impl Node {
    // Whether it is the same but for its mode.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Directory(_), Self::Directory(_)) => true,
            (Self::File(_, one), Self::File(_, other)) => one == other,
            (one, other) => one == other,
        }
    }
}

/// Where one run may write.
#[derive(Default)]
pub struct Allowed {
    /// Clients' files.
    pub targets: Vec<PathBuf>,
    /// A file, if nothing is there.
    pub new: Option<PathBuf>,
    /// A directory, and what of it is an earlier output.
    pub output: Option<(PathBuf, BTreeMap<PathBuf, Node>)>,
    /// Directories of our own files, or of a bridge's, which are known by their names.
    pub state: Option<PathBuf>,
    pub cache: Vec<PathBuf>,
}

/// Where a write to a path ends up, links followed.
pub fn real(path: &Path) -> PathBuf {
    let known = path.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    let (above, real) = known.expect("the root exists");
    let rest = path.strip_prefix(above).unwrap();
    // Joined with nothing, a file's path would end in a slash.
    if rest.as_os_str().is_empty() { real } else { real.join(rest) }
}

pub fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

fn is_backup(name: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    name.split_once('-').is_some_and(|(number, at)| digits(number) && digits(at))
}

impl Allowed {
    pub fn allows(&self, path: &Path, old: Option<&Node>, directory: bool) -> bool {
        let target = self.targets.iter().any(|target| target == path);
        let new = self.new.as_deref() == Some(path) && old.is_none();
        let below = |directory: &Path| path.parent() == Some(directory);
        let output = self.output.as_ref().is_some_and(|(root, ours)| {
            let left = name(path).starts_with(".mcpgen-") && name(path).ends_with(".tmp");
            let same = |old: &Node| ours.get(path).is_some_and(|ours| ours.is_like(old));
            path.starts_with(root) && (left || old.is_none_or(same))
        });
        let state = self.state.as_ref().is_some_and(|state| {
            let undo = state.join("undo");
            let backup = name(path) == "generation.json" || is_backup(name(path));
            (below(state) && ["lock", "ledger.json"].contains(&name(path)))
                || (below(&undo) && backup)
                || path == undo
        });
        let keyed = name(path).split_once('_').is_some_and(|(key, _)| key.len() == 32);
        let cache = keyed && self.cache.iter().any(|directory| below(directory));
        target || new || output || state || cache || (directory && self.is_above(path))
    }

    // A directory above what may be written may be created, and removed when it is empty.
    fn is_above(&self, path: &Path) -> bool {
        let output = self.output.as_ref().map(|(root, _)| root);
        let ends = self.targets.iter().chain(&self.new).chain(output).chain(&self.state);
        ends.chain(&self.cache).any(|end| end.starts_with(path))
    }
}
