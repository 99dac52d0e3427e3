//! The command line of the bridge. It is the same as that of mcp-remote 0.15.1, so that either can replace the other in
//! any entry.
//!
//! `auth/call.rs` parses the options that decide the cache key and the sign-in, exactly like mcp-remote. This module
//! parses the other options. Arguments that mcp-remote silently ignores are errors.

use std::time::Duration;

use serde_json::Value;

use crate::auth::bridge_version::BridgeVersion;
use crate::auth::call::{BridgeCall, BridgeCallError, IDP};
use crate::model::Grant;

mod error;
mod words;

pub use error::OptionsError;
use words::Words;

/// The order in which the transports are tried, and whether there is a fallback.
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

/// Timeouts. `None` means no timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// To connect.
    pub connect: Duration,
    /// Until response headers arrive.
    pub headers: Option<Duration>,
    /// Until more of a response body arrives.
    pub body: Option<Duration>,
    /// Until a person has signed in.
    pub sign_in: Duration,
}

/// A parsed command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeOptions {
    /// The options that decide the cache key and the sign-in.
    pub call: BridgeCall,
    /// The order of transports.
    pub order: TransportOrder,
    /// Timeouts.
    pub timeouts: Timeouts,
    /// The interval between pings.
    pub ping: Option<Duration>,
    /// Patterns of tools to hide from the client.
    pub ignored_tools: Vec<String>,
    /// Patterns of the only tools that the client sees; empty for all.
    pub only_tools: Vec<String>,
    /// The page that the browser shows after a sign-in.
    pub success_url: Option<String>,
    /// The value of `--static-oauth-client-info`, with `${NAME}` as written.
    pub client_information: Option<String>,
    /// The value of `--client-private-key`, with `${NAME}` as written.
    pub client_key: Option<String>,
    /// The value of `--assertion`, with `${NAME}` as written.
    pub assertion: Option<String>,
    /// The value of `--idp`, with `${NAME}` as written.
    pub provider: Option<Value>,
    /// The value of `--static-oauth-client-metadata`.
    pub client_metadata: Option<String>,
    /// Whether only IPv4 is used.
    pub ipv4: bool,
    /// Whether cookies are stored.
    pub cookies: bool,
    /// Whether to look for the revision 2026-07-28.
    pub modern: bool,
    /// Whether a public server's sign-in may use URLs in a private network.
    pub allow_private: bool,
    /// Whether every step is logged.
    pub debug: bool,
    /// Whether nothing is logged.
    pub silent: bool,
}

const CONNECT: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(300);
// The timeout of mcp-remote, 30 s, is too short for a password manager and a second factor.
const SIGN_IN: Duration = Duration::from_secs(180);
const PING: Duration = Duration::from_secs(30);

impl BridgeOptions {
    /// Parses the arguments after `mcpgen bridge`. `read` returns the content of a file that an argument names.
    ///
    /// # Errors
    /// Fails with the first argument that cannot be used.
    pub fn parse(
        args: &[String],
        read: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, OptionsError> {
        let words = Words::sort(args)?;
        let call = BridgeCall::parse(args, BridgeVersion::NEWEST, read)?;
        let assertion = words.file_or_text("--assertion", read)?;
        let provider = words.file_or_text(IDP, read)?;
        let provider = provider.map(|text| provider_description(&text)).transpose()?;
        let sign_in = provider.as_ref().map(BridgeCall::of_provider).transpose()?.map(Box::new);
        let grant = match (&sign_in, &assertion) {
            (Some(_), _) => Grant::Enterprise,
            (None, Some(_)) => Grant::JwtBearer,
            (None, None) => call.grant,
        };
        let call = BridgeCall { issuer: words.issuer()?, grant, provider: sign_in, ..call };
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
            sign_in: words.seconds("--auth-timeout", false)?.flatten().unwrap_or(SIGN_IN),
        };
        let interval = words.seconds("--ping-interval", false)?.flatten();
        Ok(Self {
            call,
            order: words.order()?,
            timeouts,
            ping: interval.or(words.has("--keep-alive").then_some(PING)),
            ignored_tools: words.all("--ignore-tool"),
            only_tools: words.all("--only-tool"),
            success_url: words.success_url()?,
            client_information: words.file_or_text("--static-oauth-client-info", read)?,
            assertion,
            provider,
            client_key: words.file_or_text("--client-private-key", read)?,
            client_metadata: words.file_or_text("--static-oauth-client-metadata", read)?,
            ipv4: words.has("--ipv4"),
            cookies: !words.has("--disable-cookies"),
            modern: words.modern()?,
            allow_private: words.has("--allow-private"),
            debug: words.has("--debug"),
            silent: words.has("--silent"),
        })
    }
}

fn provider_description(text: &str) -> Result<Value, BridgeCallError> {
    serde_json::from_str(text).map_err(|_| BridgeCallError::NotJson(IDP))
}

#[cfg(test)]
mod tests;
