//! The requests of the bridge, with the user's headers.

use std::time::Duration;

use crate::bridge::options::BridgeOptions;
use crate::http::{
    CancelHandle, HttpClient, HttpConfig, HttpError, HttpMethod, HttpRequest, HttpTimeouts,
    RedirectPolicy, StreamingResponse, shown,
};
use crate::model::url;
use crate::paths::Environment;

// Many bridges run at once, so their buffers are small.
const BUFFER: usize = 16 << 10;
/// Timeout for the request that ends a session.
pub const END_SESSION_TIMEOUT: Duration = Duration::from_millis(250);

/// A request without the user's headers and without a credential.
#[derive(Clone, Copy)]
pub struct BridgeRequest<'a> {
    pub url: &'a str,
    pub method: HttpMethod<'a>,
    pub headers: &'a [(&'a str, &'a str)],
}

/// Sends requests to one server.
pub struct BridgeHttp {
    client: HttpClient,
    url: String,
    headers: Vec<(String, String)>,
    // The user's `Accept` headers, which are sent in addition to the transport's.
    accept: Vec<String>,
}

impl BridgeHttp {
    /// `headers` are sent with every request.
    ///
    /// # Errors
    /// Fails if the environment names a proxy or certificates that cannot be used.
    pub fn new(
        env: &Environment,
        options: &BridgeOptions,
        mut headers: Vec<(String, String)>,
    ) -> Result<Self, HttpError> {
        // The transport sets these headers, as in the SDK: messages are JSON even if the user sets another content
        // type.
        let named =
            |name: &'static str| move |one: &mut (String, String)| one.0.eq_ignore_ascii_case(name);
        headers.extract_if(.., named("content-type")).for_each(drop);
        let accept = headers.extract_if(.., named("accept")).map(|(_, value)| value).collect();
        let url = url::encoded(options.call.url.split('#').next().unwrap_or_default());
        let timeouts = HttpTimeouts {
            total: None,
            connect: Some(options.timeouts.connect),
            headers: options.timeouts.headers,
            body: options.timeouts.body,
        };
        let config = HttpConfig {
            allow_plain: true,
            allow_private: true,
            only_server: true,
            buffer: BUFFER,
            cookies: options.cookies,
            ipv4: options.ipv4,
            timeouts,
        };
        let client = HttpClient::new(env, &url, &config)?;
        Ok(Self { client, url, headers, accept })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns whether the user sets this header for every request.
    pub fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// Sends a request and waits for the response headers. Follows redirects within the origin only, because the
    /// request may contain a credential.
    ///
    /// # Errors
    /// Fails if no response comes, or if a redirect leads to another origin.
    pub fn send(
        &self,
        request: &BridgeRequest<'_>,
        cancel: &CancelHandle,
    ) -> Result<StreamingResponse, HttpError> {
        // The user's headers take precedence over the bridge's.
        let &BridgeRequest { url, method, headers } = request;
        let ours = headers.iter().filter(|(name, _)| !self.has(name)).copied();
        let theirs = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let accept = self.accept.iter().map(|media| ("Accept", media.as_str()));
        let headers: Vec<(&str, &str)> = ours.chain(theirs).chain(accept).collect();
        let timeout = matches!(method, HttpMethod::Delete).then_some(END_SESSION_TIMEOUT);
        let redirects = RedirectPolicy::SameOrigin;
        let request = HttpRequest { url, method, headers: &headers, redirects, timeout };
        self.client.send(&request, cancel)
    }
}

impl std::fmt::Debug for BridgeHttp {
    // Headers may be credentials.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BridgeHttp").field("url", &shown(&self.url)).finish_non_exhaustive()
    }
}
