//! Real disk trouble: a limit on files, a full disk, directories and files that may not be touched. The
//! message names the file and what to do, and not one byte of any file is changed.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, lchown};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::case::{Case, LEDGER, Run};
use crate::machine::{APPLY, CLAUDE, STATE, Tree, assert_finished, assert_targets, each, runs};

const NOBODY: u32 = 65534;

/// An ordinary user: whoever runs the tests, or nobody where that is root, whom no permission stops.
pub struct User {
    pub case: Case,
    // Root's own directories may be closed to nobody, and mcpgen is in one of them.
    program: TempDir,
}

impl User {
    fn of(tree: &Tree) -> Self {
        Self::who_owns(tree.unpack())
    }

    pub fn who_owns(case: Case) -> Self {
        let program = TempDir::with_prefix("mcpgen-program-").unwrap();
        let user = Self { case, program };
        if user.is_root() {
            let built = env!("CARGO_BIN_EXE_mcpgen");
            if std::fs::hard_link(built, user.program()).is_err() {
                std::fs::copy(built, user.program()).unwrap();
            }
            let open = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(user.program.path(), open).unwrap();
            give(user.case.home());
        }
        user
    }

    fn program(&self) -> PathBuf {
        self.program.path().join("mcpgen")
    }

    fn is_root(&self) -> bool {
        self.program.path().metadata().unwrap().uid() == 0
    }

    pub fn run(&self, args: &[&str]) -> Run {
        let program = self.program();
        // `shift` drops the path of the program that root would have run.
        let nobody = format!("--reuid={NOBODY} --regid={NOBODY} --clear-groups sh -c");
        let mut wrapper = vec!["setpriv"];
        wrapper.extend(nobody.split(' '));
        wrapper.extend(["shift; exec \"$0\" \"$@\"", program.to_str().unwrap()]);
        let wrapper = if self.is_root() { wrapper } else { vec![] };
        self.case.finish(&mut self.case.wrapped(&wrapper, args), None)
    }

    /// Takes permissions away, applies, gives them back, and finds everything as it was.
    fn refused(&self, path: &str, mode: u32, named: &str) {
        let full = self.case.path(path);
        let before = full.metadata().unwrap().permissions();
        std::fs::set_permissions(&full, std::fs::Permissions::from_mode(mode)).unwrap();
        let run = self.run(APPLY);
        std::fs::set_permissions(&full, before).unwrap();
        assert_eq!(run.code, 1, "{path}: {}", run.err);
        let named = format!("error: `{}", self.case.path(named).display());
        assert!(run.err.contains(&named), "{path}: {}", run.err);
        assert!(run.err.contains("Permission denied (os error 13)\n"), "{}", run.err);
        assert!(run.err.contains("help: give yourself access to the file"), "{}", run.err);
        assert!(!run.err.contains(".mcpgen-"), "our own file is of no use to anybody: {}", run.err);
        assert_untouched(&self.case, path);
        assert_eq!(self.run(APPLY).code, 0, "{path}: with the permissions back, apply finishes");
        assert_finished(0, &self.case, &runs().new);
    }
}

fn give(path: &Path) {
    lchown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if path.is_dir() && !path.is_symlink() {
        std::fs::read_dir(path).unwrap().flatten().for_each(|entry| give(&entry.path()));
    }
}

/// Neither a target nor the ledger has changed, and no file of ours is next to a target.
fn assert_untouched(case: &Case, when: &str) {
    let (tree, old) = (Tree::of(case), &runs().old);
    assert_targets(0, &tree, old);
    assert_eq!(tree.file(LEDGER), old.file(LEDGER), "{when}");
    let mut litter = tree.litter();
    litter.retain(|path| !path.starts_with(STATE));
    assert!(litter.is_empty(), "{when}: {litter:?}");
}

#[test]
fn a_directory_that_is_not_writable_is_named_and_nothing_is_changed() {
    for (directory, file) in [
        (".cursor", ".cursor/mcp.json"),
        ("dotfiles", "dotfiles/codex.toml"),
        (".codeium/windsurf", ".codeium/windsurf/mcp_config.json"),
        (STATE, STATE),
    ] {
        User::of(&runs().old).refused(directory, 0o555, file);
    }
}

#[test]
fn a_file_that_is_not_readable_is_named_and_nothing_is_changed() {
    for file in [CLAUDE, ".cursor/mcp.json", LEDGER] {
        User::of(&runs().old).refused(file, 0o000, file);
    }
}

/// An apply that ran out of room: all done, or refused with nothing changed.
fn all_or_nothing(case: &Case, run: &Run, when: &str) -> bool {
    if run.code == 0 {
        assert_finished(0, case, &runs().new);
        return true;
    }
    assert_eq!(run.code, 1, "{when}: {}", run.err);
    assert!(run.err.contains("error: `/"), "{when}: {}", run.err);
    assert!(run.err.contains("free disk space and try again\n"), "{when}: {}", run.err);
    assert!(run.err.contains("no client's file was changed"), "{when}: {}", run.err);
    assert_untouched(case, when);
    false
}

#[test]
fn an_apply_with_a_file_size_limit_writes_all_files_or_none() {
    let limits = [0, 1, 2, 4, 8, 12, 16, 24, 64];
    let done = limits.map(|blocks| {
        let case = runs().old.unpack();
        let limit = format!("ulimit -f {blocks}; trap '' XFSZ; exec \"$@\"");
        let mut command = case.wrapped(&["sh", "-c", &limit, "sh"], APPLY);
        let run = case.finish(&mut command, None);
        let done = all_or_nothing(&case, &run, &format!("{blocks} blocks"));
        case.ok(APPLY);
        assert_finished(0, &case, &runs().new);
        done
    });
    assert!(!done[0] && done[done.len() - 1] && done.is_sorted(), "{done:?}");
}

// Some systems let nobody but root mount anything, and some not even root: there, the limit on the size
// of files above is all that can be had.
pub fn may_mount() -> bool {
    let mount = ["--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"];
    let output = std::process::Command::new("unshare").args(mount).output();
    output.is_ok_and(|output| output.status.success())
}

// The home directory is a file system of its own, filled up to some pages; what is in it afterwards is
// copied out, since it is gone with the process.
const FULL: &str = r#"
set -e
home=$1 pages=$2
shift 2
cp -a "$home" "$home.out"
mount -t tmpfs -o size=1m,mode=700 none "$home"
cp -a "$home.out/." "$home"
dd if=/dev/zero of="$home/filler" bs=4096 2>/dev/null || true
truncate -s "-$((pages * 4096))" "$home/filler"
code=0
"$@" || code=$?
rm "$home/filler"
rm -r "$home.out"
cp -a "$home" "$home.out"
exit $code
"#;

#[test]
fn an_apply_on_a_full_disk_writes_all_files_or_none() {
    let mounts = may_mount();
    let done = each(18, |step| {
        let pages = if step == 18 { 64 } else { step - 1 };
        let case = runs().old.unpack();
        if !mounts {
            let limit = format!("ulimit -f {}; trap '' XFSZ; exec \"$@\"", pages * 8);
            let run = case.finish(&mut case.wrapped(&["sh", "-c", &limit, "sh"], APPLY), None);
            return all_or_nothing(&case, &run, &format!("{pages} pages"));
        }
        let (home, pages) = (case.home().to_str().unwrap(), pages.to_string());
        let wrapper =
            ["unshare", "--map-root-user", "--mount", "sh", "-c", FULL, "sh", home, &pages];
        let run = case.finish(&mut case.wrapped(&wrapper, APPLY), None);
        let out = format!("{home}.out");
        std::fs::remove_dir_all(home).unwrap();
        std::fs::rename(out, home).unwrap();
        all_or_nothing(&case, &run, &format!("{pages} pages"))
    });
    assert!(!done[0] && done[done.len() - 1] && done.is_sorted(), "{done:?}");
}

#[test]
fn a_file_keeps_its_owner_even_if_root_applies() {
    let user = User::of(&runs().old);
    let owner = user.case.path(CLAUDE).metadata().unwrap().uid();
    user.case.ok(APPLY);
    for (path, node) in runs().new.targets() {
        let kept = runs().old.targets()[path].is_some() && node.is_some();
        if kept {
            assert_eq!(user.case.path(path).metadata().unwrap().uid(), owner, "{path}");
        }
    }
    assert!(owner == NOBODY || !user.is_root(), "root applied to somebody else's files");
}

#[test]
fn a_file_of_a_group_without_the_user_is_written_in_place() {
    let case = Case::new().declare("clients = [\"cursor\"]\n[servers.one]\ncommand = \"sh\"\n");
    case.put(".cursor/mcp.json", "{}");
    let user = User::who_owns(case);
    let file = user.case.path(".cursor/mcp.json");
    // Without root, the file keeps the group of the user.
    if user.is_root() {
        std::os::unix::fs::chown(&file, None, Some(0)).unwrap();
    }
    let before = file.metadata().unwrap();
    let run = user.run(&["apply"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let after = file.metadata().unwrap();
    assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
    assert!(user.case.read(".cursor/mcp.json").contains("\"sh\""));
}
