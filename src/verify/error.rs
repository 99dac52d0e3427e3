//! Why a server could not be verified.

use crate::display::excerpt;
use crate::launch::start_error::StartError;
use crate::secret::redact;

/// Why a server could not be verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The program cannot be started.
    #[error(transparent)]
    NotStarted(#[from] StartError),
    /// The process ended too early.
    #[error("the process {0} before it had responded")]
    Ended(String),
    /// The server did not respond in time.
    #[error("no response to `{method}` within {seconds} s")]
    TimedOut {
        /// The request.
        method: &'static str,
        /// The timeout.
        seconds: u64,
    },
    /// The server requires a sign-in.
    #[error("the server requires a sign-in")]
    SignIn,
    /// The server responded with an error.
    #[error("the server rejects `{method}`: {message}")]
    Rejected {
        /// The request.
        method: &'static str,
        /// The server's message.
        message: String,
    },
    /// The server's response to a request is not what MCP requires.
    #[error("the response to `{method}` {why}")]
    Malformed {
        /// The request.
        method: &'static str,
        /// What is wrong.
        why: &'static str,
    },
    /// The user stopped the run.
    #[error("stopped")]
    Stopped,
}

impl VerifyError {
    /// Returns the name of the error for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotStarted(error) => match error {
                StartError::NoDirectory(_) => "no-directory",
                StartError::NoFile(_)
                | StartError::NotOnPath { .. }
                | StartError::NoInterpreter(_) => "not-found",
                StartError::Refused { .. } => "unstartable",
            },
            Self::Ended(_) => "ended",
            Self::TimedOut { .. } => "timeout",
            Self::SignIn => "sign-in",
            Self::Rejected { .. } => "rejected",
            Self::Malformed { .. } => "malformed",
            Self::Stopped => "stopped",
        }
    }

    /// Returns whether the error contains text of the server.
    pub const fn quotes_server(&self) -> bool {
        match self {
            Self::Rejected { .. } => true,
            Self::NotStarted(_)
            | Self::Ended(_)
            | Self::TimedOut { .. }
            | Self::SignIn
            | Self::Malformed { .. }
            | Self::Stopped => false,
        }
    }

    /// Returns the error without secrets in the server's message, safe to print.
    #[must_use]
    pub fn without(self, secrets: &[&str]) -> Self {
        match self {
            Self::Rejected { method, message } => {
                Self::Rejected { method, message: excerpt(&redact(&message, secrets)) }
            }
            other @ (Self::NotStarted(_)
            | Self::Ended(_)
            | Self::TimedOut { .. }
            | Self::SignIn
            | Self::Malformed { .. }
            | Self::Stopped) => other,
        }
    }
}
