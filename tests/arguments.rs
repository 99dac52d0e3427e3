//! A secret in an argument: it is in the server's own arguments, and nowhere else.

use serde_json::Value;

use crate::case::{CANARY, Case};

mod around;

const DECLARATION: &str = r#"clients = ["cursor", "codex", "zed", "goose"]
[servers.one]
command = "sh"
args = ["-c", "printf '%s\n' \"$@\" > ~/got; env > ~/environment", "server", "--key", { secret = "env:CANARY" },
  { secret = "file:~/.secrets/canary", prefix = "--api-key=" },
  { secret = "dotenv:~/.env#PASSWORD", prefix = "postgresql://ada:", suffix = "@localhost/db" }, "~/src"]
"#;

fn case() -> Case {
    Case::new().declare(DECLARATION).write(".env", "PASSWORD=@CANARY@\n")
}

/// Returns the files of a case that contain the canary, apart from those that it was planted in.
fn files_with_canary(case: &Case) -> Vec<String> {
    let files = case.snapshot().into_iter();
    let found =
        files.filter(|(_, bytes)| bytes.windows(CANARY.len()).any(|it| it == CANARY.as_bytes()));
    let names = found.map(|(path, _)| path.display().to_string());
    names.filter(|name| !name.ends_with(".secrets/canary") && !name.ends_with(".env")).collect()
}

#[test]
fn the_server_gets_the_secret_in_its_own_arguments_as_the_clients_entry_starts_it() {
    let case = case();
    case.ok(&["apply"]);
    let file: Value = serde_json::from_str(&case.read(".cursor/mcp.json")).unwrap();
    let entry = &file["mcpServers"]["one"];
    assert_eq!(entry["command"], "mcpgen");
    let args: Vec<&str> =
        entry["args"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(args, ["exec", "one"]);
    case.ok(&args);
    let got = case.plain(&case.read("got"));
    let want = format!(
        "--key\n{CANARY}\n--api-key={CANARY}\npostgresql://ada:{CANARY}@localhost/db\n/HOME/src\n"
    );
    assert_eq!(got, want);
    let environment = case.read("environment");
    let holders: Vec<&str> = environment.lines().filter(|line| line.contains(CANARY)).collect();
    assert_eq!(holders, [format!("CANARY={CANARY}")], "only the client's own variable");
}

#[test]
fn no_command_prints_the_secret_and_no_file_contains_it() {
    let case = case();
    for args in [
        &["check"][..],
        &["check", "--secrets"],
        &["check", "--secrets", "--json"],
        &["render"],
        &["plan"],
        &["plan", "--diff"],
        &["plan", "--json"],
        &["render", "--out", "out"],
        &["apply"],
        &["doctor"],
        &["doctor", "--json"],
        &["import"],
        &["import", "--secrets", "env"],
        &["status"],
        &["plan", "--diff"],
        &["schema"],
        &["undo"],
    ] {
        let run = case.run(args);
        assert_ne!(run.code, 2, "{args:?}\n{}", run.err);
        assert_eq!(files_with_canary(&case), [""; 0], "after {args:?}");
    }
}

#[test]
fn every_client_launches_exec_and_passes_the_variables_of_the_references() {
    let case = case();
    let rendered = case.ok(&["render"]).out;
    assert_eq!(rendered.matches("exec").count(), 4, "{rendered}");
    assert!(!rendered.contains("api-key") && !rendered.contains("postgresql"), "{rendered}");
    let codex = case.ok(&["render", "codex"]).out;
    assert!(codex.contains("env_vars = [\"CANARY\"]"), "{codex}");
}

#[test]
fn a_plan_notes_that_other_programs_can_read_the_arguments() {
    let case = case();
    let note = "note: `one` gets a secret in an argument, and every user of this machine can read";
    let run = case.ok(&["plan"]);
    assert_eq!(run.err.matches(note).count(), 1, "{}", run.err);
    let plan: Value = serde_json::from_str(&case.ok(&["plan", "--json"]).out).unwrap();
    for target in plan["targets"].as_array().unwrap() {
        assert!(
            target["notes"][0].as_str().unwrap().starts_with("`one` gets a secret in"),
            "{plan}"
        );
    }
    case.ok(&["apply"]);
    assert!(!case.ok(&["plan"]).err.contains("gets a secret"), "nothing changes");
}

#[test]
fn a_secret_that_cannot_be_resolved_is_named_by_its_place() {
    let case = Case::new().declare(&DECLARATION.replace("env:CANARY", "env:NOT_SET"));
    let run = case.run(&["exec", "one"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("cannot resolve the secret `args[4]`"), "{}", run.err);
    assert!(run.err.contains("cannot resolve the secret `args[6]`"), "{}", run.err);
    assert!(!case.exists("got"), "the server was started all the same");
    let run = case.run(&["check", "--secrets"]);
    assert!(run.out.contains("missing  one     args[4]"), "{}", run.out);
    let case = Case::new().declare(DECLARATION).write(".env", "PASSWORD='a\0b'\n");
    let run = case.run(&["exec", "one"]);
    assert!(run.err.contains("NUL byte"), "{}", run.err);
}

#[test]
fn an_import_of_the_entry_gives_the_same_references() {
    let case = case();
    case.ok(&["apply"]);
    let text = case.ok(&["import"]).out;
    for part in [
        r#"{ secret = "env:CANARY" }"#,
        r#"{ secret = "file:~/.secrets/canary", prefix = "--api-key=" }"#,
        r#"{ secret = "dotenv:~/.env#PASSWORD", prefix = "postgresql://ada:", suffix = "@localhost/db" }"#,
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
}

#[test]
fn the_only_process_with_the_secret_is_the_server() {
    let text = "clients = [\"cursor\"]\n[servers.one]\ncommand = \"sleep\"\nargs = [{ secret = \"env:SECONDS\" }]\n";
    let case = Case::new().declare(text).var("SECONDS", "54321");
    let mut child = case.command(&["exec", "one"]).spawn().unwrap();
    let line = format!("/proc/{}/cmdline", child.id());
    let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let read = || std::fs::read_to_string(&line).unwrap();
    while !read().starts_with("sleep") && std::time::Instant::now() < end {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let found = read();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(found, "sleep\u{0}54321\u{0}", "it is the server's own process");
}

// Entries with the canary in an argument. `record` stands for their programs.
const ENTRIES: [&str; 14] = [
    r#"["--api-key", "§"]"#,
    r#"["--figma-api-key=§", "--stdio"]"#,
    r#"["§"]"#,
    r#"["-y", "server", "§", "~/src"]"#,
    r#"["--header", "X-Api-Key: §"]"#,
    r#"["--header=Authorization: Bearer §"]"#,
    r#"["-H", "Authorization: Bearer §"]"#,
    r#"["-u", "ada", "-p", "§"]"#,
    r#"["-uada", "-p§"]"#,
    r#"["postgresql://ada:§@localhost:5432/db"]"#,
    r#"["--url", "https://a.example/mcp?apiKey=§&x=1"]"#,
    r#"["{\"token\": \"§\", \"x\": 1}"]"#,
    r#"["-c", "server --token § --verbose"]"#,
    r#"["-e", "GITHUB_TOKEN=§", "--env=A_KEY=§"]"#,
];

fn executable(case: &Case, path: &str, text: &str) {
    case.put(path, text);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(case.path(path), mode).unwrap();
}

/// Sets every variable that a declaration refers to.
fn with_variables(mut case: Case, declaration: &str) -> Case {
    for part in declaration.split("\"env:").skip(1) {
        case = case.var(part.split('"').next().unwrap(), CANARY);
    }
    case
}

#[test]
fn after_an_import_the_server_gets_the_arguments_that_it_had() {
    let entry = |(at, args): (usize, &&str)| {
        format!("\"s{at}\": {{ \"command\": \"~/bin/record\", \"args\": {args} }}")
            .replace('§', CANARY)
    };
    let entries: Vec<String> = ENTRIES.iter().enumerate().map(entry).collect();
    let file = format!("{{ \"mcpServers\": {{ {} }} }}", entries.join(",\n"));
    let case = Case::new().write(".cursor/mcp.json", &file);
    executable(&case, "bin/record", "#!/bin/sh\nprintf '%s\\n' \"$@\" > \"$HOME/got\"\n");
    case.ok(&["init", "--import", "--secrets", "env"]);
    let declaration = case.read(".config/mcpgen/mcp.toml");
    assert!(!declaration.contains(CANARY), "{declaration}");
    let case = with_variables(case, &declaration);
    case.ok(&["apply", "--adopt-all"]);
    assert!(!case.read(".cursor/mcp.json").contains(CANARY));
    let file: Value = serde_json::from_str(&file).unwrap();
    for at in 0..ENTRIES.len() {
        let name = format!("s{at}");
        case.ok(&["exec", &name]);
        let args = file["mcpServers"][&name]["args"].as_array().unwrap().iter();
        let want: String = args.map(|arg| format!("{}\n", arg.as_str().unwrap())).collect();
        assert_eq!(case.plain(&case.read("got")), want.replace("~/src", "/HOME/src"), "{name}");
    }
}

#[test]
fn after_an_import_docker_passes_the_secret_from_its_environment() {
    let docker =
        "#!/bin/sh\nprintf '%s\\n' \"$@\" \"TOKEN=$TOKEN\" \"API_KEY=$API_KEY\" > \"$HOME/got\"\n";
    let args = r#"["run", "-i", "--rm", "-e", "TOKEN=§", "-eAPI_KEY=§", "-e", "LOG=info", "image", "--token=§"]"#;
    let entry = format!("{{ \"command\": \"docker\", \"args\": {args} }}").replace('§', CANARY);
    let case = Case::new()
        .write(".cursor/mcp.json", format!("{{ \"mcpServers\": {{ \"d\": {entry} }} }}"));
    executable(&case, "bin/docker", docker);
    let path = format!("{}:/usr/bin:/bin", case.path("bin").display());
    let case = case.var("PATH", path);
    case.ok(&["init", "--import", "--secrets", "env"]);
    let declaration = case.read(".config/mcpgen/mcp.toml");
    let case = with_variables(case, &declaration);
    case.ok(&["exec", "d"]);
    assert_eq!(
        case.read("got"),
        format!(
            "run\n-i\n--rm\n-e\nTOKEN\n-eAPI_KEY\n-e\nLOG=info\nimage\n--token={CANARY}\nTOKEN={CANARY}\nAPI_KEY={CANARY}\n"
        )
    );
}

#[test]
fn two_secrets_never_become_one_reference() {
    let entry = r#"{ "mcpServers": {
        "a": { "command": "x", "args": ["--api-key", "Hunter2Hunter2", "--api-key", "Hunter3Hunter3"] },
        "b": { "command": "x", "args": ["Hunter2Hunter2"], "env": { "A_API_KEY": "Hunter4Hunter4" } } } }"#;
    let case = Case::new().write(".cursor/mcp.json", entry);
    let text = case.ok(&["import", "--secrets", "env"]).out;
    let mut names: Vec<&str> =
        text.split("\"env:").skip(1).filter_map(|part| part.split('"').next()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!((count, names.len()), (3, 3), "{text}");
    assert!(!text.contains("Hunter3") && !text.contains("Hunter4"), "{text}");
}

#[test]
fn without_a_choice_the_declaration_has_the_arguments_with_each_store() {
    let entry =
        r#"{ "mcpServers": { "srv": { "command": "x", "args": ["--api-key", "@CANARY@"] } } }"#;
    let case = Case::new().write(".cursor/mcp.json", entry);
    let run = case.ok(&["import"]);
    for store in ["keyring:srv-api-key", "env:SRV_API_KEY"] {
        let line = format!("args = [\"--api-key\", {{ secret = \"{store}\" }}]\n");
        assert!(run.out.contains(&line), "{}", run.out);
    }
    assert!(run.err.contains("to decide: 1"), "{}", run.err);
}
