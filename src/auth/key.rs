//! The cache key: the prefix of the file names of one sign-in.

use std::fmt;

use md5::{Digest as _, Md5};

use super::bridge_version::Feature;
use super::call::BridgeCall;
use super::javascript::stringify;

/// A cache key: 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CacheKey(String);

impl CacheKey {
    /// Computes the key of a bridge call, from the parts that its version hashes.
    pub(super) fn for_call(call: &BridgeCall) -> Self {
        let parts = hashed_parts(call).join("|");
        Self(Md5::digest(parts).iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Parses the key at the start of a file name.
    pub(super) fn from_file_name(name: &str) -> Option<Self> {
        let (key, _) = name.split_once('_')?;
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        (key.len() == 32 && key.chars().all(hex)).then(|| Self(key.to_owned()))
    }

    /// Returns the key as it is in file names.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the callback port that follows from the key.
    pub fn port(&self) -> u16 {
        let offset = u32::from_str_radix(&self.0[..4], 16).expect("a key is hexadecimal");
        u16::try_from(3335 + offset % 45816).expect("at most 49150")
    }
}

impl fmt::Display for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn hashed_parts(call: &BridgeCall) -> Vec<String> {
    let mut parts = vec![call.url.clone()];
    let keyed = call.version.has(Feature::ResourceAndHeadersInKey);
    parts.extend(call.resource.clone().filter(|_| keyed));
    if !call.authorize_params.is_empty() {
        let params = call.authorize_params.iter();
        parts.push(stringify(params.map(|(name, value)| (name.as_str(), value.as_str()))));
    }
    if keyed && !call.headers.is_empty() {
        let headers = call.headers.iter();
        parts.push(stringify(headers.map(|(name, value)| (name.as_str(), value.as_str()))));
    }
    parts.extend(call.client_metadata_url.clone());
    parts.extend(call.token_endpoint.clone());
    parts
}
