//! Golden files: what every client gets on a fresh machine, and in a file somebody has lived in.

use mcpgen::testing::client::ClientTable;
use mcpgen::testing::declaration::Declaration;
use mcpgen::testing::document::Format;
use mcpgen::testing::launch::Launcher;
use mcpgen::testing::model;
use mcpgen::testing::paths::{Environment, Os};
use mcpgen::testing::render;
use mcpgen::testing::suggest::Suggest;

use crate::case::{Case, golden};

const DECLARATION: &str = include_str!("golden/mcp.toml");

struct Row {
    name: String,
    path: String,
    extension: &'static str,
}

// The clients of this system.
fn rows(case: &Case) -> Vec<Row> {
    let table: serde_json::Value =
        serde_json::from_str(&case.ok(&["clients", "--json"]).out).unwrap();
    let home = format!("{}/", case.home().display());
    let row = |client: &serde_json::Value| {
        Some(Row {
            name: client["name"].as_str().unwrap().to_owned(),
            path: client["path"].as_str()?.replace(&home, ""),
            extension: match client["format"].as_str().unwrap() {
                "TOML" => "toml",
                "YAML" => "yaml",
                _ => "json",
            },
        })
    };
    table.as_array().unwrap().iter().filter_map(row).collect()
}

fn before(row: &Row) -> Vec<u8> {
    let path = format!(
        "{}/tests/golden/{}/before.{}",
        env!("CARGO_MANIFEST_DIR"),
        row.name,
        row.extension
    );
    std::fs::read(&path)
        .unwrap_or_else(|_| panic!("{path} is missing: every client has a lived-in file"))
}

#[test]
fn a_fresh_machine_gets_every_clients_whole_minimal_file() {
    let case = Case::new().declare(DECLARATION);
    case.ok(&["apply"]);
    for row in rows(&case) {
        let text = case.plain(&case.read(&row.path));
        golden(&format!("golden/{}/fresh.{}", row.name, row.extension), &text);
    }
}

#[test]
fn a_client_of_other_systems_gets_its_file_there() {
    let table = ClientTable::load(None).unwrap();
    let mut seen = 0;
    for client in
        table.iter().filter(|client| client.fresh_path(&bare(Os::Linux)).unwrap().is_none())
    {
        let env = [Os::Macos, Os::Windows]
            .map(bare)
            .into_iter()
            .find(|env| client.fresh_path(env).unwrap().is_some())
            .expect("it runs somewhere");
        let (declaration, _) = Declaration::parse("mcp.toml", DECLARATION);
        let model = model::build(&declaration, &table, &env, &Suggest::new(&env)).unwrap();
        let launcher = Launcher::new(&model, &env, "/home/ada/mcp.toml".into()).unwrap();
        let text = render::render(&model, &launcher, client).unwrap().text();
        let extension = if client.format == Format::Toml { "toml" } else { "json" };
        golden(&format!("golden/{}/fresh.{extension}", client.name), &text);
        seen += 1;
    }
    assert_eq!(seen, 4, "BoltAI, Visual Studio and the two agents in Xcode");
}

fn bare(os: Os) -> Environment {
    Environment::bare(os, "/home/ada".into())
}

#[test]
fn render_prints_what_apply_writes_on_a_fresh_machine() {
    let case = Case::new().declare(DECLARATION);
    case.ok(&["apply"]);
    case.ok(&["render", "--out", "tree"]);
    for row in rows(&case) {
        assert_eq!(case.read(&row.path), case.read(&format!("tree/{}", row.path)), "{}", row.name);
        assert_eq!(case.read(&row.path), case.ok(&["render", &row.name]).out, "{}", row.name);
    }
}

#[test]
fn a_file_in_use_keeps_everything_that_is_not_ours() {
    let case = Case::new().declare(DECLARATION);
    for row in rows(&case) {
        case.put(&row.path, before(&row));
    }
    let refused = case.run(&["apply"]);
    assert_eq!(refused.code, 4, "`github` is the user's in every file:\n{}", refused.err);
    case.ok(&["apply", "--adopt", "github"]);
    for row in rows(&case) {
        let text = case.plain(&case.read(&row.path));
        golden(&format!("golden/{}/after.{}", row.name, row.extension), &text);
    }
    let again = case.ok(&["apply"]);
    assert_eq!((again.out.as_str(), again.err.as_str()), ("", ""), "a second apply is silent");
}

#[test]
fn undo_restores_every_file_in_use_byte_for_byte() {
    let case = Case::new().declare(DECLARATION);
    for row in rows(&case) {
        case.put(&row.path, before(&row));
    }
    let snapshot = case.snapshot();
    case.ok(&["apply", "--adopt-all"]);
    assert_ne!(case.snapshot(), snapshot);
    case.ok(&["undo"]);
    assert_eq!(case.snapshot(), snapshot);
    assert_eq!(case.run(&["undo"]).code, 1, "there is nothing to take back twice");
}

#[test]
fn removing_all_entries_restores_a_file_except_for_the_adopted_entry() {
    let declaration = DECLARATION.replace("[servers.github]", "[servers.github-two]");
    let case = Case::new().declare(&declaration);
    for row in rows(&case) {
        case.put(&row.path, before(&row));
    }
    let snapshot = case.snapshot();
    case.ok(&["apply"]);
    case.ok(&["apply", "--none"]);
    assert_eq!(case.snapshot(), snapshot);
}

#[test]
fn a_client_whose_entries_have_one_list_of_tools_gets_the_allowed_tools_that_are_not_denied() {
    let server = |name: &str, tools: &str| {
        format!("\n[servers.{name}]\ncommand = \"x\"\nargs = [\"{name}\"]\ntools = {{ {tools} }}\n")
    };
    let allowed = server("allowed", "allow = [\"read\"]");
    let denied = server("denied", "deny = [\"drop\"]");
    let both = server("both", "allow = [\"read\", \"drop\"], deny = [\"drop\", \"delete\"]");
    let none = server("none", "allow = [\"drop\"], deny = [\"drop\"]");
    let head = "clients = [\"mcporter\"]\n";
    let case = Case::new().declare(&[head, &allowed, &denied, &both, &none].concat());
    case.ok(&["apply"]);
    let file: serde_json::Value =
        serde_json::from_str(&case.read(".mcporter/mcporter.json")).unwrap();
    for (name, allow, deny) in [
        ("allowed", "[\"read\"]", "null"),
        ("denied", "null", "[\"drop\"]"),
        ("both", "[\"read\"]", "null"),
        // MCPorter allows no tool if the list is empty.
        ("none", "[]", "null"),
    ] {
        let entry = &file["mcpServers"][name];
        assert_eq!(entry["allowedTools"].to_string(), allow, "{name}");
        assert_eq!(entry["blockedTools"].to_string(), deny, "{name}");
    }
    // Import reads both lists.
    let case = Case::new().declare(&[head, &allowed, &denied].concat());
    case.ok(&["apply"]);
    let imported = case.ok(&["import"]).out;
    assert!(imported.ends_with(&[&allowed[..], &denied].concat()), "{imported}");
}
