//! `render --out` and `man` fill a directory that is new, empty or their own earlier output. Anything else
//! in it is named, and nothing is changed.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::case::{Case, Run};

mod foreign;
mod interrupted;

const MANIFEST: &str = ".mcpgen-manifest.json";
const ONE: &str =
    "clients = [\"claude-code\", \"codex\", \"cursor\"]\n[servers.one]\ncommand = \"one\"\n";
// Codex and the directory `.codex` are dropped, Cursor's file changes, Claude Code's stays, Goose's is new.
const TWO: &str = "clients = [\"claude-code\", \"cursor\", \"goose\"]\n[servers.one]\ncommand = \"one\"\n\
    [servers.two]\ncommand = \"two\"\nclients = [\"cursor\", \"goose\"]\n";

const RENDER: &[&str] = &["render", "--out", "result"];
const MAN: &[&str] = &["man", "result"];

/// Everything below a directory: bytes, modes and the ends of links, and what else there is by its kind.
fn tree(directory: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(&directory).into_iter().flatten().flatten() {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            let mode = path.symlink_metadata().unwrap().permissions().mode();
            let what = if kind.is_dir() {
                directories.push(path.clone());
                String::new()
            } else if kind.is_symlink() {
                format!("{:?}", std::fs::read_link(&path).unwrap())
            } else if kind.is_file() {
                String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned()
            } else {
                format!("{kind:?}")
            };
            found.insert(path, format!("{mode:o} {what}"));
        }
    }
    found
}

fn output(case: &Case) -> BTreeMap<PathBuf, String> {
    let root = case.path("result");
    let below =
        |(path, what): (PathBuf, String)| (path.strip_prefix(&root).unwrap().to_owned(), what);
    tree(&root).into_iter().map(below).collect()
}

/// Runs a command that must refuse because of `named`, and change nothing anywhere.
fn refused(case: &Case, args: &[&str], named: &Path) -> Run {
    let before = tree(case.home());
    let run = case.run(args);
    assert_eq!(run.code, 1, "{args:?} because of {}: {}", named.display(), run.err);
    assert!(
        run.err.contains(&format!("`{}`", named.display())),
        "{}: {}",
        named.display(),
        run.err
    );
    assert!(run.err.contains("help: "), "what to do: {}", run.err);
    assert!(run.out.is_empty(), "{}", run.out);
    assert_eq!(tree(case.home()), before, "nothing is changed: {}", run.err);
    run
}

fn rendered() -> Case {
    let case = Case::in_memory().declare(ONE);
    case.ok(RENDER);
    case
}

#[test]
fn a_missing_or_empty_directory_is_filled_and_the_files_counted() {
    let case = Case::in_memory().declare(ONE);
    let run = case.ok(RENDER);
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", "wrote 3 files to result\n"));
    std::fs::create_dir(case.path("empty")).unwrap();
    let run = case.ok(&["render", "cursor", "--out", "empty"]);
    assert_eq!(run.err, "wrote 1 file to empty\n");
    let run = case.ok(&["render", "--out", case.path("new/and/deep").to_str().unwrap()]);
    assert_eq!(run.err, "wrote 3 files to ~/new/and/deep\n");
    for (path, name) in [
        (".claude.json", "claude-code"),
        (".cursor/mcp.json", "cursor"),
        (".codex/config.toml", "codex"),
    ] {
        let want = case.ok(&["render", name]).out;
        assert_eq!(case.read(&format!("result/{path}")), want);
        assert_eq!(case.read(&format!("new/and/deep/{path}")), want);
        let mode = case.path("result").join(path).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o600, 0o600);
    }
    let run = case.ok(&["man", "pages"]);
    let pages = std::fs::read_dir(case.path("pages")).unwrap().count() - 1;
    assert_eq!(run.err, format!("wrote {pages} files to pages\n"));
}

#[test]
fn files_of_the_output_follow_the_umask() {
    let case = Case::in_memory().declare(ONE);
    let mut command = case.wrapped(&["sh", "-c", "umask 027; exec \"$@\"", "sh"], RENDER);
    assert_eq!(case.finish(&mut command, None).code, 0);
    for (path, what) in output(&case) {
        let mode = if what.ends_with(' ') { "40750 " } else { "100640 " };
        assert!(what.starts_with(mode), "{}: {what}", path.display());
    }
}

#[test]
fn an_unchanged_output_is_not_written_again() {
    let case = rendered();
    case.ok(&["man", "pages"]);
    let before = tree(case.home());
    let times = || each_time(&case.path("result"));
    let at = times();
    let run = case.ok(RENDER);
    assert_eq!(run.err, "3 files in result are up to date\n");
    assert!(case.ok(&["man", "pages"]).err.ends_with(" files in pages are up to date\n"));
    assert_eq!((tree(case.home()), times()), (before, at));
}

fn each_time(directory: &Path) -> Vec<std::time::SystemTime> {
    let mut paths: Vec<PathBuf> = tree(directory).into_keys().collect();
    paths.push(directory.to_owned());
    paths.sort();
    paths.iter().map(|path| path.symlink_metadata().unwrap().modified().unwrap()).collect()
}

#[test]
fn a_new_output_replaces_the_earlier_one_and_removes_its_other_files() {
    let case = rendered();
    let claude = case.path("result/.claude.json").metadata().unwrap().modified().unwrap();
    case.put(".config/mcpgen/mcp.toml", TWO);
    let run = case.ok(RENDER);
    assert_eq!(run.err, "wrote 2 files to result (1 unchanged, 1 removed)\n");
    let fresh = Case::in_memory().declare(TWO);
    fresh.ok(RENDER);
    assert_eq!(output(&case), output(&fresh), "as if it had been the first");
    assert!(!case.exists("result/.codex"), "its directory is empty and goes too");
    let now = case.path("result/.claude.json").metadata().unwrap().modified().unwrap();
    assert_eq!(now, claude, "a file that is the same is not written");
}

const ROWS: &str = ".config/mcpgen/templates/clients.toml";

/// The row of a client whose file is at a path.
fn row(path: &str) -> String {
    format!(
        "[acme]\ntitle = \"Acme\"\npath = \"~/{path}\"\nproject = \"{path}\"\n\
         section = \"mcpServers\"\ntemplate = \"mcp-servers.jsonc.j2\"\naccepts = [\"stdio\"]\n"
    )
}

fn acme(path: &str) -> Case {
    let declaration = "clients = [\"acme\"]\n[servers.one]\ncommand = \"one\"\n";
    Case::in_memory().declare(declaration).write(ROWS, row(path))
}

#[test]
fn the_manifest_names_the_command_and_the_files_of_the_output() {
    let case = rendered();
    let text = case.read(&format!("result/{MANIFEST}"));
    let manifest: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&manifest["version"], &manifest["kind"]), (&json!(1), &json!("render")));
    let files: Vec<&String> = manifest["files"].as_object().unwrap().keys().collect();
    assert_eq!(files, [".claude.json", ".codex/config.toml", ".cursor/mcp.json"]);
    let other = rendered();
    assert_eq!(other.read(&format!("result/{MANIFEST}")), text, "the same input, the same bytes");
    case.ok(&["man", "pages"]);
    let manifest: Value = serde_json::from_str(&case.read(&format!("pages/{MANIFEST}"))).unwrap();
    assert_eq!(manifest["kind"], json!("man"));
}

#[test]
fn a_home_directory_is_not_accepted_as_output_directory() {
    let claude = "{ \"oauthAccount\": { \"id\": 1 }, \"mcpServers\": { \"mine\": {} } }\n";
    let case = Case::in_memory().declare(ONE).write(".claude.json", claude);
    let run = refused(&case, &["render", "--out", "."], &case.path(".claude.json"));
    assert!(run.err.contains("--out ./mcpgen-render"), "{}", run.err);
    let home = case.home().to_str().unwrap().to_owned();
    for out in [home.clone(), format!("{home}/"), format!("{home}/./.config/..")] {
        refused(&case, &["render", "--out", &out], &case.path(".claude.json"));
        refused(&case, &["man", &out], &case.path(".claude.json"));
    }
    case.ok(&["render", "--out", "./mcpgen-render"]);
}

#[test]
fn a_project_is_printed_and_never_written_to() {
    let case = Case::in_memory().declare(ONE);
    case.put("work/.mcp.json", "{ \"mcpServers\": { \"mine\": {} } }\n");
    let before = tree(case.home());
    let run = case.ok(&["render", "--project", "work"]);
    assert!(run.out.contains("==> work/.mcp.json <==\n"), "{}", run.out);
    assert_eq!(
        case.ok(&["render", "cursor", "--project", "work"]).out,
        case.ok(&["render", "cursor"]).out
    );
    assert_eq!(tree(case.home()), before);
    let run = case.ok(&["render", "--project", "work", "--out", "result"]);
    assert_eq!(run.err, "wrote 3 files to result\n");
    for path in [".mcp.json", ".cursor/mcp.json", ".codex/config.toml"] {
        assert!(case.exists(&format!("result/{path}")), "{path}");
    }
    std::fs::remove_dir_all(case.path("result")).unwrap();
    assert_eq!(tree(case.home()), before);
}

#[test]
fn a_client_path_that_leads_out_of_the_output_is_refused_with_the_clients_name() {
    let ours = [".mcpgen-manifest.json", ".mcpgen-a1B2c3.tmp"];
    for path in ["../../x", "a/../../x", ".."].iter().chain(&ours) {
        for args in [RENDER, &["render", "--project", "work", "--out", "result"]] {
            let case = acme(path);
            let run = case.run(args);
            assert_eq!(run.code, 1, "{path}: {}", run.err);
            assert!(run.err.contains("`acme`") && run.err.contains("`[acme]`"), "{}", run.err);
            assert!(run.err.contains(&format!("`{path}`")), "{}", run.err);
            assert!(!case.exists("result"), "{path}");
        }
    }
    let case = acme("x");
    case.put(ROWS, row("x").replace("project = \"x\"", "project = \"/etc/x\""));
    let run = case.run(&["render", "--project", "work", "--out", "result"]);
    assert!(run.code == 1 && run.err.contains("`/etc/x`"), "{}", run.err);
}

#[test]
fn man_pages_of_a_newer_version_replace_older_ones() {
    let case = Case::in_memory();
    case.ok(&["man", "pages"]);
    let manifest = case.read(&format!("pages/{MANIFEST}"));
    let digest = |text: &str| {
        let value: Value = serde_json::from_str(text).unwrap();
        value["files"]["mcpgen-apply.1"].as_str().unwrap().to_owned()
    };
    case.put("other/pages", "of another version\n");
    let sum =
        std::process::Command::new("sha256sum").arg(case.path("other/pages")).output().unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap().split(' ').next().unwrap().to_owned();
    case.put("pages/mcpgen-apply.1", "of another version\n");
    case.put(&format!("pages/{MANIFEST}"), manifest.replace(&digest(&manifest), &sum));
    let run = case.ok(&["man", "pages"]);
    assert!(run.err.starts_with("wrote 1 file to pages ("), "{}", run.err);
    assert_eq!(case.read(&format!("pages/{MANIFEST}")), manifest);
}
