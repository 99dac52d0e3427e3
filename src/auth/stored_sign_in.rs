//! A sign-in in the cache, and whether a bridge can use it without a person.

use super::bridge_version::BridgeVersion;
use super::cache::{Cache, SignInFiles, TokenSet};
use super::call::BridgeCall;
use super::expiry::SignInState;
use super::now;
use super::refreshable::{provider_vouches, renews_itself};
use crate::model::{LaunchSettings, Server};
use crate::paths::{Environment, Os};

/// A sign-in in the cache.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredSignIn {
    /// Its files.
    pub files: SignInFiles,
    /// Its state.
    pub state: SignInState,
    /// Whether the bridge can refresh it without a person.
    pub renews: bool,
    /// Whether only a person can sign in.
    by_person: bool,
}

impl StoredSignIn {
    /// Reads the state of a sign-in.
    pub fn read(files: SignInFiles, call: &BridgeCall, os: Os) -> Self {
        let tokens = files.tokens();
        Self::of_tokens(files, &tokens, call, os)
    }

    /// Returns the sign-in whose token file has already been read.
    pub fn of_tokens<E>(
        files: SignInFiles,
        tokens: &Result<Option<TokenSet>, E>,
        call: &BridgeCall,
        os: Os,
    ) -> Self {
        let (state, renews) = match tokens {
            Ok(Some(tokens)) if !tokens.is_for(call.scope.as_deref()) => {
                (SignInState::OtherScope, false)
            }
            Ok(Some(tokens)) => {
                let state = SignInState::of_tokens(&call.as_sent(tokens), now());
                (state, renews_itself(call, &files, tokens, os))
            }
            Ok(None) => (SignInState::Missing, false),
            Err(_) => (SignInState::Broken, false),
        };
        let by_person = match &call.provider {
            Some(_) => !provider_vouches(call, &files, os),
            None => !call.grant.is_unattended(),
        };
        Self { files, state, renews, by_person }
    }

    /// Returns whether a bridge can use the sign-in without a person.
    pub fn is_usable(&self) -> bool {
        match self.state {
            SignInState::Usable | SignInState::Expiring => true,
            SignInState::Expired => self.renews,
            SignInState::Missing | SignInState::Broken | SignInState::OtherScope => !self.by_person,
        }
    }
}

/// Returns the sign-in that a declared server uses: its files, and the call of its bridge. `None` if it uses none.
pub fn declared_sign_in(
    server: &Server,
    launch: &LaunchSettings,
    env: &Environment,
) -> Option<(SignInFiles, BridgeCall)> {
    let remote = server.oauth_remote()?;
    let version = BridgeVersion::from_command(&launch.bridge, env);
    let call = BridgeCall::declared(server, remote, version).ok()?;
    Some((Cache::find(&launch.env, env).files(version, &call.key()), call))
}
