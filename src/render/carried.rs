//! The names that a server gets through its entry, through mcpgen or through the bridge.

use std::collections::BTreeSet;

use crate::client::{FieldRole, FieldSpellings};
use crate::model::{Auth, Reach};

/// Returns the names of variables and headers that a server gets, and of fields that contain such a name.
pub fn carried(reach: &Reach, spellings: &FieldSpellings) -> BTreeSet<String> {
    match reach {
        Reach::Local(local) => {
            let cwd = local.cwd.iter().flat_map(|_| spellings.of(FieldRole::Cwd));
            local.env.keys().chain(local.secrets.keys()).chain(cwd).cloned().collect()
        }
        Reach::Remote(remote) => {
            let mut names: BTreeSet<String> =
                remote.headers.keys().chain(remote.secrets.keys()).cloned().collect();
            match &remote.auth {
                Auth::Token(token) => {
                    names.insert(token.header.clone());
                    names.extend(spellings.of(FieldRole::TokenVariable).iter().cloned());
                }
                Auth::None | Auth::OAuth(_) => {}
            }
            names
        }
    }
}
