//! Trusted certificates: those of the system, and those that the environment adds for company
//! networks.

use std::sync::Arc;

use camino::Utf8Path;
use rustls::crypto::ring::default_provider;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::HttpError;
use crate::fs;
use crate::paths::Environment;

#[cfg_attr(all(unix, not(target_os = "macos")), path = "trust/files.rs")]
#[cfg_attr(not(all(unix, not(target_os = "macos"))), path = "trust/platform.rs")]
mod system;

/// The environment variable of a file that replaces the system's certificates, as in OpenSSL.
const INSTEAD: &str = "SSL_CERT_FILE";
/// The environment variable of directories that replace the system's certificates, as in OpenSSL.
const DIRECTORIES: &str = "SSL_CERT_DIR";
/// The environment variable of a file of additional certificates, as in Node.js, which runs most bridges.
const BESIDE: &str = "NODE_EXTRA_CA_CERTS";

/// The trusted certificates.
#[derive(Debug, Default)]
pub struct TrustedCertificates {
    // None: those of the system.
    instead: Option<Vec<Certificate<'static>>>,
    beside: Vec<Certificate<'static>>,
    // Whether the environment names directories.
    directories: bool,
}

impl TrustedCertificates {
    /// Reads the files that the environment names.
    ///
    /// # Errors
    /// Fails if a file cannot be read or contains no certificate.
    pub fn from_env(env: &Environment) -> Result<Self, HttpError> {
        let named = |name| env.var(name).map(|path| read_certificates(name, path, env)).transpose();
        // Node.js ignores a missing file, and shells often name one.
        let beside =
            env.var(BESIDE).is_some_and(|path| env.absolute(Utf8Path::new(path)).is_file());
        let beside = if beside { named(BESIDE)? } else { None };
        let directories = env.var(DIRECTORIES).is_some();
        Ok(Self { instead: named(INSTEAD)?, beside: beside.unwrap_or_default(), directories })
    }

    /// Returns the configuration of connections, with the certificates that are quick to read.
    pub fn config(&self) -> TlsConfig {
        let roots = match &self.instead {
            Some(instead) => self.with(instead.clone()),
            None if self.beside.is_empty() => system::roots(self.directories),
            None => self.with(system::certificates(self.directories)),
        };
        configuration(roots)
    }

    /// Returns the configuration with all certificates, or `None` if there are no others. Reading all of them takes
    /// ten times as long.
    pub fn complete(&self) -> Option<TlsConfig> {
        let all = system::all_certificates().filter(|_| self.instead.is_none())?;
        Some(configuration(self.with(all)))
    }

    fn with(&self, mut some: Vec<Certificate<'static>>) -> RootCerts {
        some.extend(self.beside.iter().cloned());
        RootCerts::from(some)
    }
}

/// Returns the configuration of connections without TLS.
pub fn nobody() -> TlsConfig {
    configuration(RootCerts::from([]))
}

fn configuration(roots: RootCerts) -> TlsConfig {
    TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(default_provider()))
        .root_certs(roots)
        .build()
}

fn read_certificates(
    name: &'static str,
    path: &str,
    env: &Environment,
) -> Result<Vec<Certificate<'static>>, HttpError> {
    let path = env.absolute(Utf8Path::new(path));
    let bytes = fs::read(&path).ok().flatten();
    let items = parse_pem(bytes.as_deref().unwrap_or_default());
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        Ok(_) | Err(_) => None,
    };
    let found: Vec<Certificate<'static>> = items.filter_map(certificate).collect();
    if found.is_empty() {
        return Err(HttpError::Certificates { name, path: path.to_string() });
    }
    Ok(found)
}
