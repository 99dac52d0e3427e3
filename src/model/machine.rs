//! Which servers this machine gets: the conditions `sets`, `hosts` and `os` of a server.

use std::collections::BTreeSet;
use std::fmt;

use super::rules::plain_list;
use crate::declaration::{Declaration, DeclarationErrors};
use crate::diagnostic::Diagnostic;
use crate::fields::{Fields, Spanned};
use crate::paths::{Environment, Os};
use crate::similar::similar_name;
use crate::wildcard;

/// What the conditions of a server are compared with.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The active sets.
    pub sets: BTreeSet<String>,
    /// The host name, if it is known.
    pub host: Option<String>,
    /// The operating system.
    pub os: Os,
}

/// A declared server that this machine does not get.
#[derive(Debug, Clone)]
pub struct ExcludedServer {
    /// The name of the server.
    pub name: String,
    /// The condition that excludes it.
    pub exclusion: Exclusion,
}

/// The condition that excludes a server.
#[derive(Debug, Clone)]
pub enum Exclusion {
    /// The server is for these operating systems.
    Os(Vec<String>),
    /// The server is for these hosts, and this host has another name.
    Hosts(Vec<String>, Option<String>),
    /// None of these sets is active.
    Sets(Vec<String>),
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |names: &[String], separator: &str| {
            let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            quoted.join(separator)
        };
        match self {
            Self::Os(systems) => write!(f, "only for {}", systems.join(" or ")),
            Self::Hosts(hosts, None) => write!(f, "only for host {}", quoted(hosts, " or ")),
            Self::Hosts(hosts, Some(host)) => {
                write!(f, "only for host {}, and this is `{host}`", quoted(hosts, " or "))
            }
            Self::Sets(sets) if sets.len() == 1 => {
                write!(f, "set {} is not active", quoted(sets, ""))
            }
            Self::Sets(sets) => write!(f, "none of the sets {} is active", quoted(sets, ", ")),
        }
    }
}

impl Machine {
    /// Describes this machine. The sets are those that the user names in addition to those of the declaration.
    pub fn here(env: &Environment, sets: &[String]) -> Self {
        Self { sets: sets.iter().cloned().collect(), host: env.host_name(), os: env.os }
    }

    /// Activates the sets in `[machine]`.
    #[must_use]
    pub fn with_declared(mut self, fields: Fields<'_>, errors: &mut DeclarationErrors) -> Self {
        let declared = fields.table("machine").and_then(|machine| machine.strings("sets"));
        for set in declared.into_iter().flat_map(|sets| sets.value) {
            check_set(&set, errors);
            self.sets.insert(set.value);
        }
        self
    }

    /// Returns why this machine does not get a server.
    pub fn excludes(&self, conditions: &ServerConditions) -> Option<Exclusion> {
        let ServerConditions { sets, hosts, systems } = conditions;
        let system = Os::WORDS[Os::all().iter().position(|os| *os == self.os).unwrap_or_default()];
        if systems.as_ref().is_some_and(|systems| !systems.iter().any(|os| os == system)) {
            return systems.clone().map(Exclusion::Os);
        }
        let is_here = |pattern: &String| {
            self.host.as_deref().is_some_and(|host| is_host(&pattern.to_lowercase(), host))
        };
        if hosts.as_ref().is_some_and(|hosts| !hosts.iter().any(is_here)) {
            return hosts.clone().map(|hosts| Exclusion::Hosts(hosts, self.host.clone()));
        }
        let is_active = |set: &String| self.sets.contains(set);
        let inactive = sets.as_ref().filter(|sets| !sets.iter().any(is_active));
        inactive.cloned().map(Exclusion::Sets)
    }
}

// A host may have a name with a domain. The pattern matches the complete name or the part before the domain.
fn is_host(pattern: &str, host: &str) -> bool {
    let host = host.to_lowercase();
    let short = host.split('.').next().unwrap_or_default();
    wildcard::matches(pattern, &host) || wildcard::matches(pattern, short)
}

/// The conditions of a server. If a list is missing, every machine fulfils the condition.
#[derive(Debug)]
pub struct ServerConditions {
    /// Its sets.
    pub sets: Option<Vec<String>>,
    hosts: Option<Vec<String>>,
    systems: Option<Vec<String>>,
}

impl ServerConditions {
    /// Reads and validates the conditions of a server.
    pub fn build(fields: Fields<'_>, errors: &mut DeclarationErrors) -> Self {
        let sets = condition(fields, ("sets", "set"), errors);
        sets.iter().flat_map(|sets| &sets.value).for_each(|set| check_set(set, errors));
        let hosts = condition(fields, ("hosts", "host"), errors);
        for host in hosts.iter().flat_map(|hosts| &hosts.value) {
            if host.value.trim().is_empty() {
                errors.at(host, "a host name is empty", "no name");
            }
        }
        let systems = condition(fields, ("os", "operating system"), errors);
        let [sets, hosts, systems] =
            [sets, hosts, systems].map(|list| list.map(|list| plain_list(Some(list))));
        Self { sets, hosts, systems }
    }
}

type NameList = Spanned<Vec<Spanned<String>>>;

fn condition(
    fields: Fields<'_>,
    (name, member): (&str, &str),
    errors: &mut DeclarationErrors,
) -> Option<NameList> {
    let list = fields.strings(name)?;
    if fields.is_empty(name) {
        errors
            .at(&list, format!("`{name}` is empty"), &format!("add at least one {member}"))
            .add_help("remove the field; to disable the server, write `enabled = false`");
    }
    Some(list)
}

fn check_set(set: &Spanned<String>, errors: &mut DeclarationErrors) {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let starts = set.value.starts_with(char::is_alphanumeric);
    if !starts || !set.value.chars().all(is_plain) {
        errors
            .at(set, format!("`{}` is not a name of a set", set.value), "not a name")
            .add_help("a name has letters, digits, `-`, `_` and `.`, for example \"work\"");
    }
}

/// Warns of the sets in `[machine]` that no server has.
pub fn unused_sets(declaration: &Declaration, known: &BTreeSet<String>) -> Vec<Diagnostic> {
    let machine = declaration.fields().table("machine");
    let declared = machine.and_then(|machine| machine.strings("sets"));
    let unused = declared.into_iter().flat_map(|sets| sets.value);
    let warning = |set: Spanned<String>| {
        let title = format!("no server has the set `{}`", set.value);
        let warning = declaration.sources.point(Diagnostic::warning(title), set.span, "not used");
        match similar_name("a set", &set.value, known.iter().map(String::as_str)) {
            Some(help) => warning.help(help),
            None => warning,
        }
    };
    unused.filter(|set| !known.contains(&set.value)).map(warning).collect()
}
