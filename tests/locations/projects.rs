//! No link leads out of a project unnoticed.

use std::os::unix::fs::symlink;

use super::{json, refused};
use crate::case::Case;

// A cloned repository that leads into the user's own files.
fn repository(links: &[(&str, &str)]) -> Case {
    let case = Case::new()
        .write(".claude.json", "{\"mine\": true}\n")
        .write(".codex/config.toml", "model = \"m\"\n")
        .write(".cursor/mcp.json", "{}\n")
        .write(
            "repo/mcp.toml",
            "clients = [\"claude-code\", \"codex\", \"cursor\"]\n[servers.one]\ncommand = \"sh\"\n",
        );
    for (path, to) in links {
        symlink(to, case.path("repo").join(path)).unwrap();
    }
    case
}

#[test]
fn a_link_out_of_a_project_is_refused_and_its_destination_named() {
    for (links, end) in [
        (&[(".mcp.json", "../.claude.json")][..], "/.claude.json`, which is outside"),
        (&[(".cursor", "../.cursor")], "/.cursor/mcp.json`, which is outside"),
        (&[(".codex", "../.codex")], "/.codex/config.toml`, which is outside"),
        (&[(".mcp.json", "/etc/hostname")], "`/etc/hostname`, which is outside"),
        (&[("a", "../.codex"), (".codex", "a")], "/.codex/config.toml`, which is outside"),
    ] {
        let case = repository(links);
        for command in ["plan", "apply"] {
            let args = [command, "-f", "repo/mcp.toml", "--project", "repo"];
            refused(&case, &args, &[end, "--follow-links"]);
        }
        let run = case.run(&["doctor", "--project", "repo"]);
        let flat = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(run.code == 1 && flat.contains("which is outside"), "{}", run.out);
        let args = ["apply", "-f", "repo/mcp.toml", "--project", "repo", "--follow-links"];
        if links[0].1 != "/etc/hostname" {
            case.ok(&args);
        }
    }
}

#[test]
fn a_link_within_a_project_is_followed_and_shown() {
    let case =
        repository(&[(".mcp.json", "config/claude.json")]).write("repo/config/claude.json", "{}\n");
    let args = ["-f", "repo/mcp.toml", "--project", "repo"];
    let plan = case.ok(&[&["plan"][..], &args].concat());
    assert!(
        plan.out.contains("~/repo/.mcp.json -> ~/repo/config/claude.json (Claude"),
        "{}",
        plan.out
    );
    case.ok(&[&["apply"][..], &args].concat());
    assert_eq!(json(&case, "repo/config/claude.json")["mcpServers"]["one"]["command"], "sh");
    assert!(case.path("repo/.mcp.json").is_symlink());
    // Where somebody makes the link lead out of the project, undo does not follow it.
    std::fs::remove_file(case.path("repo/.mcp.json")).unwrap();
    symlink("../.claude.json", case.path("repo/.mcp.json")).unwrap();
    refused(&case, &["undo"], &["/.claude.json`, which is outside"]);
}

#[test]
fn a_project_behind_a_link_is_the_project_itself() {
    let case = repository(&[]);
    symlink("repo", case.path("alias")).unwrap();
    case.ok(&["apply", "-f", "repo/mcp.toml", "--project", "alias"]);
    assert_eq!(case.ok(&["apply", "-f", "repo/mcp.toml", "--project", "repo"]).err, "");
    case.ok(&["apply", "-f", "repo/mcp.toml", "--project", "alias", "--none"]);
    assert!(!case.exists("repo/.mcp.json"));
}

#[test]
fn a_project_that_does_not_exist_is_an_error() {
    let case = repository(&[]);
    for command in ["plan", "apply"] {
        let args = [command, "-f", "repo/mcp.toml", "--project", "./typo"];
        refused(&case, &args, &["directory `", "/typo` not found", "help: create the directory"]);
    }
    refused(&case, &["apply", "-f", "repo/mcp.toml", "--project", "repo/mcp.toml"], &["not found"]);
}
