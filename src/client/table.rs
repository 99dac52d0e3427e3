//! All clients: the built-in rows, which the rows in the user's directory replace.
//!
//! Most commands need few clients, so a built-in row is parsed when it is needed.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use camino::Utf8Path;

use super::built_in;
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
    rows: BTreeMap<String, TableRow>,
}

/// A row of the user, or a built-in row, which may not have been parsed yet.
#[derive(Debug)]
struct TableRow {
    built_in: &'static str,
    client: OnceLock<Client>,
}

impl TableRow {
    fn client(&self) -> &Client {
        self.client.get_or_init(|| self.parse().expect("a test parses every built-in row"))
    }

    fn client_mut(&mut self) -> &mut Client {
        self.client();
        self.client.get_mut().expect("parsed")
    }

    fn parse(&self) -> Option<Client> {
        let source = Source::new(format!("built-in {TABLE}"), self.built_in);
        let (root, _) = parse_toml(self.built_in);
        root.items().first().and_then(|item| row::read_row(&source, item, None).ok())
    }
}

impl ClientTable {
    /// Reads the built-in table and the user's directory, if there is one.
    ///
    /// # Errors
    /// Fails with every error in the user's rows and templates.
    pub fn load(directory: Option<&Utf8Path>) -> Result<Self, Vec<Diagnostic>> {
        let mut table = Self { rows: BTreeMap::new() };
        for (name, built_in) in built_in::rows(built_in::built_in(TABLE).unwrap_or_default()) {
            table.rows.insert(name.to_owned(), TableRow { built_in, client: OnceLock::new() });
        }
        let mut faults = vec![];
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
            let Some(row) = self.rows.get_mut(&name) else { continue };
            let client = row.client_mut();
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
        for client in self.rows.values_mut().map(TableRow::client_mut) {
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
                Ok(client) => {
                    let row = TableRow { built_in: "", client: OnceLock::from(client) };
                    self.rows.insert(item.key.clone(), row);
                }
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
        self.rows.get(name).map(TableRow::client)
    }

    /// Returns all clients in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Client> {
        self.rows.values().map(TableRow::client)
    }

    /// Returns all names.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.rows.keys().map(String::as_str)
    }

    /// Returns whether a client has this name.
    pub fn has(&self, name: &str) -> bool {
        self.rows.contains_key(name)
    }

    /// Returns the named clients in the order of their names.
    pub fn those<'t>(&'t self, names: &[String]) -> impl Iterator<Item = &'t Client> {
        let mut names: Vec<&String> = names.iter().collect();
        names.sort();
        names.dedup();
        names.into_iter().filter_map(|name| self.get(name))
    }

    /// Returns the clients whose file, or its directory, exists on this machine.
    pub fn found(&self, env: &Environment) -> Vec<&Client> {
        self.iter().filter(|client| client.is_installed(env)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_row_is_correct_and_is_the_same_if_it_is_parsed_alone() {
        let mut whole = ClientTable { rows: BTreeMap::new() };
        let text = built_in::built_in(TABLE).unwrap();
        assert!(whole.read("whole", text, None).is_empty());
        let alone = ClientTable::load(None).unwrap();
        assert!(alone.names().eq(whole.names()));
        for (one, other) in alone.iter().zip(whole.iter()) {
            assert_eq!(format!("{one:?}"), format!("{other:?}"));
        }
    }
}
