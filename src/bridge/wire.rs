//! The server's side: requests over HTTP whose answers are read as they come, for as long as they come.

use std::io::Read;
use std::time::Duration;

use ureq::Agent;
use ureq::config::IpFamily;
use ureq::http::{self, HeaderMap};
use ureq::tls::TlsConfig;
use ureq::unversioned::resolver::DefaultResolver;

use super::options::Options;
use crate::auth::http::{AGENT, HttpError, failed, proxy, redirect, shown, trust};
use crate::model::url;
use crate::paths::Environment;

mod cookies;
mod grip;

use cookies::Jar;
pub use grip::Grip;
use grip::Gripping;

const REDIRECTS: usize = 4;
// As much as a request takes and an answer comes in, at once. Each connection has both, for TLS twice.
const BUFFER: usize = 16 << 10;
const CONNECTIONS: usize = 64;
// Node's servers and uvicorn close a connection after five idle seconds, and what is sent meanwhile is lost.
const IDLE: Duration = Duration::from_secs(4);
/// How long the end of a session may take.
pub const FAREWELL: Duration = Duration::from_millis(250);

/// Says what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb<'a> {
    /// A stream of events.
    Get,
    /// That a message is taken.
    Post(&'a [u8]),
    /// That the session ends.
    Delete,
}

/// Holds the begin of an answer; the rest is read from it.
pub struct Reply {
    /// The status.
    pub status: u16,
    headers: HeaderMap,
    body: Box<dyn Read + Send>,
}

/// Says what an answer is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// One message.
    Json,
    /// A stream of them.
    Events,
    /// Anything else.
    Other,
}

/// Sends requests to one server.
pub struct Wire {
    agent: Agent,
    url: String,
    headers: Vec<(String, String)>,
    // What the user would take besides.
    accept: Vec<String>,
    jar: Option<Jar>,
}

impl Wire {
    /// Prepares requests. `headers` go with each of them.
    ///
    /// # Errors
    /// Fails on a proxy or certificates that the environment names and that cannot be used.
    pub fn new(
        env: &Environment,
        options: &Options,
        mut headers: Vec<(String, String)>,
    ) -> Result<Self, HttpError> {
        // These are a part of the transport, as in the SDK's: messages are JSON whatever a user says of them.
        let named =
            |name: &'static str| move |one: &mut (String, String)| one.0.eq_ignore_ascii_case(name);
        headers.extract_if(.., named("content-type")).for_each(drop);
        let accept = headers.extract_if(.., named("accept")).map(|(_, value)| value).collect();
        let url = url::encoded(options.call.url.split('#').next().unwrap_or_default());
        let family = if options.ipv4 { IpFamily::Ipv4Only } else { IpFamily::Any };
        // They take a while and some memory, and a server on this machine wants none.
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
            .timeout_connect(Some(options.patience.connect))
            .timeout_recv_response(options.patience.headers)
            .timeout_per_read(options.patience.body)
            .timeout_per_write(options.patience.headers)
            .input_buffer_size(BUFFER)
            .output_buffer_size(BUFFER)
            .max_idle_age(IDLE)
            .max_idle_connections(CONNECTIONS)
            .max_idle_connections_per_host(CONNECTIONS)
            .build();
        let agent = Agent::with_parts(config, Gripping::default(), DefaultResolver::default());
        Ok(Self { agent, url, headers, accept, jar: options.cookies.then(Jar::default) })
    }

    /// Returns the server's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns whether a header goes with every request.
    pub fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// Sends a request and returns the begin of its answer. A redirect is followed on the same origin, and
    /// nothing is carried to another: what goes along may be a credential.
    ///
    /// # Errors
    /// Fails where no answer begins, or one that leads elsewhere.
    pub fn send(
        &self,
        to: &str,
        verb: Verb<'_>,
        headers: &[(&str, &str)],
        grip: &Grip,
    ) -> Result<Reply, HttpError> {
        let mut url = to.to_owned();
        for _ in 0..=REDIRECTS {
            let reply = self.once(&url, verb, headers, grip)?;
            let Some(to) = redirect(&url, reply.status, &reply.headers) else { return Ok(reply) };
            if !url::same_origin(&to, &url) {
                return Err(HttpError::CrossOriginRedirect { url: shown(&url), to: shown(&to) });
            }
            url = to;
        }
        let why = "it sends on and on".to_owned();
        Err(HttpError::Unreachable { url: shown(to), why, remedy: "check the address" })
    }

    fn once(
        &self,
        url: &str,
        verb: Verb<'_>,
        headers: &[(&str, &str)],
        grip: &Grip,
    ) -> Result<Reply, HttpError> {
        let mut builder = http::Request::builder().uri(url);
        // What the user declares wins over what the bridge would say.
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
        let sent = grip.hold(|| match verb {
            Verb::Get => builder.method("GET").body(()).map(|asked| agent.run(asked)),
            Verb::Delete => builder.method("DELETE").body(()).map(|asked| {
                let asked = agent.configure_request(asked).timeout_global(Some(FAREWELL)).build();
                agent.run(asked)
            }),
            Verb::Post(bytes) => builder.method("POST").body(bytes).map(|asked| agent.run(asked)),
        });
        let sent = sent.map_err(ureq::Error::Http).flatten();
        let response = sent.map_err(|error| failed(url, error))?;
        let (parts, body) = response.into_parts();
        if let Some(jar) = &self.jar {
            jar.keep(url, &parts.headers);
        }
        let body = Box::new(grip.reader(body.into_reader()));
        Ok(Reply { status: parts.status.as_u16(), headers: parts.headers, body })
    }
}

impl std::fmt::Debug for Wire {
    // Headers may be credentials.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire").field("url", &shown(&self.url)).finish_non_exhaustive()
    }
}

impl Reply {
    /// Returns the first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns every value of a header.
    pub fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    /// Returns whether the request was carried out.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Returns what the answer is written in.
    pub fn media(&self) -> Media {
        let media = self.header("content-type").unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media.as_str() {
            "application/json" => Media::Json,
            "text/event-stream" => Media::Events,
            _ if media.ends_with("+json") => Media::Json,
            _other => Media::Other,
        }
    }

    /// Returns how long the answer is, where the server says so.
    pub fn length(&self) -> Option<usize> {
        self.header("content-length")?.parse().ok()
    }

    /// Says in a few words what was answered, without quoting it.
    pub fn described(&self) -> String {
        let media = self.header("content-type").unwrap_or_default();
        let what = match self.media() {
            Media::Json => "JSON",
            Media::Events => "a stream of events",
            Media::Other if media.contains("html") => "a web page",
            Media::Other if self.length() == Some(0) => "nothing in it",
            Media::Other if media.is_empty() => "something without a Content-Type",
            Media::Other => "some text",
        };
        format!("{} with {what}", self.status)
    }

    /// Hands the rest of the answer over.
    pub fn into_body(self) -> Box<dyn Read + Send> {
        self.body
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").field("status", &self.status).finish_non_exhaustive()
    }
}
