//! The client table: every client as one row of data. Built-in rows come with the program; a user's
//! directory of the same shape may replace rows and templates, or add some.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use crate::document::{Format, Section};
use crate::paths::Os;

mod built_in;
mod files;
mod row;
mod spellings;
mod table;
mod template;
mod transport;

pub use spellings::{FieldRole, FieldSpellings};
pub use table::ClientTable;
pub use transport::Transport;

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
}
