//! Reads a pasted entry: a piece of a client's file, as READMEs show it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{ChosenVersions, Import, SecretPolicy, SignInAnswers, SignInNeed, import};
use crate::client::{Client, ClientTable};
use crate::document::{Document, Entries, Format};
use crate::entry;
use crate::model::portable_name;
use crate::paths::Environment;
use crate::survey::unfiled_section;

/// Imports the entries in a string. `name` is the name of an entry without one, and of a single entry in any case. The
/// entries are read as the client that can read them best. Returns `None` if the string has no entry.
pub fn pasted(
    text: &str,
    name: Option<&str>,
    table: &ClientTable,
    env: &Environment,
    secrets: SecretPolicy,
) -> Option<Import> {
    let chosen = ChosenVersions::new();
    let mut best: Option<Import> = None;
    for client in table.iter() {
        let Some(entries) = entries(client, text, name) else { continue };
        let section = unfiled_section(client, entries, env);
        let read = import(&[section], table, env, (secrets, &chosen), &no_question);
        let rank = |it: &Import| (it.servers, std::cmp::Reverse((it.left.len(), it.text.len())));
        if read.servers > 0 && best.as_ref().is_none_or(|best| rank(&read) > rank(best)) {
            best = Some(read);
        }
    }
    best
}

// The caller asks the server that is added.
fn no_question(urls: BTreeSet<String>) -> SignInAnswers {
    urls.into_iter().map(|url| (url, SignInNeed::NotRequired)).collect()
}

fn entries(client: &Client, text: &str, name: Option<&str>) -> Option<Entries> {
    let found = parts(client.format, text).find_map(|text| read(client, text, name))?;
    let single = name.filter(|_| found.len() == 1);
    let named = |(own, entry): (String, Value)| {
        (single.map_or_else(|| portable_name(&own, &[]), str::to_owned), entry)
    };
    Some(found.into_iter().map(named).collect())
}

// READMEs also show the members of a JSON object without its braces.
fn parts(format: Format, text: &str) -> impl Iterator<Item = String> {
    let braces =
        (format == Format::Jsonc).then(|| format!("{{{}}}", text.trim().trim_end_matches(',')));
    std::iter::once(text.to_owned()).chain(braces)
}

fn read(client: &Client, text: String, name: Option<&str>) -> Option<Entries> {
    let document = Document::new(client.format, text.into_bytes()).ok()?;
    let client = client.in_layout_of(&document);
    if let Ok(found) = document.entries(&client.section)
        && !found.is_empty()
    {
        return Some(found);
    }
    let Value::Object(root) = document.value()? else { return None };
    if launches(client, &root) {
        return name.map(|name| Entries::from([(name.to_owned(), Value::Object(root))]));
    }
    let all = root.values().all(|entry| entry.as_object().is_some_and(|it| launches(client, it)));
    (all && !root.is_empty()).then(|| root.into_iter().collect())
}

fn launches(client: &Client, fields: &Map<String, Value>) -> bool {
    entry::read_entry(&Value::Object(fields.clone()), client.fields()).is_some()
}
