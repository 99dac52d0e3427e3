//! Properties, for any declaration and any client's file.

use std::collections::BTreeMap;

use mcpgen::testing::client::{Client, ClientTable};
use mcpgen::testing::declaration::Declaration;
use mcpgen::testing::document::edit::Edit;
use mcpgen::testing::document::{CreatedParts, Document, Entry, Format};
use mcpgen::testing::entry::{self, EntryLaunch};
use mcpgen::testing::launch::{Launch, Launcher};
use mcpgen::testing::model::{self, Model};
use mcpgen::testing::paths::{Environment, Os};
use mcpgen::testing::render;
use mcpgen::testing::secret::literal::{self, SecretVerdict};
use mcpgen::testing::suggest::Suggest;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Map, Value, json};

mod files;
mod reading;

use files::{Lived, lived_in, section};
use reading::reading;

fn text() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        4 => "[a-z/~@.:-]{1,12}",
        2 => "[ -~]{0,16}",
        1 => any::<String>().prop_map(|text| text.replace('\0', "")),
        1 => prop::sample::select(vec!["${x.y}", "{env: X}", "off", "5", "null", "'", "\"\n\"", "{{ x }}", "$(x)", "~", "# c"])
            .prop_map(str::to_owned),
    ];
    text.prop_filter("a literal secret or a placeholder is an error", |text| {
        let named = |rest: &str| rest.starts_with(|c: char| c == '_' || c.is_ascii_uppercase());
        literal::judge(text) == SecretVerdict::Harmless && !text.split('$').skip(1).any(named)
    })
}

fn toml_text(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

/// Writes one server of a declaration.
fn server() -> impl Strategy<Value = String> {
    let list = prop::collection::vec(text(), 0..4);
    let env = prop::collection::btree_map("[A-Z][A-Z_]{0,6}Q", text(), 0..3);
    let local = (
        text(),
        list,
        env,
        prop::option::of("[/~a-z]{1,8}"),
        prop::bool::ANY,
        prop::option::of(1..900_u32),
    )
        .prop_filter("a program has a name", |(command, ..)| !command.trim().is_empty())
        .prop_filter("arguments are not in the command", |(command, ..)| {
            let program = command.trim().split_once(' ').map(|(program, _)| program);
            program.is_none_or(|program| program.contains(['/', '\\', '$', '{']))
        })
        .prop_filter("a literal secret is an error", |(_, args, ..)| {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let verdicts = literal::judge_arguments(&args).into_iter();
            verdicts.eq(args.iter().map(|_| SecretVerdict::Harmless))
        })
        .prop_map(|(command, args, env, cwd, secret, timeout)| {
            let mut out = format!("command = {}\n", toml_text(&command));
            let args: Vec<String> = args.iter().map(|arg| toml_text(arg)).collect();
            out += &format!("args = [{}]\n", args.join(", "));
            for (name, value) in env {
                out += &format!("env.{name} = {}\n", toml_text(&value));
            }
            out += &cwd.map(|cwd| format!("cwd = {}\n", toml_text(&cwd))).unwrap_or_default();
            out += &timeout.map(|t| format!("timeout = {t}\n")).unwrap_or_default();
            out + if secret { "secrets = { KEY = \"keyring:k\" }\n" } else { "" }
        });
    let auths = vec![
        "",
        "auth = \"oauth\"\n",
        "auth = { token = \"keyring:t\" }\n",
        "auth = \"oauth\"\nvia = \"client\"\n",
        "auth = \"oauth\"\nvia = \"headers\"\nheaders = { X-A = \"b c\" }\n",
        "auth = { token = \"keyring:t\" }\nvia = \"headers\"\n",
        "auth = { mode = \"oauth\", scope = \"a b\", resource = \"https://r\", port = 8080, client-id = \"c\" }\n",
        "transport = \"sse\"\n",
        "headers = { X-A = \"b c\", X-B = \"$d\" }\n",
        "secrets = { X-K = \"env:K\" }\n",
        "auth = { mode = \"oauth\", client-id = \"c\", client-secret = \"env:S\" }\n",
    ];
    let remote = ("[a-z]{1,8}(/[a-z$]{0,4}){0,2}/?", prop::sample::select(auths))
        .prop_map(|(rest, auth)| format!("url = \"https://example.com/{rest}\"\n{auth}"));
    prop_oneof![
        local,
        remote.prop_filter("a client would expand it", |text| !(text.contains("via")
            && text.contains('$')))
    ]
}

fn declaration() -> impl Strategy<Value = String> {
    let servers = prop::collection::btree_map("[a-z][a-z0-9-]{0,8}", server(), 1..5);
    servers
        .prop_filter("reserved", |servers| {
            !["workspace", "servers", "timeout"].iter().any(|name| servers.contains_key(*name))
        })
        .prop_map(|servers| {
            servers.iter().map(|(name, body)| format!("[servers.{name}]\n{body}")).collect()
        })
}

struct World {
    table: ClientTable,
    env: Environment,
}

impl World {
    fn new(os: Os) -> Self {
        let table = ClientTable::load(None).expect("the built-in table");
        Self { table, env: Environment::bare(os, "/home/ada".into()) }
    }

    fn model(&self, servers: &str) -> Model {
        let names: Vec<String> = self.table.names().map(|name| format!("\"{name}\"")).collect();
        let text = format!("clients = [{}]\n{servers}", names.join(", "));
        let (declaration, faults) = Declaration::parse("mcp.toml", &text);
        let drawn = |faults: Vec<mcpgen::testing::diagnostic::Diagnostic>| {
            faults.iter().map(|fault| fault.draw(false, None)).collect::<Vec<_>>().join("\n")
        };
        assert!(faults.is_empty(), "{}\n{text}", drawn(faults));
        model::build(&declaration, &self.table, &self.env, &Suggest::new(&self.env))
            .unwrap_or_else(|faults| panic!("{}\n{text}", drawn(faults)))
    }
}

// The same cases in every run, so that a change is what makes a run red. `MCPGEN_CASES` asks for more.
pub fn config() -> ProptestConfig {
    let asked = std::env::var("MCPGEN_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: asked.unwrap_or(256),
        rng_seed: RngSeed::Fixed(2026),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn reading_back_any_clients_file_gives_the_launch_that_was_rendered(servers in declaration(), windows in prop::bool::ANY) {
        let world = World::new(if windows { Os::Windows } else { Os::Linux });
        let model = world.model(&servers);
        let launcher = Launcher::new(&model, &world.env, "/home/ada/.config/mcpgen/mcp.toml".into()).unwrap();
        for client in world.table.iter() {
            let rendered = render::render(&model, &launcher, client).unwrap();
            let document = Document::new(client.format, rendered.text().into_bytes()).unwrap();
            let entries = document.entries(&client.section).unwrap();
            prop_assert_eq!(entries.len(), model.servers.len());
            for server in &model.servers {
                let want = reading(launcher.launch(server, client));
                let got = entry::read_entry(&entries[&server.name], client.fields());
                let got = without_open_transport(got, &want);
                prop_assert_eq!(got.as_ref(), Some(&want), "{} {}", &client.name, &server.name);
            }
        }
    }

    #[test]
    fn every_client_starts_a_server_with_the_same_command(servers in declaration()) {
        let world = World::new(Os::Linux);
        let model = world.model(&servers);
        let launcher = Launcher::new(&model, &world.env, "/elsewhere/mcp.toml".into()).unwrap();
        for server in &model.servers {
            let commands = world.table.iter().filter_map(|client| match launcher.launch(server, client) {
                Launch::Command(command) if command.cwd.is_none() => Some(command),
                Launch::Command(_) | Launch::Address(_) => None,
            });
            // A directory to start in is what `mcpgen exec` carries for clients that know none.
            let distinct: std::collections::BTreeSet<String> = commands.map(|c| format!("{c:?}")).collect();
            prop_assert!(distinct.len() <= 1, "{}: {:?}", server.name, distinct);
        }
    }

    #[test]
    fn adding_and_removing_entries_gives_the_same_bytes(file in lived_in(), names in prop::collection::btree_set("[a-z]{1,4}Q", 1..4)) {
        let Lived { format, section, text } = file;
        let before = Document::new(format, text.clone().into_bytes()).unwrap();
        let old = before.entries(&section).unwrap();
        let put = |name: &String| Edit::Put { name: name.clone(), entry: some_entry(name).into() };
        let edits: Vec<Edit> = names.iter().map(put).collect();
        let (added, made) = before.edit(&section, &edits, None).unwrap();
        let grown = Document::new(format, added.clone()).unwrap();
        let entries = grown.entries(&section).unwrap();
        for name in &names {
            prop_assert_eq!(&entries[name], &Value::Object(some_entry(name)));
        }
        prop_assert_eq!(entries.len(), old.len() + names.len());
        let (again, _) = grown.edit(&section, &[], made.as_ref()).unwrap();
        prop_assert_eq!(&again, &added, "no edit, no change");
        let gone: Vec<Edit> = names.iter().map(|name| Edit::Remove { name: name.clone() }).collect();
        let (back, _) = grown.edit(&section, &gone, made.as_ref()).unwrap();
        prop_assert_eq!(String::from_utf8(back).unwrap(), text, "through\n{}", String::from_utf8_lossy(&added));
    }

    #[test]
    fn an_edit_keeps_every_byte_that_is_not_ours(file in lived_in(), set in prop::bool::ANY) {
        let Lived { format, section, text } = file;
        let document = Document::new(format, text.clone().into_bytes()).unwrap();
        let edit = match document.entries(&section).unwrap().into_iter().find(|(_, entry)| entry.is_object()) {
            Some((name, _)) if set => {
                let fields = vec![("command".to_owned(), json!("c")), ("environment".to_owned(), json!({"A": "b"}))];
                Edit::Set { name, set: fields, unset: vec!["absent".into()] }
            }
            Some(_) | None => Edit::Put { name: "newQ".into(), entry: some_entry("newQ").into() },
        };
        let (bytes, _) = document.edit(&section, &[edit], None).unwrap();
        let after = String::from_utf8(bytes).unwrap();
        // What is there stays, in its order; something may only come in between.
        let mut rest = after.chars().filter(|c| !c.is_whitespace());
        let stays = text.replace("{}", "").replace("[]", "");
        for wanted in stays.chars().filter(|c| !c.is_whitespace()) {
            prop_assert!(rest.any(|c| c == wanted), "{} became {}", text, after);
        }
    }
}

fn without_open_transport(got: Option<EntryLaunch>, want: &EntryLaunch) -> Option<EntryLaunch> {
    match (got, want) {
        (
            Some(EntryLaunch::Address { url, transport: None, headers }),
            EntryLaunch::Address { transport, .. },
        ) => Some(EntryLaunch::Address { url, transport: *transport, headers }),
        (got, _) => got,
    }
}

fn some_entry(name: &str) -> Entry {
    let value = json!({"name": name, "command": "npx", "args": ["-y", "x"], "env": {"A": "b c"}});
    value.as_object().cloned().unwrap_or_default()
}

#[test]
fn a_section_that_we_made_is_removed_with_its_last_entry_and_others_stay() {
    let section = section(&["mcpServers"], None);
    let edit = [Edit::Put { name: "x".into(), entry: Map::new().into() }];
    let gone = [Edit::Remove { name: "x".into() }];
    let cases: BTreeMap<&str, CreatedParts> = [
        ("{\n  \"a\": 1\n}\n", CreatedParts::Section(1)),
        ("{\n  \"mcpServers\": { }\n}\n", CreatedParts::Blank(" ".into())),
    ]
    .into();
    for (text, want) in cases {
        let document = Document::new(Format::Jsonc, text.into()).unwrap();
        let (added, made) = document.edit(&section, &edit, None).unwrap();
        assert_eq!(made, Some(want));
        let grown = Document::new(Format::Jsonc, added).unwrap();
        let (back, _) = grown.edit(&section, &gone, made.as_ref()).unwrap();
        assert_eq!(String::from_utf8(back).unwrap(), text);
    }
}

#[test]
fn every_clients_template_is_small_and_its_row_complete() {
    let table = ClientTable::load(None).unwrap();
    assert!(table.iter().count() >= 60);
    let check = |client: &Client| {
        assert!(client.template.lines().count() <= 40, "{}", client.template_name);
        assert!(client.docs.is_empty() || client.docs.starts_with("https://"), "{}", client.name);
        assert!(client.known.is_some(), "{}", client.name);
        assert!(!client.accepts.is_empty() && !client.title.is_empty(), "{}", client.name);
        let runs_on: Vec<Os> = [Os::Linux, Os::Macos, Os::Windows]
            .into_iter()
            .filter(|os| {
                client.path(&Environment::bare(*os, "/home/ada".into())).unwrap().is_some()
            })
            .collect();
        let want = match client.name.as_str() {
            "boltai" | "xcode-claude" | "xcode-codex" => vec![Os::Macos],
            "visual-studio" => vec![Os::Windows],
            _ => vec![Os::Linux, Os::Macos, Os::Windows],
        };
        assert_eq!(runs_on, want, "{}", client.name);
    };
    table.iter().for_each(check);
}
