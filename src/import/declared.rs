//! Imports an entry that starts `mcpgen exec`, by reading the server from the declaration that the entry names.

use std::collections::BTreeMap;

use super::bridge::words;
use super::draft::{
    BridgeLauncher, DraftCandidate, DraftReach, DraftSignIn, LocalDraft, OAuthDraft, RemoteDraft,
};
use super::header::{DraftHeaders, DraftValue};
use crate::client::Transport;
use crate::model::{self, Auth, DEFAULT_BRIDGE, TokenScheme, Via};
use crate::secret::SecretReference;
use crate::survey::Declared;

/// Reads a declared server.
pub fn read(behind: &Declared) -> DraftCandidate {
    let (launch, server) = (&behind.start.launch, &behind.start.server);
    let start = (launch.bridge != DEFAULT_BRIDGE || !launch.env.is_empty())
        .then(|| BridgeLauncher { words: words(&launch.bridge), env: launch.env.clone() });
    match &server.reach {
        model::Reach::Local(local) => DraftReach::Local(LocalDraft {
            command: local.command.clone(),
            args: local.args.clone(),
            env: held(&local.env, &local.secrets),
            cwd: local.cwd.clone(),
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
                },
                deny: server.deny.clone(),
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
        Auth::OAuth(oauth) => DraftSignIn::OAuth(OAuthDraft {
            texts: [
                ("scope", &oauth.scope),
                ("resource", &oauth.resource),
                ("client-id", &oauth.client_id),
                ("client-metadata-url", &oauth.client_metadata_url),
                ("host", &oauth.host),
                ("callback-path", &oauth.callback_path),
            ]
            .into_iter()
            .filter_map(|(name, text)| Some((name, text.clone()?)))
            .collect(),
            client_secret: oauth.client_secret.as_ref().map(reference),
            authorize_params: oauth.authorize_params.clone(),
            port: oauth.port.and_then(|port| u16::try_from(port).ok()),
        }),
    }
}
