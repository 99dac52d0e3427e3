//! `include`: a declaration in several files.

use std::os::unix::fs::symlink;

use crate::case::{Case, mkfifo};

const DECLARATION: &str = ".config/mcpgen/mcp.toml";
const LOCAL: &str = ".config/mcpgen/local.toml";
const CURSOR: &str = ".cursor/mcp.json";

const MAIN: &str =
    "include = [\"local.toml?\"]\nclients = [\"cursor\"]\n\n[servers.files]\ncommand = \"files\"\n";

fn including(include: &str) -> Case {
    Case::new().declare(&MAIN.replace("[\"local.toml?\"]", include))
}

/// Checks a declaration with an error, and returns the messages.
fn refused(case: &Case) -> String {
    let run = case.run(&["check"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
    run.err
}

#[test]
fn an_included_file_adds_servers_clients_homes_and_settings() {
    let main = MAIN.replace("cursor", "codex");
    let case = Case::new().declare(&format!(
        "{main}[launch]\nmcpgen = \"/opt/mcpgen\"\nenv = {{ A = \"1\" }}\n[homes]\ncodex = []\n"
    ));
    case.ok(&["apply"]);
    let before = case.snapshot();
    case.put(
        LOCAL,
        "include = [\"more/jira.toml\"]\nclients = [\"codex\", \"cursor\"]\n[launch]\nabsolute = false\n\
         env = { B = \"2\" }\n[homes]\ncodex = [\"~/.codex-work\"]\n",
    );
    case.put(
        ".config/mcpgen/more/jira.toml",
        "[servers.jira]\nurl = \"https://jira.example/mcp\"\nauth = \"oauth\"\n\
         [servers.keyed]\ncommand = \"keyed\"\nsecrets = { KEY = \"env:CANARY\" }\n",
    );
    case.ok(&["apply"]);
    for path in [CURSOR, ".codex/config.toml", ".codex-work/config.toml"] {
        let text = case.read(path);
        for word in ["files", "https://jira.example/mcp", "/opt/mcpgen", "\"A\"", "\"B\""] {
            assert!(text.contains(word) || text.contains(&word.replace('"', "")), "{path}: {word}");
        }
    }
    std::fs::remove_file(case.path(LOCAL)).unwrap();
    std::fs::remove_dir_all(case.path(".config/mcpgen/more")).unwrap();
    case.ok(&["apply"]);
    assert_eq!(case.snapshot(), before, "without the file, its servers and clients are removed");
}

#[test]
fn exec_starts_a_server_of_an_included_file_with_its_secret() {
    let case = Case::new().declare(MAIN).write(
        LOCAL,
        "[servers.keyed]\ncommand = \"sh\"\nargs = [\"-c\", \"printf %s $KEY | wc -c\"]\n\
         secrets = { KEY = \"env:CANARY\" }\nplain = [\"args\"]\n",
    );
    let run = case.ok(&["exec", "keyed"]);
    assert_eq!(run.out.trim(), "40");
}

#[test]
fn an_error_elsewhere_in_an_included_file_does_not_prevent_a_start() {
    let case = Case::new().declare(&MAIN.replace("\"files\"", "\"true\"")).write(
        LOCAL,
        "[servers.broken]\ncommand = 3\n[servers.files]\ncommand = \"other\"\n[servers.fine]\ncommand = \"true\"\n",
    );
    case.ok(&["exec", "fine"]);
    let run = case.run(&["exec", "files"]);
    assert!(run.code == 1 && run.err.contains("server `files` is declared twice"), "{}", run.err);
    case.put(LOCAL, "[servers.fine\n");
    assert_eq!(case.run(&["exec", "files"]).code, 1, "the settings could be in the broken part");
}

#[test]
fn an_error_points_into_the_file_that_contains_it() {
    let case = Case::new().declare(&format!("{MAIN}url = \"https://a.example\"\n"));
    case.put(LOCAL, "# mine\n[servers.one]\ncomand = \"one\"\n\n[servers.two]\nurl = \"two\"\n");
    let err = refused(&case);
    let places: Vec<&str> = err.lines().filter(|line| line.contains("-->")).collect();
    assert_eq!(
        places.iter().map(|place| place.trim()).collect::<Vec<_>>(),
        [
            "--> ~/.config/mcpgen/mcp.toml:6:7",
            "--> ~/.config/mcpgen/local.toml:3:1",
            "--> ~/.config/mcpgen/local.toml:6:7"
        ],
        "{err}"
    );
    assert!(err.contains("3 | comand = \"one\""), "{err}");
}

#[test]
fn one_name_or_setting_in_two_files_is_an_error_that_names_both_places() {
    let case = Case::new().declare(&format!("{MAIN}[launch]\nbridge = [\"a\"]\nenv.A = \"1\"\n"));
    case.put(
        LOCAL,
        "[launch]\nbridge = [\"b\"]\nenv.A = \"2\"\n[servers.files]\ncommand = \"other\"\n",
    );
    let err = refused(&case);
    for (title, first) in [
        ("server `files` is declared twice", "mcp.toml, line 4"),
        ("`launch.bridge` is set twice", "mcp.toml, line 7"),
        ("`launch.env.A` is set twice", "mcp.toml, line 8"),
    ] {
        assert!(
            err.contains(&format!("error: {title}\n --> ~/.config/mcpgen/local.toml")),
            "{err}"
        );
        assert!(err.contains(&format!("the first one is in ~/.config/mcpgen/{first}")), "{err}");
    }
}

#[test]
fn paths_are_relative_to_the_including_file_or_the_home_directory() {
    let case = including("[\"sub/a.toml\", \"~/b.toml\"]");
    case.put(".config/mcpgen/sub/a.toml", "include = [\"../c.toml\"]\n");
    case.put(".config/mcpgen/c.toml", "[servers.c]\ncommand = \"c\"\n");
    case.put("b.toml", "include = [\".config/mcpgen/c.toml\"]\n[servers.b]\ncommand = \"b\"\n");
    case.ok(&["apply"]);
    let text = case.read(CURSOR);
    assert!(text.contains("\"b\"") && text.contains("\"c\""), "{text}");
    // The declaration may be a link, and clients find it at the link.
    std::fs::create_dir(case.path("dotfiles")).unwrap();
    std::fs::rename(case.path(DECLARATION), case.path("dotfiles/mcp.toml")).unwrap();
    symlink("../../dotfiles/mcp.toml", case.path(DECLARATION)).unwrap();
    assert_eq!(case.ok(&["plan"]).out, "");
    let linked = ["plan", "-f", "dotfiles/mcp.toml", "--linked-at", DECLARATION, "--owner", "x"];
    assert_eq!(case.run(&linked).code, 0, "relative to the link");
}

#[test]
fn only_a_missing_file_with_a_question_mark_is_accepted() {
    for (include, title) in [
        ("[\"a.toml\"]", "the included file `~/.config/mcpgen/a.toml` does not exist"),
        ("[\"\"]", "a path in `include` is empty"),
        ("[\"?\"]", "a path in `include` is empty"),
        ("[\".?\"]", ".config/mcpgen` is a directory, not a file"),
        ("[\"/dev/zero?\"]", "`/dev/zero` is a device, a pipe or a socket, not a file"),
        ("[\"pipe?\"]", "pipe` is a device, a pipe or a socket, not a file"),
        ("[\"binary.toml\"]", "`~/.config/mcpgen/binary.toml` is not UTF-8 (line 2)"),
        ("[\"dangling.toml?\"]", "dangling.toml` is a link to"),
        ("[\"large.toml\"]", "is larger than 1 MiB"),
        ("[\"mcp.toml\"]", "`~/.config/mcpgen/mcp.toml` includes itself"),
        ("[\"loop.toml\"]", "`~/.config/mcpgen/loop.toml` includes itself"),
        ("\"local.toml\"", "`include` must be a list of strings"),
    ] {
        let case = including(include)
            .write(".config/mcpgen/binary.toml", b"clients = []\n\xff\xfe\0\0")
            .write(".config/mcpgen/large.toml", "#".repeat((1 << 20) + 1))
            .write(".config/mcpgen/loop.toml", "include = [\"loop2.toml\"]\n")
            .write(".config/mcpgen/loop2.toml", "include = [\"loop.toml\"]\n");
        mkfifo(&case.path(".config/mcpgen/pipe"));
        symlink("nowhere", case.path(".config/mcpgen/dangling.toml")).unwrap();
        let err = refused(&case);
        assert!(err.contains(title), "{include}: {err}");
        assert_eq!(err.matches("error: ").count(), 1, "{include}: {err}");
    }
}

#[test]
fn the_number_of_files_and_levels_is_limited() {
    let many: Vec<String> = (0..10_000).map(|at| format!("\"{at}.toml?\"")).collect();
    let case = including(&format!("[{}]", many.join(", ")));
    let err = refused(&case);
    assert!(err.contains("`include` has 10000 files"), "{}", &err[..200]);
    assert_eq!(err.matches("error: ").count(), 1);
    let case = including("[\"0.toml\"]");
    for at in 0..20 {
        let next = at + 1;
        case.put(&format!(".config/mcpgen/{at}.toml"), format!("include = [\"{next}.toml\"]\n"));
    }
    let err = refused(&case);
    assert!(err.contains("too many included files") && err.contains("/7.toml:1"), "{err}");
}

#[test]
fn a_file_that_is_included_twice_counts_once() {
    let case = including("[\"a.toml\", \"b.toml\", \"a.toml\"]")
        .write(".config/mcpgen/a.toml", "[servers.a]\ncommand = \"a\"\n")
        .write(".config/mcpgen/b.toml", "include = [\"a.toml\"]\n");
    case.ok(&["check"]);
}

#[test]
fn no_diagnostic_quotes_a_file_that_is_not_a_toml_file_beside_the_declaration() {
    let dotenv = "API=1\npassword Hunter2\nHunter2\n";
    let toml = "[registry]\ntoken = \"Hunter2\"\n[servers.x]\nHunter2\n";
    for path in ["~/.env", "~/.cargo/credentials.toml", ".env", "link.toml"] {
        let case = including(&format!("[\"{path}\"]"))
            .write(".env", dotenv)
            .write(".config/mcpgen/.env", dotenv)
            .write(".cargo/credentials.toml", toml);
        symlink("../../.cargo/credentials.toml", case.path(".config/mcpgen/link.toml")).unwrap();
        let err = refused(&case);
        assert!(err.contains("is not a declaration (line "), "{path}: {err}");
        assert!(!err.contains("Hunter2") && !err.contains("registry"), "{path}: {err}");
    }
    // The file is a declaration. Only its lines are not shown.
    let case = including("[\"~/other/mcp.toml\"]")
        .write("other/mcp.toml", "[servers.x]\ncommand = \"x\"\nsecrets = { A = \"Hunter2\" }\n");
    let err = refused(&case);
    assert!(err.contains("--> ~/other/mcp.toml:3:17"), "{err}");
    assert!(!err.contains("Hunter2"), "{err}");
}

#[test]
fn the_declaration_of_a_project_includes_only_files_of_the_project() {
    let case = Case::new()
        .write("p/mcp.toml", MAIN.replace("local.toml?", "sub/local.toml?"))
        .write("p/sub/local.toml", "[servers.own]\ncommand = \"own\"\n")
        .write(LOCAL, "[servers.private]\ncommand = \"private\"\n");
    let apply = ["apply", "-f", "p/mcp.toml", "--project", "p"];
    case.ok(&apply);
    assert!(case.read("p/.cursor/mcp.json").contains("own"));
    symlink("../../.config/mcpgen/local.toml", case.path("p/sub/link.toml")).unwrap();
    for path in ["../.config/mcpgen/local.toml", "~/.config/mcpgen/local.toml", "sub/link.toml"] {
        case.put("p/mcp.toml", MAIN.replace("local.toml?", path));
        for command in ["plan", "diff", "apply", "render"] {
            let run = case.run(&[command, "-f", "p/mcp.toml", "--project", "p"]);
            assert!(run.code == 1 && run.out.is_empty(), "{command} {path}: {}", run.out);
            assert!(run.err.contains("is outside the project"), "{command} {path}: {}", run.err);
        }
    }
    assert!(!case.read("p/.cursor/mcp.json").contains("private"));
    // The user's own declaration can include any file.
    let case = case.declare(MAIN);
    case.ok(&["apply", "--project", "p"]);
    assert!(case.read("p/.cursor/mcp.json").contains("private"));
}

#[test]
fn remove_says_which_file_declares_the_server_and_add_writes_to_the_declaration() {
    let case = Case::new().declare(MAIN).write(LOCAL, "\n[servers.own]\ncommand = \"own\"\n");
    let before = case.snapshot();
    let run = case.run(&["remove", "own", "files"]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("server `own` is declared in an included file"), "{}", run.err);
    assert!(run.err.contains("--> ~/.config/mcpgen/local.toml:2:10"), "{}", run.err);
    let run = case.run(&["add", "own", "--", "x"]);
    assert!(run.code == 1 && run.err.contains("declared twice"), "{}", run.err);
    assert_eq!(case.snapshot(), before);
    case.ok(&["add", "new", "--", "x"]);
    assert!(case.read(DECLARATION).ends_with("[servers.new]\ncommand = \"x\"\n"));
    assert_eq!(case.read(LOCAL), "\n[servers.own]\ncommand = \"own\"\n");
    case.ok(&["remove", "new"]);
    assert_eq!(case.snapshot(), before);
}

#[test]
fn doctor_and_list_read_included_files_too() {
    let case = Case::new()
        .declare(MAIN)
        .write(LOCAL, "[servers.keyed]\ncommand = \"true\"\nsecrets = { K = \"env:CANARY\" }\n");
    case.ok(&["apply"]);
    let run = case.run(&["doctor"]);
    assert!(!run.out.contains("not declared") && !run.out.contains("no server"), "{}", run.out);
    case.put(LOCAL, "");
    let run = case.run(&["doctor"]);
    assert!(run.out.contains("`keyed`"), "{}", run.out);
    case.put(LOCAL, "[servers.keyed]\ncommand = \"true\"\nsecrets = { K = \"env:CANARY\" }\n");
    assert!(case.ok(&["list"]).out.contains("keyed"));
}
