//! Files in an output directory that mcpgen did not write: each is named, and nothing is changed.

use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use super::{MAN, MANIFEST, ONE, RENDER, refused, rendered};
use crate::case::Case;

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

fn directory(path: &Path) {
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

const PLANTS: [Plant; 7] = [text, link, dangling, directory, pipe, socket, hard_link];

#[test]
fn a_directory_with_a_foreign_file_is_refused_and_the_file_named() {
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
fn a_foreign_file_in_an_earlier_output_is_named() {
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
fn a_file_of_an_earlier_output_that_changed_its_kind_is_named() {
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
fn no_link_in_an_output_path_is_followed() {
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
fn a_link_above_the_output_directory_is_followed() {
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
fn a_path_that_is_not_a_directory_is_refused_and_named() {
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
fn the_output_of_another_command_and_a_foreign_manifest_are_refused() {
    let case = rendered();
    let manifest = case.path(&format!("result/{MANIFEST}"));
    let run = refused(&case, MAN, &manifest);
    assert!(run.err.contains("the command `render`"), "{}", run.err);
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
    for plant in [link as Plant, dangling, directory, pipe, socket] {
        let case = rendered();
        let manifest = case.path(&format!("result/{MANIFEST}"));
        std::fs::remove_file(&manifest).unwrap();
        plant(&manifest);
        refused(&case, RENDER, &manifest);
    }
}
