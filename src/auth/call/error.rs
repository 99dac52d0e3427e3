//! Why the bridge refuses its arguments.

use crate::diagnostic::Help;

/// Why the bridge would refuse its arguments.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BridgeCallError {
    /// The first argument is not a URL.
    #[error("the first argument of the bridge, `{0}`, is not a URL")]
    NotAUrl(String),
    /// There are no arguments.
    #[error("the arguments of the bridge contain no URL")]
    NoUrl,
    /// The URL uses plain http to another machine.
    #[error("`{0}` uses plain http, which the bridge does not allow")]
    PlainHttp(String),
    /// A parameter is not of the form `NAME=VALUE`.
    #[error("`--authorize-param` needs a value of the form `NAME=VALUE`")]
    AuthorizeParam,
    /// The bridge sets this parameter itself.
    #[error("`--authorize-param {0}=…` is not allowed, because the bridge sets `{0}` itself")]
    ReservedParam(String),
    /// The resource is not an absolute URL.
    #[error("`--resource {0}` is not an absolute URL")]
    Resource(String),
    /// The token endpoint cannot be used.
    #[error("the bridge rejects `--token-endpoint`: {why}")]
    TokenEndpoint {
        /// The cause.
        why: &'static str,
        /// What to do about it.
        help: &'static str,
    },
    /// The port is out of range.
    #[error("port {0} is out of range")]
    Port(i64),
    /// A file that an option names cannot be read.
    #[error("the bridge cannot read the file `{0}`")]
    NoFile(String),
    /// The value of an option is not JSON. It may hold a secret and is not shown.
    #[error("the value of `{0}` is not valid JSON")]
    NotJson(&'static str),
    /// The description of an identity provider lacks a field.
    #[error("the value of `--idp` has no `{0}`")]
    Provider(&'static str),
}

// Whether a string looks like a URL without its scheme.
fn is_host(text: &str) -> bool {
    let host = text.split(['/', ':']).next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let named = host == "localhost" || (host.contains('.') && !host.starts_with('.'));
    named && host.chars().all(plain) && !text.contains("://")
}

impl Help for BridgeCallError {
    fn help(&self) -> Option<String> {
        let help = match self {
            Self::NotAUrl(text) if is_host(text) => {
                let local = ["localhost", "127.0.0.1"].iter().any(|host| text.starts_with(host));
                let scheme = if local { "http" } else { "https" };
                return Some(format!("write `{scheme}://{text}`"));
            }
            Self::NotAUrl(_) | Self::NoUrl => {
                "put the URL first, for example https://mcp.example.com/mcp"
            }
            Self::PlainHttp(_) => "use https, or add `--allow-http`",
            Self::AuthorizeParam => "write both the name and the value",
            Self::ReservedParam(_) => "remove the option",
            Self::Resource(_) => "write the whole URL",
            Self::TokenEndpoint { help, .. } => help,
            Self::Port(_) => "use a port from 1 to 65535",
            Self::NoFile(_) => "create the file, or remove the option",
            Self::NotJson(_) => "write a JSON object",
            Self::Provider(_) => "write the issuer and the client id of the identity provider",
        };
        Some(help.to_owned())
    }
}
