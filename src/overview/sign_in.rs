//! The sign-in or token that an entry uses for its server.

use std::collections::BTreeMap;

use crate::auth::cache::SignInFiles;
use crate::auth::stored_sign_in::StoredSignIn;
use crate::doctor::OwnSignIns;
use crate::launch::Launcher;
use crate::model::Server;
use crate::paths::Environment;
use crate::secret::literal::{SecretVerdict, judge_named};
use crate::survey::{EntryReach, FoundBridge, FoundEntry, FoundSection};

/// What an entry uses to sign in to its server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignInUse {
    /// A sign-in in the cache, which all bridges share.
    Cache(StoredSignIn),
    /// A sign-in of the client, if the server requires one.
    Client(ClientEvidence),
    /// A token.
    Token(TokenPlace),
    /// Nothing: the server requires no sign-in.
    None,
    /// This cannot be known.
    Unknown,
}

/// How mcpgen knows that a client has a sign-in of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientEvidence {
    /// The client's file contains a sign-in for the server.
    Found,
    /// The declaration says that the server requires a sign-in.
    Declared,
    /// It is not known whether the server requires a sign-in.
    Nothing,
}

/// Where a token is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenPlace {
    /// Where the secret references in the declaration say.
    References(Vec<String>),
    /// In the client's file.
    File,
    /// Where the entry says, but not in the client's file: in an environment variable, or in a program's output.
    Elsewhere,
}

impl SignInUse {
    /// Returns the sign-in in the cache.
    pub fn stored(&self) -> Option<&StoredSignIn> {
        match self {
            Self::Cache(stored) => Some(stored),
            Self::Client(_) | Self::Token(_) | Self::None | Self::Unknown => None,
        }
    }
}

/// Finds out what entries use, and reads each sign-in once.
pub struct SignInReader<'a> {
    env: &'a Environment,
    read: BTreeMap<SignInFiles, StoredSignIn>,
    own: OwnSignIns<'a>,
}

impl<'a> SignInReader<'a> {
    /// Creates a reader.
    pub fn new(env: &'a Environment) -> Self {
        Self { env, read: BTreeMap::new(), own: OwnSignIns::new(env) }
    }

    /// Returns what an entry of a client uses. `declared` is the server in the declaration.
    pub fn sign_in(
        &mut self,
        section: &FoundSection<'_>,
        entry: &FoundEntry,
        declared: Option<&Server>,
    ) -> SignInUse {
        match &entry.reach {
            None => SignInUse::Unknown,
            Some(EntryReach::Program(command)) => {
                let is_secret = |(name, value): (&String, &String)| {
                    matches!(judge_named(name, value), SecretVerdict::Secret(_))
                };
                match command.env.iter().any(is_secret) {
                    true => SignInUse::Token(TokenPlace::File),
                    false => SignInUse::None,
                }
            }
            Some(EntryReach::Address { url, transport: _, headers }) => {
                if !entry.sends_token(section.client) {
                    return self.of_client(section, (&entry.name, url), declared);
                }
                let in_file = headers.iter().any(|(name, value)| is_literal_token(name, value));
                SignInUse::Token(if in_file { TokenPlace::File } else { TokenPlace::Elsewhere })
            }
            Some(EntryReach::Bridge(bridge)) => self.of_bridge(bridge, declared),
            Some(EntryReach::Exec(exec)) => {
                let Ok(behind) = &exec.behind else { return SignInUse::Unknown };
                let start = &behind.start;
                let launcher = Launcher::for_start(&start.launch, self.env);
                let secrets = launcher.start(&start.server).secrets.into_iter();
                let tokens = secrets.filter(|secret| !secret.encoding.is_of_client());
                let references: Vec<String> =
                    tokens.map(|secret| secret.reference.to_string()).collect();
                match (behind.reach.bridge(), start.server.is_oauth()) {
                    (Some(bridge), true) => self.of_bridge(bridge, Some(&start.server)),
                    _ if !references.is_empty() => {
                        SignInUse::Token(TokenPlace::References(references))
                    }
                    (Some(bridge), false) => self.of_bridge(bridge, Some(&start.server)),
                    (None, _) => SignInUse::None,
                }
            }
        }
    }

    fn of_client(
        &mut self,
        section: &FoundSection<'_>,
        (entry, url): (&str, &str),
        declared: Option<&Server>,
    ) -> SignInUse {
        if self.own.has_one(section, entry, url) {
            return SignInUse::Client(ClientEvidence::Found);
        }
        match declared {
            Some(server) if server.is_oauth() => SignInUse::Client(ClientEvidence::Declared),
            Some(_) => SignInUse::None,
            None => SignInUse::Client(ClientEvidence::Nothing),
        }
    }

    fn of_bridge(&mut self, bridge: &FoundBridge, declared: Option<&Server>) -> SignInUse {
        let Ok(call) = &bridge.call else { return SignInUse::Unknown };
        let token = call.headers.iter().find(|(name, _)| is_authorization(name));
        if let Some((name, value)) = token {
            let in_file = is_literal_token(name, value);
            return SignInUse::Token(if in_file {
                TokenPlace::File
            } else {
                TokenPlace::Elsewhere
            });
        }
        if declared.is_some_and(|server| !server.is_oauth()) {
            return SignInUse::None;
        }
        let Some(files) = bridge.files(self.env) else { return SignInUse::Unknown };
        let read = || StoredSignIn::read(files.clone(), call, self.env.os);
        SignInUse::Cache(self.read.entry(files.clone()).or_insert_with(read).clone())
    }
}

fn is_authorization(name: &str) -> bool {
    name.eq_ignore_ascii_case("authorization")
}

fn is_literal_token(name: &str, value: &str) -> bool {
    is_authorization(name) && !value.contains('$') && !value.contains('{')
}
