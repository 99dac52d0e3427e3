//! What a server gets whatever launches it: in the entry, or from mcpgen and the bridge.

use std::collections::BTreeSet;

use crate::model::{Auth, Reach};

/// Returns the names of variables and headers that a server gets, and of fields that hold such a name.
pub fn carried(reach: &Reach) -> BTreeSet<String> {
    match reach {
        Reach::Local(local) => {
            let cwd = local
                .cwd
                .iter()
                .map(|_| "cwd")
                .chain(local.cwd.iter().map(|_| "working_directory"));
            let names = local.env.keys().chain(local.secrets.keys()).cloned();
            names.chain(cwd.map(str::to_owned)).collect()
        }
        Reach::Remote(remote) => {
            let token: &[&str] = match &remote.auth {
                Auth::Token(token) => {
                    &[token.header.as_str(), "bearer_token_env_var", "bearerTokenEnvVar"]
                }
                Auth::None | Auth::OAuth(_) => &[],
            };
            let names = remote.headers.keys().chain(remote.secrets.keys()).cloned();
            names.chain(token.iter().map(|name| (*name).to_owned())).collect()
        }
    }
}
