//! The homes of clients. A client with several profiles has a home for each of them: the directory that the client's own
//! environment variable names.

use std::borrow::Cow;
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::Client;
use crate::paths::Environment;

/// The homes that a declaration adds to the usual ones, by client.
#[derive(Debug, Clone, Default)]
pub struct ClientHomes(BTreeMap<String, Vec<String>>);

/// One home of a client.
pub struct ClientHome<'e> {
    /// The directory, or `None` for the usual home.
    pub directory: Option<Utf8PathBuf>,
    /// The environment in which the client uses this home.
    pub env: Cow<'e, Environment>,
}

impl ClientHomes {
    /// Adds a home, as the declaration has it.
    pub fn add(&mut self, client: &str, home: String) {
        self.0.entry(client.to_owned()).or_default().push(home);
    }

    /// Returns the directories that the declaration adds for a client.
    pub fn directories(&self, client: &Client, env: &Environment) -> Vec<Utf8PathBuf> {
        let homes = self.0.get(&client.name).into_iter().flatten();
        homes.map(|home| home_directory(home, env)).collect()
    }

    /// Returns all homes of a client, the usual one first.
    pub fn all<'e>(&self, client: &Client, env: &'e Environment) -> Vec<ClientHome<'e>> {
        let added = self.directories(client, env).into_iter().filter_map(|directory| {
            let env = Cow::Owned(client.env_in_home(&directory, env)?);
            Some(ClientHome { directory: Some(directory), env })
        });
        let usual = ClientHome { directory: None, env: self.usual(client, env) };
        std::iter::once(usual).chain(added).collect()
    }

    /// Returns the environment in which a client uses its usual home. In the shell of a profile, this is not the
    /// environment of the process.
    pub fn usual<'e>(&self, client: &Client, env: &'e Environment) -> Cow<'e, Environment> {
        match self.current(client, env) {
            Some(_) => client.env_without_home(env),
            None => Cow::Borrowed(env),
        }
    }

    /// Returns the home in the declaration that the client's environment variable names.
    pub fn current(&self, client: &Client, env: &Environment) -> Option<Utf8PathBuf> {
        let named = home_directory(env.var(client.home.as_ref()?)?, env);
        self.directories(client, env).into_iter().find(|home| *home == named)
    }
}

impl Client {
    /// Returns the environment in which the client uses a home. Its files there do not depend on the shell.
    pub fn env_in_home(&self, home: &Utf8Path, env: &Environment) -> Option<Environment> {
        let home = (self.home.clone()?, home.to_string());
        Some(Environment::bare(env.os, &env.home).overlaid(&[home].into()))
    }

    /// Returns the environment in which no environment variable names the client's home.
    pub fn env_without_home<'e>(&self, env: &'e Environment) -> Cow<'e, Environment> {
        match &self.home {
            Some(variable) => Cow::Owned(env.overlaid(&[(variable.clone(), String::new())].into())),
            None => Cow::Borrowed(env),
        }
    }
}

fn home_directory(home: &str, env: &Environment) -> Utf8PathBuf {
    env.absolute(Utf8Path::new(&env.expand_tilde(home)))
}
