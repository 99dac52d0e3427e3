//! What `login` signs in to: declared servers, or an address.

use std::collections::BTreeMap;

use crate::auth::Token;
use crate::auth::cache::{Cache, Files};
use crate::auth::call::BridgeCall;
use crate::auth::era::BridgeVersion;
use crate::cli::Login;
use crate::client::ClientTable;
use crate::commands::{Failure, Rim};
use crate::diagnostic::{Diagnostic, nearest};
use crate::model::{Auth, DEFAULT_BRIDGE, Model, Reach, Remote, Server, Via};

/// Holds one server to sign in to.
pub struct Target {
    /// Its name, or its address.
    pub name: String,
    /// The call that its clients' bridges are started with.
    pub call: BridgeCall,
    /// Where the sign-in goes.
    pub files: Files,
    /// Headers as they are sent.
    pub headers: Vec<(String, String)>,
    /// The secret of a client registered beforehand.
    pub client_secret: Option<Token>,
    /// The titles of the clients that share the sign-in.
    pub clients: Vec<String>,
}

/// Finds what to sign in to.
pub fn targets(rim: &Rim<'_>, flags: &Login) -> Result<Vec<Target>, Failure> {
    let (urls, names): (Vec<&String>, Vec<&String>) =
        flags.servers.iter().partition(|text| text.contains("://"));
    if urls.is_empty() && !flags.address.is_empty() {
        let fault = Diagnostic::error("these flags go with an address");
        return Err(Failure::usage(
            fault.help("a declared server says it in mcp.toml, under `auth`"),
        ));
    }
    let declared = names.len() + usize::from(urls.is_empty()) > 0;
    let table = rim.table()?;
    let model =
        if declared || rim.declaration_path().is_file() { Some(rim.model(&table)?) } else { None };
    let place = Place::new(rim, model.as_ref());
    place.cache.agreed().map_err(|error| Failure::error(&error))?;
    let mut found = vec![];
    for url in urls {
        found.push(place.address(url, flags)?);
    }
    if let Some(model) = model.as_ref().filter(|_| declared) {
        for (server, remote) in servers(&names, model)? {
            found.push(place.declared(server, remote, &table)?);
        }
    }
    Ok(found)
}

/// Finds the declared servers to work on; none named is all.
pub fn declared<'a>(
    rim: &'a Rim<'_>,
    names: &[String],
) -> Result<(Place<'a>, Vec<Target>), Failure> {
    let table = rim.table()?;
    let model = rim.model(&table)?;
    let place = Place::new(rim, Some(&model));
    let servers = servers(&names.iter().collect::<Vec<_>>(), &model)?;
    let targets =
        servers.into_iter().map(|(server, remote)| place.declared(server, remote, &table));
    let targets = targets.collect::<Result<_, _>>()?;
    Ok((place, targets))
}

/// Holds where sign-ins lie.
pub struct Place<'a> {
    rim: &'a Rim<'a>,
    version: BridgeVersion,
    /// The cache of the clients' bridges.
    pub cache: Cache,
}

impl<'a> Place<'a> {
    /// Finds the cache of the bridges that a model, or the default, starts.
    pub fn new(rim: &'a Rim<'a>, model: Option<&Model>) -> Self {
        let bridge = model
            .map_or_else(|| DEFAULT_BRIDGE.map(str::to_owned).into(), |m| m.launch.bridge.clone());
        let launch_env = model.map_or_else(BTreeMap::new, |model| model.launch.env.clone());
        let cache = Cache::find(&launch_env, rim.env);
        Self { rim, version: BridgeVersion::of(&bridge, rim.env), cache }
    }

    fn address(&self, url: &str, flags: &Login) -> Result<Target, Failure> {
        let call = BridgeCall::parse(&flags.address.args(url), self.version, &|_| None);
        let call = call.map_err(|error| Failure::error(&error))?;
        Ok(self.target(url.to_owned(), call, vec![]))
    }

    fn declared(
        &self,
        server: &Server,
        remote: &Remote,
        table: &ClientTable,
    ) -> Result<Target, Failure> {
        let call = BridgeCall::declared(server, remote, self.version);
        let call = call.map_err(|error| Failure::error(&error))?;
        let titles = server.clients.iter().filter_map(|name| table.get(name));
        let titles = titles.map(|client| client.title.clone()).collect();
        Ok(self.target(server.name.clone(), call, titles))
    }

    fn target(&self, name: String, call: BridgeCall, clients: Vec<String>) -> Target {
        let files = self.cache.files(call.version, &call.key());
        let headers = call.headers.iter();
        let headers = headers.map(|(name, value)| (name.clone(), self.expand(value))).collect();
        Target { name, call, files, headers, client_secret: None, clients }
    }

    // As the bridge does: `${NAME}`, and nothing where it is unset.
    fn expand(&self, value: &str) -> String {
        let mut out = String::new();
        let mut rest = value;
        while let Some(start) = rest.find("${") {
            let Some(end) = rest[start..].find('}') else { break };
            out.push_str(&rest[..start]);
            out.push_str(self.rim.env.var(&rest[start + 2..start + end]).unwrap_or_default());
            rest = &rest[start + end + 1..];
        }
        out + rest
    }
}

fn servers<'m>(
    names: &[&String],
    model: &'m Model,
) -> Result<Vec<(&'m Server, &'m Remote)>, Failure> {
    let oauth = |server: &'m Server| match &server.reach {
        Reach::Remote(remote) if matches!(remote.auth, Auth::OAuth(_)) => Some((server, remote)),
        Reach::Remote(_) | Reach::Local(_) => None,
    };
    if names.is_empty() {
        let all = model.servers.iter().filter_map(oauth);
        return Ok(all.filter(|(_, remote)| remote.via != Via::Client).collect());
    }
    let pick = |name: &&String| {
        let server = model.servers.iter().find(|server| server.name == **name);
        let server = server.ok_or_else(|| unknown(name, model))?;
        let (server, remote) = oauth(server).ok_or_else(|| {
            let fault = Diagnostic::error(format!("`{name}` does not sign in by OAuth"));
            Failure::usage(fault.help("auth = \"oauth\""))
        })?;
        if remote.via == Via::Client {
            let fault = Diagnostic::error(format!("each client signs in to `{name}` by itself"));
            return Err(Failure::usage(
                fault.help("take `via = \"client\"` out to share a sign-in"),
            ));
        }
        Ok((server, remote))
    };
    names.iter().map(pick).collect()
}

fn unknown(name: &str, model: &Model) -> Failure {
    let fault = Diagnostic::error(format!("no server is named `{name}`"));
    let known = model.servers.iter().map(|server| server.name.as_str());
    Failure::usage(match nearest(name, known) {
        Some(near) => fault.help(format!("a server with a similar name exists: `{near}`")),
        None => fault.help("`mcpgen login` takes the name of a declared server, or https://…"),
    })
}
