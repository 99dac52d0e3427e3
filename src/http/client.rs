//! Sends requests to one server and to its authorization server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::config::{Config, IpFamily};
use ureq::tls::TlsConfig;
use ureq::{Agent, Proxy, ProxyProtocol, http};

use super::agents::Agents;
use super::cancel::CancelHandle;
use super::cancellable::{CancellableConnector, CancellableReader, cancellable};
use super::config::HttpConfig;
use super::cookies::CookieJar;
use super::encoding::{self, decoded};
use super::error::HttpError;
use super::guard::{self, GuardedResolver};
use super::proxy::{is_public, proxy, resolve};
use super::redirect::follow;
use super::request::{HttpMethod, HttpRequest, RedirectPolicy};
use super::response::{BufferedResponse, StreamingResponse};
use super::shown;
use super::trust::TrustedCertificates;
use crate::model::url::{self, UrlError};
use crate::paths::Environment;

const USER_AGENT: &str = concat!("mcpgen/", env!("CARGO_PKG_VERSION"));
// ureq reuses the oldest idle connection. So after a busy moment, this many connections stay open while requests are
// frequent.
const CONNECTIONS: usize = 64;
// Node.js servers and uvicorn close a connection after five idle seconds; a request sent just then is lost.
const IDLE: Duration = Duration::from_secs(4);
// Bytes of the request line without the URL, and of the headers that ureq adds.
const OWN_HEADERS: usize = 512;
// More than servers accept.
const MAX_URL: usize = 8 << 10;

/// An HTTP client for one server.
#[derive(Debug)]
pub struct HttpClient {
    agents: Arc<Agents>,
    allow_plain: bool,
    guarded: bool,
    proxy: Option<String>,
    buffer: usize,
    cookies: Option<Arc<CookieJar>>,
    timeout: Option<Duration>,
    deadline: Option<Instant>,
}

impl HttpClient {
    /// Makes a client for a server.
    ///
    /// # Errors
    /// Fails if the environment names a proxy or certificates that cannot be used.
    pub fn new(env: &Environment, server: &str, config: &HttpConfig) -> Result<Self, HttpError> {
        let proxy = proxy(env, server)?;
        let guarded = !config.allow_private && is_public(server, proxy.as_ref(), &resolve);
        let via = proxy.as_ref().map(|proxy| proxy.host().to_owned());
        // Loading certificates takes time and memory.
        let secure = server.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
        let secure = secure || proxy.as_ref().is_some_and(|p| p.protocol() == ProxyProtocol::Https);
        let needs_tls = secure || !config.only_server;
        let trusted = needs_tls.then(|| TrustedCertificates::from_env(env)).transpose()?;
        let (config, to) = (*config, via.clone());
        let agents = Agents::new(trusted, move |tls| {
            let resolver = GuardedResolver::new(guarded, to.clone());
            let config = agent_config(&config, tls, proxy.clone());
            Agent::with_parts(config, CancellableConnector::default(), resolver)
        });
        Ok(Self {
            agents: Arc::new(agents),
            allow_plain: config.allow_plain,
            guarded,
            proxy: via,
            buffer: config.buffer,
            cookies: config.cookies.then(Arc::default),
            timeout: config.timeouts.total,
            deadline: None,
        })
    }

    /// Returns this client with one deadline for all its requests.
    #[must_use]
    pub fn until(&self, deadline: Instant) -> Self {
        let deadline = self.deadline.map_or(deadline, |earlier| earlier.min(deadline));
        Self {
            agents: Arc::clone(&self.agents),
            allow_plain: self.allow_plain,
            guarded: self.guarded,
            proxy: self.proxy.clone(),
            buffer: self.buffer,
            cookies: self.cookies.clone(),
            timeout: self.timeout,
            deadline: Some(deadline),
        }
    }

    /// Gets a document and follows redirects.
    ///
    /// # Errors
    /// Fails if there is no response, or if the response is too long.
    pub fn get(&self, url: &str) -> Result<BufferedResponse, HttpError> {
        let headers = [("Accept", "application/json")];
        let request = HttpRequest::new(url, HttpMethod::Get, &headers);
        self.fetch(&HttpRequest { redirects: RedirectPolicy::Any, ..request })
    }

    /// Posts a body. Does not follow redirects.
    ///
    /// # Errors
    /// Fails if there is no response, or if the response is too long.
    pub fn post(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        (media, body): (&str, &[u8]),
    ) -> Result<BufferedResponse, HttpError> {
        self.post_within(url, headers, (media, body), None)
    }

    /// Posts a body, with a timeout other than that of the client. Does not follow redirects.
    ///
    /// # Errors
    /// Fails if there is no response, or if the response is too long.
    pub fn post_within(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        (media, body): (&str, &[u8]),
        timeout: Option<Duration>,
    ) -> Result<BufferedResponse, HttpError> {
        let mut headers = headers.to_vec();
        headers.extend([("Accept", "application/json"), ("Content-Type", media)]);
        let request = HttpRequest::new(url, HttpMethod::Post(body), &headers);
        self.fetch(&HttpRequest { timeout, ..request })
    }

    /// Sends a request and reads the body of the response.
    ///
    /// # Errors
    /// Fails if there is no response, if the response is too long, or if it redirects to an origin that is not
    /// permitted.
    pub fn fetch(&self, request: &HttpRequest<'_>) -> Result<BufferedResponse, HttpError> {
        self.send(request, &CancelHandle::default())?.buffered(request.url)
    }

    /// Sends a request and waits for the headers of the response.
    ///
    /// # Errors
    /// Fails if there is no response, or if it redirects to an origin that is not permitted.
    pub fn send(
        &self,
        request: &HttpRequest<'_>,
        cancel: &CancelHandle,
    ) -> Result<StreamingResponse, HttpError> {
        let timeout = request.timeout.or(self.timeout).map(|timeout| Instant::now() + timeout);
        let deadline = timeout.into_iter().chain(self.deadline).min();
        follow(request.url, request.redirects, |url| self.send_once(url, request, deadline, cancel))
    }

    /// Checks that a browser may open a page, because a browser can reach into a private network as mcpgen can. Does
    /// not resolve names, because the browser resolves them again.
    ///
    /// # Errors
    /// Fails in the cases in which a request to the page would fail.
    pub fn check_page(&self, url: &str) -> Result<(), HttpError> {
        self.check(url)?;
        if !self.guarded {
            return Ok(());
        }
        match guard::private_target(url::parts(url).host, self.proxy.as_deref(), &resolve) {
            Some(address) => {
                Err(HttpError::PrivateNetwork { url: shown(url), address: address.to_string() })
            }
            None => Ok(()),
        }
    }

    /// Checks that a URL may be requested.
    ///
    /// # Errors
    /// Fails if the string is not a URL, or uses plain http to another machine without permission.
    pub fn check(&self, url: &str) -> Result<(), HttpError> {
        check(url, self.allow_plain)
    }

    fn send_once(
        &self,
        url: &str,
        request: &HttpRequest<'_>,
        deadline: Option<Instant>,
        cancel: &CancelHandle,
    ) -> Result<StreamingResponse, HttpError> {
        self.check_page(url)?;
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            return Err(HttpError::timed_out(url));
        }
        let cookie =
            self.cookies.as_ref().and_then(|cookies| cookies.header(url, self.room(url, request)));
        let cookie = cookie.filter(|_| !request.has("cookie"));
        let build = |method: &str| {
            let mut builder = http::Request::builder().uri(url).method(method);
            for (name, value) in request.headers {
                builder = builder.header(*name, *value);
            }
            match &cookie {
                Some(cookie) => builder.header("Cookie", cookie),
                None => builder,
            }
        };
        let sent = cancellable(cancel, || {
            self.agents.run(|agent| match request.method {
                HttpMethod::Get => run(agent, build("GET").body(()), left),
                HttpMethod::Delete => run(agent, build("DELETE").body(()), left),
                HttpMethod::Post(body) => run(agent, build("POST").body(body), left),
            })
        });
        let response = sent.map_err(|error| HttpError::from_ureq(url, error))?;
        let (mut parts, body) = response.into_parts();
        if let Some(cookies) = &self.cookies {
            cookies.keep(url, &parts.headers);
        }
        let body = Box::new(CancellableReader::new(body.into_reader(), cancel));
        let body = decoded(&mut parts.headers, body);
        Ok(StreamingResponse::new(parts.status.as_u16(), parts.headers, body))
    }

    // Returns how many bytes of the output buffer are left for cookies.
    fn room(&self, url: &str, request: &HttpRequest<'_>) -> usize {
        let line = |(name, value): &(&str, &str)| name.len() + value.len() + 4;
        let used = OWN_HEADERS + url.len() + request.headers.iter().map(line).sum::<usize>();
        self.buffer.saturating_sub(used)
    }
}

fn agent_config(config: &HttpConfig, tls: TlsConfig, proxy: Option<Proxy>) -> Config {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(USER_AGENT)
        .accept_encoding(encoding::REQUESTED)
        .ip_family(if config.ipv4 { IpFamily::Ipv4Only } else { IpFamily::Any })
        .tls_config(tls)
        .proxy(proxy)
        .timeout_connect(config.timeouts.connect)
        .timeout_recv_response(config.timeouts.headers)
        .timeout_per_read(config.timeouts.body)
        .timeout_per_write(config.timeouts.headers)
        .input_buffer_size(config.buffer)
        .output_buffer_size(config.buffer)
        .max_idle_age(IDLE)
        .max_idle_connections(CONNECTIONS)
        .max_idle_connections_per_host(CONNECTIONS)
        .build()
}

fn run(
    agent: &Agent,
    request: http::Result<http::Request<impl ureq::AsSendBody>>,
    timeout: Option<Duration>,
) -> Result<http::Response<ureq::Body>, ureq::Error> {
    let request = request?;
    match timeout {
        None => agent.run(request),
        Some(_) => agent.run(agent.configure_request(request).timeout_global(timeout).build()),
    }
}

/// Checks that a URL may be requested.
///
/// # Errors
/// Fails if the string is not a URL, is too long, or uses plain http to another machine without permission.
pub fn check(url: &str, allow_plain: bool) -> Result<(), HttpError> {
    if url.len() > MAX_URL {
        return Err(HttpError::InvalidUrl { url: shown(url), why: "is longer than 8 KiB" });
    }
    let why = match url::validate(url) {
        Ok(()) => return Ok(()),
        Err(UrlError::PlainHttp) if allow_plain => return Ok(()),
        Err(UrlError::Scheme) => "is not an HTTP URL",
        Err(UrlError::Host) => "has no host",
        Err(UrlError::Port) => "has a port that is not a number up to 65535",
        Err(UrlError::PlainHttp) => "uses plain http to another machine",
        Err(UrlError::UserInfo) => "contains a user name",
        Err(UrlError::Space) => "contains white space",
    };
    Err(HttpError::InvalidUrl { url: shown(url), why })
}
