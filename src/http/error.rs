//! Why a request got no usable response.

use std::io;

use super::guard::PrivateAddress;
use super::shown;
use crate::diagnostic::Help;
use crate::display::excerpt;

const NETWORK: &str = "check the network, and HTTPS_PROXY if you use a proxy";
const AUTHORITY: &str = "add the certificate of its authority to the system's certificates";
const NO_AUTHORITIES: &str =
    "install the package `ca-certificates`, or set SSL_CERT_FILE to a PEM file";

/// The error of rustls if the system has no certificates of authorities.
pub const NO_CERTIFICATES: &str = "no certificates of authorities";

/// The reason why a request got no usable response. URLs are shown without their query, which may contain secrets.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The URL must not be requested.
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
    /// No response came.
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
    #[error("`{path}`, which `{name}` names, contains no certificates")]
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
            Self::CrossOriginRedirect { .. } => "if the server has moved, declare its new URL",
            Self::Certificates { name, .. } => {
                return Some(format!("set `{name}` to a PEM file with certificates"));
            }
            Self::Proxy { name } => return Some(format!("set `{name}` to http://HOST:PORT")),
        };
        Some(help.to_owned())
    }
}

impl HttpError {
    /// Makes an error from a failed request or response.
    pub fn from_ureq(url: &str, error: ureq::Error) -> Self {
        let url = shown(url);
        let unreachable = |why: &str, help: &'static str| Self::Unreachable {
            url: url.clone(),
            why: excerpt(why),
            help,
        };
        if let Some(error) = tls_error(&error) {
            if let rustls::Error::InvalidMessage(_) = error {
                let help = "use an http:// URL if the server has no TLS";
                return unreachable("the server does not speak TLS", help);
            }
            if let rustls::Error::General(why) = error
                && why == NO_CERTIFICATES
            {
                return unreachable(
                    "this system has no certificates of authorities",
                    NO_AUTHORITIES,
                );
            }
            let untrusted = matches!(error, rustls::Error::InvalidCertificate(_));
            return unreachable(&error.to_string(), if untrusted { AUTHORITY } else { NETWORK });
        }
        // The enum of ureq is non-exhaustive, so other errors are shown with ureq's message.
        if let ureq::Error::Other(other) = &error
            && other.is::<PrivateAddress>()
        {
            return Self::PrivateNetwork { url, address: other.to_string() };
        } else if let ureq::Error::Timeout(_) = error {
            return Self::timed_out(&url);
        } else if let ureq::Error::LargeResponseHeader(_, most) = error {
            let why = format!("its response has headers of more than {} KiB", most >> 10);
            return unreachable(&why, "check the URL");
        } else if let ureq::Error::HostNotFound = error {
            let help =
                "check the host in the URL, then the network, and HTTPS_PROXY if you use a proxy";
            return unreachable("the host was not found", help);
        } else if let ureq::Error::ConnectProxyFailed(_) = error {
            let help = "check HTTPS_PROXY and NO_PROXY";
            return unreachable("the proxy refused the connection", help);
        } else if let ureq::Error::Io(refused) = &error
            && refused.kind() == std::io::ErrorKind::ConnectionRefused
        {
            return unreachable(
                "connection refused",
                "check the port, and whether the server runs",
            );
        } else if let ureq::Error::Io(error) = error {
            return unreachable(&error.to_string(), NETWORK);
        }
        unreachable(&error.to_string(), NETWORK)
    }

    /// Makes the error of a URL that cannot be parsed.
    pub fn not_a_url(url: &str) -> Self {
        Self::InvalidUrl { url: shown(url), why: "cannot be parsed" }
    }

    /// Makes the error of a request that timed out.
    pub fn timed_out(url: &str) -> Self {
        let why = "the request timed out".to_owned();
        Self::Unreachable { url: shown(url), why, help: NETWORK }
    }

    /// Makes an error from a response body that cannot be read.
    pub fn from_body(url: &str, error: io::Error) -> Self {
        Self::from_ureq(url, error.into())
    }
}

/// Returns whether a server has a certificate of an authority that is not trusted.
pub fn is_unknown_issuer(error: &ureq::Error) -> bool {
    let unknown = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
    tls_error(error).is_some_and(|error| *error == unknown)
}

fn tls_error(error: &ureq::Error) -> Option<&rustls::Error> {
    if let ureq::Error::Rustls(error) = error {
        return Some(error);
    }
    let ureq::Error::Io(error) = error else { return None };
    error.get_ref()?.downcast_ref()
}
