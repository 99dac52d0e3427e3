//! The bridge's command line: that of mcp-remote 0.15.1, so that one takes the other's place in any entry.
//!
//! What decides the cache key and the sign-in is read by the reader of calls, which follows mcp-remote to the
//! byte. The rest is read here, and what mcp-remote passes over in silence is an error.

use std::time::Duration;

use crate::auth::bridge_version::BridgeVersion;
use crate::auth::call::{BridgeCall, BridgeCallError};
use crate::diagnostic::one_line;

mod words;

use words::{Words, help};

/// Says why a command line cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// What decides key and sign-in.
    #[error("{}", one_line(.0))]
    Call(#[from] BridgeCallError),
    /// A flag that is none.
    #[error("there is no `{flag}`; {remedy}")]
    Unknown {
        /// The flag.
        flag: String,
        /// What may have been meant.
        remedy: String,
    },
    /// A word where none belongs. It is not shown: it may be what a flag without its name holds.
    #[error(
        "there is a word too many behind the address; it takes one port, and flags ({})",
        help()
    )]
    TooMany,
    /// A word where the port belongs. It is not shown either.
    #[error(
        "the word behind the address is no port; it takes a number right behind it, then flags ({})",
        help()
    )]
    NoPort,
    /// An address with a user name or a password, as no browser's `fetch` takes it either.
    #[error(
        "the address holds a user name or a password; give it as `--header Authorization:${{NAME}}`"
    )]
    UserInfo,
    /// A flag without its value.
    #[error("nothing follows `{0}`; write its value behind it")]
    NoValue(&'static str),
    /// A value of another kind.
    #[error("`{flag}` takes {takes}")]
    Value {
        /// The flag.
        flag: &'static str,
        /// What it takes.
        takes: &'static str,
    },
}

/// Says which transport is tried first, and whether the other one follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportOrder {
    /// Streamable HTTP, then HTTP+SSE.
    HttpFirst,
    /// HTTP+SSE, then Streamable HTTP.
    SseFirst,
    /// Streamable HTTP alone.
    HttpOnly,
    /// HTTP+SSE alone.
    SseOnly,
}

/// Says how a person is asked to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// In a browser on this machine.
    Browser,
    /// By a code on another device.
    Device,
    /// Not at all: the client speaks for itself.
    ClientCredentials,
}

/// Holds how long to wait. `None` is for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For the begin of an answer.
    pub headers: Option<Duration>,
    /// For the next piece of an answer.
    pub body: Option<Duration>,
    /// For a person who signs in.
    pub sign_in: Duration,
}

/// Holds what a command line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeOptions {
    /// What decides the key and the sign-in.
    pub call: BridgeCall,
    /// The order of transports.
    pub order: TransportOrder,
    /// How to sign in.
    pub grant: Grant,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// How often the server is pinged.
    pub ping: Option<Duration>,
    /// Patterns of tools that the client is not to see.
    pub ignored_tools: Vec<String>,
    /// Where the browser ends up after a sign-in.
    pub success_url: Option<String>,
    /// What `--static-oauth-client-info` says, with `${NAME}` as written.
    pub client_information: Option<String>,
    /// What `--static-oauth-client-metadata` says.
    pub client_metadata: Option<String>,
    /// Whether the ID token is sent in place of the access token.
    pub id_token: bool,
    /// Whether only IPv4 is used.
    pub ipv4: bool,
    /// Whether cookies are kept.
    pub cookies: bool,
    /// Whether a server of the revision 2026-07-28 is looked for.
    pub modern: bool,
    /// Whether a sign-in may lead into a private network.
    pub allow_private: bool,
    /// Whether what passes is written down.
    pub debug: bool,
    /// Whether nothing is said.
    pub silent: bool,
}

const CONNECT: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(300);
// mcp-remote gives a person thirty seconds, which a password manager and a second factor do not fit in.
const PERSON: Duration = Duration::from_secs(180);
const PING: Duration = Duration::from_secs(30);

impl BridgeOptions {
    /// Reads a command line: what stands behind `mcpgen bridge`. `read` gives the content of a file that an
    /// argument names.
    ///
    /// # Errors
    /// Fails with the first argument that cannot be used.
    pub fn parse(
        args: &[String],
        read: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, OptionsError> {
        let words = Words::sort(args)?;
        let call = BridgeCall::parse(args, BridgeVersion::NEWEST, read)?;
        if url::Url::parse(&call.url)
            .is_ok_and(|url| !url.username().is_empty() || url.password().is_some())
        {
            return Err(OptionsError::UserInfo);
        }
        let odd = |word: &String| !word.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        if args.first() == Some(&call.url) && args.get(1).is_some_and(odd) {
            return Err(OptionsError::NoPort);
        }
        let timeouts = Timeouts {
            connect: words.seconds("--connect-timeout", false)?.flatten().unwrap_or(CONNECT),
            headers: words.seconds("--headers-timeout", true)?.unwrap_or(Some(SILENCE)),
            body: words.seconds("--body-timeout", true)?.unwrap_or(Some(SILENCE)),
            sign_in: words.seconds("--auth-timeout", false)?.flatten().unwrap_or(PERSON),
        };
        let interval = words.seconds("--ping-interval", false)?.flatten();
        Ok(Self {
            call,
            order: words.order()?,
            grant: words.grant(),
            timeouts,
            ping: interval.or(words.has("--keep-alive").then_some(PING)),
            ignored_tools: words.all("--ignore-tool"),
            success_url: words.success_url()?,
            client_information: words.file_or_text("--static-oauth-client-info", read)?,
            client_metadata: words.file_or_text("--static-oauth-client-metadata", read)?,
            id_token: words.has("--use-id-token"),
            ipv4: words.has("--ipv4"),
            cookies: !words.has("--disable-cookies"),
            modern: words.modern()?,
            allow_private: words.has("--allow-private"),
            debug: words.has("--debug"),
            silent: words.has("--silent"),
        })
    }
}

#[cfg(test)]
mod tests;
