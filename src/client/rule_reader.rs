//! Reads rules of clients, and reports every error with its position.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::rule_fields::{REQUIRED, RULES};
use crate::diagnostic::{Diagnostic, Source};
use crate::document::node::{MapItem, Node};
use crate::fields::{Fields, check_table, parse_toml, syntax};
use crate::similar::similar_name;

/// Reads the rules of each client. If there are `clients`, the rules may only be about them.
///
/// # Errors
/// Fails with every error in the rules.
pub fn read<T: DeserializeOwned>(
    source: &Arc<Source>,
    text: &str,
    clients: Option<&[&str]>,
) -> Result<BTreeMap<String, T>, Vec<Diagnostic>> {
    let (root, errors) = parse_toml(text);
    let mut errors = syntax::diagnostics(source, errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut rules = BTreeMap::new();
    for item in root.items() {
        if let Some(clients) = clients.filter(|all| !all.contains(&item.key.as_str())) {
            errors.push(unknown_client(source, item, clients));
        }
        let mut found = check_table(source, &RULES, &item.key, &item.node);
        found.extend(incomplete_rows(source, &item.key, &item.node));
        match serde_json::from_value(item.node.to_value()) {
            Ok(own) if found.is_empty() => drop(rules.insert(item.key.clone(), own)),
            Err(error) if found.is_empty() => {
                let title = format!("cannot read the rules of `{}`: {error}", item.key);
                errors.push(Diagnostic::error(title).at(
                    source,
                    item.key_span.clone(),
                    "these rules",
                ));
            }
            Ok(_) | Err(_) => errors.extend(found),
        }
    }
    errors.sort_by_key(Diagnostic::offset);
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}

fn unknown_client(source: &Arc<Source>, item: &MapItem, clients: &[&str]) -> Diagnostic {
    let error = Diagnostic::error(format!("`{}` is not a client", item.key)).at(
        source,
        item.key_span.clone(),
        "unknown client",
    );
    match similar_name("a client", &item.key, clients.iter().copied()) {
        Some(help) => error.help(help),
        None => error.help("remove these rules, or add a row for the client to clients.toml"),
    }
}

// Returns an error for each row without a field that every row needs.
fn incomplete_rows(source: &Arc<Source>, client: &str, rules: &Node) -> Vec<Diagnostic> {
    let mut errors = vec![];
    for (list, table, fields) in &REQUIRED {
        let rows = Fields(rules).node(list).map(Node::elements).unwrap_or_default();
        // A misspelled field is reported as such.
        let misspelled = |row: &&Node| row.items().iter().any(|it| table.field(&it.key).is_none());
        for row in rows.iter().filter(|row| !misspelled(row)) {
            for field in fields.iter().filter(|field| row.item(field).is_none()) {
                let title = format!("a row in `{list}` of `{client}` has no `{field}`");
                let error = Diagnostic::error(title).at(source, row.span.clone(), "this row");
                errors.push(error.help(format!("add `{field} = …`")));
            }
        }
    }
    match rules.item("other-layout") {
        Some(other) => {
            errors.into_iter().chain(incomplete_rows(source, client, &other.node)).collect()
        }
        None => errors,
    }
}
