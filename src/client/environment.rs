//! The environment variables that a client passes to the servers that it starts.

use super::{Client, Expressible};

/// The part of a client's environment that the client passes to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PassedEnvironment {
    /// Every variable.
    All,
    /// Every variable except those whose name or value looks like a secret.
    StripsSecrets,
    /// A few variables.
    Cleared,
}

impl PassedEnvironment {
    /// The names in the client table.
    pub const WORDS: &[&str] = &["all", "strips-secrets", "cleared"];

    /// Reads a name of the client table.
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::All, Self::StripsSecrets, Self::Cleared];
        let at = Self::WORDS.iter().position(|word| *word == text)?;
        all.get(at).copied()
    }
}

// The variables that the MCP SDKs pass to a server (`getDefaultEnvironment`, `get_default_environment`).
const PASSED_BY_SDKS: [&str; 6] = ["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"];

impl Client {
    /// Returns whether the client may withhold a variable at all.
    pub fn withholds_any(&self) -> bool {
        !matches!(self.environment, None | Some(PassedEnvironment::All))
    }

    /// Returns whether the client may not pass one of its environment variables to a server that does not name it.
    pub fn withholds(&self, name: &str) -> bool {
        match self.environment {
            None | Some(PassedEnvironment::All) => false,
            Some(PassedEnvironment::StripsSecrets) if !self.strips.is_empty() => {
                self.strips.iter().any(|stripped| stripped == name)
            }
            Some(PassedEnvironment::StripsSecrets | PassedEnvironment::Cleared) => {
                match self.passes.is_empty() {
                    true => !PASSED_BY_SDKS.contains(&name),
                    false => !self.passes.iter().any(|passed| passed == name),
                }
            }
        }
    }

    /// Returns the only variables that the client does not pass, if it passes all others.
    pub fn strips(&self) -> &[String] {
        &self.strips
    }

    /// Returns whether an entry can name an environment variable that the client withholds otherwise.
    pub fn can_name_variables(&self) -> bool {
        self.expresses(Expressible::EnvNames) || self.variable.is_some()
    }

    /// Returns whether a reference to a variable that is not set becomes an empty value. Otherwise it stays as it is,
    /// which only mcpgen recognizes.
    pub fn expands_unset_variables(&self) -> bool {
        self.variable.as_ref().is_some_and(|form| form.contains(":-}"))
    }

    /// Returns the value with which an entry's environment refers to a variable of the client, if the client can expand
    /// one and its entries have no list of names.
    pub fn reference_to(&self, name: &str) -> Option<String> {
        let listed = self.expresses(Expressible::EnvNames);
        self.variable.as_ref().filter(|_| !listed).map(|form| form.replace("NAME", name))
    }
}
