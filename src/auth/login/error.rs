//! Why a sign-in failed.

use super::callback_port::CallbackPortError;
use crate::auth::authorize::AuthorizeError;
use crate::auth::cache::CacheError;
use crate::auth::credentials::CredentialError;
use crate::auth::device::DeviceError;
use crate::auth::discover::DiscoverError;
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
            Self::Cache(error) => error.note(),
            Self::Fs(error) => error.note(),
            Self::TimedOut { ignored, .. } => {
                ignored.as_ref().map(|why| format!("a response was ignored: {why}"))
            }
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
            Self::Cache(error) => error.help(),
            Self::Fs(error) => error.help(),
            Self::TimedOut { .. } => {
                Some("sign in again, with a longer `--timeout` if needed".to_owned())
            }
        }
    }
}
