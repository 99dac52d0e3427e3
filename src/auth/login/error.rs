//! Why a sign-in failed.

use super::callback_port::CallbackPortError;
use crate::auth::authorize::AuthorizeError;
use crate::auth::cache::CacheError;
use crate::auth::credentials::CredentialError;
use crate::auth::device::DeviceError;
use crate::auth::discover::DiscoverError;
use crate::auth::oauth_client::ClientOrigin;
use crate::auth::refresh::RefreshError;
use crate::auth::register::RegisterError;
use crate::auth::token_endpoint::ExchangeError;
use crate::diagnostic::Help;
use crate::fs::FsError;
use crate::http::HttpError;

/// Why a sign-in failed, by its step.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// A request.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The callback port.
    #[error(transparent)]
    CallbackPort(#[from] CallbackPortError),
    /// Discovery.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// Client registration.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// Authorization.
    #[error(transparent)]
    Authorize(#[from] AuthorizeError),
    /// Device authorization.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The token endpoint.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// A secret reference.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// A sign-in without a person at the server.
    #[error(transparent)]
    Unattended(#[from] RefreshError),
    /// The cache.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The refresh lease.
    #[error(transparent)]
    Fs(#[from] FsError),
    /// Nobody signed in.
    #[error("nobody signed in within {seconds} s")]
    TimedOut {
        /// The timeout in seconds.
        seconds: u64,
        /// Why the last response was ignored, if one came.
        ignored: Option<String>,
        /// Where the client id of the page comes from; None if another bridge opened the page.
        client: Option<ClientOrigin>,
    },
}

impl Help for LoginError {
    fn note(&self) -> Option<String> {
        match self {
            Self::Http(error) => error.note(),
            Self::CallbackPort(error) => error.note(),
            Self::Discover(error) => error.note(),
            Self::Register(error) => error.note(),
            Self::Authorize(error) => error.note(),
            Self::Device(error) => error.note(),
            Self::Exchange(error) => error.note(),
            Self::Credential(error) => error.note(),
            Self::Unattended(error) => error.note(),
            Self::Cache(error) => error.note(),
            Self::Fs(error) => error.note(),
            Self::TimedOut { ignored: Some(why), .. } => {
                Some(format!("a response was ignored: {why}"))
            }
            Self::TimedOut { ignored: None, client, .. } => client.map(unfinished_page),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Http(error) => error.help(),
            Self::CallbackPort(error) => error.help(),
            Self::Discover(error) => error.help(),
            Self::Register(error) => error.help(),
            Self::Authorize(error) => error.help(),
            Self::Device(error) => error.help(),
            Self::Exchange(error) => error.help(),
            Self::Credential(error) => error.help(),
            Self::Unattended(error) => error.help(),
            Self::Cache(error) => error.help(),
            Self::Fs(error) => error.help(),
            Self::TimedOut { .. } => Some(
                "sign in again: with `--no-browser` if your browser is on another machine, with a longer `--timeout` \
                 if you need more time, with `resource = false` under `auth` (for a URL, with \
                 `--disable-resource-parameter`) if the page rejects the resource"
                    .to_owned(),
            ),
        }
    }
}

/// Explains what it means that nobody finished a page, by where its client id comes from.
fn unfinished_page(client: ClientOrigin) -> String {
    match client {
        ClientOrigin::Declared => {
            "if the page reports an error about the client, check `client-id` in the declaration (for a URL, check \
             `--client-id`; for a bridge, `--static-oauth-client-info`)"
        }
        ClientOrigin::MetadataDocument => {
            "if the page reports an error about the client, check `client-metadata-url`"
        }
        ClientOrigin::Registered => {
            "if the page reports an error, the server may have forgotten the client: the next sign-in registers a new one"
        }
    }
    .to_owned()
}
