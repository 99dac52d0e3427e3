//! HTTP requests to one server, whose responses are read as they arrive.

use std::time::Duration;

use ureq::Agent;
use ureq::config::IpFamily;
use ureq::http;
use ureq::tls::TlsConfig;
use ureq::unversioned::resolver::DefaultResolver;

use super::cancellable::{CancellableConnector, CancellableReader, cancellable};
use super::cookies::CookieJar;
use super::response::StreamingResponse;
use crate::auth::http::{AGENT, HttpError, from_ureq, proxy, redirect, shown, trust};
use crate::bridge::in_flight::CancelHandle;
use crate::bridge::options::BridgeOptions;
use crate::model::url;
use crate::paths::Environment;

const REDIRECTS: usize = 4;
// Size of the input and output buffer of a connection, which TLS doubles.
const BUFFER: usize = 16 << 10;
const CONNECTIONS: usize = 64;
// Node.js servers and uvicorn close a connection after five idle seconds; a request sent just then is lost.
const IDLE: Duration = Duration::from_secs(4);
/// Timeout for the request that ends a session.
pub const END_SESSION_TIMEOUT: Duration = Duration::from_millis(250);

/// An HTTP method with its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpCall<'a> {
    /// Opens an event stream.
    Get,
    /// Sends a message.
    Post(&'a [u8]),
    /// Ends the session.
    Delete,
}

/// Sends requests to one server.
pub struct BridgeHttp {
    agent: Agent,
    url: String,
    headers: Vec<(String, String)>,
    // The user's own Accept headers, sent next to the transport's.
    accept: Vec<String>,
    jar: Option<CookieJar>,
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
        // These belong to the transport, as in the SDK: messages are JSON even if the user sets another type.
        let named =
            |name: &'static str| move |one: &mut (String, String)| one.0.eq_ignore_ascii_case(name);
        headers.extract_if(.., named("content-type")).for_each(drop);
        let accept = headers.extract_if(.., named("accept")).map(|(_, value)| value).collect();
        let url = url::encoded(options.call.url.split('#').next().unwrap_or_default());
        let family = if options.ipv4 { IpFamily::Ipv4Only } else { IpFamily::Any };
        // Loading certificates takes time and memory, and plain http needs none.
        let secure = url.get(..8).is_some_and(|begin| begin.eq_ignore_ascii_case("https://"));
        let certificates = if secure { trust::certificates(env)? } else { TlsConfig::default() };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(AGENT)
            .ip_family(family)
            .tls_config(certificates)
            .proxy(proxy(env, &url)?)
            .timeout_connect(Some(options.timeouts.connect))
            .timeout_recv_response(options.timeouts.headers)
            .timeout_per_read(options.timeouts.body)
            .timeout_per_write(options.timeouts.headers)
            .input_buffer_size(BUFFER)
            .output_buffer_size(BUFFER)
            .max_idle_age(IDLE)
            .max_idle_connections(CONNECTIONS)
            .max_idle_connections_per_host(CONNECTIONS)
            .build();
        let agent =
            Agent::with_parts(config, CancellableConnector::default(), DefaultResolver::default());
        Ok(Self { agent, url, headers, accept, jar: options.cookies.then(CookieJar::default) })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns whether the user sets this header for every request.
    pub fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// Sends a request and waits for the response headers. Follows redirects within the origin only, because the
    /// request may carry a credential.
    ///
    /// # Errors
    /// Fails if no response comes, or a redirect leads to another origin.
    pub fn send(
        &self,
        to: &str,
        call: HttpCall<'_>,
        headers: &[(&str, &str)],
        cancel: &CancelHandle,
    ) -> Result<StreamingResponse, HttpError> {
        let mut url = to.to_owned();
        for _ in 0..=REDIRECTS {
            let response = self.once(&url, call, headers, cancel)?;
            let Some(to) = redirect(&url, response.status(), response.all_headers()) else {
                return Ok(response);
            };
            if !url::same_origin(&to, &url) {
                return Err(HttpError::CrossOriginRedirect { url: shown(&url), to: shown(&to) });
            }
            url = to;
        }
        let why = "it redirects too often".to_owned();
        Err(HttpError::Unreachable { url: shown(to), why, help: "check the URL" })
    }

    fn once(
        &self,
        url: &str,
        call: HttpCall<'_>,
        headers: &[(&str, &str)],
        cancel: &CancelHandle,
    ) -> Result<StreamingResponse, HttpError> {
        let mut builder = http::Request::builder().uri(url);
        // The user's headers take precedence over the bridge's.
        let ours = headers.iter().filter(|(name, _)| !self.has(name)).copied();
        let theirs = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in ours.chain(theirs) {
            builder = builder.header(name, value);
        }
        for media in &self.accept {
            builder = builder.header("Accept", media);
        }
        let cookie = self.jar.as_ref().and_then(|jar| jar.header(url));
        if let Some(cookie) = cookie.filter(|_| !self.has("cookie")) {
            builder = builder.header("Cookie", cookie);
        }
        let agent = &self.agent;
        let sent = cancellable(cancel, || match call {
            HttpCall::Get => builder.method("GET").body(()).map(|request| agent.run(request)),
            HttpCall::Delete => builder.method("DELETE").body(()).map(|request| {
                let request = agent
                    .configure_request(request)
                    .timeout_global(Some(END_SESSION_TIMEOUT))
                    .build();
                agent.run(request)
            }),
            HttpCall::Post(bytes) => {
                builder.method("POST").body(bytes).map(|request| agent.run(request))
            }
        });
        let sent = sent.map_err(ureq::Error::Http).flatten();
        let response = sent.map_err(|error| from_ureq(url, error))?;
        let (parts, body) = response.into_parts();
        if let Some(jar) = &self.jar {
            jar.keep(url, &parts.headers);
        }
        let body = Box::new(CancellableReader::new(body.into_reader(), cancel));
        Ok(StreamingResponse::new(parts.status.as_u16(), parts.headers, body))
    }
}

impl std::fmt::Debug for BridgeHttp {
    // Headers may be credentials.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BridgeHttp").field("url", &shown(&self.url)).finish_non_exhaustive()
    }
}
