//! PATH: a program is never looked for in the directory that a client happens to start in.

use std::os::unix::fs::PermissionsExt as _;

use crate::case::{Case, Run};
use crate::oauth::Server;

const RELATIVE: [&str; 6] =
    [":/usr/bin:/bin", "/usr/bin:/bin:", "/usr/bin::/bin", ".", "bin:/usr/bin:/bin", ""];
const SERVER: &str = "clients = [\"cursor\"]\n[servers.one]\ncommand = \"sh\"\n";

/// A home directory, in which clients start, with programs that nobody is to start.
fn trapped(declaration: &str, programs: &[&str]) -> Case {
    let case = Case::new().declare(declaration);
    for program in programs {
        for path in [(*program).to_owned(), format!("bin/{program}")] {
            case.put(&path, "#!/bin/sh\n: > \"$HOME/trapped\"\n");
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(case.path(&path), mode).unwrap();
        }
    }
    case
}

fn run(case: &Case, path: &str, args: &[&str]) -> Run {
    let run = case.finish(case.command(args).env("PATH", path), None);
    assert!(!case.exists("trapped"), "PATH={path:?} {args:?}\n{}{}", run.out, run.err);
    run
}

#[test]
fn a_server_is_not_started_from_the_current_directory() {
    let text = SERVER.replace("\"sh\"", "\"trap-server\"");
    let case = trapped(&text, &["trap-server"]);
    for path in RELATIVE {
        let run = run(&case, path, &["exec", "one"]);
        assert_eq!(run.code, 1, "{path:?}");
        assert!(run.err.contains("not in any directory of PATH"), "{}", run.err);
    }
}

#[test]
fn a_program_elsewhere_on_the_path_is_started_with_a_path_of_absolute_elements() {
    let case = trapped(&format!("{SERVER}args = [\"-c\", \"echo $PATH\"]\n"), &["sh", "env"]);
    for path in RELATIVE {
        let run = run(&case, path, &["exec", "one"]);
        assert_eq!(run.code, 0, "{path:?} {}", run.err);
        assert!(run.out.trim().split(':').all(|element| element.starts_with('/')), "{}", run.out);
    }
}

#[test]
fn a_path_set_in_the_declaration_never_finds_programs_in_the_current_directory() {
    for (path, said) in
        [("bin:/usr/bin:/bin", "/usr/bin:/bin\n"), ("/usr/bin:/bin:", "/usr/bin:/bin\n")]
    {
        let text =
            format!("{SERVER}args = [\"-c\", \"echo $PATH\"]\nenv = {{ PATH = \"{path}\" }}\n");
        let case = trapped(&text, &["sh"]);
        assert_eq!(run(&case, "/usr/bin:/bin", &["exec", "one"]).out, said);
        let text =
            format!("{SERVER}args = [\"-c\", \"echo $PATH\"]\nsecrets = {{ PATH = \"env:P\" }}\n");
        let case = trapped(&text, &["sh"]).var("P", path);
        assert_eq!(run(&case, "/usr/bin:/bin", &["exec", "one"]).out, said);
    }
    let text = SERVER.replace("\"sh\"", "\"trap-server\"\nenv = { PATH = \".\" }");
    assert_eq!(run(&trapped(&text, &["trap-server"]), "/usr/bin:/bin", &["exec", "one"]).code, 1);
}

#[test]
fn a_stores_program_is_not_started_from_the_current_directory() {
    for (program, reference) in
        [("op", "op://a/b/c"), ("pass", "pass:a"), ("trap-store", "command:trap-store a")]
    {
        let text = format!("{SERVER}secrets = {{ T = \"{reference}\" }}\n");
        let case = trapped(&text, &[program]);
        for path in RELATIVE {
            let run = run(&case, path, &["exec", "one"]);
            assert_eq!(run.code, 1, "{path:?}");
            // The machine may have the other two.
            let installed = program != "trap-store";
            assert!(installed || run.err.contains("`trap-store` is not installed"), "{}", run.err);
        }
    }
}

#[test]
fn a_bridge_is_not_started_from_the_current_directory() {
    let text = "clients = [\"cursor\"]\n[launch]\nbridge = [\"trap-npx\", \"mcp-remote\"]\n[servers.one]\n\
        url = \"https://mcp.example.com/mcp\"\nauth = { token = \"env:CANARY\" }\n";
    let case = trapped(text, &["trap-npx"]);
    for path in RELATIVE {
        assert_eq!(run(&case, path, &["exec", "one"]).code, 1, "{path:?}");
    }
}

#[test]
fn a_browser_is_not_started_from_the_current_directory() {
    let server = Server::honest();
    let case = trapped(SERVER, &["trap-browser"]).var("BROWSER", "trap-browser");
    for path in [":/usr/bin:/bin", "."] {
        let run = run(&case, path, &["login", &server.url(), "--timeout", "1"]);
        assert_eq!(run.code, 1, "{path:?}");
        assert!(run.err.contains("cannot start the browser `trap-browser`"), "{}", run.err);
    }
}

#[test]
fn an_absolute_path_is_never_found_in_the_current_directory() {
    let text = "clients = [\"cursor\"]\n[launch]\nabsolute = true\n[servers.one]\ncommand = \"trap-server\"\n";
    let case = trapped(text, &["trap-server", "mcpgen"]);
    for path in RELATIVE {
        let run = run(&case, path, &["render", "cursor"]);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{path:?}");
        assert!(run.err.contains("`trap-server`"), "{}", run.err);
    }
}

#[test]
fn doctor_finds_no_program_in_the_current_directory() {
    let entry = r#"{ "mcpServers": { "a": { "command": "trap-server" } } }"#;
    let case =
        trapped("clients = [\"cursor\"]\n", &["trap-server"]).write(".cursor/mcp.json", entry);
    for path in RELATIVE {
        let run = run(&case, path, &["doctor"]);
        assert_eq!(run.code, 1, "{path:?}");
        let said = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("`trap-server` is not on PATH"), "{said}");
    }
}
