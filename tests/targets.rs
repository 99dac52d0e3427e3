//! Clients' files that are broken, odd or not files at all: refused by name, with not one byte changed
//! anywhere, or handled, with every byte kept that is not ours.

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt, symlink};
use std::path::PathBuf;

use mcpgen::testing::document::Format;

use crate::case::Case;

pub mod handled;
mod refused;

/// One client of each format, and of each kind of section.
#[derive(Clone, Copy)]
struct Kind {
    client: &'static str,
    path: &'static str,
    format: Format,
    section: &'static str,
}

const JSON: Kind = Kind {
    client: "cursor",
    path: ".cursor/mcp.json",
    format: Format::Jsonc,
    section: "mcpServers",
};
const TOML: Kind = Kind {
    client: "codex",
    path: ".codex/config.toml",
    format: Format::Toml,
    section: "mcp_servers",
};
const YAML: Kind = Kind {
    client: "goose",
    path: ".config/goose/config.yaml",
    format: Format::Yaml,
    section: "extensions",
};
const TOML_LIST: Kind = Kind {
    client: "mistral-vibe",
    path: ".vibe/config.toml",
    format: Format::Toml,
    section: "mcp_servers",
};
const YAML_LIST: Kind = Kind {
    client: "continue",
    path: ".continue/mcpServers/mcpgen.yaml",
    format: Format::Yaml,
    section: "mcpServers",
};

/// The targets that are fine: one that comes before all others, one that comes after them.
const FINE: [&str; 2] = [".config/amp/settings.json", ".config/zed/settings.json"];

impl Kind {
    fn declare(self, case: Case) -> Case {
        let clients = format!("clients = [\"amp\", \"{}\", \"zed\"]\n", self.client);
        let server =
            "[servers.one]\ncommand = \"npx\"\nargs = [\"-y\", \"x\"]\nenv = { A = \"b\" }\n";
        let fine = "{\n  \"theirs\": 1 // @CANARY@\n}\n";
        case.declare(&(clients + server)).write(FINE[0], fine).write(FINE[1], fine)
    }
}

/// Returns everything below the home directory but the state directory: kind, mode, and bytes or link.
fn tree(case: &Case) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut directories = vec![case.home().to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let meta = path.symlink_metadata().unwrap();
            let what = if meta.is_dir() {
                directories.push(path.clone());
                String::new()
            } else if meta.is_symlink() {
                format!("{:?}", std::fs::read_link(&path).unwrap())
            } else if meta.is_file() {
                format!("{:?}", std::fs::read(&path).unwrap())
            } else {
                "neither".into()
            };
            found.insert(path, format!("{:o} {what}", meta.mode()));
        }
    }
    found.retain(|path, _| !path.starts_with(case.path(".local")));
    found
}

#[test]
fn deep_nesting_elsewhere_is_accepted_while_nothing_changes() {
    let deep = format!("\"deep\": {}{}", "[".repeat(600), "]".repeat(600));
    let ours =
        "\"one\": {\"command\": \"npx\", \"args\": [\"-y\", \"x\"], \"env\": {\"A\": \"b\"}}";
    let text = format!("{{\"mcpServers\": {{{ours}}}, {deep}}}");
    let case = JSON.declare(Case::new().write(JSON.path, &text));
    case.ok(&["apply"]);
    assert_eq!(case.read(JSON.path), text);
}

#[test]
fn links_are_kept_and_followed_and_the_destination_keeps_its_mode() {
    for kind in [JSON, TOML, YAML] {
        let case = kind.declare(Case::new().write("dotfiles/real", "").write("dotfiles/x/y", ""));
        let directory = case.path(kind.path).parent().unwrap().to_owned();
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::set_permissions(case.path("dotfiles/real"), PermissionsExt::from_mode(0o640))
            .unwrap();
        symlink("../real", case.path("dotfiles/x/relative")).unwrap();
        symlink(case.path("dotfiles/x/relative"), case.path(kind.path)).unwrap();
        case.ok(&["apply"]);
        let link = std::fs::read_link(case.path(kind.path)).unwrap();
        assert_eq!(link, case.path("dotfiles/x/relative"));
        assert!(case.path("dotfiles/x/relative").is_symlink());
        let end = case.path("dotfiles/real").symlink_metadata().unwrap();
        assert!(end.is_file());
        assert_eq!(end.mode() & 0o7777, 0o640);
        assert!(case.read("dotfiles/real").contains("npx"));
        let beside = std::fs::read_dir(case.path("dotfiles")).unwrap().count();
        assert_eq!(beside, 2, "nothing is left beside the end of the links");
    }
}

#[test]
fn a_file_that_mcpgen_created_is_kept_if_it_has_a_comment() {
    for (kind, comment) in [(JSON, "// mine\n"), (TOML, "# mine\n"), (YAML, "# mine\n")] {
        let case = kind.declare(Case::new());
        case.ok(&["apply"]);
        let commented = comment.to_owned() + &case.read(kind.path);
        case.put(kind.path, &commented);
        case.ok(&["apply", "--none"]);
        assert!(case.read(kind.path).starts_with(comment), "{}", case.read(kind.path));
    }
}

#[test]
fn a_list_element_with_its_dash_on_its_own_line_is_removed_completely() {
    let one = "mcpServers:\n-\n  # c\n  name: one\n  command: old\n";
    let case = YAML_LIST.declare(Case::new().write(YAML_LIST.path, one));
    case.ok(&["apply", "--adopt", "one"]);
    assert!(case.read(YAML_LIST.path).contains("command: npx"));
    case.ok(&["apply", "--none"]);
    assert_eq!(case.read(YAML_LIST.path), "mcpServers: []\n");
}

#[test]
fn an_alias_is_not_edited_but_can_be_removed() {
    let text = "base: &x {cmd: old}\nextensions:\n  one: *x\n  two: *x\n";
    let case = YAML.declare(Case::new().write(YAML.path, text));
    let run = case.run(&["apply", "--adopt", "one"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("`one` is an alias for another value"), "{}", run.err);
    assert!(run.err.contains("config.yaml:3:8"), "{}", run.err);
    assert_eq!(case.read(YAML.path), text);
}

#[test]
fn four_megabytes_of_a_clients_state_keep_every_byte() {
    let line = |n: usize| {
        format!(
            "    \"/home/ada/p{n}\": {{\"history\": [\"say \\\"{n}\\\" {}\"], \"mcpServers\": {{}}, \"n\": {n}}}",
            "é日🎉 \\ud83d x".repeat(12)
        )
    };
    let projects: Vec<String> = (0..16_000).map(line).collect();
    let head =
        format!("{{\n  \"projects\": {{\n{}\n  }},\n  \"mcpServers\": {{", projects.join(",\n"));
    let tail = "},\n  \"last\": true\n}\n";
    assert!(head.len() > 4_000_000);
    let case = Case::new()
        .declare("clients = [\"claude-code\"]\n[servers.one]\ncommand = \"npx\"\n")
        .write(".claude.json", format!("{head}{tail}"));
    case.ok(&["apply"]);
    let new = case.read(".claude.json");
    assert!(new.starts_with(&head) && new.ends_with(tail));
    assert!(new[head.len()..].contains("\"one\""));
    case.ok(&["apply", "--none"]);
    assert!(case.read(".claude.json") == format!("{head}{tail}"), "every byte is back");
}

#[test]
fn the_exit_code_prefers_usage_to_error_to_conflict_to_changes() {
    let broken = Case::new().write(JSON.path, "{").write(TOML.path, "mcp_servers.one = 3\n");
    let text = "clients = [\"codex\", \"cursor\", \"zed\"]\n[servers.one]\ncommand = \"npx\"\n";
    let case = broken.declare(text);
    let code = |args: &[&str]| case.run(args).code;
    assert_eq!(code(&["plan", "--exit-code", "emacs"]), 2);
    assert_eq!(code(&["apply", "emacs"]), 2);
    assert_eq!(code(&["plan", "--exit-code"]), 1, "a fault, a conflict and changes");
    assert_eq!(code(&["apply"]), 1);
    assert_eq!(code(&["apply", "--keep-going"]), 1);
    assert_eq!(code(&["plan", "--exit-code", "codex", "cursor"]), 1, "a fault and a conflict");
    case.put(JSON.path, "{}");
    assert_eq!(code(&["plan", "--exit-code"]), 4, "a conflict and changes");
    assert_eq!(code(&["plan", "--exit-code", "cursor"]), 3, "changes");
    assert_eq!(code(&["plan", "cursor"]), 0, "changes that nobody asked about");
    assert_eq!(code(&["plan", "--exit-code", "zed"]), 0, "written by --keep-going");
    case.put(".config/mcpgen/mcp.toml", "clients = [");
    assert_eq!(code(&["plan", "--exit-code"]), 1);
}

#[test]
fn a_clients_file_does_not_control_the_terminal() {
    let evil = "\\u001b[2J\\u009b2J\\u007f\\u202e\\n\\r\\u0007";
    let command = format!(
        "{{\"command\": \"{evil}\", \"args\": [\"{evil}\"], \"env\": {{\"{evil}\": \"{evil}\"}}, \"{evil}\": 1}}"
    );
    let toml = format!(
        "[mcp_servers.one]\ncommand = \"{evil}\"\nargs = [\"{evil}\"]\n[mcp_servers.one.env]\n\"{evil}\" = \"x\"\n"
    );
    let yaml = format!("extensions:\n  one: {command}\n");
    let case = Case::new()
        .declare("clients = [\"codex\", \"cursor\", \"goose\"]\n[servers.one]\ncommand = \"npx\"\n")
        .write(JSON.path, format!("{{\"mcpServers\": {{\"one\": {command}, \"{evil}\": {{}}}}}}"))
        .write(TOML.path, toml)
        .write(YAML.path, yaml);
    let calm = |args: &[&str], code: i32| {
        let run = case.run(args);
        assert_eq!(run.code, code, "{args:?}: {}", run.err);
        for text in [&run.out, &run.err] {
            let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!text.contains(steers), "{args:?}: {text:?}");
        }
        run.out
    };
    calm(&["plan"], 4);
    calm(&["plan", "--json"], 4);
    let diff = calm(&["plan", "--adopt-all", "--diff"], 0);
    assert!(diff.contains("+++ ~/.cursor/mcp.json"), "{diff}");
    assert!(diff.contains("-"), "what stood there is shown: {diff}");
    calm(&["apply", "--adopt-all"], 0);
    calm(&["apply", "--none"], 0);
    case.put(JSON.path, format!("{{\"mcpServers\": {{\"{evil}\": 1, \"{evil}\": 2}}}}"));
    calm(&["plan"], 1);
    case.put(JSON.path, "{\"a\": \u{1b}[2J\u{9b}}");
    calm(&["plan"], 1);
}
