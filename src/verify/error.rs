//! Why a server could not be verified.

use crate::display::excerpt;
use crate::secret::redact;

/// Why a server could not be verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The program does not exist.
    #[error("`{0}` was not found")]
    NotFound(String),
    /// The working directory does not exist.
    #[error("directory `{0}` not found")]
    NoDirectory(String),
    /// The program cannot be started.
    #[error("cannot run `{program}`: {why}")]
    Unstartable {
        /// The program.
        program: String,
        /// The error of the operating system.
        why: String,
    },
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
            Self::NotFound(_) => "not-found",
            Self::NoDirectory(_) => "no-directory",
            Self::Unstartable { .. } => "unstartable",
            Self::Ended(_) => "ended",
            Self::TimedOut { .. } => "timeout",
            Self::SignIn => "sign-in",
            Self::Rejected { .. } => "rejected",
            Self::Malformed { .. } => "malformed",
            Self::Stopped => "stopped",
        }
    }

    /// Returns the error without secrets in the server's message, safe to print.
    #[must_use]
    pub fn without(self, secrets: &[&str]) -> Self {
        match self {
            Self::Rejected { method, message } => {
                Self::Rejected { method, message: excerpt(&redact(&message, secrets)) }
            }
            other @ (Self::NotFound(_)
            | Self::NoDirectory(_)
            | Self::Unstartable { .. }
            | Self::Ended(_)
            | Self::TimedOut { .. }
            | Self::SignIn
            | Self::Malformed { .. }
            | Self::Stopped) => other,
        }
    }
}
