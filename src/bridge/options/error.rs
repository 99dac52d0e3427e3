//! Why a command line of the bridge cannot be used.

use crate::auth::bridge_flags::{KNOWN_FLAGS, KnownFlag};
use crate::auth::call::BridgeCallError;
use crate::diagnostic::Help;
use crate::similar::similar_name;
use crate::suggest::ShellCommand;

/// Why a command line cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// An option that decides the cache key or the sign-in is wrong.
    #[error(transparent)]
    Call(#[from] BridgeCallError),
    /// The option does not exist.
    #[error("there is no option `{0}`")]
    Unknown(String),
    /// The option exists, but it is joined to its value. The value is not shown.
    #[error("there is no option `{}=…`", .0.name)]
    Joined(&'static KnownFlag),
    /// There are too many arguments. The argument is not shown: it may be a secret value whose option is missing.
    #[error("unexpected argument after the URL")]
    TooMany,
    /// The argument after the URL is not a port. It may be a secret too, so it is not shown.
    #[error("the argument after the URL is not a port")]
    NoPort,
    /// The URL contains a user name or a password, which `fetch` rejects too.
    #[error("the URL contains a user name or a password")]
    UserInfo,
    /// An option has no value.
    #[error("the option `{0}` has no value")]
    NoValue(&'static str),
    /// The value of an option cannot be used.
    #[error("the value of `{flag}` is not {takes}")]
    Value {
        /// The option.
        flag: &'static str,
        /// What it expects.
        takes: &'static str,
    },
}

impl Help for OptionsError {
    fn help(&self) -> Option<String> {
        let list = ShellCommand::new("mcpgen bridge --help");
        Some(match self {
            Self::Call(error) => return error.help(),
            Self::Unknown(flag) => {
                similar_name("an option", flag, KNOWN_FLAGS.iter().map(|known| known.name))
                    .unwrap_or_else(|| format!("{list} lists all options"))
            }
            Self::Joined(KnownFlag { name, value: Some(value), .. }) => {
                format!("write the value as a separate argument: `{name} {value}`")
            }
            Self::Joined(KnownFlag { name, value: None, .. }) => {
                format!("write `{name}` without a value")
            }
            Self::TooMany => format!("write at most a port, then options ({list})"),
            Self::NoPort => format!("write a number or an option ({list})"),
            Self::UserInfo => "pass them as `--header Authorization:${NAME}`".to_owned(),
            Self::NoValue(_) => "write the value after the option".to_owned(),
            Self::Value { .. } => return None,
        })
    }
}
