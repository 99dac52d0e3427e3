//! Why there is no valid token set.

use crate::auth::cache::CacheError;
use crate::auth::client_assertion::ClientKeyError;
use crate::auth::credentials::CredentialError;
use crate::auth::discover::DiscoverError;
use crate::auth::identity_error::IdentityError;
use crate::auth::issuer::IssuerError;
use crate::auth::token_endpoint::ExchangeError;
use crate::diagnostic::Help;
use crate::fs::FsError;
use crate::http::HttpError;

/// Why there is no valid token set.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The cache.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The lease.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// A request.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// Discovery.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// The token endpoint.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// A secret reference.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The private key of the OAuth client.
    #[error(transparent)]
    ClientKey(#[from] ClientKeyError),
    /// The authorization server.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    /// The cache has no registration for the token set.
    #[error("the client registration of this sign-in is missing")]
    NoRegistration,
    /// A grant without a person is requested without a client id.
    #[error("a sign-in without a person needs a client id")]
    NoClientId,
    /// The cache has no token set.
    #[error("not signed in")]
    NotSignedIn,
    /// The access token has expired, and there is no refresh token.
    #[error("the sign-in has expired and has no refresh token")]
    Expired,
    /// There is no refresh token, whether or not the access token has expired.
    #[error("the sign-in has no refresh token")]
    NoRefreshToken,
    /// The identity of a person who has signed in at an identity provider.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The assertion of the JWT bearer grant is missing.
    #[error("the JWT bearer grant needs an assertion")]
    NoAssertion,
    /// The server refuses the new access token.
    #[error("the server refuses the access token even after a refresh")]
    StillRefused,
}

impl Help for RefreshError {
    fn note(&self) -> Option<String> {
        match self {
            Self::Cache(error) => error.note(),
            Self::Fs(error) => error.note(),
            Self::Http(error) => error.note(),
            Self::Discover(error) => error.note(),
            Self::Exchange(error) => error.note(),
            Self::Credential(error) => error.note(),
            Self::ClientKey(error) => error.note(),
            Self::Identity(error) => error.note(),
            Self::Issuer(error) => error.note(),
            Self::NoRegistration
            | Self::NoClientId
            | Self::NoAssertion
            | Self::NotSignedIn
            | Self::Expired
            | Self::NoRefreshToken
            | Self::StillRefused => None,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Cache(error) => error.help(),
            Self::Fs(error) => error.help(),
            Self::Http(error) => error.help(),
            Self::Discover(error) => error.help(),
            Self::Exchange(error) => error.help(),
            Self::Credential(error) => error.help(),
            Self::ClientKey(error) => error.help(),
            Self::Identity(error) => error.help(),
            Self::NoAssertion => Some("pass the assertion with `--assertion`".to_owned()),
            Self::NoClientId => {
                Some("pass the client's id and secret with `--static-oauth-client-info`".to_owned())
            }
            // The fix is to sign in, and only a command knows how.
            Self::Issuer(_)
            | Self::NoRegistration
            | Self::NotSignedIn
            | Self::Expired
            | Self::NoRefreshToken
            | Self::StillRefused => None,
        }
    }
}

impl RefreshError {
    /// Returns why a token endpoint gave no tokens, if that is the error.
    pub fn exchange(&self) -> Option<&ExchangeError> {
        if let Self::Exchange(error) = self {
            return Some(error);
        }
        if let Self::Identity(error) = self { error.exchange() } else { None }
    }

    /// Returns whether a new sign-in fixes the error.
    pub fn needs_sign_in(&self) -> bool {
        match self {
            Self::Issuer(_)
            | Self::NoRegistration
            | Self::NotSignedIn
            | Self::Expired
            | Self::NoRefreshToken
            | Self::StillRefused => true,
            Self::Cache(error) => error.needs_sign_in(),
            Self::Exchange(error) => error.ends_grant(),
            Self::Identity(error) => error.needs_sign_in(),
            Self::Fs(_)
            | Self::Http(_)
            | Self::Discover(_)
            | Self::Credential(_)
            | Self::ClientKey(_)
            | Self::NoAssertion
            | Self::NoClientId => false,
        }
    }
}
