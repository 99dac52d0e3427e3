//! The declaration's text.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::ImportedHomes;
use super::difference::{ChosenVersions, ImportDifference};
use super::draft::{BridgeLauncher, DraftReach, ServerDraft};
use super::merge::{MergedServer, merge};
use super::options::EntryOptions;
use super::secret_names::{SecretNames, SecretPolicy};
use crate::client::{ClientTable, Expressible};
use crate::declaration::Declaration;
use crate::diagnostic::Diagnostic;
use crate::display::printable;
use crate::document::{Format, write};
use crate::model::{self, DEFAULT_BRIDGE};
use crate::paths::Environment;
use crate::secret::literal;
use crate::suggest::Suggest;

mod options;
mod reach;
mod server_comments;

/// The text of a declaration.
pub struct DeclarationText {
    /// The text.
    pub text: String,
    /// Where the tables of the servers begin in the text.
    pub servers_at: usize,
    /// How many values are in the text twice, for the user to decide.
    pub decisions: usize,
    /// What clients have in different versions.
    pub differences: Vec<ImportDifference>,
    /// How many servers have a URL and may require a sign-in.
    pub unclear: usize,
}

const WIDTH: usize = 100;
const HEAD: &str = "# From the clients' files. Next: mcpgen check, plan, then apply --adopt-all\n";

/// Writes all servers.
pub fn declaration(
    servers: &[MergedServer],
    homes: &ImportedHomes,
    open: &BTreeSet<String>,
    (table, chosen): (&ClientTable, &ChosenVersions),
    keeper: &mut SecretNames,
) -> DeclarationText {
    let all: BTreeSet<&String> = servers.iter().flat_map(|server| &server.clients).collect();
    let text = HEAD.to_owned();
    let mut out = DeclarationWriter {
        table,
        open,
        keeper,
        chosen,
        text,
        decisions: 0,
        differences: vec![],
        unclear: 0,
    };
    out.field("clients", &DeclarationField::One(json!(all)));
    out.homes(homes, &all);
    out.launch(servers);
    let servers_at = out.text.len();
    for server in servers {
        out.server(server, server.clients.len() < all.len());
    }
    let DeclarationWriter { text, decisions, differences, unclear, .. } = out;
    DeclarationText { text, servers_at, decisions, differences, unclear }
}

/// Returns the first error that `mcpgen check` would report for one entry alone.
pub fn alone(found: &ServerDraft, table: &ClientTable, env: &Environment) -> Option<String> {
    let (servers, _) = merge(vec![found.clone()], table);
    let mut keeper = SecretNames::new(SecretPolicy::Env, BTreeSet::new());
    let (homes, open) = (ImportedHomes::new(), BTreeSet::new());
    let chosen = ChosenVersions::new();
    let text = declaration(&servers, &homes, &open, (table, &chosen), &mut keeper).text;
    let (declaration, faults) = Declaration::parse("mcp.toml", &text);
    let modelled =
        model::build(&declaration, table, env, &Suggest::new(env)).err().unwrap_or_default();
    faults.iter().chain(&modelled).map(Diagnostic::title).next()
}

// The value of a field. If there are several values, the user keeps one of the lines.
enum DeclarationField {
    One(Value),
    Table(Vec<(String, Vec<Value>)>),
}

struct DeclarationWriter<'a> {
    table: &'a ClientTable,
    open: &'a BTreeSet<String>,
    keeper: &'a mut SecretNames,
    chosen: &'a ChosenVersions,
    text: String,
    decisions: usize,
    differences: Vec<ImportDifference>,
    unclear: usize,
}

impl DeclarationWriter<'_> {
    fn line(&mut self, line: &str) {
        self.text += line;
        self.text.push('\n');
    }

    fn field(&mut self, name: &str, field: &DeclarationField) {
        match field {
            DeclarationField::One(value) => {
                let line = format!("{name} = {}", inline(value));
                match value {
                    Value::Array(list) if line.len() > WIDTH => {
                        self.line(&format!("{name} = ["));
                        list.iter().for_each(|it| self.line(&format!("  {},", inline(it))));
                        self.line("]");
                    }
                    Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::String(_)
                    | Value::Array(_)
                    | Value::Object(_) => self.line(&line),
                }
            }
            DeclarationField::Table(pairs) => {
                let short = short(name, pairs);
                match short {
                    Some(line) => self.line(&line),
                    None => pairs.iter().for_each(|(key, values)| self.lines(name, key, values)),
                }
            }
        }
    }

    fn lines(&mut self, name: &str, key: &str, values: &[Value]) {
        let key = write::key(Format::Toml, key);
        self.alternatives(&format!("{name}.{key}"), values);
    }

    // Writes the homes of the clients that are in the declaration.
    fn homes(&mut self, homes: &ImportedHomes, clients: &BTreeSet<&String>) {
        let mut of_clients = homes.iter().filter(|(client, _)| clients.contains(client)).peekable();
        if of_clients.peek().is_some() {
            self.line("\n[homes]");
        }
        for (client, homes) in of_clients {
            self.field(&write::key(Format::Toml, client), &DeclarationField::One(json!(homes)));
        }
    }

    fn launch(&mut self, servers: &[MergedServer]) {
        let mut bridges: BTreeMap<&[String], BTreeSet<String>> = BTreeMap::new();
        let mut envs: BTreeMap<&BTreeMap<String, String>, BTreeSet<String>> = BTreeMap::new();
        for (server, found) in entries(servers) {
            let Some(BridgeLauncher { words, env }) = &found.start else { continue };
            let who = format!("{} in {}", server.name, server.client_of(found));
            bridges.entry(words).or_default().insert(who.clone());
            envs.entry(env).or_default().insert(who);
        }
        let usual = |words: &[String]| words == DEFAULT_BRIDGE;
        let bridge = bridges.len() > 1 || bridges.keys().any(|words| !usual(words));
        let env = envs.len() > 1 || envs.keys().any(|env| !env.is_empty());
        if bridge || env {
            self.line("\n[launch]");
        }
        if bridge {
            self.choice("bridge", bridges.into_iter().map(|(words, who)| (json!(words), who)));
        }
        if env {
            self.choice("env", envs.into_iter().map(|(env, who)| (json!(env), who)));
        }
    }

    fn choice(&mut self, name: &str, values: impl Iterator<Item = (Value, BTreeSet<String>)>) {
        let values: Vec<(Value, BTreeSet<String>)> = values.collect();
        let difference = format!("launch.{name}");
        let chosen = self.chosen.get(&difference).and_then(|at| values.get(*at));
        let only = if values.len() == 1 { values.first() } else { None };
        if let Some((value, _)) = chosen.or(only) {
            return self.field(name, &DeclarationField::One(value.clone()));
        }
        self.decisions += 1;
        let version = |(value, who): &(Value, BTreeSet<String>)| {
            let who: Vec<&str> = who.iter().map(String::as_str).collect();
            (who.join(", "), format!("{name} = {}\n", inline(value)))
        };
        let versions = values.iter().map(version).collect();
        self.differences.push(ImportDifference { name: difference, versions });
        self.line(&format!(
            "# to decide: `{name}` applies to all servers, and clients differ. Keep one line."
        ));
        for (value, who) in values {
            let who: Vec<String> = who.into_iter().collect();
            self.line(&format!("# {}", who.join(", ")));
            self.field(name, &DeclarationField::One(value));
        }
    }

    fn server(&mut self, server: &MergedServer, narrowed: bool) {
        let several = server.variants.len() > 1;
        self.text.push('\n');
        if several {
            self.decisions += 1;
            self.versions(server);
        }
        let mut versions = vec![];
        for (at, variant) in server.variants.iter().enumerate() {
            if at > 0 {
                self.text.push('\n');
            }
            let clients: Vec<String> = variant.iter().map(|it| server.client_of(it)).collect();
            let clients = clients.join(", ");
            if several {
                self.line(&format!("# in {clients}:"));
            }
            for found in variant.iter().filter(|found| found.name != server.name) {
                let name = printable(&json!(literal::mask(&found.name)).to_string());
                self.line(&format!("# called {name} in {}", server.client_of(found)));
            }
            self.comments(variant);
            self.ask_for_sign_in(variant);
            self.line(&format!("[servers.{}]", server.name));
            let begin = self.text.len();
            self.variant(server, variant, narrowed);
            versions.push((clients, self.text[begin..].to_owned()));
        }
        if several {
            self.differences.push(ImportDifference { name: server.name.clone(), versions });
        }
    }

    fn variant(&mut self, server: &MergedServer, variant: &[ServerDraft], narrowed: bool) {
        match &variant[0].reach {
            DraftReach::Local(local) => self.local(&server.name, local),
            DraftReach::Remote(remote) => self.remote(&server.name, remote),
        }
        let mut extra: Vec<(&str, EntryOptions)> =
            variant.iter().map(|it| (it.client.as_str(), it.options.clone())).collect();
        let timeout = self.agreed(server, &mut extra, Expressible::Timeout, |o| &mut o.timeout);
        let startup = self
            .agreed(server, &mut extra, Expressible::StartupTimeout, |o| &mut o.startup_timeout);
        for (name, seconds) in [("timeout", timeout), ("startup-timeout", startup)] {
            if let Some(seconds) = seconds {
                self.field(name, &DeclarationField::One(json!(seconds)));
            }
        }
        self.tools(server, variant, &mut extra);
        let old: BTreeSet<&String> =
            variant.iter().map(|found| &found.name).filter(|name| **name != server.name).collect();
        if !old.is_empty() {
            self.field("replaces", &DeclarationField::One(json!(old)));
        }
        if server.is_off() {
            self.field("enabled", &DeclarationField::One(json!(false)));
        }
        if narrowed {
            self.field("clients", &DeclarationField::One(json!(server.clients)));
        }
        for (client, options) in extra {
            let own = options.into_own().into_iter().map(|(key, value)| (key, vec![value]));
            self.table(&format!("extra.{}", write::key(Format::Toml, client)), own.collect());
        }
    }

    fn table(&mut self, name: &str, pairs: Vec<(String, Vec<Value>)>) {
        if !pairs.is_empty() {
            self.field(name, &DeclarationField::Table(pairs));
        }
    }
}

fn entries(servers: &[MergedServer]) -> impl Iterator<Item = (&MergedServer, &ServerDraft)> {
    servers.iter().flat_map(|server| server.variants.iter().flatten().map(move |it| (server, it)))
}

fn inline(value: &Value) -> String {
    write::inline(Format::Toml, value)
}

fn short(name: &str, pairs: &[(String, Vec<Value>)]) -> Option<String> {
    let pair = |(key, values): &(String, Vec<Value>)| match values.as_slice() {
        [value] => Some(format!("{} = {}", write::key(Format::Toml, key), inline(value))),
        [] | [_, _, ..] => None,
    };
    let pairs: Option<Vec<String>> = pairs.iter().map(pair).collect();
    let line = format!("{name} = {{ {} }}", pairs?.join(", "));
    (line.len() <= WIDTH && !line.contains('\n')).then_some(line)
}
