//! All clients: the built-in rows, which the rows in the user's directory replace.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8Path;

use super::built_in::built_in;
use super::client_rules;
use super::{Client, row, template};
use crate::diagnostic::{Diagnostic, Source};
use crate::document::node::{MapItem, Node};
use crate::fields::{Fields, Spanned, parse_toml, syntax};
use crate::fs;
use crate::paths::Environment;
use crate::similar::similar_name;

const TABLE: &str = "clients.toml";

/// All clients in the order of their names.
#[derive(Debug)]
pub struct ClientTable {
    clients: BTreeMap<String, Client>,
}
impl ClientTable {
    /// Reads the built-in table and the user's directory, if there is one.
    ///
    /// # Errors
    /// Fails with every error in the user's rows and templates.
    pub fn load(directory: Option<&Utf8Path>) -> Result<Self, Vec<Diagnostic>> {
        let mut table = Self { clients: BTreeMap::new() };
        let mut faults =
            table.read(&format!("built-in {TABLE}"), built_in(TABLE).unwrap_or_default(), None);
        if let Some(directory) = directory {
            let path = directory.join(TABLE);
            match fs::read(&path) {
                Ok(None) => {}
                Ok(Some(bytes)) => match String::from_utf8(bytes) {
                    Ok(text) => faults.extend(table.read(path.as_str(), &text, Some(directory))),
                    Err(_) => faults.push(
                        Diagnostic::error(format!("`{path}` is not UTF-8"))
                            .help("save the file as UTF-8"),
                    ),
                },
                Err(error) => faults.push(Diagnostic::of_error(&error)),
            }
            faults.extend(table.add_rules(directory, faults.is_empty()));
            // If a row names a template with an error, the row already reports the error.
            if faults.is_empty() {
                faults.extend(table.shadow_templates(directory));
            }
        }
        if faults.is_empty() { Ok(table) } else { Err(faults) }
    }

    // The rules in the user's directory replace the built-in rules of the same client.
    fn add_rules(&mut self, directory: &Utf8Path, is_complete: bool) -> Vec<Diagnostic> {
        let names: Vec<&str> = self.names().collect();
        // A row with an error is not in the table.
        let names = is_complete.then_some(names.as_slice());
        let rules = match client_rules::read_own(directory, names) {
            Ok(rules) => rules,
            Err(errors) => return errors,
        };
        for (name, rules) in rules {
            let Some(client) = self.clients.get_mut(&name) else { continue };
            if let Some(other) = &mut client.other_layout {
                other.own_rules = Some(Arc::clone(&rules));
            }
            client.own_rules = Some(rules);
        }
        vec![]
    }

    // A template in the user's directory replaces the built-in one of that name in every row.
    fn shadow_templates(&mut self, directory: &Utf8Path) -> Vec<Diagnostic> {
        let mut loaded: BTreeMap<String, Option<Arc<str>>> = BTreeMap::new();
        let mut faults = vec![];
        let mut shadow = |client: &mut Client| {
            let name = &client.template_name;
            let own = loaded.entry(name.clone()).or_insert_with(|| {
                template::load_own(directory, name).map(|own| own.map(Into::into)).unwrap_or_else(
                    |error| {
                        faults.push(Diagnostic::of_error(&error));
                        None
                    },
                )
            });
            if let Some(text) = own {
                client.template = Arc::clone(text);
            }
        };
        for client in self.clients.values_mut() {
            shadow(client);
            client.other_layout.as_deref_mut().map(&mut shadow);
        }
        faults
    }

    fn read(&mut self, name: &str, text: &str, directory: Option<&Utf8Path>) -> Vec<Diagnostic> {
        let source = Source::new(name, text);
        let (root, errors) = parse_toml(text);
        let mut faults = syntax::diagnostics(&source, errors);
        if !faults.is_empty() {
            return faults;
        }
        for item in root.items() {
            match row::read_row(&source, item, directory) {
                Ok(client) => drop(self.clients.insert(client.name.clone(), client)),
                Err(found) => faults.extend(found),
            }
        }
        faults
            .extend(root.items().iter().flat_map(|row| self.unknown_readers(&source, &root, row)));
        faults.sort_by_key(Diagnostic::offset);
        faults
    }

    // Returns an error for each unknown client in the column `also-reads` of a row. `rows` are all rows of the file.
    fn unknown_readers(&self, source: &Arc<Source>, rows: &Node, row: &MapItem) -> Vec<Diagnostic> {
        let columns = Fields(&row.node).table("also-reads");
        let clients = columns.and_then(|columns| columns.strings("user")).map(|at| at.value);
        let known = || self.names().chain(rows.items().iter().map(|row| row.key.as_str()));
        let unknown =
            clients.into_iter().flatten().filter(|at| known().all(|name| name != at.value));
        let error = |Spanned { value, span }: Spanned<String>| {
            let title = format!("`{value}` is not a client");
            let error = Diagnostic::error(title).at(source, span, "unknown client");
            error.help(
                similar_name("a client", &value, known())
                    .unwrap_or_else(|| "write the names of rows of the client table".to_owned()),
            )
        };
        unknown.map(error).collect()
    }

    /// Finds a client by its name.
    pub fn get(&self, name: &str) -> Option<&Client> {
        self.clients.get(name)
    }

    /// Returns all clients in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Client> {
        self.clients.values()
    }

    /// Returns all names.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.clients.keys().map(String::as_str)
    }

    /// Returns the clients whose file, or its directory, exists on this machine.
    pub fn found(&self, env: &Environment) -> Vec<&Client> {
        self.iter().filter(|client| client.is_installed(env)).collect()
    }
}
