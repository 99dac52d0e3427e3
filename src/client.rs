//! The client table: every client as one row of data. Built-in rows come with the program; a user's
//! folder of the same shape may replace rows and templates, or add some.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};
use include_dir::{Dir, include_dir};
use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Source};
use crate::document::{Format, Section};
use crate::fields::{parse_toml, syntax};
use crate::fs;
use crate::paths::{Environment, Expanded, Os, PathError};

mod row;
mod spellings;
mod template;

pub use spellings::{FieldRole, FieldSpellings};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");
const TABLE: &str = "clients.toml";

// `Dir::get_file` is slow: it compares paths part by part.
fn built_in(name: &str) -> Option<&'static str> {
    BUILT_IN.files().find(|file| file.path().as_os_str() == name)?.contents_utf8()
}

/// How a server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// A program's standard input and output.
    Stdio,
    /// Streamable HTTP.
    Http,
    /// HTTP with server-sent events, the older one.
    Sse,
}

impl Transport {
    /// Returns the transport's one name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stdio => "stdio",
            Self::Http => "http",
            Self::Sse => "sse",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Stdio, Self::Http, Self::Sse].into_iter().find(|t| t.name() == text)
    }
}

/// What an entry of a client can say beyond how to reach a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expressible {
    /// The folder to start in.
    Cwd,
    /// How long a tool call may take.
    Timeout,
    /// The only tools to use.
    Allow,
    /// Tools not to use.
    Deny,
}

const EXPRESSIBLE: [(&str, Expressible); 4] = [
    ("cwd", Expressible::Cwd),
    ("timeout", Expressible::Timeout),
    ("allow", Expressible::Allow),
    ("deny", Expressible::Deny),
];

/// Says how it is known what a client reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verification {
    /// The client was run and read a file of this shape.
    Run,
    /// Its own source was read.
    Source,
    /// Its documentation says so, or several other programs that write its file agree.
    Documentation,
}

impl Verification {
    const WORDS: &[&str] = &["run", "source", "documentation"];

    fn parse(text: &str) -> Option<Self> {
        let all = [Self::Run, Self::Source, Self::Documentation];
        let at = Self::WORDS.iter().position(|word| *word == text)?;
        all.get(at).copied()
    }
}

/// Holds one client: a program that reads MCP servers from a file.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its name in a declaration.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Where its entries lie in its file.
    pub section: Section,
    /// The format of its file, told by the template's name.
    pub format: Format,
    /// The template's text.
    pub template: Arc<str>,
    /// The template's file name.
    pub template_name: String,
    /// The transports it takes.
    pub accepts: Vec<Transport>,
    /// The word it has for each transport.
    pub types: BTreeMap<Transport, String>,
    /// The fields written when an entry is added and never owned afterwards.
    pub seed: Map<String, Value>,
    /// Variables it silently leaves out of a server's environment.
    pub refuses_env: Vec<String>,
    /// Whether it reads its file only when it starts.
    pub restart: bool,
    /// Whether it holds the folder `FILE.lock` while it writes its file.
    pub lock: bool,
    /// Whether it takes no comments and no trailing commas in its JSON.
    pub strict: bool,
    /// Whether it parts `command` into words by itself.
    pub splits: bool,
    /// Whether it is started from a dock or a menu, without a shell's `PATH`.
    pub dock: bool,
    /// The key of its file under which there is a section for each of some folders.
    pub folders: Option<String>,
    /// Where its documentation is.
    pub docs: String,
    /// How all this is known; a row of the user's own need not say.
    pub known: Option<Verification>,
    own_fields: Option<spellings::Spellings>,
    own_launch_fields: Vec<String>,
    fields: OnceLock<Arc<FieldSpellings>>,
    expresses: Vec<Expressible>,
    cmd_shim: bool,
    paths: BTreeMap<Os, Vec<String>>,
    create: Option<String>,
    project: Vec<String>,
}

/// Holds all clients in the order of their names.
#[derive(Debug)]
pub struct ClientTable {
    clients: BTreeMap<String, Client>,
}

impl Client {
    /// Returns how its entries spell each field.
    pub fn fields(&self) -> &FieldSpellings {
        self.fields.get_or_init(|| {
            let common = FieldSpellings::common();
            // Most rows add nothing and share one table.
            if self.own_fields.is_none() && self.own_launch_fields.is_empty() {
                return Arc::clone(common);
            }
            let own = self.own_fields.clone().unwrap_or_default();
            Arc::new(common.with(own, &self.own_launch_fields))
        })
    }

    /// Returns every field, in any spelling, that decides what is launched.
    pub fn launch_fields(&self) -> &[String] {
        self.fields().launch()
    }

    /// Returns whether it takes a transport.
    pub fn accepts(&self, transport: Transport) -> bool {
        self.accepts.contains(&transport)
    }

    /// Returns whether its entries can say something.
    pub fn expresses(&self, what: Expressible) -> bool {
        self.expresses.contains(&what)
    }

    /// Returns whether it leaves a variable out of a server's environment.
    pub fn refuses_env(&self, name: &str) -> bool {
        self.refuses_env.iter().any(|refused| refused.eq_ignore_ascii_case(name))
    }

    /// Returns whether it needs `cmd /c` to start npm's programs on this system.
    pub fn needs_cmd(&self, os: Os) -> bool {
        self.cmd_shim && os == Os::Windows
    }

    /// Returns whether it runs on an operating system: whether its row has a file of the user's there.
    pub fn runs_on(&self, os: Os) -> bool {
        self.paths.get(&os).is_some_and(|paths| !paths.is_empty())
    }

    /// Returns the user's file: the one a variable names, else the first candidate that exists, else
    /// the first. `None` where the client does not run on this system.
    ///
    /// # Errors
    /// Fails where the row's path cannot be expanded.
    pub fn path(&self, env: &Environment) -> Result<Option<Utf8PathBuf>, PathError> {
        let candidates = self.candidates(env)?;
        if let Some(found) = candidates.iter().find(|path| candidates.len() > 1 && path.exists()) {
            return Ok(Some(found.clone()));
        }
        let created = if candidates.len() > 1 { self.created_path(env)? } else { None };
        Ok(created.or(candidates.into_iter().next()))
    }

    // Every place that the user's file may have: one alone where a variable names it.
    fn candidates(&self, env: &Environment) -> Result<Vec<Utf8PathBuf>, PathError> {
        let mut candidates = vec![];
        for pattern in self.paths.get(&env.os).into_iter().flatten() {
            match env.expand(pattern)? {
                Expanded::Decided(path) => return Ok(vec![path]),
                Expanded::Candidate(path) => candidates.push(path),
                Expanded::Unset(_) => {}
            }
        }
        Ok(candidates)
    }

    // The file that is created where none of the candidates exists.
    fn created_path(&self, env: &Environment) -> Result<Option<Utf8PathBuf>, PathError> {
        let Some(pattern) = &self.create else { return Ok(None) };
        Ok(match env.expand(pattern)? {
            Expanded::Decided(path) | Expanded::Candidate(path) => Some(path),
            Expanded::Unset(_) => None,
        })
    }

    /// Returns whether the user's file, or the directory that it belongs in, exists. The home directory
    /// itself says nothing.
    pub fn is_installed(&self, env: &Environment) -> bool {
        let has_directory = |path: &Utf8PathBuf| {
            path.parent().is_some_and(|parent| parent != env.home && parent.exists())
        };
        let candidates = self.candidates(env).unwrap_or_default();
        candidates.iter().any(|path| path.exists() || has_directory(path))
    }

    /// Returns the user's file as it would be on a fresh machine, below the home folder.
    ///
    /// # Errors
    /// Fails where the row's path cannot be expanded.
    pub fn fresh_path(&self, env: &Environment) -> Result<Option<Utf8PathBuf>, PathError> {
        let created = self.created_path(&Environment::bare(env.os, &env.home))?;
        Ok(created.or(self.fresh_paths(env)?.into_iter().next()))
    }

    /// Returns every place the user's file may have where no variable says otherwise.
    ///
    /// # Errors
    /// Fails where the row's path cannot be expanded.
    pub fn fresh_paths(&self, env: &Environment) -> Result<Vec<Utf8PathBuf>, PathError> {
        let bare = Environment::bare(env.os, &env.home);
        let mut candidates = vec![];
        for pattern in self.paths.get(&bare.os).into_iter().flatten() {
            if let Expanded::Candidate(path) = bare.expand(pattern)? {
                candidates.push(path);
            }
        }
        Ok(candidates)
    }

    /// Returns the first of its files inside a project, relative to it.
    pub fn fresh_project_path(&self) -> Option<&Utf8Path> {
        self.project.first().map(Utf8Path::new)
    }

    /// Returns the file inside a project, chosen in the same way. `None` where the client has none.
    pub fn project_path(&self, project: &Utf8Path) -> Option<Utf8PathBuf> {
        first_existing(self.project_paths(project))
    }

    /// Returns every file that it may have inside a project.
    pub fn project_paths(&self, project: &Utf8Path) -> Vec<Utf8PathBuf> {
        self.project.iter().map(|path| project.join(path)).collect()
    }

    /// Returns whether it reads a file as its own inside a project.
    pub fn has_project_path(&self, project: &Utf8Path, path: &Utf8Path) -> bool {
        self.project_paths(project).iter().any(|own| own == path)
    }
}

fn first_existing(paths: Vec<Utf8PathBuf>) -> Option<Utf8PathBuf> {
    if paths.len() == 1 {
        return paths.into_iter().next();
    }
    let found = paths.iter().find(|path| path.exists()).or(paths.first());
    found.cloned()
}

impl ClientTable {
    /// Reads the built-in table, and over it the user's folder if there is one.
    ///
    /// # Errors
    /// Fails with every fault of the user's rows and templates.
    pub fn load(folder: Option<&Utf8Path>) -> Result<Self, Vec<Diagnostic>> {
        let mut table = Self { clients: BTreeMap::new() };
        let mut faults =
            table.read(&format!("built-in {TABLE}"), built_in(TABLE).unwrap_or_default(), None);
        if let Some(folder) = folder {
            let path = folder.join(TABLE);
            match fs::read(&path) {
                Ok(None) => {}
                Ok(Some(bytes)) => match String::from_utf8(bytes) {
                    Ok(text) => faults.extend(table.read(path.as_str(), &text, Some(folder))),
                    Err(_) => faults.push(
                        Diagnostic::error(format!("`{path}` is not UTF-8"))
                            .help("save it as UTF-8"),
                    ),
                },
                Err(error) => faults.push(Diagnostic::error(error.to_string())),
            }
            // A row that names a bad template has an error of its own.
            if faults.is_empty() {
                faults.extend(table.shadow_templates(folder));
            }
        }
        if faults.is_empty() { Ok(table) } else { Err(faults) }
    }

    // A template in the user's directory replaces the built-in one of that name in every row.
    fn shadow_templates(&mut self, directory: &Utf8Path) -> Vec<Diagnostic> {
        let mut loaded: BTreeMap<String, Option<Arc<str>>> = BTreeMap::new();
        let mut faults = vec![];
        for client in self.clients.values_mut() {
            let name = &client.template_name;
            let own = loaded.entry(name.clone()).or_insert_with(|| {
                template::load_own(directory, name).map(|own| own.map(Into::into)).unwrap_or_else(
                    |error| {
                        faults.push(Diagnostic::error(error.to_string()).help(error.help()));
                        None
                    },
                )
            });
            if let Some(text) = own {
                client.template = Arc::clone(text);
            }
        }
        faults
    }

    fn read(&mut self, name: &str, text: &str, folder: Option<&Utf8Path>) -> Vec<Diagnostic> {
        let source = Source::new(name, text);
        let (root, errors) = parse_toml(text);
        let mut faults = syntax::diagnostics(&source, errors);
        if !faults.is_empty() {
            return faults;
        }
        for item in root.items() {
            match row::read_row(&source, item, folder) {
                Ok(client) => drop(self.clients.insert(client.name.clone(), client)),
                Err(found) => faults.extend(found),
            }
        }
        faults.sort_by_key(Diagnostic::offset);
        faults
    }

    /// Finds a client by its name.
    pub fn get(&self, name: &str) -> Option<&Client> {
        self.clients.get(name)
    }

    /// Returns all clients in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Client> {
        self.clients.values()
    }

    /// Returns all names.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.clients.keys().map(String::as_str)
    }

    /// Returns the clients whose file, or the folder it lies in, is on this machine.
    pub fn found(&self, env: &Environment) -> Vec<&Client> {
        self.iter().filter(|client| client.is_installed(env)).collect()
    }
}
