//! Files behind a mount, and mount points.

use std::os::unix::fs::symlink;
use std::path::Path;

use super::{CLAUDE, hard, json};
use crate::case::{Case, Run};
use crate::disk::may_mount;

#[test]
fn a_link_through_the_nix_store_to_a_users_file_is_written_at_its_destination() {
    let case = Case::new().declare(CLAUDE).write("dotfiles/claude.json", "{}\n");
    let script = r#"
set -e
mkdir -p "$1/store/hm"
ln -s "$1/dotfiles/claude.json" "$1/store/hm/claude.json"
mkdir -p /nix/store 2>/dev/null || mount -t tmpfs none /mnt
if [ -d /nix/store ]; then mount --bind "$1/store" /nix/store; fi
ln -s /nix/store/hm/claude.json "$1/.claude.json"
shift
exec "$@"
"#;
    if !may_mount() || !Path::new("/nix").exists() && std::fs::create_dir_all("/nix/store").is_err()
    {
        // Without rights to mount, the same two hops by another name.
        std::fs::create_dir_all(case.path("store")).unwrap();
        symlink(case.path("dotfiles/claude.json"), case.path("store/claude.json")).unwrap();
        symlink(case.path("store/claude.json"), case.path(".claude.json")).unwrap();
        case.ok(&["apply"]);
    } else {
        let home = case.home().to_str().unwrap();
        let wrapper = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", home];
        let run = case.finish(&mut case.wrapped(&wrapper, &["apply"]), None);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.err.contains("-> ~/dotfiles/claude.json"), "{}", run.err);
    }
    assert_eq!(json(&case, "dotfiles/claude.json")["mcpServers"]["one"]["command"], "one");
    assert!(case.path(".claude.json").is_symlink());
}

// In a mount namespace of its own, a file of the host is mounted over the client's.
const MOUNTED: &str = r#"
set -e
home=$1
shift
touch "$home/.claude.json"
mount --bind "$home/host.json" "$home/.claude.json"
code=0
"$@" || code=$?
exit $code
"#;

fn mounted(case: &Case, args: &[&str]) -> Run {
    let home = case.home().to_str().unwrap();
    let wrapper = ["unshare", "--map-root-user", "--mount", "sh", "-c", MOUNTED, "sh", home];
    case.finish(&mut case.wrapped(&wrapper, args), None)
}

#[test]
fn a_file_that_is_a_mount_point_is_written_in_place() {
    let declaration = CLAUDE.replace("\"claude-code\"", "\"claude-code\", \"cursor\"");
    let old =
        "{\n  \"mine\": \"a long value that makes the file longer than what replaces it\"\n}\n";
    let case = Case::new().declare(&declaration).write("host.json", old);
    if !may_mount() {
        hard(&case.path("host.json"), &case.path(".claude.json"));
        case.ok(&["apply"]);
        assert!(case.read("host.json").contains("\"one\""));
        return;
    }
    let plan = mounted(&case, &["plan"]);
    assert!(plan.code == 0 && plan.out.contains("written in place"), "{}{}", plan.out, plan.err);
    assert_eq!(case.read("host.json"), old);
    for (args, done) in [
        (&["apply"][..], true),
        (&["apply"], true),
        (&["undo"], false),
        (&["apply"], true),
        (&["apply", "--none"], false),
    ] {
        let run = mounted(&case, args);
        assert_eq!(run.code, 0, "{args:?}: {}", run.err);
        assert_eq!(case.read("host.json").contains("\"one\""), done, "{args:?}");
        assert_eq!(case.exists(".cursor/mcp.json"), done, "{args:?}: all or nothing");
    }
    assert_eq!(case.read("host.json"), old);
}
