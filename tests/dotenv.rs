//! `dotenv:PATH#NAME`: one variable of a `.env` file reaches the server, and nothing else of the file does.

use crate::case::{CANARY, Case, Run, mkfifo};

const FILE: &str = "# tokens\nexport OTHER=hunter2hunter2\nAPI_KEY=@CANARY@ # mine\nAPI_URL=\"https://a.example\"\n";

fn declare(reference: &str) -> Case {
    Case::new().declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\ncommand = \"sh\"\nargs = [\"-c\", \"env > got\"]\n\
         secrets = {{ KEY = \"{reference}\" }}\n"
    ))
}

fn refused(case: &Case, words: &[&str]) -> Run {
    let run = case.run(&["exec", "one"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
    let said = case.plain(&run.err).replace("\n         ", " ").replace("\n         ", " ");
    words.iter().for_each(|word| assert!(said.contains(word), "no {word:?} in\n{}", run.err));
    assert!(!run.err.contains("hunter2"), "{}", run.err);
    assert!(!case.exists("got"), "the server was started all the same");
    run
}

#[test]
fn one_variable_of_the_file_reaches_the_server_and_no_other() {
    for reference in ["dotenv:~/app/.env#API_KEY", "dotenv:${APP}/.env#API_KEY"] {
        let case = declare(reference).write("app/.env", FILE);
        let app = case.path("app").to_str().unwrap().to_owned();
        let case = case.var("APP", app);
        case.ok(&["exec", "one"]);
        let got = case.read("got");
        assert!(got.contains(&format!("KEY={CANARY}\n")), "{reference}");
        assert!(!got.contains("hunter2") && !got.contains("API_URL"), "{reference}");
        let run = case.ok(&["check", "--secrets"]);
        assert!(run.out.contains(reference) && run.out.contains("ok"), "{}", run.out);
    }
}

#[test]
fn the_last_line_of_a_variable_decides() {
    let text = "API_KEY=hunter2hunter2\n".to_owned() + FILE;
    let case = declare("dotenv:~/.env#API_KEY").write(".env", text);
    case.ok(&["exec", "one"]);
    assert!(case.read("got").contains(&format!("KEY={CANARY}\n")));
}

#[test]
fn a_pipe_may_be_in_the_place_of_the_file() {
    let case = declare("dotenv:~/.env#API_KEY");
    mkfifo(&case.path(".env"));
    let path = case.path(".env");
    let writer = std::thread::spawn(move || std::fs::write(path, FILE.replace("@CANARY@", CANARY)));
    case.ok(&["exec", "one"]);
    writer.join().unwrap().unwrap();
    assert!(case.read("got").contains(&format!("KEY={CANARY}\n")));
}

#[test]
fn what_is_missing_or_cannot_be_read_is_named_without_a_value() {
    let written = |text: &str| declare("dotenv:~/.env#API_KEY").write(".env", text);
    refused(&declare("dotenv:~/.env#API_KEY"), &["file `/HOME/.env` not found"]);
    refused(
        &written("API_KEYS=hunter2\n"),
        &["`/HOME/.env` has no variable `API_KEY`", "similar name exists: `API_KEYS`"],
    );
    refused(&written("X=hunter2\n"), &["has no variable `API_KEY`", "API_KEY='VALUE'"]);
    refused(&written("X=1\nAPI_KEY hunter2\n"), &["line 2 of `/HOME/.env`", "NAME=VALUE"]);
    refused(&written("API_KEY=\"hunter2\n"), &["line 1 of `/HOME/.env`", "close every quote"]);
    refused(
        &written("API_KEY=hunter2#4\n"),
        &["line 1 of", "a `#` outside quotes", "NAME='VALUE'"],
    );
    refused(&written("API_KEY=`hunter2`\n"), &["line 1 of", "backquotes", "NAME='VALUE'"]);
    refused(
        &written("API_KEY='hunter2\\\\'\n"),
        &["line 1 of", "a double backslash", "without quotes: NAME=VALUE"],
    );
    refused(&written("API_KEY=${CANARY}\n"), &["line 1 of", "a `$` outside single quotes"]);
    refused(&written("API_KEY=\n"), &["the stored value is empty"]);
    refused(&written(&"X=hunter2hunter2\n".repeat(1 << 16)), &["larger than 1 MiB"]);
    refused(&declare("dotenv:${NOT_SET}/.env#API_KEY"), &["`NOT_SET`, which is not set"]);
    refused(&declare("dotenv:/#API_KEY"), &["directory"]);
}

#[test]
fn doctor_and_exec_warn_and_report_as_for_a_file() {
    let case = declare("dotenv:~/.env#API_KEYS").write(".env", FILE);
    case.ok(&["apply"]);
    let found = case.run(&["doctor"]);
    assert!(found.out.contains("has no variable `API_KEYS`"), "{}{}", found.out, found.err);
    let case = declare("dotenv:~/.env#API_KEY").write(".env", FILE);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(case.path(".env"), mode).unwrap();
    let run = case.ok(&["exec", "one"]);
    assert!(run.err.contains("every user of this machine can read"), "{}", run.err);
}

#[test]
fn an_import_turns_the_env_file_of_an_entry_into_references() {
    let entry = |path: &str| {
        let env = r#""env": { "API_URL": "https://b.example" }"#;
        let entry = format!(
            r#"{{ "command": "sh", "args": ["-c", "env > got"], "envFile": "{path}", {env} }}"#
        );
        format!(r#"{{ "servers": {{ "one": {entry} }} }}"#)
    };
    let case = Case::new().write("app/.env", FILE);
    let absolute = case.path("app/.env").to_str().unwrap().to_owned();
    for path in ["${userHome}/app/.env", "${env:HOME}/app/.env", "~/app/.env", &absolute] {
        case.put(".config/Code/User/mcp.json", entry(path));
        let run = case.ok(&["import"]);
        for line in ["API_KEY", "OTHER"] {
            let reference = format!("{line} = \"dotenv:~/app/.env#{line}\"");
            assert!(run.out.contains(&reference), "{}{}", run.out, run.err);
        }
        assert!(run.out.contains("env = { API_URL = \"https://b.example\" }"), "{}", run.out);
        assert!(!run.out.contains("hunter2") && !run.err.contains("hunter2"), "{}", run.out);
    }
    case.ok(&["init", "--import"]);
    case.ok(&["apply", "--adopt-all"]);
    assert!(!case.read(".config/Code/User/mcp.json").contains("envFile"));
    case.ok(&["exec", "one"]);
    let got = case.read("got");
    for line in [&format!("API_KEY={CANARY}"), "OTHER=hunter2hunter2", "API_URL=https://b.example"]
    {
        assert!(got.lines().any(|it| it == line), "{line}\n{got}");
    }
}

#[test]
fn an_import_says_why_it_leaves_an_entry_with_an_env_file() {
    let case = Case::new()
        .write("app/.env", FILE)
        .write("odd/.env", "# c\nA=$B\n")
        .write("bad/.env", "A\n")
        .write("a$1/.env", FILE);
    mkfifo(&case.path("pipe.env"));
    for (path, why, help) in [
        ("${workspaceFolder}/.env", "replaces `${workspaceFolder}` in `envFile`", "in place of"),
        (".env", "the path is relative to the directory of the client", "an absolute path"),
        ("~/none/.env", "file `/HOME/none/.env` not found", "create the file, or remove `envFile`"),
        ("~/odd/.env", "about the value in line 2 of `/HOME/odd/.env`", "in single quotes"),
        ("~/bad/.env", "line 1 of `/HOME/bad/.env` is not a comment", "correct the line"),
        ("~/a$1/.env", "a secret reference cannot contain this path", "a path without `$`"),
        ("~/app", "/HOME/app", "use a file that you can read"),
        ("~/pipe.env", "/HOME/pipe.env", "use a file that you can read"),
    ] {
        let entry = format!(r#"{{ "command": "sh", "envFile": "{path}" }}"#);
        case.put(".config/Code/User/mcp.json", format!(r#"{{ "servers": {{ "one": {entry} }} }}"#));
        let run = case.run(&["import"]);
        let said = case.plain(&run.err).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("not imported: ") && said.contains(why), "{path}: {}", run.err);
        assert!(said.contains("help: ") && said.contains(help), "{path}: {}", run.err);
        assert!(!said.contains("cannot express"), "{path}: {}", run.err);
    }
}
