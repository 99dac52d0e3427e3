//! The commands beside the pipeline.

use serde_json::{Value, json};

use crate::case::Case;

const ONE: &str = "clients = [\"cursor\", \"codex\"]\n[servers.one]\ncommand = \"one\"\n";

#[test]
fn merge_sets_the_declared_names_keeps_the_rest_and_writes_no_file_of_a_client() {
    let case = Case::new().declare(ONE);
    let input = "{\n  // mine\n  \"mcpServers\": { \"x\": {} }\n}\n";
    let run = case.pipe(&["merge", "cursor"], input);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("// mine") && run.out.contains("\"one\""), "{}", run.out);
    assert_eq!(case.pipe(&["merge", "cursor"], &run.out).out, run.out, "twice is once");
    let removed = case.pipe(&["merge", "cursor", "--remove", "one"], &run.out);
    assert_eq!(removed.out, input);
    assert!(!case.exists(".cursor"));
}

#[test]
fn merge_refuses_an_entry_of_the_user_until_it_is_adopted() {
    let case = Case::new().declare(ONE);
    let theirs = "{ \"mcpServers\": { \"one\": { \"command\": \"theirs\" } } }\n";
    let run = case.pipe(&["merge", "cursor"], theirs);
    assert_eq!((run.code, run.out.as_str()), (4, ""), "{}", run.err);
    assert!(run.err.contains("mcpgen merge --adopt one cursor"), "{}", run.err);
    let adopted = case.pipe(&["merge", "cursor", "--adopt", "one"], theirs);
    assert_eq!(adopted.code, 0, "{}", adopted.err);
    assert!(adopted.out.contains("\"one\"") && !adopted.out.contains("theirs"));
}

#[test]
fn merge_follows_the_declaration_through_changes_and_removals() {
    let two = "\n[servers.two]\ncommand = \"two\"\n";
    let case = Case::new().declare(&(ONE.to_owned() + two));
    let mine = "{ \"mcpServers\": { \"x\": {} } }\n";
    let first = case.pipe(&["merge", "cursor"], mine).out;
    // A run whose output nobody wrote changes nothing.
    assert_eq!(case.pipe(&["merge", "cursor"], mine).out, first);
    case.put(".config/mcpgen/mcp.toml", ONE.replace("\"one\"\n", "\"other\"\n") + two);
    let second = case.pipe(&["merge", "cursor"], &first);
    assert!(second.out.contains("\"other\""), "{}{}", second.out, second.err);
    case.put(".config/mcpgen/mcp.toml", ONE);
    let third = case.pipe(&["merge", "cursor"], &second.out);
    assert!(!third.out.contains("two") && third.out.contains("\"x\""), "{}", third.out);
    // What apply wrote, merge knows, and the other way round.
    case.put(".cursor/mcp.json", &third.out);
    assert_eq!(case.ok(&["apply", "cursor"]).err, "");
    case.put(".config/mcpgen/mcp.toml", "clients = [\"cursor\"]\n[servers.z]\ncommand = \"z\"\n");
    let last = case.pipe(&["merge", "cursor"], case.read(".cursor/mcp.json"));
    assert!(!last.out.contains("one") && last.out.contains("\"z\""), "{}", last.out);
}

#[test]
fn merge_of_nothing_is_the_whole_minimal_file() {
    let case = Case::new().declare(ONE);
    assert_eq!(case.pipe(&["merge", "codex"], "").out, case.ok(&["render", "codex"]).out);
}

#[test]
fn merge_of_a_broken_file_prints_nothing_and_says_where() {
    let case = Case::new().declare(ONE);
    let run = case.pipe(&["merge", "cursor"], "{\n  \"a\": @CANARY@");
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(run.err.contains("<stdin>:2:"), "{}", run.err);
}

#[test]
fn the_default_declaration_is_the_one_the_environment_names() {
    let case = Case::new().var("MCPGEN_FILE", "elsewhere.toml").write("elsewhere.toml", ONE);
    let file: Value = serde_json::from_str(&case.ok(&["render", "cursor"]).out).unwrap();
    assert_eq!(file, json!({"mcpServers": {"one": {"command": "one", "args": []}}}));
    let case = Case::new().var("XDG_CONFIG_HOME", case.home().to_str().unwrap());
    assert_eq!(case.run(&["check"]).code, 1, "there is none in that directory");
}

#[test]
fn clients_own_variables_move_their_files() {
    let case = Case::new().declare(
        "clients = [\"codex\", \"claude-code\", \"goose\"]\n[servers.one]\ncommand = \"one\"\n",
    );
    let at = |path: &str| case.path(path).to_str().unwrap().to_owned();
    let (codex, claude, goose) = (at("a"), at("b"), at("c"));
    let case = case
        .var("CODEX_HOME", codex)
        .var("CLAUDE_CONFIG_DIR", claude)
        .var("GOOSE_PATH_ROOT", goose);
    case.ok(&["apply"]);
    for path in ["a/config.toml", "b/.claude.json", "c/config/config.yaml"] {
        assert!(case.exists(path), "{path}");
    }
    case.ok(&["render", "--out", "tree"]);
    assert!(case.exists("tree/.codex/config.toml"), "a rendered tree does not depend on them");
}

#[test]
fn a_wrong_command_line_gets_a_suggestion() {
    let case = Case::new().declare(ONE);
    for (args, words) in [
        (&["aply"][..], "apply"),
        (&["plan", "cursr"][..], "`cursor`"),
        (&["plan", "zed"][..], "not among the declared clients"),
        (&["apply", "--adopt"][..], "--adopt"),
        (&["apply", "--adopt", "onne"][..], "`one`"),
        (&["apply", "--none", "--adopt-all"][..], "cannot be used with"),
        (&["check", "--templates", "nowhere"][..], "directory `nowhere` not found"),
    ] {
        let run = case.run(args);
        assert_eq!(run.code, 2, "{args:?}\n{}", run.err);
        assert!(run.err.contains(words), "{args:?}\n{}", run.err);
    }
}

#[test]
fn rendering_is_the_same_on_every_day_in_every_order_and_run() {
    let case = Case::new().declare(&format!("{ONE}[servers.two]\ncommand = \"two\"\n"));
    let first = case.ok(&["render", "--home", "/home/ada"]).out;
    case.put(
        ".config/mcpgen/mcp.toml",
        format!("{}[servers.one]\ncommand = \"one\"\n", ONE.replace("one", "two")),
    );
    assert_eq!(case.ok(&["render", "--home", "/home/ada"]).out, first);
}

#[test]
fn mcpgen_exec_sets_the_environment_variables_that_a_client_drops() {
    let declaration = "clients = [\"goose\", \"cursor\"]\n[servers.one]\ncommand = \"one\"\nenv = { Path = \"/x\" }\n";
    let case = Case::new().declare(declaration);
    assert!(case.ok(&["render", "goose"]).out.contains("args: [exec, one]"));
    assert!(case.ok(&["render", "cursor"]).out.contains("\"Path\": \"/x\""));
}

#[test]
fn programs_are_written_by_their_absolute_path_if_declared() {
    let declaration = "clients = [\"cursor\"]\nlaunch = { absolute = true, bridge = [\"sh\", \"b\"], mcpgen = \"cat\" }\n\
        [servers.one]\ncommand = \"env\"\n[servers.two]\nurl = \"https://x.example\"\nauth = \"oauth\"\n\
        [servers.three]\ncommand = \"env\"\nsecrets = { K = \"env:K\" }\n";
    let case = Case::new().declare(declaration).var("PATH", "/nowhere:/usr/bin");
    let file: Value = serde_json::from_str(&case.ok(&["render", "cursor"]).out).unwrap();
    let program = |name: &str| file["mcpServers"][name]["command"].as_str().unwrap().to_owned();
    assert_eq!(
        (program("one"), program("two"), program("three")),
        ("/usr/bin/env".into(), "/usr/bin/sh".into(), "/usr/bin/cat".into())
    );
    let missing = Case::new().declare(&declaration.replace("\"env\"", "\"no-such-program\""));
    let run = missing.run(&["plan"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("`no-such-program` is not on PATH"), "{}", run.err);
    missing.ok(&["check"]);
}

#[test]
fn clients_are_told_of_the_declaration_where_it_is_linked_unless_all_of_them_find_it_alone() {
    let secret =
        "clients = [\"cursor\"]\n[servers.one]\ncommand = \"env\"\nsecrets = { K = \"env:K\" }\n";
    let case = Case::new().write("store/mcp.toml", secret);
    let home = case.home().to_str().unwrap().to_owned();
    let linked = format!("{home}/.config/mcpgen/mcp.toml");
    let apply = ["apply", "--owner", "nix", "-f", "store/mcp.toml", "--linked-at"];
    let args = |case: &Case| {
        let file: Value = serde_json::from_str(&case.read(".cursor/mcp.json")).unwrap();
        file["mcpServers"]["one"]["args"].clone()
    };
    case.ok(&[&apply[..], &[&linked]].concat());
    assert_eq!(args(&case), json!(["exec", "one"]));
    // A client started from a dock does not see the shell's XDG_CONFIG_HOME.
    let elsewhere = format!("{home}/cfg/mcpgen/mcp.toml");
    let case = case.var("XDG_CONFIG_HOME", format!("{home}/cfg"));
    for path in [linked, elsewhere] {
        case.ok(&[&apply[..], &[&path]].concat());
        assert_eq!(args(&case), json!(["exec", "one", "-f", path]));
    }
}

#[test]
fn clients_start_the_given_mcpgen_unless_the_declaration_names_one() {
    let servers = "[servers.one]\ncommand = \"env\"\nsecrets = { K = \"env:K\" }\n\
        [servers.two]\nurl = \"https://x.example\"\nauth = \"oauth\"\n";
    let given = ["--mcpgen", "/store/mcpgen"];
    for (launch, want) in [("", "/store/mcpgen"), ("mcpgen = \"/mine/mcpgen\"\n", "/mine/mcpgen")] {
        let declaration = format!(
            "clients = [\"cursor\"]\n[launch]\nbridge = [\"mcpgen\", \"bridge\"]\n{launch}{servers}"
        );
        let case = Case::new().declare(&declaration);
        let rendered = case.ok(&[&["render", "cursor"], &given[..]].concat()).out;
        case.ok(&[&["apply"], &given[..]].concat());
        for text in [rendered, case.read(".cursor/mcp.json")] {
            let file: Value = serde_json::from_str(&text).unwrap();
            for name in ["one", "two"] {
                assert_eq!(file["mcpServers"][name]["command"], want, "{text}");
            }
        }
        assert_eq!(case.ok(&[&["apply"], &given[..]].concat()).err, "");
        let theirs = "{\"mcpServers\": {\"one\": {\"command\": \"mine\"}}}";
        let conflict = Case::new().declare(&declaration).write(".cursor/mcp.json", theirs);
        let run = conflict.run(&[&["apply"], &given[..]].concat());
        assert!(run.err.contains("--mcpgen /store/mcpgen"), "{}", run.err);
    }
}

#[test]
fn via_says_who_speaks_to_an_open_server() {
    let declare = |via: &str| {
        format!("clients = [\"cursor\"]\n[servers.one]\nurl = \"https://x.example\"\n{via}")
    };
    for (via, bridged) in [("", false), ("via = \"client\"\n", false), ("via = \"bridge\"\n", true)]
    {
        let out = Case::new().declare(&declare(via)).ok(&["render", "cursor"]).out;
        assert_eq!(out.contains("mcp-remote"), bridged, "{via}{out}");
    }
}

#[test]
fn init_follows_no_link_and_overwrites_nothing() {
    let path = ".config/mcpgen/mcp.toml";
    for (end, said) in [
        ("/nowhere/else", "which does not exist"),
        ("mcp.toml", "mcp.toml`"),
        ("mine", "does not overwrite files"),
    ] {
        let case = Case::new().write(".config/mcpgen/mine", "mine\n");
        std::os::unix::fs::symlink(end, case.path(path)).unwrap();
        let before = case.snapshot();
        let run = case.run(&["init"]);
        assert_eq!(run.code, 1, "{end}: {}", run.err);
        assert!(run.err.contains("`~/.config/mcpgen/mcp.toml`"), "{}", run.err);
        assert!(run.err.contains(said), "{}", run.err);
        assert_eq!(case.snapshot(), before);
        assert_eq!(std::fs::read_link(case.path(path)).unwrap(), std::path::Path::new(end));
    }
    let case = Case::new();
    std::os::unix::fs::symlink("nowhere", case.path(".config")).unwrap();
    let run = case.run(&["init"]);
    let link = format!("`{}` is a link to `nowhere`", case.path(".config").display());
    assert!(run.code == 1 && run.err.contains(&link), "{}", run.err);
    let case = Case::new().write(".config", "");
    let run = case.run(&["init"]);
    assert!(run.code == 1 && run.err.contains("is not a directory"), "{}", run.err);
}

#[test]
fn init_writes_through_a_linked_directory_and_leaves_no_other_file() {
    let case = Case::new().write("dotfiles/keep", "");
    std::fs::create_dir(case.path(".config")).unwrap();
    std::os::unix::fs::symlink("../dotfiles", case.path(".config/mcpgen")).unwrap();
    // A run that was killed leaves a temporary file, and the next one removes it.
    let mut command = case.wrapped(&["sh", "-c", "ulimit -c 0; exec \"$@\"", "sh"], &["init"]);
    assert_eq!(case.finish(command.env("MCPGEN_KILL_AT", "2"), None).code, -1);
    assert!(!case.exists("dotfiles/mcp.toml"), "whole or not at all");
    case.ok(&["init"]);
    let names = std::fs::read_dir(case.path("dotfiles")).unwrap().flatten();
    let mut names: Vec<_> = names.map(|entry| entry.file_name()).collect();
    names.sort();
    assert_eq!(names, ["keep", "mcp.toml"]);
}
