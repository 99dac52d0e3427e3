//! Reads every client's files, including hand-written entries, and finds out how each entry reaches its server.
//! The survey reports no errors and starts no program: unreadable files and malformed entries are part of its result.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::client::{Client, ClientHome, ClientHomes, ClientTable, FieldRole, FieldSpellings};
use crate::document::{DocumentError, Entries};
use crate::entry::headers_helper::PrintedHeaders;
use crate::entry::problem::{EntryProblem, problems};
use crate::entry::{self, EntryLaunch};
use crate::fs::{self, FsError, Location};
use crate::paths::{Environment, PathError};

mod declared;
mod files;
mod reach;
mod token;

use declared::Declarations;
pub use reach::{Declared, EntryReach, FoundBridge, FoundExec};

/// One section of one client's file.
pub struct FoundSection<'t> {
    /// The client.
    pub client: &'t Client,
    /// The file.
    pub path: Utf8PathBuf,
    /// The home of the client that contains the file, or `None` for the usual one.
    pub home: Option<Utf8PathBuf>,
    /// Where the entries apply.
    pub scope: EntryScope,
    /// Whether the file has no comments and no trailing commas, or is not JSON.
    pub strict: bool,
    /// Whether the file starts with a byte order mark.
    pub byte_order_mark: bool,
    /// The keys outside the client's section that contain entries. Empty if the section has entries.
    pub misplaced: Vec<String>,
    /// Another client whose section in the same file has entries, if this client's section has none.
    pub written_for: Option<&'t Client>,
    /// The entries in the order of their names.
    pub entries: Result<Vec<FoundEntry>, Unreadable>,
}

impl FoundSection<'_> {
    /// Makes one section of each entry.
    pub fn split(self) -> Vec<Self> {
        let Self { client, home, strict, byte_order_mark, written_for, .. } = self;
        let (path, scope, misplaced) = (self.path, self.scope, self.misplaced);
        let single = |entry| FoundSection {
            client,
            path: path.clone(),
            home: home.clone(),
            scope: scope.clone(),
            strict,
            byte_order_mark,
            misplaced: misplaced.clone(),
            written_for,
            entries: Ok(vec![entry]),
        };
        self.entries.into_iter().flatten().map(single).collect()
    }
}

/// Where the entries of a section apply.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryScope {
    /// Everywhere.
    User,
    /// In one directory, which the user's own file names.
    Directory(String),
    /// In the project that contains the file.
    Project(Utf8PathBuf),
}

/// One entry of a section.
pub struct FoundEntry {
    /// Its name.
    pub name: String,
    /// The entry as it is written. It may contain secrets and is never shown.
    pub value: Value,
    /// Whether the user has disabled the entry.
    pub off: bool,
    /// How the server is reached. `None` if the entry launches nothing.
    pub reach: Option<EntryReach>,
    /// The problems of the entry.
    pub problems: Vec<EntryProblem>,
}

/// Why the entries of a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The operating system returned an error.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// The file cannot be parsed, or the section has the wrong type.
    #[error(transparent)]
    DocumentError(#[from] DocumentError),
}

/// The directory whose project files are read.
#[derive(Debug, Clone)]
pub struct Project {
    root: Utf8PathBuf,
    follow_links: bool,
}

impl Project {
    /// Creates a project for a directory. A path that leads out of the directory is read only if `follow_links` is set.
    pub fn new(path: &Utf8Path, follow_links: bool) -> Self {
        Self { root: fs::real_path(path).unwrap_or_else(|_| path.to_owned()), follow_links }
    }

    // Returns an error if a link leads out of the project to an existing file.
    fn refuse(&self, path: &Utf8Path) -> Option<FsError> {
        if self.follow_links || !path.exists() {
            return None;
        }
        Location::below(&self.root, path).err()
    }
}

/// Reads the files of every client that runs on this operating system: the user's files, the sections for single
/// directories in them, and the files of a project. Files that do not exist are omitted. A file that several clients
/// read is returned once for each client.
///
/// # Errors
/// Fails if the client table has a path that cannot be expanded.
pub fn survey<'t>(
    table: &'t ClientTable,
    homes: &ClientHomes,
    env: &Environment,
    project: &Project,
) -> Result<Vec<FoundSection<'t>>, PathError> {
    read(table, homes, env, Some(project))
}

/// Reads only the user's own files, like [`survey`].
///
/// # Errors
/// Fails if the client table has a path that cannot be expanded.
pub fn survey_user<'t>(
    table: &'t ClientTable,
    homes: &ClientHomes,
    env: &Environment,
) -> Result<Vec<FoundSection<'t>>, PathError> {
    read(table, homes, env, None)
}

/// Reads only the files of a project, like [`survey`].
///
/// # Errors
/// Fails if the client table has a path that cannot be expanded.
pub fn survey_project<'t>(
    table: &'t ClientTable,
    env: &Environment,
    project: &Project,
) -> Result<Vec<FoundSection<'t>>, PathError> {
    let mut found = read(table, &ClientHomes::default(), env, Some(project))?;
    found.retain(|section| matches!(section.scope, EntryScope::Project(_)));
    Ok(found)
}

fn read<'t>(
    table: &'t ClientTable,
    homes: &ClientHomes,
    env: &Environment,
    project: Option<&Project>,
) -> Result<Vec<FoundSection<'t>>, PathError> {
    let declarations = Declarations::default();
    let mut reader = EntryReader { env, directory: env.cwd.clone(), declarations };
    let mut found = vec![];
    for client in table.iter() {
        if !client.runs_on(env.os) {
            continue;
        }
        reader.directory.clone_from(&env.cwd);
        let mut user = BTreeSet::new();
        for ClientHome { directory, env } in homes.all(client, env) {
            for path in client.path(&env)?.into_iter().chain(client.layers(&env)?) {
                // One file may be in two homes.
                if user.insert(path.clone()) {
                    let read = files::read(table, client, &path, EntryScope::User, &mut reader);
                    let in_home = |section| FoundSection { home: directory.clone(), ..section };
                    found.extend(read.into_iter().map(in_home));
                }
            }
        }
        let Some(project) = project else { continue };
        reader.directory.clone_from(&project.root);
        let first = client.project_path(&project.root);
        let mut paths = client.project_layers(&project.root);
        paths.retain(|path| Some(path) != first.as_ref());
        for path in first.into_iter().chain(paths).filter(|path| !user.contains(path)) {
            let scope = EntryScope::Project(project.root.clone());
            found.extend(match project.refuse(&path) {
                Some(error) => vec![files::unreadable(client, &path, scope, error.into())],
                None => files::read(table, client, &path, scope, &mut reader),
            });
        }
    }
    Ok(found)
}

/// Reads entries, and the declarations that they name.
struct EntryReader<'e> {
    env: &'e Environment,
    // Where a client starts a server.
    directory: Utf8PathBuf,
    declarations: Declarations,
}

impl EntryReader<'_> {
    fn entry(&mut self, client: &Client, name: String, value: Value) -> FoundEntry {
        let spellings = client.fields();
        FoundEntry {
            name,
            off: is_disabled(&value, spellings),
            reach: self.reach(&value, spellings),
            problems: problems(&value, spellings),
            value,
        }
    }

    fn reach(&mut self, entry: &Value, spellings: &FieldSpellings) -> Option<EntryReach> {
        let env = self.env;
        Some(match entry::read_entry(entry, spellings)? {
            EntryLaunch::Address { url, transport, headers } => {
                EntryReach::Address { url, transport, headers }
            }
            EntryLaunch::Command(command) => EntryReach::from_command(command, env),
            EntryLaunch::Exec { server, declaration } => self.declared(server, declaration, false),
            EntryLaunch::Headers(PrintedHeaders { server, declaration }) => {
                self.declared(server, declaration, true)
            }
        })
    }

    // A server of a declaration, which mcpgen starts or prints the headers for.
    fn declared(
        &mut self,
        server: String,
        declaration: Option<String>,
        prints_headers: bool,
    ) -> EntryReach {
        let env = self.env;
        let default = || env.default_declaration();
        let path =
            declaration.map_or_else(default, |path| env.absolute(&self.directory.join(path)));
        let behind = self.declarations.start(&path, &server, env);
        let found = FoundExec { server, declaration: path, behind, prints_headers };
        EntryReach::Exec(Box::new(found))
    }
}

/// Returns entries that are in no file as a section of a client's file.
pub fn unfiled_section<'t>(
    client: &'t Client,
    entries: Entries,
    env: &Environment,
) -> FoundSection<'t> {
    let declarations = Declarations::default();
    let mut reader = EntryReader { env, directory: env.cwd.clone(), declarations };
    let entries = entries.into_iter().map(|(name, value)| reader.entry(client, name, value));
    FoundSection {
        client,
        path: Utf8PathBuf::new(),
        home: None,
        scope: EntryScope::User,
        strict: true,
        byte_order_mark: false,
        misplaced: vec![],
        written_for: None,
        entries: Ok(entries.collect()),
    }
}

fn is_disabled(entry: &Value, spellings: &FieldSpellings) -> bool {
    let Some(fields) = entry.as_object() else { return false };
    let is = |role: FieldRole, flag: bool| {
        spellings.all(role, fields).any(|(_, value)| *value == Value::Bool(flag))
    };
    is(FieldRole::Disabled, true) || is(FieldRole::Enabled, false)
}

#[cfg(test)]
mod tests;
