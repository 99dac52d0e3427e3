//! The survey: what every client's real files hold, ours and hand-written alike, and how each entry's server
//! is reached.
//!
//! Nothing is judged here and nothing started: a file that cannot be read and an entry that is odd are part
//! of what was found.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::client::{Client, ClientTable, FieldRole, FieldSpellings};
use crate::document::DocumentError;
use crate::entry::problem::{EntryProblem, problems};
use crate::entry::{self, EntryLaunch};
use crate::fs::{self, FsError, Location};
use crate::paths::{Environment, PathError};

mod declared;
mod files;
mod reach;

use declared::Declarations;
pub use reach::{Declared, EntryReach, FoundBridge, FoundExec};

/// Holds one section of one client's file as it was found.
pub struct FoundSection<'t> {
    /// The client.
    pub client: &'t Client,
    /// The file.
    pub path: Utf8PathBuf,
    /// Where the entries count.
    pub scope: EntryScope,
    /// Whether the file is strict: JSON without comments and trailing commas, or of another format.
    pub strict: bool,
    /// Where entries stand in the file that this client does not look for them there; empty where its own
    /// section has some.
    pub misplaced: Vec<String>,
    /// Another client that reads the same file and has its entries there, where this client has none.
    pub written_for: Option<&'t Client>,
    /// The entries in the order of their names.
    pub entries: Result<Vec<FoundEntry>, Unreadable>,
}

/// Says where the entries of a section count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryScope {
    /// Everywhere.
    User,
    /// In one folder, which the user's own file names.
    Folder(String),
    /// In the project whose file it is.
    Project(Utf8PathBuf),
}

/// Holds one entry.
pub struct FoundEntry {
    /// Its name.
    pub name: String,
    /// The entry as it is written. It may hold secrets and is never shown.
    pub value: Value,
    /// Whether the user has switched it off.
    pub off: bool,
    /// How its server is reached; `None` where nothing is launched.
    pub reach: Option<EntryReach>,
    /// What is odd about it.
    pub problems: Vec<EntryProblem>,
}

/// Says why a file's entries could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The system refuses.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// It does not parse, or the section is of the wrong shape.
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
    /// Takes a directory; a path in it that leads out of it is read only if `follow_links` says so.
    pub fn new(path: &Utf8Path, follow_links: bool) -> Self {
        Self { root: fs::real_path(path).unwrap_or_else(|_| path.to_owned()), follow_links }
    }

    // A link out of the project, to something that is there.
    fn refuse(&self, path: &Utf8Path) -> Option<FsError> {
        if self.follow_links || !path.exists() {
            return None;
        }
        Location::below(&self.root, path).err()
    }
}

/// Reads every client's files: the user's, the sections for single folders in them, and the files of a project
/// where there are some. Files that do not exist are left out, and so are clients that do not run on this
/// operating system. A file that several clients read is returned once for each of them.
///
/// # Errors
/// Fails where the client table has a path that cannot be expanded.
pub fn survey<'t>(
    table: &'t ClientTable,
    env: &Environment,
    project: &Project,
) -> Result<Vec<FoundSection<'t>>, PathError> {
    read(table, env, Some(project))
}

/// Reads the user's own files alone, in the same way.
///
/// # Errors
/// Fails where the client table has a path that cannot be expanded.
pub fn survey_user<'t>(
    table: &'t ClientTable,
    env: &Environment,
) -> Result<Vec<FoundSection<'t>>, PathError> {
    read(table, env, None)
}

fn read<'t>(
    table: &'t ClientTable,
    env: &Environment,
    project: Option<&Project>,
) -> Result<Vec<FoundSection<'t>>, PathError> {
    let mut reader = EntryReader { env, declarations: Declarations::default() };
    let mut found = vec![];
    for client in table.iter() {
        if !client.runs_on(env.os) {
            continue;
        }
        let user = client.path(env)?;
        if let Some(path) = &user {
            found.extend(files::read(table, client, path, EntryScope::User, &mut reader));
        }
        let Some(project) = project else { continue };
        let path = client.project_path(&project.root).filter(|path| Some(path) != user.as_ref());
        if let Some(path) = path {
            let scope = EntryScope::Project(project.root.clone());
            found.extend(match project.refuse(&path) {
                Some(error) => vec![files::unreadable(client, &path, scope, error.into())],
                None => files::read(table, client, &path, scope, &mut reader),
            });
        }
    }
    Ok(found)
}

/// Reads entries, and the declarations that some of them name.
struct EntryReader<'e> {
    env: &'e Environment,
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
            EntryLaunch::Exec { server, declaration } => {
                let default = || env.default_declaration();
                let path =
                    declaration.map_or_else(default, |path| env.absolute(Utf8Path::new(&path)));
                let behind = self.declarations.start(&path, &server, env);
                EntryReach::Exec(Box::new(FoundExec { server, declaration: path, behind }))
            }
        })
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
