//! The system's certificates where they are files: one with all certificates, and directories with a file for each.

use rustls_native_certs::{CertificateResult, load_certs_from_paths, load_native_certs};
use ureq::tls::{Certificate, RootCerts};

/// Returns the trusted certificates, if no others are.
pub fn roots(directories: bool) -> RootCerts {
    RootCerts::from(certificates(directories))
}

/// Returns the certificates in the system's one file. If there is none, or the environment names `directories`,
/// returns all certificates.
pub fn certificates(directories: bool) -> Vec<Certificate<'static>> {
    let file = openssl_probe::probe().cert_file.filter(|_| !directories);
    let found = load_certs_from_paths(file.as_deref(), None);
    if found.certs.is_empty() { all() } else { owned(&found) }
}

/// Returns all certificates. An administrator may have added one to a directory only.
pub fn all_certificates() -> Option<Vec<Certificate<'static>>> {
    Some(all())
}

fn all() -> Vec<Certificate<'static>> {
    owned(&load_native_certs())
}

fn owned(found: &CertificateResult) -> Vec<Certificate<'static>> {
    found.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect()
}
