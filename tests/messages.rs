//! What a person reads: counts, next steps, and lines that fit the terminal.

use serde_json::{Map, json};

use crate::case::{Case, Run};

const CURSOR: &str = ".cursor/mcp.json";
const ONE: &str = "clients = [\"cursor\"]\n[servers.one]\ncommand = \"sh\"\n";

/// Runs mcpgen on a terminal of a width.
fn on_terminal(case: &Case, columns: usize, args: &str) -> Run {
    let line =
        format!("script -qec 'stty cols {columns} rows 24; TERM=dumb mcpgen {args}' /dev/null");
    let run = case.shell(&line, "");
    Run { out: run.out.replace('\r', ""), ..run }
}

fn widest(run: &Run) -> usize {
    run.out.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

/// Five clients, each with an entry of its own for each of twelve servers.
fn many_conflicts() -> Case {
    let names: Vec<String> = (0..12).map(|number| format!("server-{number:02}")).collect();
    let entries: Map<_, _> =
        names.iter().map(|name| (name.clone(), json!({ "command": "x" }))).collect();
    let text = json!({ "mcpServers": entries }).to_string();
    let clients =
        "clients = [\"claude-code\", \"cursor\", \"codex\", \"gemini-cli\", \"windsurf\"]\n";
    let table = |start: &str, name: &String| format!("[{start}.{name}]\ncommand = \"sh\"\n");
    let servers: String = names.iter().map(|name| table("servers", name)).collect();
    let codex: String = names.iter().map(|name| table("mcp_servers", name)).collect();
    let case = Case::in_memory().declare(&format!("{clients}{servers}"));
    for path in
        [".claude.json", CURSOR, ".gemini/settings.json", ".codeium/windsurf/mcp_config.json"]
    {
        case.put(path, &text);
    }
    case.put(".codex/config.toml", codex.replace("\"sh\"", "\"x\""));
    case
}

#[test]
fn conflicts_of_twelve_servers_and_five_clients_fit_a_screen() {
    let case = many_conflicts();
    for command in ["plan", "apply"] {
        let run = on_terminal(&case, 80, command);
        assert!(run.out.lines().count() < 24 && widest(&run) <= 80, "{}", run.out);
        assert!(run.out.contains("60 entries in 5 files"), "{}", run.out);
        assert!(run.out.contains("`mcpgen apply --adopt-all`"), "{}", run.out);
        assert!(run.out.contains("`mcpgen apply --adopt server-00`"), "{}", run.out);
    }
    let run = case.ok(&["apply", "--adopt-all"]);
    assert!(run.err.contains("60 entries adopted in 5 files\n"), "{}", run.err);
}

#[test]
fn an_apply_says_what_it_did_and_what_comes_next() {
    let case = Case::in_memory().declare(ONE);
    assert!(case.ok(&["plan"]).out.contains("+ one  add\n"));
    let run = on_terminal(&case, 80, "apply");
    assert!(run.out.contains("one  added\n1 entry added to 1 file\n"), "{}", run.out);
    assert!(run.out.contains("undo it with `mcpgen undo`"), "{}", run.out);
    let run = on_terminal(&case, 80, "apply");
    assert_eq!(run.out, "nothing changed: the clients' files are up to date\n");
    assert_eq!(case.ok(&["apply"]).err, "", "a script reads nothing");
    let undone = case.ok(&["undo"]);
    assert_eq!(undone.err, "~/.cursor/mcp.json: deleted, because the apply had created it\n");
    case.ok(&["apply"]);
    case.put(".config/mcpgen/mcp.toml", ONE.replace("one", "two"));
    let run = case.ok(&["apply"]);
    assert!(run.err.ends_with("1 entry added, 1 removed in 1 file\n"), "{}", run.err);
}

#[test]
fn messages_fit_the_terminal_and_a_command_is_never_broken() {
    let case = many_conflicts();
    let wide = on_terminal(&case, 120, "plan");
    assert!(widest(&wide) <= 100 && widest(&wide) > 80, "{}", wide.out);
    let directory = "a-directory-with-a-name-that-is-longer-than-the-terminal-is-wide/and-more";
    std::fs::create_dir_all(case.path(directory)).unwrap();
    std::fs::create_dir_all(case.path(&format!("{directory}/.cursor"))).unwrap();
    case.put(&format!("{directory}/{CURSOR}"), case.read(CURSOR));
    let narrow = on_terminal(&case, 60, &format!("plan cursor --project {directory}"));
    let command = format!("`mcpgen plan --project ~/{directory} --adopt-all cursor`");
    let apply = command.replace("mcpgen plan", "mcpgen apply");
    assert!(narrow.out.lines().any(|line| line.contains(&apply)), "{}", narrow.out);
    let piped = case.run(&["plan", "cursor", "--project", directory]);
    assert!(piped.err.lines().any(|line| line.contains(&apply)), "{}", piped.err);
}

#[test]
fn many_errors_are_counted() {
    let servers: String = (0..6).map(|at| format!("[servers.s{at}]\nfrob = 1\n")).collect();
    let case = Case::in_memory().declare(&format!("clients = [\"cursor\"]\n{servers}"));
    let run = case.run(&["check"]);
    assert!(run.err.ends_with("\n12 errors\n"), "{}", run.err);
    case.put(".config/mcpgen/mcp.toml", "clients = [\"curser\"]\n");
    assert!(!case.run(&["check"]).err.contains("1 error"));
}

#[test]
fn help_fits_the_terminal_and_has_no_option_without_an_effect() {
    let case = Case::in_memory();
    for (columns, least, most) in [(80, 60, 80), (120, 81, 100)] {
        for args in ["--help", "apply --help"] {
            let run = on_terminal(&case, columns, args);
            assert!((least..=most).contains(&widest(&run)), "{args}: {}", run.out);
        }
    }
    for (args, shown) in [
        (&["apply", "--help"][..], [true, true]),
        (&["clients", "--help"], [false, true]),
        (&["schema", "--help"], [false, false]),
        (&["secret", "set", "--help"], [false, false]),
    ] {
        let out = case.ok(args).out;
        assert_eq!([out.contains("--file"), out.contains("--templates")], shown, "{args:?}: {out}");
    }
    // Scripts may pass the same options to every command.
    case.ok(&["schema", "-f", "x.toml"]);
}

#[test]
fn a_program_with_arguments_in_command_is_an_error_and_a_path_with_spaces_is_not() {
    let case = Case::in_memory().declare(&ONE.replace("sh", "npx -y 'a b'"));
    let run = case.run(&["check"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("leave only the program, and write its arguments"), "{}", run.err);
    case.put(".config/mcpgen/mcp.toml", ONE.replace("sh", "/opt/My Tools/server"));
    case.ok(&["check"]);
}

#[test]
fn a_url_without_a_scheme_and_a_bridge_in_a_declaration_get_what_to_write() {
    let case = Case::in_memory();
    for (text, want) in [
        ("localhost:4321/mcp", "`http://localhost:4321/mcp`"),
        ("mcp.example.com/mcp", "`https://mcp.example.com/mcp`"),
    ] {
        let run = case.run(&["bridge", text]);
        assert!(run.code == 2 && run.err.contains(want), "{}", run.err);
    }
    let args = "command = \"npx\"\nargs = [\"-y\", \"mcp-remote\", \"https://x.example/mcp\"]\n";
    let case = case.declare(&format!("clients = [\"cursor\"]\n[servers.one]\n{args}"));
    let run = case.run(&["login", "one"]);
    assert!(run.err.contains("url = \"https://x.example/mcp\"\n"), "{}", run.err);
    let declared = "url = \"https://x.example/mcp\"\nauth = \"oauth\"\n";
    case.put(
        ".config/mcpgen/mcp.toml",
        format!("clients = [\"cursor\"]\n[servers.one]\n{declared}"),
    );
    case.ok(&["check"]);
    assert_eq!(case.run(&["status", "--quiet"]).code, 1);
}

#[test]
fn a_diff_suggests_what_works_on_the_same_files() {
    let case = Case::in_memory()
        .declare(ONE)
        .write(&format!("p/{CURSOR}"), "{\"mcpServers\": {\"one\": {}}}");
    let run = case.run(&["diff", "--project", "p", "--owner", "me"]);
    let want = "`mcpgen apply --project ~/p --owner me --adopt one`";
    assert!(run.err.contains(want), "{}", run.err);
}
