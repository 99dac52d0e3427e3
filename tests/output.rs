//! `render --out` and `man` fill a directory that is new, empty or their own earlier output. Anything else
//! in it is named, and nothing is changed.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::case::{Case, Run};
use crate::machine::{count, each, stepwise};

const MANIFEST: &str = ".mcpgen-manifest.json";
const ONE: &str =
    "clients = [\"claude-code\", \"codex\", \"cursor\"]\n[servers.one]\ncommand = \"one\"\n";
// Codex and the directory `.codex` are dropped, Cursor's file changes, Claude Code's stays, Goose's is new.
const TWO: &str = "clients = [\"claude-code\", \"cursor\", \"goose\"]\n[servers.one]\ncommand = \"one\"\n\
    [servers.two]\ncommand = \"two\"\nclients = [\"cursor\", \"goose\"]\n";

const RENDER: &[&str] = &["render", "--out", "result"];
const MAN: &[&str] = &["man", "result"];

/// Everything below a directory: bytes, modes and the ends of links, and what else there is by its kind.
fn tree(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            let mode = path.symlink_metadata().unwrap().permissions().mode();
            let what = if kind.is_dir() {
                folders.push(path.clone());
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
    assert!(run.err.contains("help: ") || run.err.contains("; "), "what to do: {}", run.err);
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
fn a_directory_that_does_not_exist_or_is_empty_is_filled_and_the_number_of_files_is_said() {
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
fn a_file_of_the_output_may_be_read_by_whom_other_new_files_may_be() {
    let case = Case::in_memory().declare(ONE);
    let mut command = case.wrapped(&["sh", "-c", "umask 027; exec \"$@\"", "sh"], RENDER);
    assert_eq!(case.finish(&mut command, None).code, 0);
    for (path, what) in output(&case) {
        let mode = if what.ends_with(' ') { "40750 " } else { "100640 " };
        assert!(what.starts_with(mode), "{}: {what}", path.display());
    }
}

#[test]
fn the_same_output_again_writes_nothing_and_says_so() {
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

fn each_time(folder: &Path) -> Vec<std::time::SystemTime> {
    let mut paths: Vec<PathBuf> = tree(folder).into_keys().collect();
    paths.push(folder.to_owned());
    paths.sort();
    paths.iter().map(|path| path.symlink_metadata().unwrap().modified().unwrap()).collect()
}

#[test]
fn another_output_replaces_the_earlier_one_and_removes_what_is_not_rendered_any_more() {
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
fn a_file_becomes_a_directory_and_a_directory_a_file_even_after_a_kill() {
    let names = |case: &Case| -> Vec<PathBuf> {
        let files = output(case).into_iter().filter(|(_, what)| !what.ends_with(' '));
        files.map(|(path, _)| path).collect()
    };
    for (from, to) in [("a/b/c.json", "a"), ("a", "a/b"), ("a/b", "a/b/c"), ("a/b", "a/c")] {
        let begin = || {
            let case = acme(from);
            case.ok(RENDER);
            case.put(ROWS, row(to));
            case
        };
        let steps = count(&begin(), RENDER).len();
        each(steps, |step| {
            for last in [from, to] {
                let case = begin();
                kill(&case, step);
                case.put(ROWS, row(last));
                case.ok(RENDER);
                let want = [Path::new(MANIFEST), Path::new(last)];
                assert_eq!(names(&case), want, "{from} to {to}, step {step}");
            }
        });
    }
}

#[test]
fn the_manifest_says_whose_the_output_is_and_what_it_was() {
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
fn a_home_directory_is_no_output_directory() {
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

/// Puts something that is not ours at a path.
type Plant = fn(&Path);

fn text(path: &Path) {
    std::fs::write(path, "mine\n").unwrap();
}

fn link(path: &Path) {
    symlink("/etc/hostname", path).unwrap();
}

fn dangling(path: &Path) {
    symlink("nowhere", path).unwrap();
}

fn folder(path: &Path) {
    std::fs::create_dir(path).unwrap();
}

fn pipe(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn socket(path: &Path) {
    drop(UnixListener::bind(path).unwrap());
}

fn hard_link(path: &Path) {
    let other = path.with_file_name(".b");
    std::fs::write(&other, "mine\n").unwrap();
    std::fs::hard_link(&other, path).unwrap();
}

const PLANTS: [Plant; 7] = [text, link, dangling, folder, pipe, socket, hard_link];

#[test]
fn a_directory_with_anything_else_in_it_is_refused_by_the_name_of_that() {
    for plant in PLANTS {
        for command in [RENDER, MAN] {
            let case = Case::in_memory().declare(ONE);
            std::fs::create_dir(case.path("result")).unwrap();
            plant(&case.path("result/.a"));
            let run = refused(&case, command, &case.path("result/.a"));
            assert!(run.err.contains("result/mcpgen-"), "{}", run.err);
        }
    }
}

#[test]
fn something_foreign_in_an_earlier_output_is_refused_by_its_name() {
    for plant in PLANTS {
        for path in ["result/.a", "result/.codex/.a", "result/.cursor/.a"] {
            let case = rendered();
            plant(&case.path(path));
            let run = refused(&case, RENDER, &case.path(path));
            assert!(run.err.contains("--out result-2"), "{}", run.err);
        }
    }
}

#[test]
fn an_edited_file_of_an_earlier_output_is_kept_and_named() {
    let case = rendered();
    case.put("result/.cursor/mcp.json", "{}\n");
    let run = refused(&case, RENDER, &case.path("result/.cursor/mcp.json"));
    assert!(run.err.contains("rm "), "{}", run.err);
    // What is not rendered any more is as much somebody's once they have edited it.
    refused(&case, &["render", "codex", "--out", "result"], &case.path("result/.cursor/mcp.json"));
    std::fs::remove_file(case.path("result/.cursor/mcp.json")).unwrap();
    assert_eq!(case.ok(RENDER).err, "wrote 1 file to result (2 unchanged)\n");
    let case = rendered();
    std::fs::remove_dir_all(case.path("result/.cursor")).unwrap();
    assert_eq!(case.ok(RENDER).err, "wrote 1 file to result (2 unchanged)\n");
}

#[test]
fn a_file_of_an_earlier_output_that_became_something_else_is_refused_by_its_name() {
    let becomes: [Plant; 5] = [
        |path| {
            let end = path.with_file_name("end");
            std::fs::rename(path, &end).unwrap();
            std::fs::rename(&end, path.parent().unwrap().parent().unwrap().join("../end")).unwrap();
            symlink("../../end", path).unwrap();
        },
        |path| {
            let other = path.parent().unwrap().parent().unwrap().join("../other");
            std::fs::hard_link(path, other).unwrap();
        },
        |path| {
            std::fs::remove_file(path).unwrap();
            pipe(path);
        },
        |path| {
            std::fs::remove_file(path).unwrap();
            std::fs::create_dir(path).unwrap();
        },
        |path| {
            std::fs::remove_file(path).unwrap();
            symlink("/dev/zero", path).unwrap();
        },
    ];
    for change in becomes {
        let case = rendered();
        let path = case.path("result/.cursor/mcp.json");
        change(&path);
        refused(&case, RENDER, &path);
    }
}

#[test]
fn no_link_on_the_way_is_followed() {
    // The output directory itself.
    for end in ["elsewhere", "nowhere", "result"] {
        let case = Case::in_memory().declare(ONE);
        std::fs::create_dir(case.path("elsewhere")).unwrap();
        symlink(end, case.path("result")).unwrap();
        for out in ["result", "result/", "result/."] {
            refused(&case, &["render", "--out", out], &case.path("result"));
            refused(&case, &["man", out], &case.path("result"));
        }
    }
    // A directory below it, and a file.
    for (planted, end) in [
        ("result/.cursor", "../elsewhere"),
        ("result/.cursor", "../nowhere"),
        ("result/.claude.json", "../elsewhere/bashrc"),
    ] {
        let case = Case::in_memory().declare(ONE).write("elsewhere/bashrc", "mine\n");
        std::fs::create_dir(case.path("result")).unwrap();
        symlink(end, case.path(planted)).unwrap();
        refused(&case, RENDER, &case.path(planted));
        // Also in what is otherwise our own output.
        let case = rendered().write("elsewhere/bashrc", "mine\n");
        let file = case.path(planted);
        if file.is_dir() { std::fs::remove_dir_all(&file) } else { std::fs::remove_file(&file) }
            .unwrap();
        symlink(end, &file).unwrap();
        refused(&case, RENDER, &file);
    }
}

#[test]
fn a_link_above_the_output_directory_is_the_users_own() {
    let case = Case::in_memory().declare(ONE);
    std::fs::create_dir(case.path("disk")).unwrap();
    symlink("disk", case.path("work")).unwrap();
    assert_eq!(case.ok(&["render", "--out", "work/a/b"]).err, "wrote 3 files to work/a/b\n");
    assert!(case.exists("disk/a/b/.claude.json"));
    case.put("work/a/b/mine", "");
    refused(&case, &["render", "--out", "work/a/b"], &case.path("disk/a/b/mine"));
    symlink("nowhere", case.path("lost")).unwrap();
    refused(&case, &["render", "--out", "lost/a"], &case.path("lost"));
}

#[test]
fn something_else_than_a_directory_is_refused_by_its_name() {
    for plant in [text as Plant, pipe, socket] {
        let case = Case::in_memory().declare(ONE);
        plant(&case.path("result"));
        refused(&case, RENDER, &case.path("result"));
        refused(&case, MAN, &case.path("result"));
        refused(&case, &["render", "--out", "result/below"], &case.path("result"));
    }
    let run = Case::in_memory().declare(ONE).run(&["render", "--out", ""]);
    assert_eq!(run.code, 2, "{}", run.err);
}

#[test]
fn one_commands_output_is_not_the_others_and_a_manifest_must_be_ours() {
    let case = rendered();
    let manifest = case.path(&format!("result/{MANIFEST}"));
    let run = refused(&case, MAN, &manifest);
    assert!(run.err.contains("mcpgen's `render`"), "{}", run.err);
    let good = case.read(&format!("result/{MANIFEST}"));
    for bad in [
        String::new(),
        "{}".to_owned(),
        "[".repeat(100_000),
        good.replace("\"version\": 1", "\"version\": 2"),
        good.replace("\"render\"", "\"other\""),
        good.replace(".cursor/mcp.json", "../mcp.json"),
        good.replace(".cursor/mcp.json", "/etc/passwd"),
        good.replace(".cursor/mcp.json", "a//../../b"),
        good.replace(".cursor/mcp.json", ""),
    ] {
        assert_ne!(bad, good);
        std::fs::write(&manifest, bad).unwrap();
        refused(&case, RENDER, &manifest);
    }
    std::fs::remove_file(&manifest).unwrap();
    refused(&case, RENDER, &case.path("result/.claude.json"));
    for plant in [link as Plant, dangling, folder, pipe, socket] {
        let case = rendered();
        let manifest = case.path(&format!("result/{MANIFEST}"));
        std::fs::remove_file(&manifest).unwrap();
        plant(&manifest);
        refused(&case, RENDER, &manifest);
    }
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
fn a_path_of_the_client_table_that_leads_out_of_the_output_is_refused_with_the_clients_name() {
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

/// An earlier output and the declaration of the next.
fn begun() -> Case {
    let case = rendered();
    case.put(".config/mcpgen/mcp.toml", TWO);
    case
}

/// Ends a run at its N-th step as in a crash, without a core file, where it has that many.
fn kill(case: &Case, step: usize) -> Run {
    let wrapper = ["sh", "-c", "ulimit -c 0; exec \"$@\"", "sh"];
    let mut command = case.wrapped(&wrapper, RENDER);
    case.finish(command.env("MCPGEN_KILL_AT", step.to_string()), None)
}

fn first() -> Case {
    Case::in_memory().declare(TWO)
}

#[test]
fn a_run_that_was_killed_at_any_step_is_finished_by_the_next() {
    for begin in [begun as fn() -> Case, first] {
        let done = begin();
        let points = count(&done, RENDER);
        assert!(points.len() >= 8, "{points:?}");
        let want = output(&done);
        each(points.len(), |step| {
            let case = begin();
            assert_eq!(kill(&case, step).code, -1, "step {step} is a step");
            case.ok(RENDER);
            assert_eq!(output(&case), want, "step {step}, {}", points[step - 1]);
            // And by one that renders something else, even if that is killed too.
            let case = begin();
            kill(&case, step);
            case.put(".config/mcpgen/mcp.toml", ONE);
            kill(&case, step);
            case.ok(RENDER);
            assert_eq!(output(&case), output(&rendered()), "step {step}, {}", points[step - 1]);
        });
    }
}

#[test]
fn a_disk_that_is_full_at_any_step_says_so_and_the_next_run_finishes() {
    let done = begun();
    let points = count(&done, RENDER);
    let want = output(&done);
    each(points.len(), |step| {
        let case = begun();
        let mut command = case.command(RENDER);
        let run = case.finish(command.env("MCPGEN_FAIL_AT", step.to_string()), None);
        let when = format!("step {step}, {}: {}", points[step - 1], run.err);
        assert_eq!(run.code, 1, "{when}");
        assert!(run.err.contains("no storage space; make room and try again\n"), "{when}");
        assert!(!tree(case.home()).keys().any(|path| path.to_str().unwrap().ends_with(".tmp")));
        case.ok(RENDER);
        assert_eq!(output(&case), want, "{when}");
    });
}

#[test]
fn what_somebody_writes_into_the_output_meanwhile_is_kept_and_named() {
    let done = begun();
    let steps = count(&done, RENDER).len();
    let mut refused = 0;
    for (path, text) in
        [(".cursor/mcp.json", "{ \"mine\": 1 }\n"), (".config/goose/config.yaml", "mine: 1\n")]
    {
        for at in 1..=steps {
            let case = begun();
            let file = format!("result/{path}");
            let run = stepwise(&case, RENDER, |step, _| {
                if step == at {
                    case.put(&file, text);
                }
            });
            assert_eq!(case.read(&file), text, "step {at}: {}", run.err);
            if run.code == 1 {
                refused += 1;
                let named = format!("`{}`", case.path(&file).display());
                assert!(run.err.contains(&named), "step {at}: {}", run.err);
            }
            let again = case.run(RENDER);
            assert_eq!(again.code, 1, "step {at}: {}", again.err);
            assert_eq!(case.read(&file), text, "step {at}");
        }
    }
    assert!(refused >= 6, "{refused}");
}

#[test]
fn runs_at_the_same_time_leave_the_output_of_one_of_them() {
    let case = begun();
    case.put("one.toml", ONE);
    let one = output(&case);
    let two = begun();
    two.ok(RENDER);
    let two = output(&two);
    for _ in 0..5 {
        let run = |at: usize| {
            if at.is_multiple_of(2) {
                case.run(RENDER)
            } else {
                case.run(&["render", "-f", "one.toml", "--out", "result"])
            }
        };
        for run in each(8, run) {
            assert_eq!(run.code, 0, "{}", run.err);
        }
        let now = output(&case);
        assert!(now == one || now == two, "{now:#?}");
    }
}

#[test]
fn the_manual_of_a_newer_version_replaces_that_of_an_older_one() {
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
