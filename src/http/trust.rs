//! Trusted certificates: those of the system, and those that the environment adds for company
//! networks.

use camino::Utf8Path;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::HttpError;
use crate::fs;
use crate::paths::Environment;

/// The environment variable of a file that replaces the system's certificates, as in OpenSSL.
const INSTEAD: &str = "SSL_CERT_FILE";
/// The environment variable of a file of additional certificates, as in Node.js, which runs most bridges.
const BESIDE: &str = "NODE_EXTRA_CA_CERTS";

/// Returns the trusted certificates. Without additions, the system's own verifier decides.
///
/// # Errors
/// Fails if a file cannot be read or contains no certificate.
pub fn certificates(env: &Environment) -> Result<TlsConfig, HttpError> {
    let named = |name| env.var(name).map(|path| read_certificates(name, path, env)).transpose();
    // Node.js ignores a missing file, and shells often name one.
    let beside = env.var(BESIDE).is_some_and(|path| env.absolute(Utf8Path::new(path)).is_file());
    let beside = if beside { named(BESIDE)? } else { None };
    let roots = match (named(INSTEAD)?, beside) {
        (None, None) => RootCerts::PlatformVerifier,
        (Some(instead), beside) => specific(instead, beside.unwrap_or_default()),
        (None, Some(beside)) => specific(system(), beside),
    };
    Ok(TlsConfig::builder().root_certs(roots).build())
}

fn specific(mut some: Vec<Certificate<'static>>, more: Vec<Certificate<'static>>) -> RootCerts {
    some.extend(more);
    RootCerts::new_with_certs(&some)
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

fn system() -> Vec<Certificate<'static>> {
    let found = rustls_native_certs::load_native_certs();
    found.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect()
}
