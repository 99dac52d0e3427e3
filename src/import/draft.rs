//! What an entry is as a server.

use std::collections::BTreeMap;

use super::bridge::Start;
use super::header::{Headers, Held};
use super::options::Options;
use super::stays::Stays;

/// Holds an entry that is carried over.
#[derive(Debug, Clone)]
pub struct Found {
    /// The client that has it.
    pub client: String,
    /// Its name there.
    pub name: String,
    /// Whether it is switched off there.
    pub off: bool,
    /// How it is reached.
    pub reach: Reach,
    /// How its bridge is started.
    pub start: Option<Start>,
    /// What else it says.
    pub options: Options,
}

/// Says how a server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// By a program.
    Local(Local),
    /// By an address.
    Remote(Remote),
}

/// Holds a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Local {
    /// Its name or path.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its environment.
    pub env: BTreeMap<String, Held>,
    /// The folder it starts in.
    pub cwd: Option<String>,
}

/// Holds an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// The address, byte for byte.
    pub url: String,
    /// Whether it is the older SSE.
    pub sse: bool,
    /// Headers.
    pub headers: Headers,
    /// How to sign in.
    pub sign_in: SignIn,
    /// Who speaks to it, where that has to be said.
    pub via: Option<&'static str>,
    /// Tools that the bridge hides.
    pub deny: Vec<String>,
}

/// Says how to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// Not at all.
    None,
    /// By OAuth.
    OAuth(OAuth),
    /// By a token in a header; the texts are fields of `auth`.
    Token(Held, BTreeMap<&'static str, String>),
}

/// Holds what is said of an OAuth sign-in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OAuth {
    /// Fields of `auth` that are texts.
    pub texts: BTreeMap<&'static str, String>,
    /// The secret of a client registered beforehand.
    pub client_secret: Option<Held>,
    /// Further parameters of the authorization request.
    pub authorize_params: BTreeMap<String, String>,
    /// The port of the callback address.
    pub port: Option<u16>,
}

/// Holds one way to say an entry.
pub struct Way {
    /// How the server is reached.
    pub reach: Reach,
    /// How its bridge is started.
    pub start: Option<Start>,
    /// What is to be said about it.
    pub notes: Vec<Stays>,
}

impl From<Reach> for Way {
    fn from(reach: Reach) -> Self {
        Self { reach, start: None, notes: vec![] }
    }
}
