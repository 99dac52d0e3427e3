use rustls::crypto::ring::default_provider;

use super::*;

const P256: &str = include_str!("../../../tests/client_keys/p256.pem");
const P384: &str = include_str!("../../../tests/client_keys/p384.pem");
const RSA: &str = include_str!("../../../tests/client_keys/rsa.pem");

fn signed(pem: &str, algorithm: Option<&str>) -> Result<Token, ClientKeyError> {
    let mut metadata = Map::new();
    metadata.extend(algorithm.map(|name| (ALGORITHM.to_owned(), name.into())));
    client_assertion(&Token::new(pem.to_owned()), "me", "https://as", &metadata)
}

fn decoded(part: &str) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()
}

/// Checks a signature as the other end of TLS does.
fn verified(pem: &str, signed: &str, signature: &[u8], scheme: SignatureScheme) -> bool {
    let key = any_supported_type(&PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    let public = key.public_key().unwrap();
    let provider = default_provider().signature_verification_algorithms;
    let verifiers = provider.mapping.iter().filter(|(known, _)| *known == scheme);
    let mut verifiers = verifiers.flat_map(|(_, verifiers)| verifiers.iter());
    // The public key is at the end of its structure, behind algorithms whose length varies.
    verifiers.any(|verifier| {
        (0..public.len()).any(|start| {
            let key = &public.as_ref()[start..];
            verifier.verify_signature(key, signed.as_bytes(), signature).is_ok()
        })
    })
}

/// Writes the two numbers of a signature in DER, with a zero that keeps each positive.
fn der(signature: &[u8]) -> Vec<u8> {
    let (first, second) = signature.split_at(signature.len() / 2);
    let number = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let mut digits = bytes[zeros..].to_vec();
        if digits[0] >= 0x80 {
            digits.insert(0, 0);
        }
        [vec![2, digits.len() as u8], digits].concat()
    };
    let both = [number(first), number(second)].concat();
    [vec![0x30, both.len() as u8], both].concat()
}

#[test]
fn every_kind_of_key_signs_an_assertion_for_one_server() {
    let sec1 = include_str!("../../../tests/client_keys/p256-sec1.pem");
    let ed25519 = include_str!("../../../tests/client_keys/ed25519.pem");
    for (pem, algorithm, name) in [
        (P256, None, "ES256"),
        (sec1, None, "ES256"),
        (P384, None, "ES384"),
        (ed25519, None, "EdDSA"),
        (RSA, None, "RS256"),
        (RSA, Some("PS256"), "PS256"),
        (P256, Some("ES256"), "ES256"),
    ] {
        // The numbers of an ECDSA signature are short now and then.
        for _ in 0..if name.starts_with("ES") { 300 } else { 1 } {
            let token = signed(pem, algorithm).unwrap();
            let (text, signature) = token.expose().rsplit_once('.').unwrap();
            let (header, claims) = text.split_once('.').unwrap();
            let header: Value = serde_json::from_slice(&decoded(header)).unwrap();
            assert_eq!(header, json!({ "alg": name, "typ": "JWT" }));
            let claims: Value = serde_json::from_slice(&decoded(claims)).unwrap();
            assert_eq!((&claims["iss"], &claims["sub"]), (&json!("me"), &json!("me")));
            assert_eq!(claims["aud"], "https://as");
            let left = claims["exp"].as_u64().unwrap() - now() / 1000;
            assert!((LIFETIME - 5..=LIFETIME).contains(&left), "{left}");
            let known = ALGORITHMS.iter().find(|known| known.name == name).unwrap();
            let signature = decoded(signature);
            let signature = match known.numbers {
                Some(length) => {
                    assert_eq!(signature.len(), 2 * length, "RFC 7518, section 3.4");
                    der(&signature)
                }
                None => signature,
            };
            assert!(verified(pem, text, &signature, known.scheme), "{name}");
        }
    }
    assert_ne!(signed(RSA, None).unwrap(), signed(RSA, None).unwrap(), "each has its own id");
}

#[test]
fn a_key_that_cannot_be_used_is_not_shown() {
    let p521 = include_str!("../../../tests/client_keys/p521.pem");
    let broken = P256.replace("MIGHAgEA", "MIGHAgEB");
    let encrypted = P256.replace("PRIVATE", "ENCRYPTED PRIVATE");
    for (pem, algorithm, want) in [
        ("SECRET", None, ClientKeyError::NotPem),
        (&encrypted, None, ClientKeyError::NotPem),
        (&broken, None, ClientKeyError::Unsupported),
        (p521, None, ClientKeyError::Unsupported),
        (P256, Some("RS256"), ClientKeyError::OtherAlgorithm("RS256".to_owned())),
        (P256, Some("none"), ClientKeyError::OtherAlgorithm("none".to_owned())),
    ] {
        let error = signed(pem, algorithm).unwrap_err();
        assert_eq!(error, want);
        assert!(!format!("{error} {error:?}").contains("SECRET"));
    }
}
