//! A corpus of clients' files: the servers that public configurations have, in the forms of 25 clients. Each file is
//! generated with a fixed seed.

use std::io::Write as _;

use serde_json::{Map, Value, json};

use super::launches::launches;
use super::renamed;
use crate::case::{CANARY, Case};

const CLIENTS: &str = include_str!("corpus/clients.json");
const SERVERS: &str = include_str!("corpus/servers.json");
const FILES_OF_A_CLIENT: u64 = 9;

/// A generator of numbers that is the same on every machine.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// One client's form of an entry.
struct Dialect<'c>(&'c Value);

impl Dialect<'_> {
    fn word<'w>(&'w self, name: &str, usual: &'w str) -> &'w str {
        self.0[name].as_str().unwrap_or(usual)
    }

    fn has(&self, name: &str) -> bool {
        self.0[name] == json!(true)
    }

    fn entry(&self, server: &Value, noise: bool) -> Value {
        let mut entry = Map::new();
        let transport = match (&server["url"], &server["type"]) {
            (Value::Null, _) => "stdio",
            (_, Value::String(transport)) => transport.as_str(),
            (_, _) => "http",
        };
        if let Some(word) = self.0["types"][transport].as_str() {
            entry.insert("type".into(), json!(word));
        }
        if server["url"].is_null() {
            let command = self.word("command", "command");
            if self.has("argv") {
                let args = server["args"].as_array().unwrap();
                let argv: Vec<&Value> = std::iter::once(&server["command"]).chain(args).collect();
                entry.insert(command.into(), json!(argv));
            } else {
                entry.insert(command.into(), server["command"].clone());
                entry.insert("args".into(), server["args"].clone());
            }
        } else {
            let url = if transport == "sse" && self.word("url", "") == "httpUrl" {
                "url"
            } else {
                self.word("url", "url")
            };
            entry.insert(url.into(), server["url"].clone());
        }
        if !server["env"].is_null() {
            entry.insert(self.word("env", "env").into(), server["env"].clone());
        }
        if !server["headers"].is_null() {
            let headers = &server["headers"];
            match self.has("request") {
                true => entry.insert("requestOptions".into(), json!({ "headers": headers })),
                false => entry.insert(self.word("headers", "headers").into(), headers.clone()),
            };
        }
        if noise && let Some(noise) = self.0["noise"].as_object() {
            entry.extend(noise.clone());
        }
        Value::Object(entry)
    }

    fn accepts(&self, server: &Value) -> bool {
        let is_remote = !server["url"].is_null();
        let is_sse = server["type"] == "sse";
        let codex_like = self.0["types"]["sse"].is_null() && self.word("url", "url") != "httpUrl";
        !(is_remote && self.has("stdio") || is_sse && codex_like)
    }

    fn filled(&self, text: &str, home: &str) -> String {
        let variable = match self.word("variable", "") {
            "" => CANARY.to_owned(),
            form => form.replace("NAME", "CORPUS_TOKEN"),
        };
        text.replace("@VARIABLE@", &variable)
            .replace("@SECRET@", CANARY)
            .replace("@PLACEHOLDER@", "YOUR_API_KEY_HERE")
            .replace("@HOME@", home)
    }

    /// Returns a file and the number of its entries.
    fn file(&self, servers: &[Value], home: &str, seed: &mut Seeded) -> (String, usize) {
        let mut root = self.0["root"].as_object().cloned().unwrap_or_default();
        let mut entries = Map::new();
        for _ in 0..=seed.below(4) {
            let mut server = &servers[seed.below(servers.len())];
            if server["rare"] == json!(true) && seed.chance(80) {
                server = &servers[0];
            }
            let noise = seed.chance(60);
            if self.accepts(server) {
                entries
                    .insert(server["name"].as_str().unwrap().to_owned(), self.entry(server, noise));
            }
        }
        if entries.is_empty() {
            entries.insert("filesystem".into(), self.entry(&servers[0], false));
        }
        let count = entries.len();
        let named = |(name, mut entry): (String, Value)| {
            entry["name"] = json!(name);
            entry
        };
        let section = match self.has("list") {
            true => entries.into_iter().map(named).collect(),
            false => Value::Object(entries),
        };
        root.insert(self.0["section"][0].as_str().unwrap().to_owned(), section);
        let root: Value = self.filled(&json!(root).to_string(), home).parse().unwrap();
        (self.written(&root, seed), count)
    }

    fn written(&self, root: &Value, seed: &mut Seeded) -> String {
        let extension = self.word("path", "").rsplit('.').next().unwrap().to_owned();
        match extension.as_str() {
            "toml" => {
                let mut text = String::new();
                toml_tables(root.as_object().unwrap(), "", &mut text);
                text
            }
            "yaml" => root
                .as_object()
                .unwrap()
                .iter()
                .map(|(key, value)| format!("{key}: {value}\n"))
                .collect(),
            _ if extension == "jsonc" || seed.chance(20) && self.takes_comments() => {
                let text = serde_json::to_string_pretty(root).unwrap();
                text.replacen('{', "{\n  // servers", 1)
            }
            _ if seed.chance(20) => root.to_string(),
            _ => serde_json::to_string_pretty(root).unwrap() + "\n",
        }
    }

    fn takes_comments(&self) -> bool {
        ["vscode", "zed", "opencode"].contains(&self.word("client", ""))
    }
}

fn toml_tables(table: &Map<String, Value>, path: &str, text: &mut String) {
    let (below, plain): (Vec<_>, Vec<_>) = table.iter().partition(|(_, value)| value.is_object());
    for (key, value) in plain {
        // A JSON string or list is a TOML value too.
        *text += &format!("{key} = {value}\n");
    }
    for (key, value) in below {
        let key = if key.contains(['.', ' ']) { json!(key).to_string() } else { key.clone() };
        let path = if path.is_empty() { key } else { format!("{path}.{key}") };
        *text += &format!("\n[{path}]\n");
        toml_tables(value.as_object().unwrap(), &path, text);
    }
}

#[derive(Default)]
struct Rates {
    files: usize,
    servers: usize,
    carried: usize,
    whole: usize,
    clean: usize,
    problems: Vec<String>,
}

impl Rates {
    fn measure(&mut self, dialect: &Dialect<'_>, servers: &[Value], seed: u64) {
        let case = Case::in_memory();
        let home = case.home().to_str().unwrap().to_owned();
        let (text, count) = dialect.file(servers, &home, &mut Seeded(seed));
        case.put(dialect.word("path", ""), &text);
        let first = case.run(&["import", "--secrets", "env"]);
        let carried = first.out.lines().filter(|line| line.starts_with("[servers.")).count();
        self.files += 1;
        self.servers += count;
        self.carried += carried;
        let client = dialect.word("client", "");
        let whole = carried == count && !first.err.contains("not imported");
        self.whole += usize::from(whole);
        if !whole {
            self.problems.push(format!("{client} {seed}: {}\n{text}", first.err));
        }
        case.put(".config/mcpgen/mcp.toml", &first.out);
        let clean = case.run(&["check"]).code == 0;
        self.clean += usize::from(clean && first.code == 0);
        if !clean {
            self.problems.push(format!("{client} {seed} is not clean\n{}", first.out));
            return;
        }
        let before = launches(&case);
        case.ok(&["apply", "--adopt-all"]);
        let after = launches(&case);
        let renamed = renamed(&first.out);
        for ((client, old), launch) in &before {
            let own = renamed.get(old).unwrap_or(old);
            let now = after.get(&(client.clone(), own.clone()));
            assert_eq!(now, Some(launch), "{client} {seed} {own}\n{text}\n{}", first.out);
        }
        let again = case.run(&["import", "--secrets", "env"]);
        assert_eq!(said(&again.out), said(&first.out), "{client} {seed}: a second import\n{text}");
    }
}

/// Returns a declaration without what it says about old names.
fn said(declaration: &str) -> Vec<&str> {
    let old = |line: &&str| !line.starts_with("# called") && !line.starts_with("replaces = ");
    declaration.lines().filter(old).collect()
}

#[test]
fn nearly_every_server_of_a_corpus_is_imported_and_no_launch_changes() {
    let clients: Vec<Value> = serde_json::from_str(CLIENTS).unwrap();
    let servers: Vec<Value> = serde_json::from_str(SERVERS).unwrap();
    assert!(clients.len() >= 25, "{} clients", clients.len());
    let mut rates = Rates::default();
    for (at, client) in clients.iter().enumerate() {
        for file in 0..FILES_OF_A_CLIENT {
            let seed = 1_000 * u64::try_from(at).unwrap() + file;
            rates.measure(&Dialect(client), &servers, seed);
        }
    }
    let Rates { files, servers, carried, whole, clean, problems } = rates;
    let problems = problems.join("\n");
    let line =
        format!("{files} files: {carried} of {servers} servers, {whole} whole, {clean} clean");
    writeln!(std::io::stderr(), "{line}\n{problems}").unwrap();
    assert!(files >= 200, "{files} files");
    assert!(carried * 100 >= servers * 97, "{carried} of {servers} servers\n{problems}");
    assert!(whole * 100 >= files * 95, "{whole} of {files} files are whole\n{problems}");
    assert!(clean * 100 >= files * 90, "{clean} of {files} files are clean\n{problems}");
}
