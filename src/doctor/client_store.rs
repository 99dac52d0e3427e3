//! A client's own sign-ins, as far as the client's file says for which servers it has some. No token is kept or shown.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde_json::Value;

use super::input::normal;
use crate::client::{Client, SignInStore};
use crate::fs;
use crate::paths::{Environment, Expanded};
use crate::survey::FoundSection;

/// The own sign-ins of clients, which are read once for each client and home.
pub struct OwnSignIns<'a> {
    env: &'a Environment,
    read: BTreeMap<(String, Option<Utf8PathBuf>), Vec<ClientSignIn>>,
}

impl<'a> OwnSignIns<'a> {
    /// Reads nothing yet.
    pub fn new(env: &'a Environment) -> Self {
        Self { env, read: BTreeMap::new() }
    }

    /// Returns whether the client of a section has a sign-in of its own for an entry with a URL.
    pub fn has_one(&mut self, section: &FoundSection<'_>, entry: &str, url: &str) -> bool {
        let FoundSection { client, home, .. } = section;
        let own = self.read.entry((client.name.clone(), home.clone())).or_insert_with(|| {
            let in_home = home.as_ref().and_then(|home| client.env_in_home(home, self.env));
            own_sign_ins(client, in_home.as_ref().unwrap_or(self.env))
        });
        own.iter().any(|sign_in| sign_in.is_for(entry, url))
    }
}

/// A sign-in in a client's own file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ClientSignIn {
    name: Option<String>,
    url: Option<String>,
}

impl ClientSignIn {
    fn is_for(&self, entry: &str, url: &str) -> bool {
        match &self.url {
            Some(own) => *own == normal(url),
            None => self.name.as_deref() == Some(entry),
        }
    }
}

// Reads the names and URLs of a client's own sign-ins. A file that cannot be read has none.
fn own_sign_ins(client: &Client, env: &Environment) -> Vec<ClientSignIn> {
    let Some(store) = &client.sign_ins else { return vec![] };
    let Some(path) = env.expand(&store.path).ok().and_then(Expanded::path) else {
        return vec![];
    };
    let bytes = fs::read(&path).ok().flatten().unwrap_or_default();
    let Ok(root) = serde_json::from_slice::<Value>(&bytes) else { return vec![] };
    let list = store.key.as_ref().map_or(Some(&root), |key| root.get(key));
    match list {
        Some(Value::Object(map)) => {
            map.iter().filter_map(|(key, it)| read(store, Some(key), it)).collect()
        }
        Some(Value::Array(list)) => list.iter().filter_map(|it| read(store, None, it)).collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => vec![],
    }
}

// Some clients keep an entry without a token after a sign-in that failed.
fn read(store: &SignInStore, key: Option<&String>, value: &Value) -> Option<ClientSignIn> {
    let text = |field: &Option<String>| {
        field.as_ref().and_then(|field| value.get(field)?.as_str()).map(str::to_owned)
    };
    let of_key = |key: &String| {
        let end = store.name_ends_at.as_ref().and_then(|end| key.split_once(end.as_str()));
        end.map_or_else(|| key.clone(), |(name, _)| name.to_owned())
    };
    let name = text(&store.name).or_else(|| key.map(of_key));
    let url = text(&store.url).map(|url| normal(&url));
    has_token(store, value).then_some(ClientSignIn { name, url })
}

fn has_token(store: &SignInStore, value: &Value) -> bool {
    let Some(fields) = value.as_object() else { return false };
    fields.iter().any(|(name, value)| match *name == store.token {
        true => value.as_str().is_some_and(|token| !token.is_empty()),
        false => has_token(store, value),
    })
}
