//! What `login` signs in to: declared servers, or an address.

use crate::auth::bridge_version::BridgeVersion;
use crate::auth::cache::{Cache, SignInFiles};
use crate::auth::call::BridgeCall;
use crate::auth::credentials::CredentialSource;
use crate::cli::Login;
use crate::client::ClientTable;
use crate::commands::{Failure, Rim};
use crate::diagnostic::{Diagnostic, nearest};
use crate::model::{Auth, LaunchSettings, Model, Reach, RemoteServer, Server, Via};
use crate::secret::{SCHEMES_SPELLED, SecretReference};

/// Holds one server to sign in to.
pub struct ServerSignIn {
    /// Its name, or its address.
    pub name: String,
    /// The call that its clients' bridges are started with.
    pub call: BridgeCall,
    /// Where the sign-in goes.
    pub files: SignInFiles,
    /// What the declaration, or the command line, only names.
    pub credentials_from: CredentialSource,
    /// The titles of the clients that share the sign-in.
    pub clients: Vec<String>,
}

/// Finds what to sign in to.
pub fn sign_ins(
    rim: &Rim<'_>,
    flags: &Login,
) -> Result<(SignInContext, Vec<ServerSignIn>), Failure> {
    let (urls, names): (Vec<&String>, Vec<&String>) =
        flags.servers.iter().partition(|text| text.contains("://"));
    if urls.is_empty() && !flags.url_options.is_empty() {
        let fault = Diagnostic::error("these flags go with an address");
        return Err(Failure::usage(
            fault.help("a declared server says it in mcp.toml, under `auth`"),
        ));
    }
    let declared = names.len() + usize::from(urls.is_empty()) > 0;
    let table = rim.table()?;
    let model =
        if declared || rim.declaration_path().is_file() { Some(rim.model(&table)?) } else { None };
    let context = SignInContext::new(rim, model.as_ref());
    context.cache.agreed().map_err(|error| Failure::error(&error))?;
    let mut found = vec![];
    for url in urls {
        found.push(context.address(url, flags)?);
    }
    if let Some(model) = model.as_ref().filter(|_| declared) {
        for (server, remote) in servers(&names, model)? {
            found.push(context.declared(server, remote, &table)?);
        }
    }
    Ok((context, found))
}

/// Finds the declared servers to work on; none named is all.
pub fn declared(
    rim: &Rim<'_>,
    names: &[String],
) -> Result<(SignInContext, Vec<ServerSignIn>), Failure> {
    let table = rim.table()?;
    let model = rim.model(&table)?;
    let context = SignInContext::new(rim, Some(&model));
    let servers = servers(&names.iter().collect::<Vec<_>>(), &model)?;
    let sign_ins =
        servers.into_iter().map(|(server, remote)| context.declared(server, remote, &table));
    let sign_ins = sign_ins.collect::<Result<_, _>>()?;
    Ok((context, sign_ins))
}

/// Holds where sign-ins lie.
pub struct SignInContext {
    /// The version of the clients' bridges.
    pub version: BridgeVersion,
    launch: LaunchSettings,
    /// The cache of the clients' bridges.
    pub cache: Cache,
}

impl SignInContext {
    /// Finds the cache of the bridges that a model, or the default, starts.
    pub fn new(rim: &Rim<'_>, model: Option<&Model>) -> Self {
        let launch = model.map_or_else(LaunchSettings::default, |model| model.launch.clone());
        let cache = Cache::find(&launch.env, rim.env);
        Self { version: BridgeVersion::from_command(&launch.bridge, rim.env), launch, cache }
    }

    fn address(&self, url: &str, flags: &Login) -> Result<ServerSignIn, Failure> {
        let call = BridgeCall::parse(&flags.url_options.args(url), self.version, &|_| None);
        let call = call.map_err(|error| Failure::error(&error))?;
        let secret = flags.url_options.client_secret.as_deref().map(reference).transpose()?;
        Ok(self.sign_in(url.to_owned(), call, CredentialSource::CommandLine(secret), vec![]))
    }

    fn declared(
        &self,
        server: &Server,
        remote: &RemoteServer,
        table: &ClientTable,
    ) -> Result<ServerSignIn, Failure> {
        let call = BridgeCall::declared(server, remote, self.version);
        let call = call.map_err(|error| Failure::error(&error))?;
        let titles = server.clients.iter().filter_map(|name| table.get(name));
        let titles = titles.map(|client| client.title.clone()).collect();
        let credentials_from =
            CredentialSource::Declared(Box::new((server.clone(), self.launch.clone())));
        Ok(self.sign_in(server.name.clone(), call, credentials_from, titles))
    }

    fn sign_in(
        &self,
        name: String,
        call: BridgeCall,
        credentials_from: CredentialSource,
        clients: Vec<String>,
    ) -> ServerSignIn {
        let files = self.cache.files(call.version, &call.key());
        ServerSignIn { name, call, files, credentials_from, clients }
    }
}

fn reference(text: &str) -> Result<SecretReference, Failure> {
    SecretReference::parse(text).map_err(|_| {
        // The text is not shown: it may be the secret itself.
        let fault = Diagnostic::error("what follows `--client-secret` is no secret reference");
        Failure::usage(fault.help(format!("write {SCHEMES_SPELLED}")))
    })
}

fn servers<'m>(
    names: &[&String],
    model: &'m Model,
) -> Result<Vec<(&'m Server, &'m RemoteServer)>, Failure> {
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
        None => fault.help("write the name of a declared server, or https://…"),
    })
}
