//! `sets`, `hosts` and `os`: one declaration, several machines.

use serde_json::Value;

use crate::case::Case;

const LOCAL: &str = ".config/mcpgen/local.toml";
const CURSOR: &str = ".cursor/mcp.json";
const STAGES: [&str; 7] = ["plan", "diff", "apply", "list", "check", "doctor", "status"];

const DECLARATION: &str = r#"
include = ["local.toml?"]
clients = ["cursor"]
[servers.files]
command = "files"
[servers.jira]
url = "https://jira.example/mcp"
auth = "oauth"
sets = ["work"]
[servers.game]
command = "game"
sets = ["home", "play"]
"#;

fn names(case: &Case) -> Vec<String> {
    let file: Value = serde_json::from_str(&case.read(CURSOR)).unwrap();
    let mut names: Vec<String> = file["mcpServers"].as_object().unwrap().keys().cloned().collect();
    names.sort();
    names
}

fn host() -> String {
    if cfg!(windows) {
        return std::env::var("COMPUTERNAME").unwrap();
    }
    std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap().trim().to_owned()
}

fn only(condition: &str) -> String {
    format!("clients = [\"cursor\"]\n[servers.files]\ncommand = \"files\"\n{condition}\n")
}

#[test]
fn a_server_with_sets_is_written_if_one_of_them_is_active_and_removed_otherwise() {
    let case = Case::new().declare(DECLARATION);
    case.ok(&["apply"]);
    assert_eq!(names(&case), ["files"]);
    let bytes = case.read(CURSOR);
    case.ok(&["apply", "--set", "work"]);
    assert_eq!(names(&case), ["files", "jira"]);
    case.ok(&["apply", "--set", "play", "--set", "work"]);
    assert_eq!(names(&case), ["files", "game", "jira"]);
    case.put(LOCAL, "[machine]\nsets = [\"home\"]\n");
    case.ok(&["apply"]);
    assert_eq!(names(&case), ["files", "game"], "the sets of [machine] are always active");
    case.ok(&["apply", "--set", "work"]);
    assert_eq!(names(&case), ["files", "game", "jira"]);
    case.put(LOCAL, "[machine]\nsets = []\n");
    case.ok(&["apply"]);
    assert_eq!(case.read(CURSOR), bytes, "the file is as it was");
}

#[test]
fn a_server_with_hosts_or_os_is_written_only_there() {
    let (here, other) = if cfg!(windows) { ("windows", "linux") } else { ("linux", "windows") };
    let (host, system) = (host(), format!("os = [\"{here}\"]"));
    let short = host.split('.').next().unwrap();
    let start = &host[..1];
    for (condition, here) in [
        (format!("hosts = [\"{host}\"]"), true),
        (format!("hosts = [\"other\", \"{}\"]", short.to_uppercase()), true),
        (format!("hosts = [\"{start}*\"]"), true),
        ("hosts = [\"*\"]".to_owned(), true),
        (format!("hosts = [\"{host}x\"]"), false),
        (system.clone(), true),
        (format!("os = [\"macos\", \"{other}\"]"), false),
        (format!("{system}\nhosts = [\"{host}x\"]"), false),
        (format!("{system}\nhosts = [\"*\"]\nsets = [\"a\"]"), false),
    ] {
        let case = Case::new().declare(&only(&condition));
        case.ok(&["apply"]);
        assert_eq!(case.exists(CURSOR), here, "{condition}");
    }
}

#[test]
fn plan_check_and_list_say_what_excludes_a_server() {
    let more = "[servers.mac]\ncommand = \"mac\"\nos = [\"macos\"]\n[servers.far]\ncommand = \"far\"\nhosts = [\"far\", \"away-*\"]\n";
    let case = Case::new().declare(&format!("{DECLARATION}{more}"));
    let host = host();
    let line = format!(
        "not on this machine: far (only for host `far` or `away-*`, and this is `{host}`), \
         game (none of the sets `home`, `play` is active), jira (set `work` is not active), \
         mac (only for macos)\n"
    );
    for stage in ["plan", "diff"] {
        assert_eq!(case.ok(&[stage]).err, format!("note: {line}"), "{stage}");
    }
    let run = case.ok(&["apply"]);
    assert!(run.err.ends_with(&format!("note: {line}")), "{}", run.err);
    assert_eq!(case.ok(&["apply"]).err, "", "an apply that changes nothing prints nothing");
    assert!(case.ok(&["list"]).out.ends_with(&format!("\n\n{line}")));
    let run = case.ok(&["list", "jira"]);
    assert_eq!(run.out, "not on this machine: jira (set `work` is not active)\n");
    assert!(case.ok(&[]).out.contains(line.trim()));
    let plan: Value = serde_json::from_str(&case.ok(&["plan", "--json"]).out).unwrap();
    assert_eq!(plan["excluded"][2]["server"], "jira");
    assert_eq!(plan["excluded"][2]["reason"], "set `work` is not active");
    let list: Value = serde_json::from_str(&case.ok(&["list", "--json"]).out).unwrap();
    let rows = list.as_array().unwrap();
    let excluded = rows.iter().filter(|row| !row["excluded"].is_null());
    let excluded: Vec<&str> = excluded.map(|row| row["server"].as_str().unwrap()).collect();
    assert_eq!(excluded, ["far", "game", "jira", "mac"]);
}

#[test]
fn list_knows_an_entry_that_the_next_apply_removes() {
    let case = Case::new().declare(DECLARATION);
    case.ok(&["apply", "--set", "work"]);
    let run = case.ok(&["list"]);
    assert!(run.out.contains("\njira ") && !run.out.contains("* not declared"), "{}", run.out);
    assert!(run.out.contains("jira (set `work` is not active)"), "{}", run.out);
    let list: Value = serde_json::from_str(&case.ok(&["list", "--json"]).out).unwrap();
    let rows = list.as_array().unwrap().iter();
    let rows: Vec<&Value> = rows.filter(|row| row["server"] == "jira").collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["excluded"], "set `work` is not active");
    assert_eq!(rows[0]["clients"][0]["client"], "cursor");
    case.ok(&["apply"]);
    assert_eq!(names(&case), ["files"]);
}

#[test]
fn a_command_that_names_an_excluded_server_says_why_it_is_excluded() {
    let case = Case::new().declare(DECLARATION);
    for args in
        [&["login", "jira"][..], &["refresh", "jira"], &["token", "jira"], &["verify", "jira"]]
    {
        let run = case.run(args);
        assert_eq!(run.code, 2, "{args:?}: {}", run.err);
        let title = "server `jira` is not on this machine: set `work` is not active";
        assert!(run.err.contains(title), "{args:?}: {}", run.err);
        assert!(run.err.contains("pass `--set work`, or write sets = [\"work\"] in [machine]"));
        let run = case.run(&[args, &["--set", "work"]].concat());
        assert!(!run.err.contains("not on this machine"), "{args:?}: {}", run.err);
    }
    // A configuration for several machines adopts the same entries on all of them.
    case.ok(&["plan", "--adopt", "jira"]);
}

#[test]
fn an_unknown_set_is_an_error_that_lists_the_known_sets() {
    let case = Case::new().declare(DECLARATION);
    for stage in STAGES {
        let run = case.run(&[stage, "--set", "else"]);
        assert_eq!(run.code, 2, "{stage}: {}", run.err);
        assert!(run.err.contains("no server has the set `else`"), "{stage}: {}", run.err);
        assert!(run.err.contains("the sets are home, play and work"), "{stage}: {}", run.err);
        let run = case.run(&[stage, "--set", "wrok"]);
        assert!(run.err.contains("a set with a similar name exists: `work`"), "{}", run.err);
    }
    let run = Case::new().declare(&only("")).run(&["plan", "--set", "work"]);
    assert!(run.code == 2 && run.err.contains("sets = [\"work\"]"), "{}", run.err);
    assert!(!case.exists(CURSOR));
}

#[test]
fn a_set_of_the_machine_that_no_server_has_is_a_warning() {
    let case = Case::new().declare(DECLARATION).write(LOCAL, "[machine]\nsets = [\"wrok\"]\n");
    for stage in ["plan", "check", "apply"] {
        let run = case.ok(&[stage]);
        assert!(run.err.contains("warning: no server has the set `wrok`"), "{stage}: {}", run.err);
        assert!(run.err.contains("--> ~/.config/mcpgen/local.toml:2:9"), "{stage}: {}", run.err);
    }
}

#[test]
fn suggested_commands_keep_the_sets() {
    let case = Case::new().declare(DECLARATION).write(CURSOR, r#"{"mcpServers":{"jira":{}}}"#);
    let run = case.run(&["apply", "--set", "work"]);
    assert_eq!(run.code, 4, "{}", run.err);
    assert!(run.err.contains("`mcpgen apply --set work --adopt jira`"), "{}", run.err);
    let run = case.run(&["token", "jira", "--set", "work"]);
    assert!(run.err.contains("`mcpgen login --set work jira`"), "{}{}", run.out, run.err);
    let run = case.run(&["refresh", "--install", "--set", "work"]);
    assert!(run.out.contains("\"refresh\" \"--set\" \"work\""), "the timer too: {}", run.out);
}

#[test]
fn an_excluded_server_is_checked_like_any_other() {
    let case = Case::new().declare(&only("sets = [\"a\"]\nurl = \"x\""));
    assert_eq!(case.run(&["check"]).code, 1, "an error is found on every machine");
}

#[test]
fn exec_starts_a_server_that_an_earlier_apply_wrote_with_a_set() {
    let start = if cfg!(windows) {
        "command = \"cmd\"\nargs = [\"/c\", \"exit\"]"
    } else {
        "command = \"true\""
    };
    let case = Case::new().declare(&format!(
        "clients = [\"cursor\"]\n[servers.one]\n{start}\nsets = [\"work\"]\nsecrets = {{ A = \"env:CANARY\" }}\n"
    ));
    case.ok(&["apply", "--set", "work"]);
    let file: Value = serde_json::from_str(&case.read(CURSOR)).unwrap();
    assert_eq!(file["mcpServers"]["one"]["args"], serde_json::json!(["exec", "one"]));
    case.ok(&["exec", "one"]);
}

#[test]
fn render_does_not_depend_on_the_name_of_the_machine() {
    let case = Case::new().declare(&only("hosts = [\"lap*\"]").replace("lap*", "*"));
    let run = case.ok(&["render"]);
    assert!(!run.out.contains("files"), "{}", run.out);
    assert_eq!(run.err, "note: not on this machine: files (only for host `*`)\n");
    let run = case.ok(&["render", "--host", "laptop"]);
    assert!(run.out.contains("files") && run.err.is_empty(), "{}", run.err);
    let case = Case::new().declare(DECLARATION);
    case.ok(&["render", "--out", "without"]);
    case.ok(&["render", "--out", "with", "--set", "work"]);
    assert!(!case.read("without/.cursor/mcp.json").contains("jira"));
    assert!(case.read("with/.cursor/mcp.json").contains("jira"));
}

#[test]
fn a_project_has_sets_too_and_merge_excludes_servers() {
    let case = Case::new().declare(DECLARATION).write("p/x", "");
    case.ok(&["apply", "--project", "p", "--set", "work"]);
    assert!(case.read("p/.cursor/mcp.json").contains("jira"));
    case.ok(&["apply", "--project", "p"]);
    assert!(!case.read("p/.cursor/mcp.json").contains("jira"));
    let run = case.pipe(&["merge", "cursor"], "");
    assert!(run.code == 0 && !run.out.contains("jira"), "{}", run.out);
    let run = case.pipe(&["merge", "cursor", "--set", "work"], "");
    assert!(run.code == 0 && run.out.contains("jira"), "{}", run.out);
}

#[test]
fn add_puts_a_server_into_a_set() {
    let case = Case::new().declare(&only(""));
    let run = case.ok(&["add", "--set", "work", "new", "--", "x"]);
    assert!(run.err.contains("`mcpgen apply --set work`"), "{}", run.err);
    let text = case.read(".config/mcpgen/mcp.toml");
    assert!(text.ends_with("[servers.new]\ncommand = \"x\"\nsets = [\"work\"]\n"), "{text}");
}
