//! Declarations: what is refused and in which words, what is odd and right, and the schema.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mcpgen::testing::secret::literal::{TABLE, TokenShape};

use crate::case::{CANARY, Case, Run, golden};

mod schema;

fn directory(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/declarations").join(name)
}

/// Returns the names of a directory's declarations, sorted.
fn names(directory: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let toml = entries.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    toml.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// Checks one declaration of a directory, with the templates that lie beside it.
fn check(directory: &Path, name: &str) -> Run {
    let file = format!("{name}.toml");
    let case = Case::new().write(&file, std::fs::read(directory.join(&file)).unwrap());
    let templates = directory.join(format!("{name}.templates"));
    if templates.is_dir() {
        case.put("rows/clients.toml", std::fs::read(templates.join("clients.toml")).unwrap());
        return case.run(&["check", "-f", &file, "--templates", "rows"]);
    }
    case.run(&["check", "-f", &file])
}

#[test]
fn every_error_has_its_message() {
    let directory = directory("invalid");
    let names = names(&directory);
    assert!(names.len() > 40, "{names:?}");
    for name in names {
        let run = check(&directory, &name);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{name}");
        golden(&format!("declarations/invalid/{name}.stderr"), &run.err);
    }
}

#[test]
fn every_message_belongs_to_a_declaration() {
    let directory = directory("invalid");
    let names = names(&directory);
    for entry in std::fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        assert!(names.contains(stem), "{} has lost its declaration", path.display());
    }
}

#[test]
fn error_messages_follow_the_style_guide() {
    let directory = directory("invalid");
    for name in names(&directory) {
        let err = check(&directory, &name).err;
        for (place, line) in
            err.lines().enumerate().map(|(at, line)| (format!("{name}:{at}"), line))
        {
            let quoted = line.starts_with("error: ") || line.contains(['|', '^']);
            assert!(
                quoted || line.chars().count() <= 80,
                "{place} is wider than 80 columns: {line}"
            );
            assert!(!line.contains("Hunter2"), "{place} shows a secret: {line}");
            let words = ["invalid", "Invalid", "please", "Please", "oops", "Oops"];
            assert!(!words.iter().any(|word| line.contains(word)), "{place}: {line}");
            let Some(title) = line.strip_prefix("error: ") else { continue };
            assert!(!title.ends_with(['.', '!']), "{place} ends like a sentence: {line}");
            assert!(!title.starts_with(char::is_uppercase), "{place} starts like one: {line}");
        }
    }
}

#[test]
fn unusual_but_valid_declarations_are_accepted() {
    let directory = directory("valid");
    let names = names(&directory);
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        let run = check(&directory, &name);
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "", ""), "{name}");
    }
}

#[test]
fn eight_errors_are_reported_in_one_run_in_the_order_of_the_file() {
    let err = check(&directory("invalid"), "eight-at-once").err;
    assert_eq!(err.matches("error: ").count(), 8, "{err}");
    let lines: Vec<usize> = err
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("--> eight-at-once.toml:"))
        .map(|place| place.split(':').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(lines.len(), 8, "{err}");
    assert!(lines.is_sorted(), "{lines:?}");
}

#[test]
fn without_clients_the_help_lists_the_clients_of_this_machine() {
    let case = Case::new()
        .declare("[servers.one]\ncommand = \"npx\"\n")
        .write(".cursor/mcp.json", "{}")
        .write(".codex/config.toml", "");
    let run = case.run(&["check"]);
    assert_eq!(run.code, 1);
    assert!(
        run.err.contains("help: add the first line: clients = [\"codex\", \"cursor\"]"),
        "{}",
        run.err
    );
}

#[test]
fn a_declaration_that_cannot_be_read_is_named_with_help() {
    let case = Case::new().write("directory/x", "");
    for (file, title, help) in [
        ("directory", "`~/directory` is a directory, not a file", "name a file with `--file`"),
        (
            "missing.toml",
            "the declaration `~/missing.toml` does not exist",
            "write a declaration with `mcpgen init -f ~/missing.toml`",
        ),
        (
            "missing/mcp.toml",
            "the declaration `~/missing/mcp.toml` does not exist",
            "`mcpgen init -f ~/missing/mcp.toml`",
        ),
        ("directory/x/mcp.toml", "", "/directory/x/mcp.toml` cannot be read: Not a directory"),
    ] {
        for command in ["check", "render", "plan", "apply"] {
            let run = case.run(&[command, "-f", file]);
            assert_eq!((run.code, run.out.as_str()), (1, ""), "{command} {file}");
            assert!(run.err.starts_with(&format!("error: {title}")), "{command}: {}", run.err);
            assert!(run.err.contains(help), "{command}: {}", run.err);
        }
    }
}

/// Every shape of a secret, as it is in a declaration, with the part that must not be shown.
fn secrets() -> Vec<(String, String)> {
    let token = |shape: &TokenShape| {
        let opaque = match shape.alphabet.name() {
            "hex" => "0a1b2c3d4e5f",
            "upper" => "A1B2C3D4E5F6",
            _other => "0a1B2c3D4e5F6g7H8i9J",
        };
        let rest: String = opaque.chars().cycle().take(shape.length).collect();
        (format!("{}{rest}", shape.prefix), rest)
    };
    let mut found: Vec<(String, String)> = TABLE.shapes.iter().map(token).collect();
    let of = |text: &str, secret: &str| (text.to_owned(), secret.to_owned());
    found.push(of("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "c2lnbmF0dXJl"));
    found.push(of("Authorization: Bearer Hunter2Hunter2", "Hunter2"));
    found.push(of("x-api-key=Hunter2Hunter2", "Hunter2"));
    found.push(of("https://ada:Hunter2@example.com/", "Hunter2"));
    found.push(of(CANARY, "CANARY"));
    found
}

#[test]
fn every_kind_of_secret_is_refused_and_hidden_at_every_position() {
    let places = [
        "[servers.one]\ncommand = \"a\"\nargs = [\"@\"]\n",
        "[servers.one]\ncommand = \"a\"\nenv = { A = \"@\" }\n",
        "[servers.one]\ncommand = \"@\"\n",
        "[servers.one]\ncommand = \"a\"\ncwd = \"@\"\n",
        "[servers.one]\nurl = \"https://example.com/?q=@\"\n",
        "[servers.one]\nurl = \"https://example.com/\"\nheaders = { A = \"@\" }\n",
        "[servers.one]\nurl = \"https://example.com/\"\nauth = { mode = \"oauth\", scope = \"@\" }\n",
        "[servers.one]\nurl = \"https://example.com/\"\nauth = { token = \"@\" }\n",
        "[servers.one]\ncommand = \"a\"\nsecrets = { A = \"@\" }\n",
        "[servers.one]\ncommand = \"a\"\nextra.cursor = { a = [{ b = \"@\" }] }\n",
        "[launch]\nbridge = [\"a\", \"@\"]\n",
        "[launch]\nmcpgen = \"@\"\n",
        "[launch]\nenv = { A = \"@\" }\n",
        "[servers.\"@\"]\ncolour = 1\n",
        "\"@\" = 1\n",
        "# @\ncolour = 1 # @\n",
        "env = { A = \"@\", B = }\n",
        "colour = @\n",
    ];
    for (at, (text, secret)) in secrets().into_iter().rev().enumerate() {
        // Every kind at some of the positions, and at each position some of every kind.
        let few = if at < 8 { places.len() } else { 3 };
        for place in places.iter().cycle().skip(at).take(few) {
            let declaration = format!("clients = [\"cursor\"]\n{}", place.replace('@', &text));
            let case = Case::new().declare(&declaration);
            let run = case.run(&["check"]);
            assert_eq!(run.code, 1, "let through: {declaration}");
            assert!(!run.err.contains(&secret), "shown of {declaration}\n{}", run.err);
        }
    }
}
