//! Authenticates the OAuth client with a JSON Web Token that it signs with its private key (`private_key_jwt`, RFC 7523,
//! section 2.2).

use std::sync::Arc;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use rustls::SignatureScheme;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::SigningKey;
use serde_json::{Map, Value, json};

use super::{Token, now};
use crate::diagnostic::Help;

/// Why the private key of an OAuth client cannot be used. The key is not shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientKeyError {
    /// It is not a private key.
    #[error("the private key of the OAuth client is not a private key in PEM format")]
    NotPem,
    /// Its type is not supported.
    #[error("the private key of the OAuth client is not an RSA, P-256, P-384 or Ed25519 key")]
    Unsupported,
    /// It is a key for other algorithms.
    #[error("the private key of the OAuth client cannot sign with `{0}`")]
    OtherAlgorithm(String),
    /// It signs nothing.
    #[error("the private key of the OAuth client cannot sign: {0}")]
    Unusable(String),
}

impl Help for ClientKeyError {
    fn help(&self) -> Option<String> {
        let help = match self {
            Self::NotPem => {
                "convert the key with `openssl pkcs8 -topk8 -nocrypt -in FILE -out key.pem`"
            }
            Self::Unsupported | Self::Unusable(_) => {
                "register another key, made with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
                 -out key.pem`"
            }
            Self::OtherAlgorithm(_) => "remove `algorithm` under `auth`: then the key decides it",
        };
        Some(help.to_owned())
    }
}

/// A way to sign (RFC 7518, section 3.1; RFC 8037).
struct JwtAlgorithm {
    name: &'static str,
    scheme: SignatureScheme,
    /// Bytes of each of the two numbers of an ECDSA signature.
    numbers: Option<usize>,
}

const ALGORITHMS: [JwtAlgorithm; 5] = [
    JwtAlgorithm {
        name: "ES256",
        scheme: SignatureScheme::ECDSA_NISTP256_SHA256,
        numbers: Some(32),
    },
    JwtAlgorithm {
        name: "ES384",
        scheme: SignatureScheme::ECDSA_NISTP384_SHA384,
        numbers: Some(48),
    },
    JwtAlgorithm { name: "EdDSA", scheme: SignatureScheme::ED25519, numbers: None },
    JwtAlgorithm { name: "RS256", scheme: SignatureScheme::RSA_PKCS1_SHA256, numbers: None },
    JwtAlgorithm { name: "PS256", scheme: SignatureScheme::RSA_PSS_SHA256, numbers: None },
];

/// The member of the client's metadata that names the algorithm (OpenID Connect Dynamic Client Registration 1.0).
pub const ALGORITHM: &str = "token_endpoint_auth_signing_alg";
// The clocks of two machines differ, and the lease may have to be waited for.
const LIFETIME: u64 = 5 * 60;

/// Signs an assertion for one authorization server. Without an algorithm in `metadata`, the key decides it.
///
/// # Errors
/// Fails if the key cannot be used.
pub fn client_assertion(
    pem: &Token,
    client_id: &str,
    issuer: &str,
    metadata: &Map<String, Value>,
) -> Result<Token, ClientKeyError> {
    let der = PrivateKeyDer::from_pem_slice(pem.expose().as_bytes());
    let key = any_supported_type(&der.map_err(|_| ClientKeyError::NotPem)?);
    let key = key.map_err(|_| ClientKeyError::Unsupported)?;
    let wanted = metadata.get(ALGORITHM).and_then(Value::as_str);
    let algorithm = algorithm(&key, wanted)?;
    let seconds = now() / 1000;
    let unusable = |error: &dyn std::fmt::Display| ClientKeyError::Unusable(error.to_string());
    let mut id = [0_u8; 16];
    getrandom::fill(&mut id).map_err(|error| unusable(&error))?;
    let header = json!({ "alg": algorithm.name, "typ": "JWT" });
    let claims = json!({
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "iat": seconds,
        "exp": seconds + LIFETIME,
        "jti": BASE64_URL_SAFE_NO_PAD.encode(id),
    });
    let part = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signer = key.choose_scheme(&[algorithm.scheme]).expect("the key has this algorithm");
    let signature = signer.sign(signed.as_bytes()).map_err(|error| unusable(&error))?;
    let signature = match algorithm.numbers {
        Some(length) => joined_numbers(&signature, length).ok_or(ClientKeyError::Unsupported)?,
        None => signature,
    };
    Ok(Token::new(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))))
}

fn algorithm(
    key: &Arc<dyn SigningKey>,
    wanted: Option<&str>,
) -> Result<&'static JwtAlgorithm, ClientKeyError> {
    let can_sign = |algorithm: &&JwtAlgorithm| key.choose_scheme(&[algorithm.scheme]).is_some();
    let named = |algorithm: &&JwtAlgorithm| wanted.is_none_or(|wanted| wanted == algorithm.name);
    let found = ALGORITHMS.iter().filter(named).find(can_sign);
    found.ok_or_else(|| match wanted {
        Some(wanted) => ClientKeyError::OtherAlgorithm(wanted.to_owned()),
        None => ClientKeyError::Unsupported,
    })
}

// TLS writes the two numbers of an ECDSA signature in DER, a JSON Web Token one after the other (RFC 7518, section 3.4).
fn joined_numbers(der: &[u8], length: usize) -> Option<Vec<u8>> {
    let (first, rest) = number(der.get(2..)?, length)?;
    let (second, _) = number(rest, length)?;
    Some([first, second].concat())
}

// Returns the first integer, without a sign and with leading zeros, and what follows. Both are short.
fn number(der: &[u8], length: usize) -> Option<(Vec<u8>, &[u8])> {
    let (bytes, rest) = der.get(2..)?.split_at_checked(usize::from(*der.get(1)?))?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let bytes = &bytes[zeros..];
    let mut padded = vec![0; length.checked_sub(bytes.len())?];
    padded.extend_from_slice(bytes);
    Some((padded, rest))
}

#[cfg(test)]
mod tests;
