//! Checks the sign-ins at identity providers, and whether servers have accepted the identities.

use std::collections::BTreeMap;

use super::{Finding, Severity};
use crate::auth::cache::{SignInFiles, TokenSet};
use crate::auth::call::BridgeCall;
use crate::auth::rejected_identity;
use crate::auth::stored_sign_in::{StoredSignIn, declared_sign_in};
use crate::auth::token_set::claims;
use crate::display::list;
use crate::fs;
use crate::model::{Auth, IdentityProvider, Model, Server};
use crate::paths::Environment;
use crate::suggest::Suggest;

// Clocks may differ by this many milliseconds. Servers tolerate about as much.
const SKEW: u64 = 60_000;

struct UsedProvider<'m> {
    idp: &'m IdentityProvider,
    call: BridgeCall,
    files: SignInFiles,
    servers: Vec<&'m str>,
}

/// Finds what is wrong with the identity providers of declared servers.
pub fn identity_providers(model: &Model, env: &Environment, suggest: &Suggest) -> Vec<Finding> {
    let mut used: BTreeMap<&str, UsedProvider<'_>> = BTreeMap::new();
    let mut found = vec![];
    for server in &model.servers {
        let Some(idp) = identity_provider(server) else { continue };
        let Some((files, call)) = declared_sign_in(server, &model.launch, env) else { continue };
        found.extend(rejected(server, &files, suggest));
        let Some(provider) = call.provider else { continue };
        let files = files.at_provider(&provider.key());
        let new = || UsedProvider { idp, call: *provider, files, servers: vec![] };
        used.entry(&idp.name).or_insert_with(new).servers.push(&server.name);
    }
    found.extend(used.values().filter_map(|provider| sign_in(provider, env, suggest)));
    found
}

fn identity_provider(server: &Server) -> Option<&IdentityProvider> {
    match &server.oauth_remote()?.auth {
        Auth::OAuth(oauth) => oauth.provider.as_deref(),
        Auth::None | Auth::Token(_) => None,
    }
}

fn rejected(server: &Server, files: &SignInFiles, suggest: &Suggest) -> Option<Finding> {
    let rejection = rejected_identity::read(files)?;
    let cause = format!("the last sign-in to `{}` failed: {}", server.name, rejection.why);
    let login = suggest.mcpgen("login").operand(&server.name);
    let remedy = format!("when that is corrected, sign in with {login}");
    let url = server.oauth_remote().map(|remote| remote.url.as_str()).unwrap_or_default();
    Some(
        Finding::new(Severity::Broken, "identity-rejected", cause, remedy)
            .about(&super::shown(url)),
    )
}

fn sign_in(provider: &UsedProvider<'_>, env: &Environment, suggest: &Suggest) -> Option<Finding> {
    let UsedProvider { idp, call, files, servers } = provider;
    // Another program signs in there.
    if idp.id_token.is_some() {
        return None;
    }
    let (name, users) = (&idp.name, list(servers));
    let login = || format!("sign in with {}", suggest.mcpgen("login").operand(name));
    let tokens = files.tokens().ok().flatten();
    let Some(tokens) = tokens.filter(|tokens| tokens.id_token.is_some()) else {
        let cause =
            format!("nobody has signed in at the identity provider `{name}`, which {users} need");
        return Some(Finding::new(Severity::Broken, "idp", cause, login()));
    };
    if let Some(behind) = clock_is_behind(&tokens, files) {
        let cause = format!(
            "the clock of this machine is {behind} s behind that of the identity provider `{name}`"
        );
        return Some(Finding::new(
            Severity::Warning,
            "clock",
            cause,
            "set the clock of this machine",
        ));
    }
    if !StoredSignIn::read(files.clone(), call, env.os).is_usable() {
        let cause = format!(
            "the sign-in at the identity provider `{name}` has expired and cannot be renewed, and {users} need it"
        );
        return Some(Finding::new(Severity::Broken, "idp", cause, login()));
    }
    tokens.refresh_token.is_none().then(|| {
        let cause = format!(
            "the sign-in at the identity provider `{name}` has no refresh token, so you must sign in there again whenever it \
             expires"
        );
        let remedy = format!(
            "ask the administrator of `{name}` to allow the scope `offline_access` for the client `{}`",
            idp.client_id
        );
        Finding::new(Severity::Note, "idp-refresh", cause, remedy)
    })
}

// A token is issued before it is written, if the clocks agree.
fn clock_is_behind(tokens: &TokenSet, files: &SignInFiles) -> Option<u64> {
    let written = fs::modified(&files.path("tokens.json"))?;
    let issued = claims(tokens.id_token.as_ref()?)?.get("iat")?.as_u64()?.saturating_mul(1000);
    let behind = issued.saturating_sub(written);
    (behind > SKEW).then_some(behind / 1000)
}
