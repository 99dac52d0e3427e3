//! Imports an entry that starts `mcpgen exec`, by reading the server from the declaration that the entry names.

use std::collections::{BTreeMap, BTreeSet};

use super::bridge::words;
use super::draft::{
    BridgeLauncher, DraftCandidate, DraftReach, DraftSignIn, HiddenTools, LocalDraft, OAuthDraft,
    RemoteDraft,
};
use super::header::DraftHeaders;
use super::note::NoteReason;
use super::value::ArgumentDraft;
use super::value::DraftValue;
use crate::client::Transport;
use crate::launch::{Command, Launcher};
use crate::model::{
    self, Argument, Auth, DEFAULT_BRIDGE, OAuthSettings, SecretArgument, TokenScheme, Via,
};
use crate::paths::Environment;
use crate::secret::SecretReference;
use crate::survey::Declared;

/// Checks that the client passes only variables that mcpgen would name itself.
///
/// # Errors
/// Fails if the entry names another variable.
pub fn check_names(
    behind: &Declared,
    names: &BTreeSet<String>,
    env: &Environment,
) -> Result<(), NoteReason> {
    let (launch, server) = (&behind.start.launch, &behind.start.server);
    let own = Launcher::for_start(launch, env).inherited(server, &Command::default());
    match names.iter().find(|name| !own.contains(*name)) {
        None => Ok(()),
        Some(name) => Err(NoteReason::Field {
            field: name.clone(),
            beside: "an entry that starts mcpgen's `exec`",
        }),
    }
}

/// Reads a declared server.
pub fn read(behind: &Declared) -> DraftCandidate {
    let (launch, server) = (&behind.start.launch, &behind.start.server);
    let start = (launch.bridge != DEFAULT_BRIDGE || !launch.env.is_empty())
        .then(|| BridgeLauncher { words: words(&launch.bridge), env: launch.env.clone() });
    let tools = HiddenTools { allow: server.allow.clone(), deny: server.deny.clone() };
    match &server.reach {
        model::Reach::Local(local) => DraftReach::Local(LocalDraft {
            command: local.command.clone(),
            args: local.args.iter().map(argument).collect(),
            env: held(&local.env, &local.secrets),
            cwd: local.cwd.clone(),
            tools,
        })
        .into(),
        model::Reach::Remote(remote) => DraftCandidate {
            reach: DraftReach::Remote(RemoteDraft {
                url: remote.url.clone(),
                sse: remote.transport == Transport::Sse,
                headers: DraftHeaders {
                    bearer: None,
                    others: held(&remote.headers, &remote.secrets),
                },
                sign_in: sign_in(&remote.auth),
                via: match remote.via {
                    Via::Default => None,
                    Via::Bridge => Some("bridge"),
                    Via::Client => Some("client"),
                    Via::Headers => Some("headers"),
                },
                tools,
                allow_http: remote.allow_http,
            }),
            start,
            notes: vec![],
        },
    }
}

fn held(
    plain: &BTreeMap<String, String>,
    secrets: &BTreeMap<String, SecretReference>,
) -> BTreeMap<String, DraftValue> {
    let plain = plain.iter().map(|(name, text)| (name.clone(), DraftValue::Plain(text.clone())));
    plain.chain(secrets.iter().map(|(name, to)| (name.clone(), reference(to)))).collect()
}

fn argument(argument: &Argument) -> ArgumentDraft {
    match argument {
        Argument::Literal(text) => ArgumentDraft::literal(text.clone()),
        Argument::Secret(SecretArgument { prefix, suffix, reference: to, place: _ }) => {
            ArgumentDraft {
                name: String::new(),
                prefix: prefix.clone(),
                value: reference(to),
                suffix: suffix.clone(),
            }
        }
    }
}

fn reference(to: &SecretReference) -> DraftValue {
    DraftValue::Reference(to.to_string())
}

fn sign_in(auth: &Auth) -> DraftSignIn {
    match auth {
        Auth::None => DraftSignIn::None,
        Auth::Token(token) => {
            let mut fields = BTreeMap::new();
            let usual = token.header.eq_ignore_ascii_case("Authorization");
            if !usual {
                fields.insert("header", token.header.clone());
            }
            match &token.scheme {
                TokenScheme::Bearer if usual => {}
                TokenScheme::Bearer => drop(fields.insert("scheme", "Bearer".to_owned())),
                TokenScheme::Basic(username) => {
                    fields.insert("scheme", "Basic".to_owned());
                    fields.insert("username", username.clone());
                }
                TokenScheme::Bare => {}
            }
            DraftSignIn::Token(reference(&token.reference), fields)
        }
        Auth::OAuth(oauth) => DraftSignIn::OAuth(oauth_draft(oauth)),
    }
}

fn oauth_draft(oauth: &OAuthSettings) -> OAuthDraft {
    let mut draft = OAuthDraft {
        client_secret: oauth.client_secret.as_ref().map(reference),
        private_key: oauth.private_key.as_ref().map(reference),
        port: oauth.port.and_then(|port| u16::try_from(port).ok()),
        ..OAuthDraft::default()
    };
    draft.set_params(&oauth.authorize_params);
    draft.set("issuer", oauth.issuer.clone());
    draft.set("scope", oauth.scope.clone());
    draft.set("resource", oauth.resource.clone());
    draft.set("resource", oauth.without_resource.then_some(false));
    draft.set("client-id", oauth.client_id.clone());
    draft.set("algorithm", oauth.algorithm.clone());
    draft.set("token-endpoint-auth-method", oauth.auth_method.clone());
    draft.set("token-endpoint", oauth.token_endpoint.clone());
    draft.set("client-metadata-url", oauth.client_metadata_url.clone());
    draft.set("registration", Some(&oauth.registration).filter(|map| !map.is_empty()).cloned());
    draft.set("use-id-token", oauth.id_token.then_some(true));
    draft.set("host", oauth.host.clone());
    draft.set("callback-path", oauth.callback_path.clone());
    draft.set_grant(oauth.grant);
    draft
}
