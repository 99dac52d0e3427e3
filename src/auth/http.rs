//! HTTP as a sign-in needs it, over ureq: certificates of the system, the proxy of the environment, time
//! limits, answers of at most 1 MiB, and nothing sent to a private address on a public server's word.

use std::time::Duration;

use ureq::Agent;
use ureq::http;
use ureq::unversioned::transport::DefaultConnector;

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
/// What mcpgen calls itself.
pub const AGENT: &str = concat!("mcpgen/", env!("CARGO_PKG_VERSION"));

/// Says why there is no answer. Addresses are shown without their query, which may hold anything.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Nothing may be sent there.
    #[error(
        "`{url}` {why}, so nothing is sent there; signing in goes over https, or over http on this machine"
    )]
    InvalidUrl {
        /// The text that is no address.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A public server names an address of a private network.
    #[error(
        "`{url}` leads to the private address {address}, but the server is a public one; if that is \
         meant, add --allow-private"
    )]
    PrivateNetwork {
        /// The address.
        url: String,
        /// Where it leads.
        address: String,
    },
    /// No answer came.
    #[error("`{url}` gives no response: {why}; {remedy}")]
    Unreachable {
        /// The address.
        url: String,
        /// What happened.
        why: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// The answer is too long.
    #[error("`{url}` answers with more than 1 MiB, which no sign-in needs; check the address")]
    TooLong {
        /// The address.
        url: String,
    },
    /// The answer leads to where a request with credentials must not follow.
    #[error(
        "`{url}` sends on to `{to}`, and a request is not carried to another origin; if that is the \
         server, declare its address"
    )]
    CrossOriginRedirect {
        /// The address.
        url: String,
        /// Where it sends on to.
        to: String,
    },
    /// The certificates of the environment cannot be used.
    #[error("`{name}` names `{path}`, which holds no certificate; name a file of them (PEM)")]
    Certificates {
        /// The variable.
        name: &'static str,
        /// The file.
        path: String,
    },
    /// The proxy of the environment cannot be used.
    #[error("`{name}` holds no address of a proxy; write http://HOST:PORT")]
    Proxy {
        /// The variable.
        name: &'static str,
    },
}

/// Sends requests on behalf of one server's sign-in.
#[derive(Debug)]
pub struct Http {
    agent: Agent,
    guarded: bool,
}

impl Http {
    /// Prepares requests for a server. Where its own address is public, private ones are refused unless
    /// they are allowed.
    ///
    /// # Errors
    /// Fails on a proxy variable that holds no address, and on one that names no certificates.
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

    /// Asks for a document, following redirects.
    ///
    /// # Errors
    /// Fails where no answer comes, or one that is too long.
    pub fn get(&self, url: &str) -> Result<HttpResponse, HttpError> {
        let headers = [("Accept".to_owned(), "application/json".to_owned())];
        let (verb, follow) = (HttpMethod::Get, RedirectPolicy::Any);
        self.send(&Request { url, headers: &headers, verb, follow, read_body: true })
    }

    /// Sends a form, or JSON, which is never carried on to another address.
    ///
    /// # Errors
    /// Fails where no answer comes, or one that is too long.
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
    /// Fails where no answer comes, or one that is too long or leads elsewhere.
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
        let why = "it sends on and on".to_owned();
        Err(HttpError::Unreachable { url: shown(request.url), why, remedy: "check the address" })
    }

    /// Checks that a person may be sent to a page: a browser reaches into a private network as mcpgen does.
    /// Names are not looked up, since the browser does that anew.
    ///
    /// # Errors
    /// Fails as a request there would.
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
        let mut response = sent.map_err(|error| failed(url, error))?;
        let body = if request.read_body {
            let body = response.body_mut().with_config().limit(MAX_BODY).read_to_vec();
            body.map_err(|error| failed(url, error))?
        } else {
            vec![]
        };
        let (parts, _) = response.into_parts();
        Ok(HttpResponse { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    // Behind a proxy no name is looked up here, but an address by number can still be read.
    fn check_literal(&self, url: &str) -> Result<(), HttpError> {
        match guard::private_literal(url::parts(url).host) {
            Some(address) if self.guarded => {
                Err(HttpError::PrivateNetwork { url: shown(url), address: address.to_string() })
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Checks that something may be sent to an address.
///
/// # Errors
/// Fails where it is none, or plain http to another machine.
pub fn check(url: &str) -> Result<(), HttpError> {
    let why = match url::validate(url) {
        Ok(()) => return Ok(()),
        Err(UrlError::Scheme) => "is no http address",
        Err(UrlError::Host) => "has no host",
        Err(UrlError::Port) => "has a port that is no number up to 65535",
        Err(UrlError::PlainHttp) => "is plain http to another machine",
        Err(UrlError::UserInfo) => "has a user name in it",
        Err(UrlError::Space) => "has white space in it",
    };
    Err(HttpError::InvalidUrl { url: shown(url), why })
}

/// Returns an address as messages show it.
pub fn shown(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().chars().take(300).collect()
}

/// Says why no answer came, or not all of it.
pub fn failed(url: &str, error: ureq::Error) -> HttpError {
    let url = shown(url);
    let unreachable = |why: &str, remedy: &'static str| HttpError::Unreachable {
        url: url.clone(),
        why: why.to_owned(),
        remedy,
    };
    let network = "check the network, and HTTPS_PROXY where one is used";
    // ureq's list is open, so the rest is said in its own words.
    if let ureq::Error::Other(other) = &error
        && let Some(PrivateAddress(address)) = other.downcast_ref()
    {
        return HttpError::PrivateNetwork { url, address: address.to_string() };
    } else if let ureq::Error::BodyExceedsLimit(_) = error {
        return HttpError::TooLong { url };
    } else if let ureq::Error::Timeout(_) = error {
        return unreachable("it takes too long", network);
    } else if let ureq::Error::HostNotFound = error {
        return unreachable("no machine of that name is known", network);
    } else if let ureq::Error::ConnectProxyFailed(_) = error {
        return unreachable("the proxy refuses", "check HTTPS_PROXY and NO_PROXY");
    }
    let text = error.to_string();
    let why = text.strip_prefix("io: ").unwrap_or(&text).to_owned();
    if why.contains("failed to lookup address") {
        return unreachable("no machine of that name is known", network);
    } else if why.contains("InvalidContentType") {
        return unreachable("it does not speak TLS", "write http:// if that is meant");
    }
    let untrusted = why.contains("certificate");
    let authority = "add the certificate of its authority to the system's";
    HttpError::Unreachable { url, why, remedy: if untrusted { authority } else { network } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_query_is_shown() {
        assert_eq!(shown("https://a/b?token=x#y"), "https://a/b");
    }
}
