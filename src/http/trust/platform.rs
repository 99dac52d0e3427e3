//! The system's certificates where the system itself verifies certificates.

use rustls_native_certs::load_native_certs;
use ureq::tls::{Certificate, RootCerts};

/// Returns the trusted certificates, if no others are.
pub fn roots(_directories: bool) -> RootCerts {
    RootCerts::PlatformVerifier
}

/// Returns the system's certificates.
pub fn certificates(_directories: bool) -> Vec<Certificate<'static>> {
    load_native_certs().certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect()
}

/// Returns nothing: the functions above return all certificates.
pub fn all_certificates() -> Option<Vec<Certificate<'static>>> {
    None
}
