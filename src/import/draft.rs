//! An entry of a client, as a server of a declaration.

use std::collections::BTreeMap;

use serde_json::Value;

use super::header::DraftHeaders;
use super::note::NoteReason;
use super::options::EntryOptions;
use super::value::ArgumentDraft;
use super::value::DraftValue;
use crate::model::{ACCOUNT_PARAM, Grant};

/// An entry that is imported.
#[derive(Debug, Clone)]
pub struct ServerDraft {
    /// The client that has it.
    pub client: String,
    /// The file that has it, as it is shown.
    pub file: String,
    /// Its name there.
    pub name: String,
    /// Whether the entry is disabled.
    pub off: bool,
    /// How it is reached.
    pub reach: DraftReach,
    /// How its bridge is started.
    pub start: Option<BridgeLauncher>,
    /// What else it says.
    pub options: EntryOptions,
    /// Whether the entry forbids its client to sign in.
    pub forbids_sign_in: bool,
    /// The lines of its comments.
    pub comments: Vec<String>,
}

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftReach {
    /// By a program.
    Local(LocalDraft),
    /// By an address.
    Remote(RemoteDraft),
}

impl DraftReach {
    /// Returns the tools that its launch hides.
    pub fn tools(&self) -> &HiddenTools {
        match self {
            Self::Local(local) => &local.tools,
            Self::Remote(remote) => &remote.tools,
        }
    }

    /// Returns the references in it.
    pub fn references(&self) -> impl Iterator<Item = &String> {
        let (held, args, proofs) = match self {
            Self::Local(local) => (&local.env, local.args.as_slice(), [None, None]),
            Self::Remote(remote) => (
                &remote.headers.others,
                &[][..],
                match &remote.sign_in {
                    DraftSignIn::Token(token, _) => [Some(token), None],
                    DraftSignIn::OAuth(OAuthDraft { client_secret, private_key, .. }) => {
                        [client_secret.as_ref(), private_key.as_ref()]
                    }
                    DraftSignIn::None => [None, None],
                },
            ),
        };
        let args = args.iter().map(|argument| &argument.value);
        let proofs = proofs.into_iter().flatten();
        held.values().chain(args).chain(proofs).filter_map(|value| match value {
            DraftValue::Reference(reference) => Some(reference),
            DraftValue::Plain(_)
            | DraftValue::Secret(_)
            | DraftValue::Input(_)
            | DraftValue::Missing => None,
        })
    }
}

/// Holds a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalDraft {
    /// Its name or path.
    pub command: String,
    /// Its arguments.
    pub args: Vec<ArgumentDraft>,
    /// Its environment.
    pub env: BTreeMap<String, DraftValue>,
    /// The directory it starts in.
    pub cwd: Option<String>,
    /// Tools that its launch hides.
    pub tools: HiddenTools,
}

/// Holds an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteDraft {
    /// The address, byte for byte.
    pub url: String,
    /// Whether the transport is the older SSE.
    pub sse: bool,
    /// Whether the server uses plain http to another machine.
    pub allow_http: bool,
    /// Headers.
    pub headers: DraftHeaders,
    /// How to sign in.
    pub sign_in: DraftSignIn,
    /// The field `via`, if it has to be set.
    pub via: Option<&'static str>,
    /// Tools that its launch hides.
    pub tools: HiddenTools,
}

/// The tools that the launch of a server hides, whatever else its entry says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HiddenTools {
    /// The only visible tools; empty for all.
    pub allow: Vec<String>,
    /// Hidden tools.
    pub deny: Vec<String>,
}

/// Says how to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftSignIn {
    /// Not at all.
    None,
    /// By OAuthDraft.
    OAuth(OAuthDraft),
    /// By a token in a header, with other fields of `auth`.
    Token(DraftValue, BTreeMap<&'static str, String>),
}

/// The settings of a sign-in with OAuth.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OAuthDraft {
    /// Fields of `auth` whose values are written as they are.
    pub values: BTreeMap<&'static str, Value>,
    /// The secret of a pre-registered client.
    pub client_secret: Option<DraftValue>,
    /// The private key of a pre-registered client.
    pub private_key: Option<DraftValue>,
    /// Further parameters of the authorization request.
    pub authorize_params: BTreeMap<String, String>,
    /// The port of the callback URL.
    pub port: Option<u16>,
}

impl OAuthDraft {
    /// Sets a field, if there is a value.
    pub fn set(&mut self, name: &'static str, value: Option<impl Into<Value>>) {
        self.values.extend(value.map(|value| (name, value.into())));
    }

    /// Sets the parameters of the authorization request. The account has a field of its own.
    pub fn set_params(&mut self, params: &BTreeMap<String, String>) {
        self.authorize_params = params.clone();
        let account = self.authorize_params.remove(ACCOUNT_PARAM);
        self.set("account", account);
    }

    /// Sets how tokens are obtained.
    pub fn set_grant(&mut self, grant: Grant) {
        match grant {
            Grant::Browser => {}
            Grant::Device => self.set("device", Some(true)),
            Grant::ClientCredentials => self.set("mode", Some("client-credentials")),
            Grant::JwtBearer => self.set("mode", Some("jwt-bearer")),
            // An entry describes the provider, which no field of a server can.
            Grant::Enterprise => self.set("mode", Some("enterprise")),
        }
    }
}

/// Says how the bridge is started, which is the same for all servers of a declaration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BridgeLauncher {
    /// Its words.
    pub words: Vec<String>,
    /// Its environment.
    pub env: BTreeMap<String, String>,
}

/// One way to declare an entry.
pub struct DraftCandidate {
    /// How the server is reached.
    pub reach: DraftReach,
    /// How its bridge is started.
    pub start: Option<BridgeLauncher>,
    /// The notes about this draft.
    pub notes: Vec<NoteReason>,
}

impl From<DraftReach> for DraftCandidate {
    fn from(reach: DraftReach) -> Self {
        Self { reach, start: None, notes: vec![] }
    }
}
