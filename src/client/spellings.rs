//! The names of an entry's fields, by role: those in `templates/fields.toml`, and those that a row adds.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value};

use super::Transport;
use super::built_in::built_in;
use crate::fields::{Field, Fields, Shape, Table, field, parse_toml};

/// The role of a field of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldRole {
    /// The program to start, or the program and its arguments in one list.
    Command,
    /// The program's arguments.
    Args,
    /// The program's environment.
    Env,
    /// Names of environment variables that the program inherits.
    EnvNames,
    /// A file with further environment variables.
    EnvFile,
    /// The working directory.
    Cwd,
    /// The URL.
    Url,
    /// The names of `Url` that mean Streamable HTTP.
    HttpUrl,
    /// HTTP headers.
    Headers,
    /// A table of request options, which contains the headers.
    Request,
    /// Headers whose values are names of environment variables.
    HeaderVariables,
    /// The name of the environment variable that contains a bearer token.
    TokenVariable,
    /// Any other source of a token.
    TokenSource,
    /// The transport's name.
    Transport,
    /// A table that contains all the fields of the launch.
    LaunchTable,
    /// A field that changes what is launched and that mcpgen does not read.
    Other,
    /// A switch that is `false` for a disabled entry.
    Enabled,
    /// A switch that is `true` for a disabled entry.
    Disabled,
    /// A setting of the sign-in that the client does itself.
    SignIn,
    /// A setting of the redirect URL of that sign-in.
    Redirect,
}

const ROLES: &[Field] = &[
    field("command", Shape::Strings, "The program to start, or a list with its arguments."),
    field("args", Shape::Strings, "The program's arguments."),
    field("env", Shape::Strings, "The program's environment."),
    field("env-names", Shape::Strings, "Names of environment variables that the program inherits."),
    field("env-file", Shape::Strings, "A file with further environment variables."),
    field("cwd", Shape::Strings, "The working directory."),
    field("url", Shape::Strings, "The URL."),
    field("http-url", Shape::Strings, "The names of `url` that mean Streamable HTTP."),
    field("headers", Shape::Strings, "HTTP headers."),
    field("request", Shape::Strings, "A table of request options, which contains the headers."),
    field(
        "header-variables",
        Shape::Strings,
        "Headers whose values are names of environment variables.",
    ),
    field(
        "token-variable",
        Shape::Strings,
        "The name of the environment variable that contains a bearer token.",
    ),
    field("token-source", Shape::Strings, "Any other source of a token."),
    field("transport", Shape::Strings, "The transport's name."),
    field("launch-table", Shape::Strings, "A table that holds all the fields of the launch."),
    field(
        "other",
        Shape::Strings,
        "A field that changes what is launched and that mcpgen does not read.",
    ),
    field("enabled", Shape::Strings, "A switch that is `false` for a disabled entry."),
    field("disabled", Shape::Strings, "A switch that is `true` for a disabled entry."),
    field("sign-in", Shape::Strings, "A setting of the client's own sign-in."),
    field("redirect", Shape::Strings, "A setting of the redirect URL of that sign-in."),
];
// The last roles do not change what is launched.
const LAUNCH_ROLES: usize = FieldRole::Other as usize + 1;

/// The column `fields` of a row: additional names, by role.
pub(super) static FIELDS: Table = Table { title: "`fields`", fields: ROLES, foreign: &[] };

static COMMON: LazyLock<Arc<FieldSpellings>> = LazyLock::new(|| {
    let (root, _) = parse_toml(built_in("fields.toml").unwrap_or_default());
    Arc::new(FieldSpellings::new(added(Fields(&root))))
});

/// Additional names of fields, in the order of the roles.
pub(super) type Spellings = Vec<Vec<String>>;

/// Reads the names that a table has for each role.
pub(super) fn added(table: Fields<'_>) -> Spellings {
    let spellings = |role: &Field| -> Vec<String> {
        let list = table.strings(role.name).map(|at| at.value).unwrap_or_default();
        list.into_iter().map(|at| at.value).collect()
    };
    ROLES.iter().map(spellings).collect()
}

/// The names that one client's entries may use for each role.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldSpellings {
    roles: Spellings,
    launch: Vec<String>,
    bridge_env: Vec<String>,
    // The words that the row has for transports. A word for several transports is not one of them.
    transports: BTreeMap<String, Transport>,
}

impl FieldSpellings {
    /// Returns the names that all clients share.
    pub fn common() -> &'static Arc<Self> {
        &COMMON
    }

    fn new(roles: Spellings) -> Self {
        let mut launch: Vec<String> = roles.iter().take(LAUNCH_ROLES).flatten().cloned().collect();
        launch.sort();
        launch.dedup();
        Self { roles, launch, bridge_env: vec![], transports: BTreeMap::new() }
    }

    /// Returns these names with other names before them. `other` are fields of the role `Other`, and `bridge_env` are
    /// the variables that only entries of a bridge have.
    pub(super) fn with(&self, own: Spellings, other: &[String], bridge_env: Vec<String>) -> Self {
        let mut own = own.into_iter();
        let mut roles: Spellings = vec![];
        for common in &self.roles {
            let mut spellings = own.next().unwrap_or_default();
            spellings.extend_from_slice(common);
            roles.push(spellings);
        }
        roles[FieldRole::Other as usize].extend_from_slice(other);
        Self { bridge_env, ..Self::new(roles) }
    }

    /// Returns whether mcpgen adds an environment variable to the client's entries of a bridge. The variable is not part
    /// of the launch.
    pub fn is_bridge_env(&self, variable: &str) -> bool {
        self.bridge_env.iter().any(|name| name == variable)
    }

    /// Returns an entry without these environment variables.
    pub fn without_bridge_env(&self, entry: &Map<String, Value>) -> Map<String, Value> {
        let mut entry = entry.clone();
        for name in self.of(FieldRole::Env) {
            if let Some(Value::Object(env)) = entry.get_mut(name) {
                env.retain(|variable, _| !self.is_bridge_env(variable));
            }
        }
        entry
    }

    /// Adds the client's names for transports.
    pub(super) fn with_transports(self, types: &BTreeMap<Transport, String>) -> Self {
        let is_unique = |word: &String| types.values().filter(|other| *other == word).count() == 1;
        let unique = types.iter().filter(|(_, word)| is_unique(word));
        let transports = unique.map(|(transport, word)| (word.clone(), *transport)).collect();
        Self { transports, ..self }
    }

    /// Returns the transport for which the client has a name of its own.
    pub fn transport(&self, word: &str) -> Option<Transport> {
        self.transports.get(word).copied()
    }

    /// Returns the names of a role, in the order of precedence.
    pub fn of(&self, role: FieldRole) -> &[String] {
        self.roles.get(role as usize).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns whether a field has a role.
    pub fn is(&self, role: FieldRole, field: &str) -> bool {
        self.of(role).iter().any(|spelling| spelling == field)
    }

    /// Returns the fields of an entry that have a role.
    pub fn all<'e>(
        &self,
        role: FieldRole,
        entry: &'e Map<String, Value>,
    ) -> impl Iterator<Item = (&str, &'e Value)> {
        let found = |spelling: &'_ String| entry.get(spelling);
        self.of(role).iter().filter_map(move |name| Some((name.as_str(), found(name)?)))
    }

    /// Returns every field that changes what is launched.
    pub fn launch(&self) -> &[String] {
        &self.launch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_spellings_and_every_line_of_the_file_is_a_role() {
        let (root, errors) = parse_toml(built_in("fields.toml").unwrap());
        assert!(errors.is_empty());
        let names: Vec<&str> = Fields(&root).keys().collect();
        for role in ROLES {
            assert!(names.contains(&role.name), "fields.toml has no `{}`", role.name);
        }
        assert_eq!(names.len(), ROLES.len());
        let common = FieldSpellings::common();
        assert_eq!(common.of(FieldRole::Command)[0], "command");
        assert_eq!(common.of(FieldRole::TokenSource)[0], "headersHelper");
        assert_eq!(common.of(FieldRole::LaunchTable), ["transport"]);
        assert_eq!(common.of(FieldRole::SignIn)[0], "auth");
        assert_eq!(common.launch().len(), 33);
        assert!(!common.launch().contains(&"enabled".to_owned()));
    }

    #[test]
    fn the_spellings_of_a_row_come_first() {
        let (root, _) = parse_toml("url = ['endpoint']");
        let own =
            FieldSpellings::common().with(added(Fields(&root)), &["socketPath".into()], vec![]);
        assert_eq!(own.of(FieldRole::Url)[..2], ["endpoint", "url"]);
        assert!(own.is(FieldRole::Other, "socketPath"));
        assert!(own.launch().contains(&"endpoint".to_owned()));
    }
}
