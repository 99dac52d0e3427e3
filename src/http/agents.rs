//! The agents of a client, which differ in the certificates that they trust.

use std::sync::OnceLock;

use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, Error, http};

use super::error::{NO_CERTIFICATES, is_unknown_issuer};
use super::trust::{TrustedCertificates, nobody};

/// An agent that is quick to start. If it does not know the issuer of a server's certificate, another agent takes its
/// place, which knows all issuers that the system trusts.
pub struct Agents {
    quick: Agent,
    complete: OnceLock<Agent>,
    trusted: Option<TrustedCertificates>,
    make: Box<dyn Fn(TlsConfig) -> Agent + Send + Sync>,
}

impl Agents {
    /// `trusted` is `None` if no connection needs TLS.
    pub fn new(
        trusted: Option<TrustedCertificates>,
        make: impl Fn(TlsConfig) -> Agent + Send + Sync + 'static,
    ) -> Self {
        let tls = trusted.as_ref().map_or_else(nobody, TrustedCertificates::config);
        Self { quick: make(tls), complete: OnceLock::new(), trusted, make: Box::new(make) }
    }

    /// Sends a request.
    ///
    /// # Errors
    /// Fails if there is no response.
    pub fn run(
        &self,
        send: impl Fn(&Agent) -> Result<http::Response<Body>, Error>,
    ) -> Result<http::Response<Body>, Error> {
        if let Some(complete) = self.complete.get() {
            return send(complete);
        }
        // The connection failed before anything was sent.
        match send(&self.quick) {
            Err(error) if is_unknown_issuer(&error) => match self.complete()? {
                Some(complete) => send(complete),
                None => Err(error),
            },
            sent => sent,
        }
    }

    fn complete(&self) -> Result<Option<&Agent>, Error> {
        let Some(tls) = self.trusted.as_ref().and_then(TrustedCertificates::complete) else {
            return Ok(None);
        };
        if let RootCerts::Specific(all) = tls.root_certs()
            && all.is_empty()
        {
            return Err(rustls::Error::General(NO_CERTIFICATES.to_owned()).into());
        }
        Ok(Some(self.complete.get_or_init(|| (self.make)(tls))))
    }
}

impl std::fmt::Debug for Agents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agents").field("trusted", &self.trusted).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use camino::Utf8Path;
    use rustls::{CertificateError, Error as TlsError};

    use super::*;
    use crate::paths::{Environment, Os};

    fn agents(variables: &[(&str, &str)]) -> Agents {
        let env = Environment::bare(Os::Linux, Utf8Path::new("/home/ada")).with(variables);
        let make = |tls| Agent::new_with_config(Agent::config_builder().tls_config(tls).build());
        Agents::new(Some(TrustedCertificates::from_env(&env).unwrap()), make)
    }

    // On the other systems, the system itself verifies certificates.
    #[cfg(all(unix, not(target_os = "macos")))]
    #[test]
    fn an_unknown_issuer_is_looked_for_among_all_certificates_of_the_system_once() {
        let agents = agents(&[]);
        let tried = Cell::new(0);
        let sent = agents.run(|agent| {
            tried.set(tried.get() + 1);
            if std::ptr::eq(agent, &agents.quick) {
                return Err(TlsError::InvalidCertificate(CertificateError::UnknownIssuer).into());
            }
            Ok(http::Response::new(Body::builder().data("")))
        });
        match sent {
            Ok(_) => assert_eq!(tried.get(), 2),
            // This system has no certificates.
            Err(error) => assert!(error.to_string().contains(NO_CERTIFICATES), "{error}"),
        }
        // The next request uses that agent at once.
        let other = Cell::new(false);
        let next = agents.run(|agent| {
            other.set(!std::ptr::eq(agent, &agents.quick));
            Err(Error::HostNotFound)
        });
        assert!(next.is_err() && other.get() == agents.complete.get().is_some());
    }

    #[test]
    fn certificates_that_the_user_names_are_all() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oauth/tls/authority.pem");
        let tried = Cell::new(0);
        let sent = agents(&[("SSL_CERT_FILE", file)]).run(|_| {
            tried.set(tried.get() + 1);
            Err(TlsError::InvalidCertificate(CertificateError::UnknownIssuer).into())
        });
        assert!(sent.is_err() && tried.get() == 1);
    }
}
