//! The sign-ins that commands work on: those of declared servers, or of a URL.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::auth::bridge_version::BridgeVersion;
use crate::auth::cache::{Cache, SignInFiles};
use crate::auth::call::BridgeCall;
use crate::auth::credentials::{ClientProof, CredentialSource};
use crate::auth::stored_sign_in::{StoredSignIn, declared_sign_in};
use crate::cli::Login;
use crate::client::ClientTable;
use crate::commands::select_servers::unknown_server;
use crate::commands::{Failure, Invocation};
use crate::diagnostic::Diagnostic;
use crate::entry::bridge::BridgeStart;
use crate::fs;
use crate::launch::Command;
use crate::launch::arguments::provider_json;
use crate::model::{
    Argument, IdentityProvider, LaunchSettings, Model, Reach, RemoteServer, Server, ServerStart,
    Via,
};
use crate::paths::Environment;
use crate::secret::{SCHEMES_SPELLED, SecretReference};

mod providers;

/// The sign-in to one server, or at an identity provider.
pub struct ServerSignIn {
    /// The name or the URL of the server.
    pub name: String,
    /// The call that starts its bridge.
    pub call: BridgeCall,
    /// The files in the cache.
    pub files: SignInFiles,
    /// The source of its secrets.
    pub credentials_from: CredentialSource,
    /// The titles of the clients that share it.
    pub clients: Vec<String>,
    /// The name of the identity provider whose sign-in it uses.
    pub provider: Option<String>,
    /// The names of the servers that use it, if it is the sign-in at an identity provider.
    pub servers: Vec<String>,
}

/// Returns the sign-ins that the arguments of `login` name.
pub fn sign_ins(
    invocation: &Invocation<'_>,
    flags: &Login,
) -> Result<(SignInContext, Vec<ServerSignIn>), Failure> {
    let (urls, names): (Vec<&String>, Vec<&String>) =
        flags.servers.iter().partition(|text| text.contains("://"));
    if urls.is_empty() && !flags.url_options.is_empty() {
        let error =
            Diagnostic::error("these options are allowed only if the server is given as a URL");
        return Err(Failure::usage(
            error.help("for a declared server, set these options in mcp.toml, under `auth`"),
        ));
    }
    let declared = names.len() + usize::from(urls.is_empty()) > 0;
    let table = invocation.table()?;
    let model = if declared || invocation.declaration_path().is_file() {
        Some(invocation.model(&table)?)
    } else {
        None
    };
    let context = SignInContext::new(invocation, model.as_ref());
    context.cache.agreed().map_err(|error| Failure::error(&error))?;
    let mut found = vec![];
    for url in urls {
        found.push(context.for_url(invocation, url, flags)?);
    }
    if let Some(model) = model.as_ref().filter(|_| declared) {
        let (named, servers) = selected(invocation, &names, model)?;
        // People sign in at a provider before its servers need it.
        let needed = providers::of(servers.iter().map(|(server, _)| *server));
        found.extend(context.at_providers(model, named.into_iter().chain(needed))?);
        for (server, remote) in servers {
            found.push(context.for_server(server, remote, Some(&table))?);
        }
    }
    Ok((context, found))
}

/// Returns the sign-ins of the named servers, or of all declared ones.
pub fn declared(
    invocation: &Invocation<'_>,
    names: &[String],
) -> Result<(SignInContext, Vec<ServerSignIn>), Failure> {
    let table = invocation.table()?;
    let model = invocation.model(&table)?;
    let context = SignInContext::new(invocation, Some(&model));
    let names: Vec<&String> = names.iter().collect();
    let (named, servers) = selected(invocation, &names, &model)?;
    let all = if names.is_empty() { providers::of(&model.servers) } else { vec![] };
    let mut found = context.at_providers(&model, named.into_iter().chain(all))?;
    for (server, remote) in servers {
        found.push(context.for_server(server, remote, Some(&table))?);
    }
    Ok((context, found))
}

/// Returns the sign-in of one server, without the rest of the declaration.
pub fn of_start(invocation: &Invocation<'_>, start: &ServerStart) -> Result<ServerSignIn, Failure> {
    let ServerStart { launch, server, enabled: _ } = start;
    let Reach::Remote(remote) = &server.reach else {
        return Err(Failure::usage(without_oauth(server)));
    };
    SignInContext::of_launch(invocation, launch.clone()).for_server(server, remote, None)
}

/// The bridge version and the cache that sign-ins belong to.
pub struct SignInContext {
    /// The version of the bridge.
    pub version: BridgeVersion,
    launch: LaunchSettings,
    /// The cache of the bridge.
    pub cache: Cache,
}

impl SignInContext {
    /// Finds the cache of the bridge that a model, or the default, starts.
    pub fn new(invocation: &Invocation<'_>, model: Option<&Model>) -> Self {
        let launch = model.map_or_else(LaunchSettings::default, |model| model.launch.clone());
        Self::of_launch(invocation, launch)
    }

    fn of_launch(invocation: &Invocation<'_>, launch: LaunchSettings) -> Self {
        let cache = Cache::find(&launch.env, invocation.env);
        Self { version: BridgeVersion::from_command(&launch.bridge, invocation.env), launch, cache }
    }

    fn for_url(
        &self,
        invocation: &Invocation<'_>,
        url: &str,
        flags: &Login,
    ) -> Result<ServerSignIn, Failure> {
        let read = |path: &str| {
            let bytes = fs::read(&invocation.env.absolute(path.into())).ok().flatten()?;
            String::from_utf8(bytes).ok()
        };
        let call = BridgeCall::parse(&flags.url_options.args(url), self.version, &read);
        let call = call.map_err(|error| Failure::error(&error))?;
        let call = BridgeCall { issuer: flags.url_options.issuer.clone(), ..call };
        let options = &flags.url_options;
        let of = |flag: &str, value: &Option<String>| {
            value.as_deref().map(|text| reference(flag, text)).transpose()
        };
        let secret = of("--client-secret", &options.client_secret)?;
        let key = of("--private-key", &options.private_key)?;
        let proof = CredentialSource::CommandLine(ClientProof { secret, key, assertion: None });
        Ok(self.sign_in(url.to_owned(), call, proof, vec![]))
    }

    fn for_server(
        &self,
        server: &Server,
        remote: &RemoteServer,
        table: Option<&ClientTable>,
    ) -> Result<ServerSignIn, Failure> {
        let call = BridgeCall::declared(server, remote, self.version);
        let call = call.map_err(|error| Failure::error(&error))?;
        let titles = server.clients.iter().filter_map(|name| table?.get(name));
        let titles = titles.map(|client| client.title.clone()).collect();
        let credentials_from =
            CredentialSource::Declared(Box::new((server.clone(), self.launch.clone())));
        let provider = providers::of_server(server).map(|idp| idp.name.clone());
        let sign_in = self.sign_in(server.name.clone(), call, credentials_from, titles);
        Ok(ServerSignIn { provider, ..sign_in })
    }

    // Each provider once, unless another program gets its ID token.
    fn at_providers(
        &self,
        model: &Model,
        wanted: impl IntoIterator<Item = Arc<IdentityProvider>>,
    ) -> Result<Vec<ServerSignIn>, Failure> {
        let mut found: Vec<ServerSignIn> = vec![];
        for idp in wanted.into_iter().filter(|idp| idp.id_token.is_none()) {
            if found.iter().any(|known| known.name == idp.name) {
                continue;
            }
            let call = BridgeCall::of_provider(&provider_json(&idp));
            let call = call.map_err(|error| Failure::error(&error))?;
            let source = CredentialSource::Provider(Arc::clone(&idp), self.launch.clone());
            let sign_in = self.sign_in(idp.name.clone(), call, source, vec![]);
            let files = sign_in.files.at_provider(sign_in.files.key());
            found.push(ServerSignIn { files, servers: providers::users(model, &idp), ..sign_in });
        }
        Ok(found)
    }

    fn sign_in(
        &self,
        name: String,
        call: BridgeCall,
        credentials_from: CredentialSource,
        clients: Vec<String>,
    ) -> ServerSignIn {
        let files = self.cache.files(call.version, &call.key());
        let (provider, servers) = (None, vec![]);
        ServerSignIn { name, call, files, credentials_from, clients, provider, servers }
    }
}

type DeclaredServers<'m> = Vec<(&'m Server, &'m RemoteServer)>;

// Returns the identity providers and the servers that are named; all servers without names.
fn selected<'m>(
    invocation: &Invocation<'_>,
    names: &[&String],
    model: &'m Model,
) -> Result<(Vec<Arc<IdentityProvider>>, DeclaredServers<'m>), Failure> {
    let named = providers::named(model, names);
    let is_server = |name: &&&String| named.iter().all(|idp| idp.name != ***name);
    let others: Vec<&String> = names.iter().filter(is_server).copied().collect();
    if others.is_empty() && !names.is_empty() {
        return Ok((named, vec![]));
    }
    let servers = servers(invocation, &others, model)?;
    Ok((named, servers))
}

fn reference(flag: &str, text: &str) -> Result<SecretReference, Failure> {
    SecretReference::parse(text).map_err(|_| {
        // Do not show the value: it may be the secret itself.
        let error = Diagnostic::error(format!("the value of `{flag}` is not a secret reference"));
        Failure::usage(error.help(format!("write {SCHEMES_SPELLED}")))
    })
}

fn servers<'m>(
    invocation: &Invocation<'_>,
    names: &[&String],
    model: &'m Model,
) -> Result<DeclaredServers<'m>, Failure> {
    let oauth = |server: &'m Server| Some((server, server.oauth_remote()?));
    if names.is_empty() {
        let all = model.servers.iter().filter_map(oauth);
        return Ok(all.filter(|(_, remote)| remote.via != Via::Client).collect());
    }
    let pick = |name: &&String| {
        let server = model.servers.iter().find(|server| server.name == **name);
        let known = model.servers.iter().map(|server| server.name.as_str());
        let otherwise = "pass the name of a declared server, or a URL";
        let server = server
            .ok_or_else(|| unknown_server(invocation, name, Some(model), known, otherwise))?;
        let (server, remote) =
            oauth(server).ok_or_else(|| Failure::usage(without_oauth(server)))?;
        if remote.via == Via::Client {
            let error = Diagnostic::error(format!("each client signs in to `{name}` separately"));
            return Err(Failure::usage(error.help("remove `via = \"client\"` to share a sign-in")));
        }
        Ok((server, remote))
    };
    names.iter().map(pick).collect()
}

// Only a server with a URL can use OAuth. One that starts mcp-remote has its URL in the arguments.
fn without_oauth(server: &Server) -> Diagnostic {
    let error = Diagnostic::error(format!("`{}` does not use OAuth", server.name));
    let Reach::Local(local) = &server.reach else {
        return error.help("set `auth = \"oauth\"` in its declaration");
    };
    let text = |argument: &Argument| match argument {
        Argument::Literal(text) => text.clone(),
        Argument::Secret(_) => String::new(),
    };
    let args = local.args.iter().map(text).collect();
    let command = Command { program: local.command.clone(), args, env: BTreeMap::new(), cwd: None };
    match BridgeStart::find(&command).and_then(|start| start.args.into_iter().next()) {
        Some(url) => error
            .note("it starts mcp-remote itself, so mcpgen does not know that it has a sign-in")
            .help("write in its declaration, in place of `command` and `args`:")
            .help(format!("url = {}", Value::from(url)))
            .help("auth = \"oauth\""),
        None => error
            .note("it is a local server, which has no OAuth sign-in")
            .help("only a server with `url` can have `auth = \"oauth\"`"),
    }
}

/// Returns the names of the servers that need a person to sign in.
pub fn signed_out<'m>(model: &'m Model, env: &Environment) -> Vec<&'m str> {
    let is_usable = |server: &Server| {
        let found = declared_sign_in(server, &model.launch, env);
        found.is_none_or(|(files, call)| StoredSignIn::read(files, &call, env.os).is_usable())
    };
    let servers = model.servers.iter().filter(|server| !is_usable(server));
    servers.map(|server| server.name.as_str()).collect()
}
