//! What an HTTP client may do.

use std::time::Duration;

const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(15);
const SIGN_IN_BUFFER: usize = 128 << 10;

/// The permissions, timeouts and buffers of an HTTP client.
#[derive(Debug, Clone, Copy)]
pub struct HttpConfig {
    /// Whether a URL may be plain http to another machine.
    pub allow_plain: bool,
    /// Whether a public server may lead to private addresses.
    pub allow_private: bool,
    /// Whether only the server itself is requested, so that a server with plain http needs no certificates.
    pub only_server: bool,
    /// The size of the input buffer and of the output buffer of a connection, in bytes. TLS doubles both. The headers
    /// of a request or response must fit.
    pub buffer: usize,
    /// Whether cookies are kept.
    pub cookies: bool,
    /// Whether only IPv4 is used.
    pub ipv4: bool,
    /// The timeouts.
    pub timeouts: HttpTimeouts,
}

/// The timeouts of a request.
#[derive(Debug, Clone, Copy, Default)]
pub struct HttpTimeouts {
    /// For the whole request, with its redirects.
    pub total: Option<Duration>,
    /// To connect.
    pub connect: Option<Duration>,
    /// Until the response headers arrive.
    pub headers: Option<Duration>,
    /// Until more of a response body arrives.
    pub body: Option<Duration>,
}

impl HttpConfig {
    /// Returns the configuration for a sign-in.
    pub fn sign_in(allow_private: bool, allow_plain: bool) -> Self {
        let timeouts = HttpTimeouts { total: Some(SIGN_IN_TIMEOUT), ..HttpTimeouts::default() };
        Self {
            allow_plain,
            allow_private,
            only_server: false,
            buffer: SIGN_IN_BUFFER,
            cookies: false,
            ipv4: false,
            timeouts,
        }
    }
}
