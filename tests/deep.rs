//! Input that is nested too deep: refused with its place, by every reader, on a small stack.

use mcpgen::testing::declaration::Declaration;
use mcpgen::testing::document::depth::{MAX_DEPTH, MAX_TOML_DEPTH};
use mcpgen::testing::document::edit::Edit;
use mcpgen::testing::document::{Document, DocumentError, Format, Position, Section};
use serde_json::Value;

use crate::case::{Case, Run};

/// Strings that nest thousands of levels deep, each in another way.
fn deep() -> Vec<(Format, String)> {
    let json = |text: String| (Format::Jsonc, text);
    let toml = |text: String| (Format::Toml, text);
    let yaml = |text: String| (Format::Yaml, text);
    let n = 4_000;
    let dotted = "a.".repeat(n) + "a";
    let short = "a.".repeat(70) + "a";
    let steps = |line: &dyn Fn(usize) -> String| (0..1_000).map(line).collect::<String>();
    vec![
        json("[".repeat(n)),
        json("[".repeat(n) + &"]".repeat(n)),
        json("{\"a\":".repeat(n)),
        json(format!("{{\"m\": {}1{}}}", "{\"a\":[".repeat(n), "]}".repeat(n))),
        json(format!("// c\n{{\"a\": {}1{}, }}", "[".repeat(400), "]".repeat(400))),
        toml(format!("a = {}", "[".repeat(n))),
        toml(format!("a = {}{}\n", "[".repeat(n), "]".repeat(n))),
        toml(format!("a = {}1{}\n", "{a = ".repeat(n), "}".repeat(n))),
        toml(format!("{dotted} = 1\n")),
        toml(format!("[{dotted}]\n")),
        toml(format!("[[{dotted}]]\n")),
        toml(format!("a = {{{dotted} = 1}}\n")),
        toml(format!("a = {}1{}\n", format!("{{{short} = ").repeat(70), "}".repeat(70))),
        toml(format!(
            "[{short}]\n{short} = {}1{}\n",
            format!("[{{{short} = ").repeat(30),
            "}]".repeat(30)
        )),
        yaml("- ".repeat(n)),
        yaml("- ".repeat(n) + "a\n"),
        yaml("? ".repeat(n)),
        yaml("? ".repeat(n) + "a\n"),
        yaml("- ? ".repeat(n) + "a\n"),
        yaml("? - ".repeat(n)),
        yaml(": ".repeat(n)),
        yaml("- &a ".repeat(n)),
        yaml("[".repeat(n)),
        yaml("[".repeat(n) + &"]".repeat(n)),
        yaml("{a: ".repeat(n)),
        yaml("{? ".repeat(n)),
        yaml("[{a: ".repeat(n) + "1" + &"}]".repeat(n)),
        yaml("- ".repeat(200) + &"[".repeat(200) + &"]".repeat(200)),
        yaml("- a: - ".repeat(1_000)),
        yaml(steps(&|at| format!("{}a:\n", " ".repeat(at)))),
        yaml(steps(&|at| format!("{}- a:\n", "  ".repeat(at)))),
        yaml(
            "a0: &a0 [x]\n".to_owned()
                + &steps(&|at| format!("a{}: &a{} [*a{at}]\n", at + 1, at + 1)),
        ),
        yaml(
            "a0: &a0 {k: x}\n".to_owned()
                + &steps(&|at| format!("a{}: &a{} {{k: *a{at}}}\n", at + 1, at + 1)),
        ),
        yaml(format!("a:\n{}\nm: {{}}\n", "- ".repeat(n))),
    ]
}

#[test]
fn deep_nesting_is_refused_with_its_position_in_every_format() {
    let section = Section { paths: vec![vec!["m".into(), "s".into()]], list_key: None };
    for (format, text) in deep() {
        let shown = &text[..text.len().min(60)];
        let document = Document::new(format, text.clone().into()).unwrap();
        match document.entries(&section) {
            Err(fault @ (DocumentError::TooDeep { .. } | DocumentError::Syntax { .. })) => {
                assert!(fault.position().is_some(), "{shown}");
            }
            other => panic!("{other:?} for {shown}"),
        }
        assert_eq!(document.value(), None, "{shown}");
        assert_eq!(document.field("m"), None, "{shown}");
        assert!(!document.is_husk(&section, &serde_json::Map::new()), "{shown}");
        document.is_strict();
        assert!(document.edit(&section, &[], None).is_err(), "{shown}");
        Declaration::parse("mcp.toml", &text);
    }
}

#[test]
fn the_deepest_accepted_nesting_survives_a_round_trip() {
    let lists = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let blocks =
        |depth: usize| (0..depth).map(|at| format!("{}a:\n", " ".repeat(at))).collect::<String>();
    let section = Section { paths: vec![vec!["s".into()]], list_key: None };
    for (format, depth, text) in [
        (Format::Jsonc, MAX_DEPTH, format!("{{\"a\": {}}}", lists(MAX_DEPTH - 1))),
        (Format::Toml, MAX_TOML_DEPTH, format!("a = {}\n", lists(MAX_TOML_DEPTH))),
        (Format::Toml, MAX_TOML_DEPTH, format!("[{}]\na = 1\n", "a.".repeat(70) + "a")),
        (Format::Yaml, MAX_DEPTH, blocks(MAX_DEPTH)),
        (Format::Yaml, MAX_DEPTH, format!("a:\n{}x\n", "- ".repeat(MAX_DEPTH - 1))),
    ] {
        let document = Document::new(format, text.clone().into()).unwrap();
        assert!(document.value().is_some(), "{depth}: {}", &text[..40]);
        let put = Edit::Put { name: "x".into(), entry: serde_json::Map::new().into() };
        let (added, made) = document.edit(&section, &[put], None).unwrap();
        let grown = Document::new(format, added).unwrap();
        let remove = Edit::Remove { name: "x".into() };
        let (back, _) = grown.edit(&section, &[remove], made.as_ref()).unwrap();
        assert_eq!(String::from_utf8(back).unwrap(), text);
    }
}

#[test]
fn one_more_level_is_refused_with_the_position_where_it_starts() {
    let lists = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    for (format, limit, column, text) in [
        (Format::Jsonc, MAX_DEPTH, MAX_DEPTH + 6, format!("{{\"a\": {},}}", lists(MAX_DEPTH))),
        (Format::Toml, MAX_TOML_DEPTH, 85, format!("a = {}\n", lists(MAX_TOML_DEPTH + 1))),
        (Format::Yaml, MAX_DEPTH, 2 * MAX_DEPTH + 1, format!("{}x\n", "- ".repeat(MAX_DEPTH + 1))),
    ] {
        let section = Section { paths: vec![vec!["s".into()]], list_key: None };
        let found = Document::new(format, text.into()).unwrap().entries(&section);
        assert_eq!(
            found,
            Err(DocumentError::TooDeep { limit, position: Position { line: 1, column } })
        );
    }
}

/// Starts a program with a main stack of 2 MB, as much as a thread has. On Windows, it has no more anyway.
#[cfg(windows)]
const SMALL: [&str; 0] = [];
#[cfg(unix)]
const SMALL: [&str; 3] = ["/bin/sh", "-c", "ulimit -s 2048 && exec \"$0\" \"$@\""];

const GOOSE: &str = if cfg!(windows) {
    "AppData/Roaming/Block/goose/config/config.yaml"
} else {
    ".config/goose/config.yaml"
};

fn small(case: &Case, args: &[&str]) -> Run {
    case.finish(&mut case.wrapped(&SMALL, args), None)
}

#[test]
fn no_command_crashes_on_a_deeply_nested_file_of_a_client_or_a_project() {
    for (format, text) in deep() {
        let (client, user, project) = match format {
            Format::Jsonc => ("cursor", ".cursor/mcp.json", "repo/.cursor/mcp.json"),
            Format::Toml => ("codex", ".codex/config.toml", "repo/.codex/config.toml"),
            Format::Yaml => ("goose", GOOSE, "repo/.continue/mcpServers/mcpgen.yaml"),
        };
        let case = Case::in_memory()
            .declare(&format!("clients = [\"{client}\"]\n[servers.one]\ncommand = \"npx\"\n"))
            .write(user, &text)
            .write(project, &text)
            .write("repo/mcp.toml", &text);
        let before = case.snapshot();
        let shown = &text[..text.len().min(40)];
        for args in [&["doctor"][..], &["import"], &["check", "-f", "mcp.toml"]] {
            let mut command = case.wrapped(&SMALL, args);
            let run = case.finish(command.current_dir(case.path("repo")), None);
            assert!([0, 1].contains(&run.code), "{args:?} of {shown}: {} {}", run.code, run.err);
            let said = format!("{}{}", run.out, run.err);
            assert!(said.len() < 20_000, "{args:?} of {shown}: {} bytes", said.len());
        }
        let run = small(&case, &["apply"]);
        assert_eq!(run.code, 1, "{shown}: {}", run.err);
        assert!(run.err.contains(&format!("~/{user}:")), "{shown}: {}", run.err);
        assert_eq!(case.snapshot(), before);
    }
}

#[test]
fn a_declaration_that_is_nested_too_deep_is_refused_without_showing_the_lines_around_it() {
    let deep = format!("{}1{}", "[".repeat(90), "]".repeat(90));
    let text = format!(
        "clients = [\"cursor\"]\nx = {deep}\n[servers.one]\ncommand = \"npx\"\nextra.cursor = {{ a = {deep}, token = \"s3cret-by-name\" }}\n\
         [servers.two]\nurl = 3\n"
    );
    let case = Case::new().declare(&text);
    let run = small(&case, &["check"]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert_eq!(run.err.matches("values are nested too deeply").count(), 2, "{}", run.err);
    assert!(run.err.contains("mcp.toml:2:85") && run.err.contains("mcp.toml:5:"), "{}", run.err);
    assert!(
        run.err.contains("`url` must be a string"),
        "the other errors are found too: {}",
        run.err
    );
    assert!(!run.err.contains("s3cret"), "{}", run.err);
}

#[test]
fn a_deeply_nested_cache_file_is_reported_as_damaged() {
    let case = Case::new().declare(
        "clients = [\"cursor\"]\n[servers.one]\nurl = \"https://a.example/mcp\"\nauth = \"oauth\"\n",
    );
    let rows: Value = serde_json::from_str(&case.ok(&["status", "--json"]).out).unwrap();
    let key = rows[0]["key"].as_str().unwrap();
    for (open, close) in [("[", "]"), ("{\"access_token\":", "}"), ("{\"a\":[", "]}")] {
        for end in ["tokens.json", "client_info.json", "lock.json", "refresh_lease.json"] {
            let deep = open.repeat(50_000) + "1" + &close.repeat(50_000);
            case.put(&format!(".mcp-auth/mcp-remote-v1/{key}_{end}"), deep);
        }
        for args in [&["status"][..], &["doctor"], &["token", "one"], &["refresh", "one"]] {
            let run = small(&case, args);
            assert!((0..=4).contains(&run.code), "{args:?}: {} {}", run.code, run.err);
        }
    }
}
