//! The client table: every client as one row of data. Built-in rows come with the program; a user's
//! folder of the same shape may replace rows and templates, or add some.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use include_dir::{Dir, include_dir};
use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Source};
use crate::document::node::{Item, Node, Shape as NodeShape};
use crate::document::{Format, Section};
use crate::fields::{Fields, Shape, Table, check, field, spanned};
use crate::fs;
use crate::paths::{Environment, Expanded, Os, PathError};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");
const TABLE: &str = "clients.toml";

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
    /// Every field, in any spelling, that decides what is launched.
    pub launch_fields: Arc<[String]>,
    /// Variables it silently leaves out of a server's environment.
    pub refuses_env: Vec<String>,
    /// Whether it reads its file only when it starts.
    pub restart: bool,
    /// Whether it holds the folder `FILE.lock` while it writes its file.
    pub lock: bool,
    /// Where its documentation is.
    pub docs: String,
    expresses: Vec<Expressible>,
    cmd_shim: bool,
    paths: BTreeMap<Os, Vec<String>>,
    project: Vec<String>,
}

/// Holds all clients in the order of their names.
#[derive(Debug)]
pub struct ClientTable {
    clients: BTreeMap<String, Client>,
}

static ROW: Table = Table {
    title: "a client",
    fields: &[
        field("title", Shape::Text, "Its name for people."),
        field("path", Shape::Paths, "Its file; a list: the first that exists, else the first."),
        field("project", Shape::Paths, "Its file inside a project."),
        field("section", Shape::KeyPaths, "Where its entries lie."),
        field(
            "list-key",
            Shape::Text,
            "The field with an entry's name, where the section is a list.",
        ),
        field("template", Shape::Text, "Its template's file name."),
        field("accepts", Shape::Texts, "The transports it takes."),
        field("types", Shape::TextMap, "The word it has for each transport."),
        field("expresses", Shape::Texts, "What an entry can say: cwd, timeout, allow, deny."),
        field("seed", Shape::Open, "Fields written once and left to the user."),
        field("launch-fields", Shape::Texts, "Further fields that decide what is launched."),
        field("refuses-env", Shape::Texts, "Variables it leaves out of a server's environment."),
        field("restart", Shape::Flag, "Whether it reads its file only when it starts."),
        field("lock", Shape::Flag, "Whether it holds FILE.lock while it writes."),
        field("cmd-shim", Shape::Flag, "Whether on Windows it needs cmd to start npx."),
        field("docs", Shape::Text, "Where its documentation is."),
    ],
};

impl Client {
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

    /// Returns the user's file: the one a variable names, else the first candidate that exists, else
    /// the first. `None` where the client does not run on this system.
    ///
    /// # Errors
    /// Fails where the row's path cannot be expanded.
    pub fn path(&self, env: &Environment) -> Result<Option<Utf8PathBuf>, PathError> {
        let mut candidates = vec![];
        for pattern in self.paths.get(&env.os).into_iter().flatten() {
            match env.expand(pattern)? {
                Expanded::Decided(path) => return Ok(Some(path)),
                Expanded::Candidate(path) => candidates.push(path),
                Expanded::Unset => {}
            }
        }
        Ok(first_existing(candidates))
    }

    /// Returns the user's file as it would be on a fresh machine, below the home folder.
    ///
    /// # Errors
    /// Fails where the row's path cannot be expanded.
    pub fn fresh_path(&self, env: &Environment) -> Result<Option<Utf8PathBuf>, PathError> {
        let bare = Environment::bare(env.os, &env.home);
        for pattern in self.paths.get(&bare.os).into_iter().flatten() {
            if let Expanded::Candidate(path) = bare.expand(pattern)? {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    /// Returns the first of its files inside a project, relative to it.
    pub fn fresh_project_path(&self) -> Option<&Utf8Path> {
        self.project.first().map(Utf8Path::new)
    }

    /// Returns the file inside a project, chosen in the same way. `None` where the client has none.
    pub fn project_path(&self, project: &Utf8Path) -> Option<Utf8PathBuf> {
        first_existing(self.project.iter().map(|path| project.join(path)).collect())
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
        let built_in = BUILT_IN.get_file(TABLE).and_then(|file| file.contents_utf8());
        let mut table = Self { clients: BTreeMap::new() };
        let mut faults =
            table.read(&format!("built-in {TABLE}"), built_in.unwrap_or_default(), None);
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
            table.shadow_templates(folder);
        }
        if faults.is_empty() { Ok(table) } else { Err(faults) }
    }

    // A template in the user's folder stands for the built-in one of that name, in every row.
    fn shadow_templates(&mut self, folder: &Utf8Path) {
        for client in self.clients.values_mut() {
            if let Some(text) = user_template(Some(folder), &client.template_name) {
                client.template = text.into();
            }
        }
    }

    fn read(&mut self, name: &str, text: &str, folder: Option<&Utf8Path>) -> Vec<Diagnostic> {
        let source = Source::new(name, text);
        let (root, errors) = spanned(text);
        let syntax = |(message, span)| Diagnostic::error(message).at(&source, span, "not TOML");
        let mut faults: Vec<Diagnostic> = errors.into_iter().map(syntax).collect();
        if !faults.is_empty() {
            return faults;
        }
        for item in root.items() {
            let found = check(&source, &ROW, &item.node);
            if !found.is_empty() {
                faults.extend(found);
                continue;
            }
            match row(item, folder) {
                Ok(client) => drop(self.clients.insert(client.name.clone(), client)),
                Err(why) => faults.push(Diagnostic::error(why).at(
                    &source,
                    item.key_span.clone(),
                    "this row",
                )),
            }
        }
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
        let here = |client: &&Client| {
            let path = client.path(env).ok().flatten();
            let folder = path.as_deref().and_then(Utf8Path::parent);
            path.as_deref().is_some_and(Utf8Path::exists)
                || folder.is_some_and(|folder| folder != env.home && folder.exists())
        };
        self.iter().filter(here).collect()
    }
}

fn row(item: &Item, folder: Option<&Utf8Path>) -> Result<Client, String> {
    let fields = Fields(&item.node);
    let name = &item.key;
    let text = |key: &str| fields.text(key).map(|at| at.value);
    let need = |key: &str| text(key).ok_or_else(|| format!("`{name}` has no `{key}`"));
    let template_name = need("template")?;
    let format = Format::of_template(&template_name).ok_or_else(|| {
        format!("`{template_name}` ends in none of .jsonc.j2, .toml.j2, .yaml.j2")
    })?;
    let template = user_template(folder, &template_name)
        .or_else(|| Some(BUILT_IN.get_file(&template_name)?.contents_utf8()?.to_owned()))
        .ok_or_else(|| format!("there is no template `{template_name}`"))?;
    let paths = os_paths(fields.node("path").ok_or_else(|| format!("`{name}` has no `path`"))?)?;
    let section =
        key_paths(fields.node("section").ok_or_else(|| format!("`{name}` has no `section`"))?);
    let texts = |key: &str| fields.texts(key).map(|at| at.value).unwrap_or_default();
    let accepts = texts("accepts").into_iter().map(|at| {
        Transport::parse(&at.value).ok_or_else(|| format!("`{}` is no transport", at.value))
    });
    let expresses = texts("expresses").into_iter().map(|at| {
        let known = EXPRESSIBLE.iter().find(|(word, _)| *word == at.value).map(|(_, what)| *what);
        known.ok_or_else(|| format!("`{}` is none of cwd, timeout, allow, deny", at.value))
    });
    let types = fields.text_map("types").into_iter().map(|(transport, word)| {
        let known = Transport::parse(&transport.value);
        known
            .map(|t| (t, word.value))
            .ok_or_else(|| format!("`{}` is no transport", transport.value))
    });
    let own_fields = texts("launch-fields").into_iter().map(|at| at.value);
    let launch_fields = LAUNCH_FIELDS.iter().map(|field| (*field).to_owned()).chain(own_fields);
    Ok(Client {
        name: name.clone(),
        title: need("title")?,
        section: Section { paths: section, list_key: text("list-key") },
        format,
        template: template.into(),
        template_name,
        accepts: accepts.collect::<Result<_, _>>()?,
        types: types.collect::<Result<_, _>>()?,
        seed: fields
            .node("seed")
            .and_then(|node| node.to_value().as_object().cloned())
            .unwrap_or_default(),
        launch_fields: launch_fields.collect(),
        refuses_env: texts("refuses-env").into_iter().map(|at| at.value).collect(),
        restart: fields.flag("restart").unwrap_or(false),
        lock: fields.flag("lock").unwrap_or(false),
        docs: text("docs").unwrap_or_default(),
        expresses: expresses.collect::<Result<_, _>>()?,
        cmd_shim: fields.flag("cmd-shim").unwrap_or(false),
        paths,
        project: fields.node("project").map(texts_of).unwrap_or_default(),
    })
}

/// Every spelling, in any known client, of a field that decides what is launched.
const LAUNCH_FIELDS: [&str; 33] = [
    "command",
    "cmd",
    "args",
    "env",
    "envs",
    "environment",
    "env_vars",
    "env_keys",
    "envFile",
    "cwd",
    "working_directory",
    "url",
    "uri",
    "httpUrl",
    "serverUrl",
    "type",
    "transport",
    "headers",
    "http_headers",
    "env_http_headers",
    "http_headers_helper",
    "headersHelper",
    "requestInit",
    "requestOptions",
    "bearer_token_env_var",
    "bearer_token",
    "bearerTokenEnvVar",
    "apiKey",
    "api_key_env",
    "api_key_header",
    "api_key_format",
    "authProviderType",
    "socket",
];

fn user_template(folder: Option<&Utf8Path>, name: &str) -> Option<String> {
    String::from_utf8(fs::read(&folder?.join(name)).ok()??).ok()
}

fn os_paths(node: &Node) -> Result<BTreeMap<Os, Vec<String>>, String> {
    let NodeShape::Map(items) = &node.shape else {
        let paths = texts_of(node);
        return Ok([Os::Linux, Os::Macos, Os::Windows].map(|os| (os, paths.clone())).into());
    };
    let path = |item: &Item| {
        let os = match item.key.as_str() {
            "linux" => Os::Linux,
            "macos" => Os::Macos,
            "windows" => Os::Windows,
            other => return Err(format!("`{other}` is none of linux, macos, windows")),
        };
        Ok((os, texts_of(&item.node)))
    };
    items.iter().map(path).collect()
}

fn texts_of(node: &Node) -> Vec<String> {
    let text = |value: Value| value.as_str().map(str::to_owned);
    match &node.shape {
        NodeShape::List(elements) => elements.iter().filter_map(|e| text(e.to_value())).collect(),
        NodeShape::Scalar(_) | NodeShape::Map(_) => text(node.to_value()).into_iter().collect(),
    }
}

// "key", ["path", "of", "keys"], or a list of such paths.
fn key_paths(node: &Node) -> Vec<Vec<String>> {
    let nested = node.elements().iter().any(|e| matches!(e.shape, NodeShape::List(_)));
    if nested { node.elements().iter().map(texts_of).collect() } else { vec![texts_of(node)] }
}
