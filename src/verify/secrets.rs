//! The secrets that a server gets, so that none of them is shown if the server writes it to its standard error stream.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::launches::DistinctLaunch;
use super::sign_in_files;
use crate::auth::cache::TokenSet;
use crate::launch::Launcher;
use crate::paths::Environment;
use crate::secret::Secret;
use crate::secret::literal::is_secret_name;
use crate::secret_store::resolve::resolve_all;

/// The secrets of servers. They are looked up when the first line of a server is to be shown, and only once for each
/// server, because a store may ask a person.
pub struct KnownSecrets<'l> {
    env: &'l Environment,
    declared: BTreeMap<&'l str, OnceLock<Vec<Secret>>>,
}

impl<'l> KnownSecrets<'l> {
    /// Looks up nothing yet.
    pub fn new(launches: &'l [DistinctLaunch<'_>], env: &'l Environment) -> Self {
        let names = launches.iter().map(|launch| launch.server.name.as_str());
        Self { env, declared: names.map(|name| (name, OnceLock::new())).collect() }
    }

    /// Returns the secrets of a launch that are known: those of the declaration, those in the environment, and the
    /// tokens in the cache.
    pub fn of(&self, launch: &DistinctLaunch<'_>) -> Vec<Secret> {
        let declared = self.declared.get(launch.server.name.as_str());
        let declared = declared.map(|once| once.get_or_init(|| declared_secrets(launch, self.env)));
        let mut secrets = declared.cloned().unwrap_or_default();
        let named = self.env.names().filter(|name| is_secret_name(name));
        let values = named.filter_map(|name| self.env.var(name));
        let written = launch.command.iter().flat_map(|command| &command.env);
        let written =
            written.filter(|(name, _)| is_secret_name(name)).map(|(_, value)| value.as_str());
        secrets.extend(values.chain(written).map(|value| Secret::new(value.to_owned())));
        let tokens = sign_in_files(launch).and_then(|files| files.tokens().ok().flatten());
        secrets.extend(tokens.iter().flat_map(token_secrets));
        secrets
    }
}

fn declared_secrets(launch: &DistinctLaunch<'_>, env: &Environment) -> Vec<Secret> {
    let settings = launch.settings;
    let launcher = Launcher::for_start(settings, env);
    let required = launcher.start(launch.server).secrets;
    let references = required.iter().map(|secret| secret.reference);
    let resolved = resolve_all(references, env, settings.secret_timeout);
    let mut secrets: Vec<Secret> = vec![];
    for one in &required {
        let Some(Ok(found)) = resolved.get(one.reference) else { continue };
        secrets.extend(one.encoding.encode(&found.secret).ok());
        secrets.push(found.secret.clone());
    }
    secrets
}

fn token_secrets(tokens: &TokenSet) -> Vec<Secret> {
    let all = [Some(&tokens.access_token), tokens.refresh_token.as_ref(), tokens.id_token.as_ref()];
    all.into_iter().flatten().map(|token| Secret::new(token.expose().to_owned())).collect()
}
