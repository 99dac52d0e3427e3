//! Names the secrets that are in clients' files, and makes one or two references to each.

use std::collections::{BTreeMap, BTreeSet};

use crate::secret::Secret;

/// Says what becomes of secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretPolicy {
    /// The user decides: the declaration has both references.
    Ask,
    /// They are variables.
    Env,
    /// They are in the keyring.
    Keyring,
    /// They are variables in a file that only the user can read.
    File,
}

/// Where the value of a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// In a client's file.
    File(Secret),
    /// The client asks the user for it. This is the name of the input.
    Input(String),
}

/// Returns the secrets whose values are in a client's file.
pub fn known_secrets(names: BTreeMap<String, SecretSource>) -> BTreeMap<String, Secret> {
    let known = |(name, source)| match source {
        SecretSource::File(secret) => Some((name, secret)),
        SecretSource::Input(_) => None,
    };
    names.into_iter().filter_map(known).collect()
}

/// Gives each secret its own name.
pub struct SecretNames {
    secrets: SecretPolicy,
    referenced: BTreeSet<String>,
    file: String,
    stored: BTreeMap<String, Secret>,
    /// The secrets by the names of their environment variables, or of their variables in the file.
    pub variables: BTreeMap<String, SecretSource>,
    /// The secrets by the names of their entries in the keyring.
    pub keyring: BTreeMap<String, SecretSource>,
}

impl SecretNames {
    /// Begins. No secret gets a name that is `referenced`: that is another secret, whose value is not known.
    pub fn new(secrets: SecretPolicy, referenced: BTreeSet<String>) -> Self {
        let (variables, keyring) = (BTreeMap::new(), BTreeMap::new());
        Self {
            secrets,
            referenced,
            file: String::new(),
            stored: BTreeMap::new(),
            variables,
            keyring,
        }
    }

    /// Names the file for secrets, as references have it, and the secrets that it has. No other secret gets their names.
    #[must_use]
    pub fn with_file(self, file: String, stored: BTreeMap<String, Secret>) -> Self {
        Self { file, stored, ..self }
    }

    /// Returns the names of the secrets for which a client asks: in the keyring, otherwise in the environment.
    pub fn inputs(&self) -> Vec<String> {
        let names = match self.secrets {
            SecretPolicy::Ask | SecretPolicy::Keyring => &self.keyring,
            SecretPolicy::Env | SecretPolicy::File => &self.variables,
        };
        let inputs = names.iter().filter(|(_, source)| matches!(source, SecretSource::Input(_)));
        inputs.map(|(name, _)| name.clone()).collect()
    }

    /// Returns the references to a secret. `field` is an environment variable, a header or a field of `auth`.
    pub fn references(&mut self, server: &str, field: &str, secret: &SecretSource) -> Vec<String> {
        let both = self.secrets == SecretPolicy::Ask;
        let mut references = vec![];
        if both || self.secrets == SecretPolicy::Keyring {
            let name = keyring_name(server, field);
            let taken = |name: &str| self.referenced.contains(&format!("keyring:{name}"));
            let name = own(&mut self.keyring, [name.clone(), name], '-', (secret, &taken));
            references.push(format!("keyring:{name}"));
        }
        if both || matches!(self.secrets, SecretPolicy::Env | SecretPolicy::File) {
            let long = keyring_name(server, field).to_ascii_uppercase().replace('-', "_");
            // An environment variable of a program already has a name.
            let named =
                field.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
            let short = if named { field.to_owned() } else { long.clone() };
            let reference = |name: &str| match self.secrets {
                SecretPolicy::File => format!("dotenv:{}#{name}", self.file),
                SecretPolicy::Ask | SecretPolicy::Env | SecretPolicy::Keyring => {
                    format!("env:{name}")
                }
            };
            let is_other = |stored| SecretSource::File(Secret::clone(stored)) != *secret;
            let taken = |name: &str| {
                self.referenced.contains(&reference(name))
                    || self.stored.get(name).is_some_and(is_other)
            };
            let name = own(&mut self.variables, [short, long], '_', (secret, &taken));
            references.push(reference(&name));
        }
        references
    }
}

// Two secrets never share a name, and each secret has only one name.
fn own(
    known: &mut BTreeMap<String, SecretSource>,
    names: [String; 2],
    gap: char,
    (secret, taken): (&SecretSource, &dyn Fn(&str) -> bool),
) -> String {
    let last = names[1].clone();
    let numbered = (2_u32..).map(|n| format!("{last}{gap}{n}"));
    let free = |name: &String| !taken(name) && known.get(name).is_none_or(|other| other == secret);
    let name = names.into_iter().chain(numbered).find(free).expect("numbers do not end");
    known.insert(name.clone(), secret.clone());
    name
}

fn keyring_name(server: &str, field: &str) -> String {
    let slug =
        |text: &str| text.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let (server, field) = (slug(server), slug(field));
    match field.as_str() {
        "token" => server,
        own if own.starts_with(&server) => field,
        _ => format!("{server}-{field}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_secret_has_one_name_and_no_other_secret_has_it() {
        let mut keeper = SecretNames::new(SecretPolicy::Ask, BTreeSet::new());
        let secret = |text: &str| SecretSource::File(Secret::new(text.into()));
        for (server, field, text, want) in [
            ("github", "token", "a", ["keyring:github", "env:GITHUB"]),
            ("github", "GITHUB_TOKEN", "b", ["keyring:github-token", "env:GITHUB_TOKEN"]),
            ("github", "GITHUB_TOKEN", "b", ["keyring:github-token", "env:GITHUB_TOKEN"]),
            ("github", "GITHUB_TOKEN", "c", ["keyring:github-token-2", "env:GITHUB_TOKEN_2"]),
            ("jira", "API_KEY", "d", ["keyring:jira-api-key", "env:API_KEY"]),
            ("wiki", "API_KEY", "e", ["keyring:wiki-api-key", "env:WIKI_API_KEY"]),
            ("wiki", "X-Key", "f", ["keyring:wiki-x-key", "env:WIKI_X_KEY"]),
        ] {
            assert_eq!(keeper.references(server, field, &secret(text)), want);
        }
    }

    #[test]
    fn no_secret_gets_the_name_of_a_reference() {
        let referenced = ["env:API_KEY", "keyring:jira-api-key"].map(str::to_owned).into();
        let mut keeper = SecretNames::new(SecretPolicy::Ask, referenced);
        let secret = SecretSource::File(Secret::new("a".into()));
        assert_eq!(
            keeper.references("jira", "API_KEY", &secret),
            ["keyring:jira-api-key-2", "env:JIRA_API_KEY"]
        );
    }
}
