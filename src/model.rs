//! The model: a declaration in which nothing can be wrong any more.
//!
//! [`build`] finds every fault of meaning in one run. Past it nothing is checked again.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Number, Value};

use crate::client::{Client, ClientTable, Expressible, Transport};
use crate::declaration::Declaration;
use crate::diagnostic::{Diagnostic, Source, nearest};
use crate::fields::{Fields, Spanned};
use crate::paths::Environment;
use crate::secret::SecretReference;
use crate::suggest::Suggest;

mod auth;
mod fit;
mod name;
mod reach;
mod rules;
mod server;
pub mod url;

pub use auth::{RESERVED_PARAMS, RESERVED_PATHS};
pub use name::portable_name;

/// Holds a valid declaration.
#[derive(Debug)]
pub struct Model {
    /// The names of the clients whose files are written, sorted.
    pub clients: Vec<String>,
    /// How clients start bridges and mcpgen.
    pub launch: LaunchSettings,
    /// The enabled servers in the order of their names.
    pub servers: Vec<Server>,
}

/// Holds how clients start bridges and mcpgen.
#[derive(Debug, Clone)]
pub struct LaunchSettings {
    /// What makes a remote server a stdio server; never empty.
    pub bridge: Vec<String>,
    /// How clients call mcpgen itself.
    pub mcpgen: String,
    /// Whether programs are written by their absolute path.
    pub absolute: bool,
    /// The bridge's environment.
    pub env: BTreeMap<String, String>,
    /// How long a secret reference may take, in seconds.
    pub secret_timeout: u64,
}

/// The bridge that is used where the declaration names none.
pub const DEFAULT_BRIDGE: [&str; 3] = ["npx", "-y", "mcp-remote@0.15.1"];

/// How long a secret reference may take where the declaration does not say, in seconds: time for a person
/// to unlock a store, and less than clients wait for a server.
pub const DEFAULT_SECRET_TIMEOUT: u64 = 30;

impl Default for LaunchSettings {
    fn default() -> Self {
        Self {
            bridge: DEFAULT_BRIDGE.map(str::to_owned).into(),
            mcpgen: "mcpgen".into(),
            absolute: false,
            env: BTreeMap::new(),
            secret_timeout: DEFAULT_SECRET_TIMEOUT,
        }
    }
}

/// Holds one MCP server.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its name, which every client takes.
    pub name: String,
    /// The clients that get it, sorted.
    pub clients: Vec<String>,
    /// How it is reached.
    pub reach: Reach,
    /// How long a tool call may take, in seconds.
    pub timeout: Option<Number>,
    /// The only tools to use, where they are limited.
    pub allow: Vec<String>,
    /// Tools not to use.
    pub deny: Vec<String>,
    /// Names of entries that it takes the place of.
    pub replaces: Vec<String>,
    /// Fields for single clients.
    pub extra: BTreeMap<String, Map<String, Value>>,
}

/// Says how a server is reached.
#[derive(Debug, Clone)]
pub enum Reach {
    /// By starting a program.
    Local(LocalServer),
    /// By an address.
    Remote(RemoteServer),
}

/// Holds a server that is a program.
#[derive(Debug, Clone)]
pub struct LocalServer {
    /// The program.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its environment.
    pub env: BTreeMap<String, String>,
    /// The folder it starts in.
    pub cwd: Option<String>,
    /// Variables of its environment by reference.
    pub secrets: BTreeMap<String, SecretReference>,
}

/// Holds a server behind an address.
#[derive(Debug, Clone)]
pub struct RemoteServer {
    /// The address, byte for byte as written.
    pub url: String,
    /// HTTP or SSE.
    pub transport: Transport,
    /// Headers as they are.
    pub headers: BTreeMap<String, String>,
    /// Headers by reference.
    pub secrets: BTreeMap<String, SecretReference>,
    /// How to sign in.
    pub auth: Auth,
    /// Who speaks to it.
    pub via: Via,
}

/// Says who speaks to a remote server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// The bridge where a sign-in or a secret is shared, else each client that can.
    Default,
    /// The bridge.
    Bridge,
    /// Each client that can.
    Client,
}

/// Says how to sign in to a server.
#[derive(Debug, Clone)]
pub enum Auth {
    /// Not at all.
    None,
    /// OAuth, through the shared cache.
    OAuth(Box<OAuthSettings>),
    /// An API token by reference.
    Token(TokenAuth),
}

/// Holds what is to be known for signing in by OAuth; all of it may be missing.
#[derive(Debug, Clone, Default)]
pub struct OAuthSettings {
    /// The scope to ask for.
    pub scope: Option<String>,
    /// The resource indicator (RFC 8707).
    pub resource: Option<String>,
    /// The id of a client registered beforehand.
    pub client_id: Option<String>,
    /// That client's secret.
    pub client_secret: Option<SecretReference>,
    /// The address of a client metadata document.
    pub client_metadata_url: Option<String>,
    /// Further parameters of the authorization request.
    pub authorize_params: BTreeMap<String, String>,
    /// The host of the callback address.
    pub host: Option<String>,
    /// The port of the callback address.
    pub port: Option<u64>,
    /// The path of the callback address.
    pub callback_path: Option<String>,
}

/// Holds an API token by reference.
#[derive(Debug, Clone)]
pub struct TokenAuth {
    /// Where the token lies.
    pub reference: SecretReference,
    /// The header it goes in.
    pub header: String,
    /// What stands before it.
    pub scheme: TokenScheme,
}

/// Says what stands before a token in its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenScheme {
    /// Nothing: the header holds the token alone.
    Bare,
    /// `Bearer` (RFC 6750).
    Bearer,
    /// `Basic` with this user name (RFC 7617).
    Basic(String),
}

impl Server {
    /// Returns whether a client connects to this server by its address, without the bridge.
    pub fn goes_direct(&self, client: &Client) -> bool {
        let Reach::Remote(remote) = &self.reach else { return false };
        let open = matches!(remote.auth, Auth::None) && remote.secrets.is_empty();
        let wanted = match remote.via {
            Via::Default => open,
            Via::Bridge => false,
            Via::Client => true,
        };
        let texts = remote.headers.values().chain([&remote.url]);
        wanted
            && client.accepts(remote.transport)
            && !texts.into_iter().any(|text| is_expandable(text))
            && (self.deny.is_empty() || client.expresses(Expressible::Deny))
    }
}

/// Returns whether some client would expand or run this text or a part of it (`${VAR}`, `$(cmd)`, `!cmd`,
/// `{env:VAR}`, `{file:path}`, `${{ secrets.X }}`), so that it must not lie in a client's file.
pub fn is_expandable(text: &str) -> bool {
    text.starts_with('!') || text.contains('$') || text.contains("{env:") || text.contains("{file:")
}

/// Builds the model of a declaration.
///
/// # Errors
/// Fails with every fault of meaning, each with its place.
pub fn build(
    declaration: &Declaration,
    table: &ClientTable,
    env: &Environment,
    suggest: &Suggest,
) -> Result<Model, Vec<Diagnostic>> {
    let mut faults = Faults::of(declaration);
    let clients = clients(declaration.fields(), table, (env, suggest), &mut faults);
    let launch = launch(declaration.fields().table("launch"), &mut faults);
    let mut servers = vec![];
    let all = declaration.servers();
    let names = all.iter().map(|(name, _)| name.value.as_str()).collect();
    for (name, fields) in &all {
        let context =
            server::ValidationContext { table, clients: &clients, name, names: &names, suggest };
        let server = server::build(&context, *fields, &mut faults);
        if fields.boolean("enabled").unwrap_or(true) {
            servers.extend(server);
        }
    }
    if faults.found.is_empty() { Ok(Model { clients, launch, servers }) } else { Err(faults.found) }
}

/// Holds one server as it is started, without the clients that start it.
#[derive(Debug)]
pub struct ServerStart {
    /// How bridges are started, and how long secrets may take.
    pub launch: LaunchSettings,
    /// The server; its clients are left out.
    pub server: Server,
    /// Whether it is enabled.
    pub enabled: bool,
}

/// Builds what is needed to start one server; `None` where there is no server of that name. It needs no
/// client table, which mcpgen is not told when a client starts it, and no other server.
///
/// # Errors
/// Fails with the faults of meaning that this server and `[launch]` have.
pub fn build_for_start(
    declaration: &Declaration,
    name: &str,
) -> Result<Option<ServerStart>, Vec<Diagnostic>> {
    let servers = declaration.servers();
    let Some((name, fields)) = servers.into_iter().find(|(known, _)| known.value == name) else {
        return Ok(None);
    };
    let mut faults = Faults::of(declaration);
    let launch = launch(declaration.fields().table("launch"), &mut faults);
    let server = server::alone(&name, fields, &mut faults);
    match server {
        Some(server) if faults.found.is_empty() => {
            let enabled = fields.boolean("enabled").unwrap_or(true);
            Ok(Some(ServerStart { launch, server, enabled }))
        }
        Some(_) | None => Err(faults.found),
    }
}

/// Collects faults with their places.
struct Faults {
    source: Arc<Source>,
    // Whether all of the text was read: if not, what is missing may stand where it was not.
    whole: bool,
    found: Vec<Diagnostic>,
}

impl Faults {
    fn of(declaration: &Declaration) -> Self {
        Self { source: Arc::clone(&declaration.source), whole: declaration.whole, found: vec![] }
    }

    fn at<T>(&mut self, at: &Spanned<T>, title: impl Into<String>, label: &str) -> &mut Diagnostic {
        let fault = Diagnostic::error(title).at(&self.source, at.span.clone(), label);
        self.found.push(fault);
        self.found.last_mut().expect("just pushed")
    }
}

fn clients(
    fields: Fields<'_>,
    table: &ClientTable,
    (env, suggest): (&Environment, &Suggest),
    faults: &mut Faults,
) -> Vec<String> {
    match fields.strings("clients") {
        Some(list) if fields.is_empty("clients") => {
            faults
                .at(&list, "`clients` is empty", "no client is named")
                .add_help(format!("{} takes everything out again", suggest.apply("apply --none")));
            vec![]
        }
        Some(list) => known_clients(&list.value, table, suggest, faults),
        None => {
            if fields.key_span("clients").is_none() && faults.whole {
                let missing = Diagnostic::error("`clients` is missing at the top")
                    .in_file(faults.source.name(), None)
                    .note("it says whose files are written");
                faults.found.push(missing.help(format!("clients = [{}]", suggested(table, env))));
            }
            vec![]
        }
    }
}

// The clients found on this machine, else two that show how it is written.
fn suggested(table: &ClientTable, env: &Environment) -> String {
    let found: Vec<String> = table.found(env).iter().map(|c| quoted(&c.name)).collect();
    if found.is_empty() { "\"claude-code\", \"cursor\"".to_owned() } else { found.join(", ") }
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn known_clients(
    list: &[Spanned<String>],
    table: &ClientTable,
    suggest: &Suggest,
    faults: &mut Faults,
) -> Vec<String> {
    let mut known = vec![];
    for name in list {
        if table.get(&name.value).is_some() {
            known.push(name.value.clone());
            continue;
        }
        let near = nearest(&name.value, table.names());
        let fault =
            faults.at(name, format!("no client is named `{}`", name.value), "unknown client");
        fault.add_help(match near {
            Some(near) => format!("a client with a similar name exists: `{near}`"),
            None => format!("{} lists them", suggest.undeclared("clients")),
        });
    }
    known.sort();
    known.dedup();
    known
}

fn launch(fields: Option<Fields<'_>>, faults: &mut Faults) -> LaunchSettings {
    let default = LaunchSettings::default();
    let Some(fields) = fields else { return default };
    let bridge = fields.strings("bridge");
    if let Some(bridge) = &bridge {
        if fields.is_empty("bridge") {
            rules::program(None, bridge, "bridge", faults);
        } else if let Some(first) = bridge.value.first() {
            rules::program(Some(first), first, "bridge", faults);
        }
        rules::native_bridge(&bridge.value, faults);
        bridge.value.iter().for_each(|arg| rules::no_secret("bridge", arg, faults));
    }
    let mcpgen = fields.string("mcpgen");
    if let Some(mcpgen) = &mcpgen {
        rules::program(Some(mcpgen), mcpgen, "mcpgen", faults);
        rules::no_secret("mcpgen", mcpgen, faults);
    }
    let env = fields.string_map("env");
    rules::shared_variables(&env, faults);
    LaunchSettings {
        bridge: bridge.map_or(default.bridge, |b| b.value.into_iter().map(|at| at.value).collect()),
        mcpgen: mcpgen.map_or(default.mcpgen, |at| at.value),
        absolute: fields.boolean("absolute").unwrap_or(false),
        env: rules::plain_map(env),
        secret_timeout: fields
            .number("secret-timeout")
            .and_then(|seconds| seconds.as_u64())
            .unwrap_or(default.secret_timeout),
    }
}
