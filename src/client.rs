//! The client table: every client is one row of data. The built-in rows are part of the program. A user's directory of
//! the same form can add rows and templates, or replace them.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use crate::document::{Document, Format, Section};
use crate::paths::Os;

mod built_in;
mod client_rules;
mod columns;
mod environment;
mod expansion;
mod field_type;
mod files;
mod headers_helper;
mod homes;
mod native_sign_in;
mod other_files;
mod row;
mod rule;
mod rule_fields;
mod rule_reader;
mod server_list;
mod sign_in_store;
mod spellings;
mod table;
mod template;
mod transport;

use client_rules::ClientRules;
pub use environment::PassedEnvironment;
pub use expansion::{EntryPart, PlaceholderResult};
pub use headers_helper::{HeadersHelper, HelperPlace};
pub use homes::{ClientHome, ClientHomes};
pub use native_sign_in::{NativeSignIn, SIGN_IN_SETTINGS, SignInSetting};
pub use rule::RuleEffect;
pub use server_list::{ListEffect, ListItem, ListedServer};
pub use sign_in_store::SignInStore;
pub use spellings::{FieldRole, FieldSpellings};
pub use table::ClientTable;
pub use transport::Transport;

/// An optional setting that an entry of a client can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expressible {
    /// The working directory.
    Cwd,
    /// The timeout of a tool call.
    Timeout,
    /// The timeout of the start of a server.
    StartupTimeout,
    /// The only tools that the client may use.
    Allow,
    /// Tools that the client may not use.
    Deny,
    /// The names of environment variables that the client passes to the server.
    EnvNames,
}

const EXPRESSIBLE: [(&str, Expressible); 6] = [
    ("cwd", Expressible::Cwd),
    ("timeout", Expressible::Timeout),
    ("startup-timeout", Expressible::StartupTimeout),
    ("allow", Expressible::Allow),
    ("deny", Expressible::Deny),
    ("env-names", Expressible::EnvNames),
];

/// The source of what is known about a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verification {
    /// The client was run and read such a file.
    Run,
    /// The client's source code was read.
    Source,
    /// The client's documentation says so, or several other programs that write its file agree.
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

/// The files of other clients that a client reads too.
#[derive(Debug, Clone, Default)]
pub struct AlsoReads {
    /// The clients whose user file it reads.
    pub user: Vec<String>,
    /// The files in a project.
    pub project: Vec<String>,
    /// Whether a server in two files exists twice, also if both have one name.
    pub twice: bool,
}

/// A client: a program that reads MCP servers from a file.
#[derive(Debug, Clone)]
pub struct Client {
    /// The name in a declaration.
    pub name: String,
    /// The name for people.
    pub title: String,
    /// Where the section is in the client's file.
    pub section: Section,
    /// The client with another layout of its file, if there is one. A file with the section of this layout has it.
    pub other_layout: Option<Box<Self>>,
    /// The format of the client's file.
    pub format: Format,
    /// The content of the template.
    pub template: Arc<str>,
    /// The template's file name.
    pub template_name: String,
    /// The transports that the client supports.
    pub accepts: Vec<Transport>,
    /// The client's name for each transport.
    pub types: BTreeMap<Transport, String>,
    /// The fields that are written when an entry is added, and belong to the user afterwards.
    pub seed: Map<String, Value>,
    /// The fields that disable an entry, if the client has such fields.
    pub disable: Map<String, Value>,
    /// The fields of the client's own sign-in, if it has such fields.
    pub sign_in: Option<NativeSignIn>,
    /// How entries name a program that prints the headers for a server, if they can.
    pub headers_helper: Option<HeadersHelper>,
    /// The environment variables that the client does not pass to a server.
    pub refuses_env: Vec<String>,
    /// The environment variables that only the client's entries of a bridge have.
    pub bridge_env: BTreeMap<String, String>,
    /// What the client passes of its own environment to a server, if it is known.
    pub environment: Option<PassedEnvironment>,
    /// Whether the client reads its file only when it starts.
    pub restart: bool,
    /// Whether the client holds the directory `FILE.lock` while it writes its file.
    pub lock: bool,
    /// Whether the client rejects comments and trailing commas in its JSON.
    pub strict: bool,
    /// Whether the client splits `command` into a program and arguments.
    pub splits: bool,
    /// What the client does before it uses a project's file.
    pub project_note: Option<String>,
    /// The characters that the client does not accept in the name of an entry.
    pub name_refuses: Vec<String>,
    /// Whether the client rejects an entry with both lists of tools.
    pub one_list: bool,
    /// Whether the client is started from a dock or a menu, without a shell's `PATH`.
    pub dock: bool,
    /// The key whose value contains one section for each of several directories.
    pub directories: Option<String>,
    /// The file in which the client keeps its own sign-ins, if it is known and can be read.
    pub sign_ins: Option<SignInStore>,
    /// The URL of the client's documentation.
    pub docs: String,
    /// The source of the row; a user's own row may omit it.
    pub known: Option<Verification>,
    /// The source of what an entry cannot contain; `None` if it is that of the row.
    pub absent: Option<Verification>,
    /// The files of other clients that it reads too.
    pub also_reads: AlsoReads,
    /// The environment variable that names the client's home, if it has one.
    pub home: Option<String>,
    is_other_layout: bool,
    own_rules: Option<Arc<ClientRules>>,
    own_fields: Option<spellings::Spellings>,
    own_launch_fields: Vec<String>,
    fields: OnceLock<Arc<FieldSpellings>>,
    expresses: Vec<Expressible>,
    maximum: Vec<(Expressible, u64)>,
    passes: Vec<String>,
    strips: Vec<String>,
    variable: Option<String>,
    expansion: expansion::Expansion,
    cmd_shim: bool,
    paths: BTreeMap<Os, Vec<String>>,
    layers: BTreeMap<Os, Vec<String>>,
    create: Option<String>,
    project: Vec<String>,
}
impl Client {
    /// Returns the names that the client's entries have for each field.
    pub fn fields(&self) -> &FieldSpellings {
        self.fields.get_or_init(|| {
            let common = FieldSpellings::common();
            let adds_fields = self.own_fields.is_some() || !self.own_launch_fields.is_empty();
            // Most rows add no names and share one table.
            if !adds_fields && self.types.is_empty() && self.bridge_env.is_empty() {
                return Arc::clone(common);
            }
            let own = self.own_fields.clone().unwrap_or_default();
            let bridge_env = self.bridge_env.keys().cloned().collect();
            let spellings = common.with(own, &self.own_launch_fields, bridge_env);
            Arc::new(spellings.with_transports(&self.types))
        })
    }

    /// Returns the client with the layout that a file has.
    pub fn in_layout_of(&self, document: &Document) -> &Self {
        let other = self.other_layout.as_deref();
        other.filter(|other| document.has(&other.section)).unwrap_or(self)
    }

    /// Returns every name of every field that changes what is launched.
    pub fn launch_fields(&self) -> &[String] {
        self.fields().launch()
    }

    /// Returns whether an entry has a field that changes what is launched. Some clients also read entries that have only
    /// a switch.
    pub fn decides_launch(&self, entry: &Value) -> bool {
        let fields = entry.as_object().into_iter().flat_map(Map::keys);
        fields.into_iter().any(|field| self.launch_fields().contains(field))
    }

    /// Returns the value that a field has in an enabled entry, if the field can disable the entry.
    pub fn enabling(&self, field: &str) -> Option<Value> {
        let disabling = self.disable.get(field)?;
        let opposite = || disabling.as_bool().map(|flag| Value::Bool(!flag));
        self.seed.get(field).cloned().or_else(opposite)
    }

    /// Returns whether the client also reads files of other clients.
    pub fn reads_others(&self) -> bool {
        !self.also_reads.user.is_empty() || !self.also_reads.project.is_empty()
    }

    /// Returns whether the client supports a transport.
    pub fn accepts(&self, transport: Transport) -> bool {
        self.accepts.contains(&transport)
    }

    /// Returns whether the client's entries can have an optional setting.
    pub fn expresses(&self, what: Expressible) -> bool {
        self.expresses.contains(&what)
    }

    /// Returns the names of the optional settings that an entry can have.
    pub fn expressed(&self) -> impl Iterator<Item = &'static str> {
        EXPRESSIBLE.iter().filter(|(_, what)| self.expresses(*what)).map(|(name, _)| *name)
    }

    /// Returns the longest timeout that the client accepts, in seconds, if it has a limit.
    pub fn maximum(&self, what: Expressible) -> Option<u64> {
        self.maximum.iter().find(|(limited, _)| *limited == what).map(|(_, seconds)| *seconds)
    }

    /// Returns whether a field of an entry with a URL contains settings of the client's own sign-in.
    pub fn is_own_sign_in(&self, field: &str) -> bool {
        self.sign_in.as_ref().is_some_and(|fields| fields.roots().contains(field))
    }

    /// Returns whether the client does not pass an environment variable to a server.
    pub fn refuses_env(&self, name: &str) -> bool {
        self.refuses_env.iter().any(|refused| refused.eq_ignore_ascii_case(name))
    }

    /// Returns whether the client needs `cmd /c` to start npm's programs on this system.
    pub fn needs_cmd(&self, os: Os) -> bool {
        self.cmd_shim && os == Os::Windows
    }
}
