//! The HTTP client of sign-ins, over ureq: certificates of the system, the proxy of the
//! environment, timeouts, responses of at most 1 MiB, and no requests from a public server into a
//! private network.

use std::time::Duration;

use ureq::Agent;
use ureq::http;
use ureq::unversioned::transport::DefaultConnector;

use crate::diagnostic::Help;
use crate::model::url::{self, UrlError};
use crate::paths::Environment;

mod form;
mod guard;
mod proxy;
mod request;
mod response;
pub mod trust;

pub use form::{decode, encode, query};
use guard::{GuardedResolver, PrivateAddress};
use proxy::is_public;
pub use proxy::proxy;
pub use request::{HttpMethod, RedirectPolicy, Request};
pub use response::{HttpResponse, redirect};

const MAX_BODY: u64 = 1 << 20;
const TIMEOUT: Duration = Duration::from_secs(15);
const MAX_REDIRECTS: usize = 4;
/// The value of `User-Agent`.
pub const AGENT: &str = concat!("mcpgen/", env!("CARGO_PKG_VERSION"));

/// Why a request got no usable response. URLs are shown without their query, which may hold secrets.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The URL is not one that may be requested.
    #[error("cannot use the URL `{url}`: it {why}")]
    InvalidUrl {
        /// The URL.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The URL of a public server leads into a private network.
    #[error("`{url}` leads to the private address {address}, but the server is public")]
    PrivateNetwork {
        /// The URL.
        url: String,
        /// The IP address that it leads to.
        address: String,
    },
    /// The request from_ureq.
    #[error("cannot reach `{url}`: {why}")]
    Unreachable {
        /// The URL.
        url: String,
        /// The cause.
        why: String,
        /// What to do about it.
        help: &'static str,
    },
    /// The response is too long.
    #[error("`{url}` sent a response of more than 1 MiB")]
    TooLong {
        /// The URL.
        url: String,
    },
    /// A redirect leads to another origin, which must not get the request's credentials.
    #[error("`{url}` redirects to another origin, `{to}`")]
    CrossOriginRedirect {
        /// The URL.
        url: String,
        /// The target of the redirect.
        to: String,
    },
    /// An environment variable names a file without certificates.
    #[error("`{path}` contains no certificates (set by `{name}`)")]
    Certificates {
        /// The environment variable.
        name: &'static str,
        /// The file.
        path: String,
    },
    /// An environment variable is not a proxy URL.
    #[error("the value of `{name}` is not a proxy URL")]
    Proxy {
        /// The environment variable.
        name: &'static str,
    },
}

impl Help for HttpError {
    fn note(&self) -> Option<String> {
        match self {
            Self::CrossOriginRedirect { .. } => Some(
                "a request with credentials follows redirects to the same origin only".to_owned(),
            ),
            Self::InvalidUrl { .. }
            | Self::PrivateNetwork { .. }
            | Self::Unreachable { .. }
            | Self::TooLong { .. }
            | Self::Certificates { .. }
            | Self::Proxy { .. } => None,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::InvalidUrl { .. } => {
                "use an https:// URL, or http:// for a server on this machine"
            }
            Self::PrivateNetwork { .. } => "add `--allow-private` if this is intended",
            Self::Unreachable { help, .. } => help,
            Self::TooLong { .. } => "check the URL",
            Self::CrossOriginRedirect { .. } => {
                "declare the URL that it redirects to, if that is the server"
            }
            Self::Certificates { name, .. } => {
                return Some(format!("set `{name}` to a PEM file with certificates"));
            }
            Self::Proxy { name } => return Some(format!("set `{name}` to http://HOST:PORT")),
        };
        Some(help.to_owned())
    }
}

/// The HTTP client for the sign-in to one server.
#[derive(Debug)]
pub struct Http {
    agent: Agent,
    guarded: bool,
}

impl Http {
    /// Makes a client for a server. If the server is public, private addresses are refused unless
    /// they are allowed.
    ///
    /// # Errors
    /// Fails if the environment names an invalid proxy or certificate file.
    pub fn new(env: &Environment, server: &str, allow_private: bool) -> Result<Self, HttpError> {
        let proxy = proxy(env, server)?;
        let guarded = !allow_private && is_public(server, proxy.as_ref());
        let tls = trust::certificates(env)?;
        let guard =
            GuardedResolver::new(guarded, proxy.as_ref().map(|proxy| proxy.host().to_owned()));
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(TIMEOUT))
            .user_agent(AGENT)
            .tls_config(tls)
            .proxy(proxy)
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), guard);
        Ok(Self { agent, guarded })
    }

    /// Gets a document and follows redirects.
    ///
    /// # Errors
    /// Fails if there is no response, or a too long one.
    pub fn get(&self, url: &str) -> Result<HttpResponse, HttpError> {
        let headers = [("Accept".to_owned(), "application/json".to_owned())];
        let (verb, follow) = (HttpMethod::Get, RedirectPolicy::Any);
        self.send(&Request { url, headers: &headers, verb, follow, read_body: true })
    }

    /// Posts a body. Does not follow redirects.
    ///
    /// # Errors
    /// Fails if there is no response, or a too long one.
    pub fn post(
        &self,
        url: &str,
        headers: &[(String, String)],
        body: (&'static str, Vec<u8>),
    ) -> Result<HttpResponse, HttpError> {
        let mut headers = headers.to_vec();
        headers.push(("Accept".into(), "application/json".into()));
        let (verb, follow) = (HttpMethod::Post(body.0, body.1), RedirectPolicy::Never);
        self.send(&Request { url, headers: &headers, verb, follow, read_body: true })
    }

    /// Sends a request.
    ///
    /// # Errors
    /// Fails if there is no response, or if it is too long or redirects elsewhere.
    pub fn send(&self, request: &Request<'_>) -> Result<HttpResponse, HttpError> {
        let mut url = url::encoded(request.url);
        for _ in 0..=MAX_REDIRECTS {
            let response = self.once(&url, request)?;
            let Some(to) =
                response.redirect_target(&url).filter(|_| request.follow != RedirectPolicy::Never)
            else {
                return Ok(response);
            };
            if request.follow == RedirectPolicy::SameOrigin && !url::same_origin(&to, &url) {
                return Err(HttpError::CrossOriginRedirect { url: shown(&url), to: shown(&to) });
            }
            url = to;
        }
        let why = "it redirects too often".to_owned();
        Err(HttpError::Unreachable { url: shown(request.url), why, help: "check the URL" })
    }

    /// Checks that a browser may open a page, since it can reach into a private network as mcpgen
    /// can. Does not resolve names, since the browser resolves them again.
    ///
    /// # Errors
    /// Fails as a request to the page would.
    pub fn check_page(&self, url: &str) -> Result<(), HttpError> {
        check(url)?;
        self.check_literal(url)
    }

    fn once(&self, url: &str, request: &Request<'_>) -> Result<HttpResponse, HttpError> {
        self.check_page(url)?;
        let mut builder = http::Request::builder().uri(url);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        let sent = match &request.verb {
            HttpMethod::Get => builder.method("GET").body(()).map(|asked| self.agent.run(asked)),
            HttpMethod::Delete => {
                builder.method("DELETE").body(()).map(|asked| self.agent.run(asked))
            }
            HttpMethod::Post(media, bytes) => {
                let builder = builder.method("POST").header("Content-Type", *media);
                builder.body(&bytes[..]).map(|asked| self.agent.run(asked))
            }
        };
        let sent = sent.map_err(ureq::Error::Http).flatten();
        let mut response = sent.map_err(|error| from_ureq(url, error))?;
        let body = if request.read_body {
            let body = response.body_mut().with_config().limit(MAX_BODY).read_to_vec();
            body.map_err(|error| from_ureq(url, error))?
        } else {
            vec![]
        };
        let (parts, _) = response.into_parts();
        Ok(HttpResponse { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    // Behind a proxy names are not resolved here, but IP addresses can be checked.
    fn check_literal(&self, url: &str) -> Result<(), HttpError> {
        match guard::private_literal(url::parts(url).host) {
            Some(address) if self.guarded => {
                Err(HttpError::PrivateNetwork { url: shown(url), address: address.to_string() })
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Checks that a URL may be requested.
///
/// # Errors
/// Fails if it is not a URL, or uses plain http to another machine.
pub fn check(url: &str) -> Result<(), HttpError> {
    let why = match url::validate(url) {
        Ok(()) => return Ok(()),
        Err(UrlError::Scheme) => "is not an HTTP URL",
        Err(UrlError::Host) => "has no host",
        Err(UrlError::Port) => "has a port that is not a number up to 65535",
        Err(UrlError::PlainHttp) => "uses plain http to another machine",
        Err(UrlError::UserInfo) => "contains a user name",
        Err(UrlError::Space) => "contains white space",
    };
    Err(HttpError::InvalidUrl { url: shown(url), why })
}

/// Returns a URL as messages show it: without its query.
pub fn shown(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().chars().take(300).collect()
}

/// Makes an error of a failed request or response.
pub fn from_ureq(url: &str, error: ureq::Error) -> HttpError {
    let url = shown(url);
    let unreachable = |why: &str, help: &'static str| HttpError::Unreachable {
        url: url.clone(),
        why: why.to_owned(),
        help,
    };
    let network = "check the network, and HTTPS_PROXY if you use a proxy";
    // The error enum of ureq is open, so show other errors in its own words.
    if let ureq::Error::Other(other) = &error
        && let Some(PrivateAddress(address)) = other.downcast_ref()
    {
        return HttpError::PrivateNetwork { url, address: address.to_string() };
    } else if let ureq::Error::BodyExceedsLimit(_) = error {
        return HttpError::TooLong { url };
    } else if let ureq::Error::Timeout(_) = error {
        return unreachable("the request timed out", network);
    } else if let ureq::Error::HostNotFound = error {
        return unreachable("the host was not found", network);
    } else if let ureq::Error::ConnectProxyFailed(_) = error {
        return unreachable("the proxy refused the connection", "check HTTPS_PROXY and NO_PROXY");
    }
    let text = error.to_string();
    let why = text.strip_prefix("io: ").unwrap_or(&text).to_owned();
    if why.contains("from_ureq to lookup address") {
        return unreachable("the host was not found", network);
    } else if why.contains("InvalidContentType") {
        return unreachable("the server does not speak TLS", "use http:// if that is intended");
    }
    let untrusted = why.contains("certificate");
    let authority = "add the certificate of its authority to the system's certificates";
    HttpError::Unreachable { url, why, help: if untrusted { authority } else { network } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_query_is_shown() {
        assert_eq!(shown("https://a/b?token=x#y"), "https://a/b");
    }
}
